"""Text for people in the languages of the chat, and the place of an entry in its file."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("nl", "en")


@dataclass(frozen=True)
class Words:
    """One text for people in Dutch and English."""

    nl: str
    en: str

    def in_(self, language: str | None) -> str:
        """The text in that language; Dutch for a language that the catalogue does not have."""
        return self.en if language == "en" else self.nl


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is wrong in a catalogue, or (level `warning`) deserves a look."""

    mark: Mark
    message: str
    level: str = "error"

    def __str__(self) -> str:
        prefix = "warning: " if self.level == "warning" else ""
        return f"{self.mark}: {prefix}{self.message}"


class CatalogueError(Exception):
    """A catalogue that cannot be used; `problems` holds all that was found, in the order of the files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
