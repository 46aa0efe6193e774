"""The model card: what the heads were trained on, how good they are on unseen texts, and their limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from routing.advice import corpus as c
from routing.advice.calibrate import states
from routing.advice.decide import Limits
from routing.advice.fit import Numbers
from routing.advice.metrics import calibration_error, share

FILE = "CARD.md"


def held_out_figures(numbers: Numbers) -> dict[str, float]:
    """Figures on the held-out texts, which no head and no tuning learnt from, after ``Numbers.find``."""
    examples = numbers.examples
    kinds = numbers.kinds(Limits.of(numbers.found))
    known = numbers.rows(lambda e: e.kind in c.KINDS)
    urgent = [row for row in known if examples[row].kind == "urgent"]
    roles = numbers.rows(lambda e: e.role is not None)
    best = {row: c.ROLES[int(numbers.tables["role"][row].argmax())] for row in roles}
    accepted = [best[row] in (examples[row].role, *examples[row].role_ok) for row in roles]
    return {
        "kind accuracy": share([kinds[row] == examples[row].kind for row in known]),
        "urgent found": share([kinds[row] == "urgent" for row in urgent]),
        "plans called urgent": float(
            sum(kinds[r] == "urgent" and examples[r].kind in ("plan", "staff") for r in known)
        ),
        "role exact": share([best[row] == examples[row].role for row in roles]),
        "role accepted": share(accepted),
        "role ECE (accepted, before sureness)": calibration_error(
            [numbers.tables["role"][r].max() for r in roles], accepted
        ),
        **_goal_figures(numbers),
    }


def _goal_figures(numbers: Numbers) -> dict[str, float]:
    examples = numbers.examples
    rows = numbers.rows(lambda e: bool(e.goals) and e.kind in c.KINDS)
    p = numbers.tables["goals"][rows]
    truth = np.array([[goal in examples[row].goals for goal in c.GOALS] for row in rows])
    first = [c.GOALS[int(line.argmax())] for line in p]
    stated = states(p, numbers.found["goals.stated"], first=True)
    return {
        "first goal in gold": share(
            [goal in examples[row].goals for goal, row in zip(first, rows, strict=True)]
        ),
        "first goal accepted": share(
            [
                goal in (*examples[row].goals, *examples[row].goals_ok)
                for goal, row in zip(first, rows, strict=True)
            ]
        ),
        "goals micro F1": float(2 * (stated & truth).sum() / (stated.sum() + truth.sum())),
    }


def figures_in(folder: Path) -> dict[str, float]:
    """The figures that stand in the card of a folder."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {name: float(value) for name, value in cells if value.replace(".", "").isdigit()}


def write_card(
    folder: Path, examples: Sequence[c.Example], figures: dict[str, float], facts: Mapping[str, Any]
) -> Path:
    """Writes the card beside the heads; ``facts`` are those of the training (``Model.card``)."""
    counts = (
        Counter(e.kind for e in examples),
        Counter(e.role for e in examples if e.role),
        Counter(goal for e in examples for goal in e.goals),
        Counter(e.lang for e in examples),
    )
    lines = [
        "# Model card: heads of the advice",
        "",
        "Written by `python -m routing.advice.train`; do not edit.",
        "",
        f"Training texts: {len(examples)}, SHA-256 of texts and labels `{facts['fingerprint']}`.",
        f"The sentence encoder was tuned on {_tuned_on(facts)}.",
        "",
    ]
    for title, count in zip(("Kinds", "Roles", "Goals", "Languages"), counts, strict=True):
        lines.append(f"- {title}: " + ", ".join(f"{name} {n}" for name, n in sorted(count.items(), key=str)))
    lines += [
        "",
        "Figures on the texts that were held out of all learning (one in eight; see docs/advice.md):",
        "",
        "| figure | value |",
        "|---|---|",
    ]
    lines += [f"| {name} | {value:.3f} |" for name, value in figures.items()]
    lines += [
        "",
        "## Limits",
        "",
        "Meant for first messages of residents and staff of a Dutch municipality, in Dutch and English.",
        "The texts are synthetic: written for this project in many voices, not collected. How people really",
        "write will differ.",
        "Other languages are understood by accident. Some emergencies told in veiled words are missed: see",
        "*urgent found*. A person owns every case; the advice only decides who looks first.",
        "",
    ]
    path = folder / FILE
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _tuned_on(facts: Mapping[str, Any]) -> str:
    same = facts["tuned_on"] == facts["fingerprint"]
    return "the same texts" if same else f"an earlier state of them, `{facts['tuned_on']}`"
