"""Further texts, which are not part of the project: corrections, and texts with goals only.

``train --corrections FILE`` reads what ``loket feedback export`` wrote: what partners and residents
corrected, with consent and without personal data. ``train --extra DIR`` reads ``goals-nl-plans.tsv`` (goals,
text) and ``goals-nl-targets.tsv`` (goal, target, text) where they are.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from routing.advice.corpus import GOALS, ROLES, CorpusError, Example, example_of, problems_of

GOALS_ONLY = "goals-only"
"""The kind of a text of which only the goals are known: no other head learns from it."""
FILES = {"goals-nl-plans.tsv": 2, "goals-nl-targets.tsv": 3}
"""The files and how many columns each has; goals come first, the text last."""


def read_extra(folder: Path) -> tuple[Example, ...]:
    """The further texts of a folder. Raises CorpusError naming every line that is wrong."""
    examples: list[Example] = []
    problems: list[str] = []
    for name, columns in FILES.items():
        path = folder / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for number, line in enumerate(lines, start=1):
            cells = line.split("\t")
            goals = _goals(cells[0])
            if len(cells) != columns or not goals:
                problems.append(f"{name}:{number}: expected {columns} columns that begin with goals")
                continue
            examples.append(Example(cells[-1], GOALS_ONLY, "nl", goals=goals, source=name, in_project=False))
    if problems:
        raise CorpusError(problems)
    return tuple(examples)


def _goals(cell: str) -> tuple[int, ...]:
    numbers = [int(part) for part in cell.split(",") if part.strip().isdigit()]
    return tuple(number for number in numbers if number in GOALS)


def _without_own_roles(metadata: dict[str, Any], own: Collection[str]) -> dict[str, Any]:
    """Labels without a role of the municipality's own: the heads have no words for it, a rule finds it."""
    role = metadata.get("role")
    others = [other for other in metadata.get("role_ok") or () if other not in own]
    return {**metadata, "role": None if role in own else role, "role_ok": others}


def read_corrections(path: Path, roles: Collection[str] = ROLES) -> tuple[Example, ...]:
    """The corrected texts of a file of JSON lines; corrections without a text (no consent) are passed over.

    ``roles`` are those of the catalogue; a correction to one of its own teaches everything but the role.
    Raises CorpusError naming every line that is wrong.
    """
    own = set(roles) - set(ROLES)
    examples: list[Example] = []
    problems: list[str] = []
    # Not `splitlines`: what people type may hold other marks of a line's end.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        try:
            row: dict[str, Any] = json.loads(line) if line.strip() else {"text": None}
            if row["text"] is None:
                continue
            metadata = _without_own_roles(row["metadata"], own)
            example = example_of(str(row["text"]), metadata, "", path.name)
            problems += [f"{path.name}:{number}: {problem}" for problem in problems_of(example)]
            examples.append(replace(example, in_project=False))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f"{path.name}:{number}: not a corrected text: {error}")
    if problems:
        raise CorpusError(problems)
    return tuple(examples)
