"""Further texts with goals only, from a folder that is not part of the project: ``train --extra DIR``.

Reads ``goals-nl-plans.tsv`` (goals, text) and ``goals-nl-targets.tsv`` (goal, target, text) where they are.
"""

from __future__ import annotations

from pathlib import Path

from routing.advice.corpus import GOALS, CorpusError, Example

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
            examples.append(Example(cells[-1], GOALS_ONLY, "nl", goals=goals, source=name))
    if problems:
        raise CorpusError(problems)
    return tuple(examples)


def _goals(cell: str) -> tuple[int, ...]:
    numbers = [int(part) for part in cell.split(",") if part.strip().isdigit()]
    return tuple(number for number in numbers if number in GOALS)
