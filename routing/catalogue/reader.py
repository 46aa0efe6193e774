"""Reading catalogue files so that every wish that is not met is a problem with file and line.

A reader never stops at the first problem: it notes it, hands back an empty value and goes on. The values it
handed back are used only if no problem was noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from routing.catalogue.phrases import Phrase
from routing.catalogue.words import LANGUAGES, Mark, Problem, Words

T = TypeVar("T")
_BOOL, _INT, _NULL = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "null"))
_PLACE = re.compile(r"\{(\w+)\}")
_NO_DAY = date(1, 1, 1)


class Notes:
    """The problems found so far, and the words that fill the places in texts.

    `unread` names the sections that could not be read at all: what refers to them cannot be judged.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.places: Mapping[str, str] = {}
        self.unread: set[str] = set()

    def error(self, mark: Mark, message: str) -> None:
        """Note something that is wrong."""
        self.problems.append(Problem(mark, message))

    def warn(self, mark: Mark, message: str) -> None:
        """Note something that is allowed but deserves a look."""
        self.problems.append(Problem(mark, message, "warning"))


class Value:
    """One node of a file: a text, a list or a mapping, read as what the caller expects."""

    def __init__(self, node: Node, file: str, notes: Notes, key: Node | None = None) -> None:
        self._node, self._file, self._notes = node, file, notes
        # A value that was left out is marked where the next thing begins; people look for it at its key.
        place = key if key is not None and node.value == "" else node
        self.mark = Mark(file, place.start_mark.line + 1)

    @property
    def is_mapping(self) -> bool:
        """Whether there are keys with values here."""
        return isinstance(self._node, MappingNode)

    def error(self, message: str) -> None:
        """Note a problem at this place."""
        self._notes.error(self.mark, message)

    def text(self) -> str:
        """The scalar as it is written, on one line, with `{phone}` and the like filled in.

        Numbers are read as text too, so that telephone numbers need no quotes.
        """
        if not isinstance(self._node, ScalarNode) or self._node.tag in (_NULL, _BOOL):
            self.error("expected a text")
            return ""
        text = " ".join(str(self._node.value).split())
        if not text:
            self.error("the text is empty")
        return _PLACE.sub(self._fill, text)

    def _fill(self, match: re.Match[str]) -> str:
        places = self._notes.places
        if match[1] not in places:
            self.error(f"unknown place {match[0]}; known: {', '.join(sorted(places)) or 'none'}")
        return places.get(match[1], "")

    def integer(self, minimum: int, maximum: int) -> int:
        """A whole number within bounds."""
        raw = self._node.value if isinstance(self._node, ScalarNode) and self._node.tag == _INT else None
        number = int(raw) if raw is not None and re.fullmatch(r"[+-]?\d+", raw) else None
        if number is None or not minimum <= number <= maximum:
            self.error(f"expected a whole number from {minimum} to {maximum}")
            return minimum
        return number

    def boolean(self) -> bool:
        """True or false."""
        if not isinstance(self._node, ScalarNode) or self._node.tag != _BOOL:
            self.error("expected true or false")
            return False
        return self._node.value.lower() == "true"

    def day(self) -> date:
        """A date as 2026-12-25."""
        raw = self._node.value if isinstance(self._node, ScalarNode) else ""
        try:
            return date.fromisoformat(raw)
        except ValueError:
            self.error("expected a date such as 2026-12-25")
            return _NO_DAY

    def fitting(self, pattern: str, example: str) -> str:
        """A text of a given form."""
        text = self.text()
        if text and not re.fullmatch(pattern, text):
            self.error(f"expected something like {example}, not {text!r}")
        return text

    def one_of(self, allowed: Collection[str], what: str) -> str:
        """A text that is one of the allowed ones; anything else is unknown."""
        text = self.text()
        if text and text not in allowed:
            self.error(f"unknown {what} {text!r}; known: {', '.join(sorted(allowed)) or 'none'}")
        return text

    def phrase(self) -> Phrase:
        """A word or a few words to look for."""
        try:
            return Phrase.of(self.text() or "x")
        except ValueError:
            self.error("there is no word in it to look for")
            return Phrase(("x",))

    def words(self) -> Words:
        """A text in each language, its places filled."""
        fields = self.fields()
        texts = {language: fields.text(language) for language in LANGUAGES}
        fields.close()
        return Words(**texts)

    def items(self) -> list[Value]:
        """The items of a list."""
        if not isinstance(self._node, SequenceNode):
            self.error("expected a list")
            return []
        return [Value(node, self._file, self._notes) for node in self._node.value]

    def fields(self) -> Fields:
        """The keys of a mapping."""
        return Fields(self, self._pairs(), self._notes)

    def _pairs(self) -> Iterator[tuple[Value, Value]]:
        if not self.is_mapping:
            self.error("expected keys with values")
            return
        for key, value in self._node.value:
            yield Value(key, self._file, self._notes), Value(value, self._file, self._notes, key)


class Fields:
    """The keys of one mapping; `close` reports the ones that nobody asked for."""

    def __init__(self, owner: Value, pairs: Iterator[tuple[Value, Value]], notes: Notes) -> None:
        self.mark, self._notes = owner.mark, notes
        self._values: dict[str, Value] = {}
        self._keys: dict[str, Value] = {}
        self._asked: set[str] = set()
        for key, value in pairs:
            self._add(key, value)

    def _add(self, key: Value, value: Value) -> None:
        name = key.text()
        if name in self._values:
            key.error(f"{name!r} stands here twice; first in line {self._keys[name].mark.line}")
            return
        self._keys[name], self._values[name] = key, value

    def entries(self) -> Iterator[tuple[str, Value, Value]]:
        """Every key with its value: (key as text, key, value)."""
        for name, value in self._values.items():
            self._asked.add(name)
            yield name, self._keys[name], value

    def need(self, key: str, read: Callable[[Value], T], empty: T) -> T:
        """The value of a key that must be there."""
        self._asked.add(key)
        if key not in self._values:
            self._notes.error(self.mark, f"{key!r} is missing")
            return empty
        return read(self._values[key])

    def may(self, key: str, read: Callable[[Value], T], default: T) -> T:
        """The value of a key that may be left out."""
        self._asked.add(key)
        return read(self._values[key]) if key in self._values else default

    def each(self, key: str, read: Callable[[Value], T]) -> tuple[T, ...]:
        """The items of a list that may be left out."""
        return self.may(key, lambda value: tuple(read(item) for item in value.items()), ())

    def text(self, key: str) -> str:
        """A text that must be there."""
        return self.need(key, Value.text, "")

    def words(self, key: str) -> Words:
        """A text in each language that must be there."""
        return self.need(key, Value.words, Words("", ""))

    def close(self) -> None:
        """Report the keys that nobody asked for."""
        for name, key in self._keys.items():
            if name not in self._asked:
                key.error(f"unknown key {name!r}; known: {', '.join(sorted(self._asked))}")


def read_file(path: Path, notes: Notes) -> Value | None:
    """The content of a YAML file; None (with a problem noted) when it cannot be read as YAML."""
    file = str(path)
    try:
        node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        notes.error(Mark(file, mark.line + 1 if mark else 1), f"not valid YAML: {error.problem}")
        return None
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        notes.error(Mark(file, 1), f"cannot be read: {error}")
        return None
    if node is None:
        notes.error(Mark(file, 1), "the file is empty")
        return None
    return Value(node, file, notes)
