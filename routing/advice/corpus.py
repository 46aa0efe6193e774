"""The labelled texts: one source for the assistant's understanding and for the advice.

They stand in the assistant's own training files (``data/nlu/*.yml``), each with its labels as metadata, and,
where the assistant needs no more of their kind, in tables (``data/advice/*.tsv``), one text a line.
Examples without ``kind`` are short dialogue acts and no business of the advice.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDERS = (Path("data/nlu"), Path("data/advice"))
"""Where the labelled texts of the project lie, seen from its root."""
KINDS = ("plan", "staff", "service", "urgent", "other")
ROLES = (
    "adviseur",
    "ketenregisseur",
    "partner",
    "projectleider",
    "veranderaar",
    "verbinder",
    "kwaliteitsbewaker",
    "opdrachtnemer",
    "procesbegeleider",
)
INSTRUMENTS = (
    "prestatieverklaring",
    "barometer",
    "maex",
    "maex-impuls",
    "social-handprint",
    "subsidiescan",
    "workshop-crowdfunding",
    "workshop-fondsenwerving",
    "fondsenspreekuur",
)
GOALS = tuple(range(1, 18))
HELP = (
    "contact",
    "rules",
    "money",
    "place",
    "people",
    "realise",
    "introduce",
    "facilitate",
    "chain",
    "contract",
    "measure",
    "change",
    "publicity",
    "materials",
)
PARTIES = (
    "neighbours",
    "volunteers",
    "association",
    "school",
    "care",
    "housing",
    "business",
    "fund",
    "faith",
    "police",
    "municipality",
    "university",
    "families",
    "youth",
    "elderly",
    "newcomers",
    "other",
)
LISTS = ("goals", "goals_ok", "role_ok", "tools", "help", "parties")
PHASES = ("idea", "preparing", "running", "stuck", "growing", "unknown")


class CorpusError(ValueError):
    """Labelled texts that cannot be used; the message names every problem with its file."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Example:
    """One labelled text. Lists of labels are in order of importance; empty where nothing applies."""

    text: str
    kind: str
    lang: str
    goals: tuple[int, ...] = ()
    goals_ok: tuple[int, ...] = ()
    role: str | None = None
    role_ok: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    phase: str = "unknown"
    service: str | None = None
    emergency: str | None = None
    intent: str = ""
    source: str = ""
    weight: float = 1.0
    """How much the text counts in training."""
    in_project: bool = True
    """Whether the text is part of the project, and not a correction or another further text."""


def read_corpus(*folders: Path) -> tuple[Example, ...]:
    """All labelled texts of the training files and tables in ``folders``, in order of file and line.

    Raises CorpusError naming all problems together.
    """
    examples: list[Example] = []
    problems: list[str] = []
    for folder in folders:
        for path in sorted(folder.glob("*.yml")):
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader()) or {}  # noqa: S506 - always a safe loader
            for entry in document.get("nlu") or ():
                _read_entry(entry, path.name, examples, problems)
        for path in sorted(folder.glob("*.tsv")):
            _read_table(path, examples, problems)
    if not examples and not problems:
        problems.append(f"{', '.join(map(str, folders))}: no labelled texts found")
    if problems:
        raise CorpusError(problems)
    return tuple(examples)


def _read_table(path: Path, examples: list[Example], problems: list[str]) -> None:
    """A table with a line of column names: the text and its labels, lists with commas."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if None in row or None in row.values() or "text" not in row or "kind" not in row:
                problems.append(f"{path.name}: a line with too many or too few columns: {str(row)[:80]}")
                continue
            metadata: dict[str, Any] = {key: value or None for key, value in row.items()}
            for key in LISTS:
                metadata[key] = [int(v) if v.isdigit() else v for v in (row.get(key) or "").split(",") if v]
            _add(row["text"], metadata, path.name, examples, problems)


def _loader() -> Any:
    # The C loader reads the same safe subset ten times faster.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read_entry(entry: Any, file: str, examples: list[Example], problems: list[str]) -> None:
    listed = entry.get("examples") if isinstance(entry, Mapping) else None
    if not isinstance(listed, list):
        return  # Rasa's short form, a block of plain lines: it carries no labels.
    for item in listed:
        if not isinstance(item, Mapping):
            continue
        metadata = item.get("metadata")
        if isinstance(metadata, Mapping) and "kind" in metadata:
            _add(str(item.get("text", "")), metadata, file, examples, problems, str(entry.get("intent", "")))


def _add(
    text: str,
    metadata: Mapping[str, Any],
    file: str,
    examples: list[Example],
    problems: list[str],
    intent: str = "",
) -> None:
    example = example_of(text, metadata, intent, file)
    problems.extend(f"{file}: {problem}: {example.text[:60]!r}" for problem in problems_of(example))
    examples.append(example)


def example_of(text: str, metadata: Mapping[str, Any], intent: str, file: str) -> Example:
    """A text with the labels of its metadata. Raises KeyError where the kind is missing."""

    def listed(key: str) -> tuple:
        return tuple(metadata.get(key) or ())

    return Example(
        text=text.strip(),
        kind=str(metadata["kind"]),
        lang=str(metadata.get("lang") or "nl"),
        goals=listed("goals"),
        goals_ok=listed("goals_ok"),
        role=metadata.get("role"),
        role_ok=listed("role_ok"),
        tools=listed("tools"),
        help=listed("help"),
        parties=listed("parties"),
        phase=str(metadata.get("phase") or "unknown"),
        service=metadata.get("service"),
        emergency=metadata.get("emergency"),
        intent=intent,
        source=file,
    )


def problems_of(example: Example) -> list[str]:
    """What is wrong with the labels of a text, in words."""
    allowed: list[tuple[str, Iterable[Any], tuple]] = [
        ("kind", (example.kind,), KINDS),
        ("goals", (*example.goals, *example.goals_ok), GOALS),
        ("role", (*([example.role] if example.role else []), *example.role_ok), ROLES),
        ("tools", example.tools, INSTRUMENTS),
        ("help", example.help, HELP),
        ("parties", example.parties, PARTIES),
        ("phase", (example.phase,), PHASES),
    ]
    found = [f"{name} {v!r} is unknown" for name, values, known in allowed for v in values if v not in known]
    if not (len(example.lang) == 2 and example.lang.isalpha()):
        found.append(f"lang {example.lang!r} is not a code of two letters")
    if not example.text:
        found.append("text is empty")
    return found


def fingerprint(examples: Iterable[Example]) -> str:
    """SHA-256 over the project's texts and labels, independent of order, file and YAML formatting."""
    keys = sorted(
        "\x1f".join(
            map(
                str,
                (
                    e.text,
                    e.kind,
                    e.lang,
                    e.goals,
                    e.goals_ok,
                    e.role,
                    e.role_ok,
                    e.tools,
                    e.help,
                    e.parties,
                    e.phase,
                    e.service,
                    e.emergency,
                ),
            )
        )
        for e in examples
        if e.in_project
    )
    return hashlib.sha256("\x1e".join(keys).encode("utf-8")).hexdigest()
