"""Figures that say how good the advice is, from advice and labels side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.advice.advice import Advice
from routing.advice.corpus import KINDS, ROLES, Example
from routing.advice.decide import PLANS

BINS = 10


@dataclass(frozen=True)
class Case:
    """A labelled text and the advice on it."""

    gold: Example
    advice: Advice

    @property
    def role_exact(self) -> bool:
        return self.advice.role is not None and self.advice.role.role == self.gold.role

    @property
    def role_accepted(self) -> bool:
        return self.advice.role is not None and self.advice.role.role in (self.gold.role, *self.gold.role_ok)

    @property
    def first_goal(self) -> int | None:
        return self.advice.goals[0].goal if self.advice.goals else None

    @property
    def goal_in_gold(self) -> bool:
        return self.first_goal in self.gold.goals

    @property
    def goal_accepted(self) -> bool:
        return self.first_goal in (*self.gold.goals, *self.gold.goals_ok)

    @property
    def kind_right(self) -> bool:
        return self.advice.kind == self.gold.kind


def share(hits: Sequence[bool]) -> float:
    """The share of hits; nan of nothing."""
    return float(np.mean(hits)) if len(hits) else float("nan")


def kinds(cases: Sequence[Case]) -> dict[str, float]:
    """Accuracy, recall of urgent texts, and how many plans and other texts were taken for urgent."""
    urgent = [c for c in cases if c.gold.kind == "urgent"]
    alarms = [c.gold.kind in PLANS for c in cases if c.advice.kind == "urgent" != c.gold.kind]
    return {
        "kind accuracy": share([c.kind_right for c in cases]),
        "urgent found": share([c.kind_right for c in urgent]),
        "plans called urgent": float(sum(alarms)),
        "other texts called urgent": float(len(alarms) - sum(alarms)),
    }


def per_kind(cases: Sequence[Case]) -> list[tuple[str, int, float, float]]:
    """For each kind: its texts, the share of those called so that are, and of those that are called so.

    Precision and recall; nan where there is nothing to take a share of.
    """
    return [
        (
            kind,
            sum(c.gold.kind == kind for c in cases),
            share([c.gold.kind == kind for c in cases if c.advice.kind == kind]),
            share([c.advice.kind == kind for c in cases if c.gold.kind == kind]),
        )
        for kind in KINDS
    ]


def goals(cases: Sequence[Case]) -> dict[str, float]:
    """First goal, F1 of the stated goals and recall in the three best; on texts with goals, F1 on all."""
    with_goals = [c for c in cases if c.gold.goals]
    counts = {g: _counts(cases, g) for g in range(1, 18)}
    total = np.sum(list(counts.values()), axis=0)
    top3 = [
        len(set(sorted(c.advice.goal_scores, key=lambda g: -c.advice.goal_scores[g])[:3]) & set(c.gold.goals))
        for c in with_goals
    ]
    return {
        "first goal in gold": share([c.goal_in_gold for c in with_goals]),
        "first goal accepted": share([c.goal_accepted for c in with_goals]),
        "goals micro F1": _f1(*total),
        "goals macro F1": float(np.mean([_f1(*v) for v in counts.values() if v[0] + v[2]])),
        "goals top-3 recall": sum(top3) / max(1, sum(len(c.gold.goals) for c in with_goals)),
    }


def _counts(cases: Sequence[Case], goal: int) -> tuple[int, int, int]:
    pairs = Counter((any(g.goal == goal for g in c.advice.goals), goal in c.gold.goals) for c in cases)
    return pairs[True, True], pairs[True, False], pairs[False, True]


def _f1(hit: int, extra: int, missed: int) -> float:
    return float(2 * hit / max(1, 2 * hit + extra + missed))


def roles(cases: Sequence[Case]) -> dict[str, float]:
    """Exact role and accepted role, on texts that have one."""
    with_role = [c for c in cases if c.gold.role]
    return {
        "role exact": share([c.role_exact for c in with_role]),
        "role accepted": share([c.role_accepted for c in with_role]),
    }


def instruments(cases: Sequence[Case]) -> dict[str, float]:
    """F1 of the instruments over all texts."""
    hit = sum(len(set(c.advice.instruments) & set(c.gold.tools)) for c in cases)
    extra = sum(len(set(c.advice.instruments) - set(c.gold.tools)) for c in cases)
    missed = sum(len(set(c.gold.tools) - set(c.advice.instruments)) for c in cases)
    return {"instruments F1": _f1(hit, extra, missed)}


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error: mean gap of confidence and share right, over bins of equal width."""
    p, y = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    if not len(p):
        return float("nan")
    at = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[at == b].mean() - y[at == b].mean()) * (at == b).mean() for b in np.unique(at)))


def calibration(cases: Sequence[Case]) -> dict[str, float]:
    """Calibration errors of the stated confidences of role and first goal."""
    said = [c for c in cases if c.advice.role and c.gold.role]
    goal = [c for c in cases if c.advice.goals and c.gold.goals]
    return {
        "ECE role (accepted)": calibration_error(
            [c.advice.role.confidence for c in said], [c.role_accepted for c in said]
        ),
        "ECE role (exact)": calibration_error(
            [c.advice.role.confidence for c in said], [c.role_exact for c in said]
        ),
        "ECE first goal (accepted)": calibration_error(
            [c.advice.goals[0].confidence for c in goal], [c.goal_accepted for c in goal]
        ),
        "ECE first goal (gold)": calibration_error(
            [c.advice.goals[0].confidence for c in goal], [c.goal_in_gold for c in goal]
        ),
    }


def confidence(cases: Sequence[Case]) -> dict[str, float]:
    """How often the advice says ``confident``, and how often it is right then."""
    plans = [c for c in cases if c.gold.role]
    sure = [c for c in plans if c.advice.confident]
    return {
        "coverage (plans)": share([c.advice.confident for c in plans]),
        "confident: role accepted": share([c.role_accepted for c in sure]),
        "confident: goal accepted": share([c.goal_accepted for c in sure if c.gold.goals]),
        "confident: both accepted": share(
            [c.role_accepted and (not c.gold.goals or c.goal_accepted) for c in sure]
        ),
        "coverage (all texts)": share([c.advice.confident for c in cases]),
        "confident: kind right (all texts)": share([c.kind_right for c in cases if c.advice.confident]),
    }


def per_role(cases: Sequence[Case]) -> list[tuple[str, int, float, float]]:
    """For each role: texts, exact, accepted."""
    rows = []
    for role in ROLES:
        own = [c for c in cases if c.gold.role == role]
        if own:
            rows.append(
                (role, len(own), share([c.role_exact for c in own]), share([c.role_accepted for c in own]))
            )
    return rows


def confusion(cases: Sequence[Case]) -> np.ndarray:
    """Counts of shape (9 gold, 9 stated + none or another), in the order of ROLES."""
    table = np.zeros((len(ROLES), len(ROLES) + 1), dtype=int)
    for c in cases:
        if c.gold.role:
            known = c.advice.role is not None and c.advice.role.role in ROLES
            said = ROLES.index(c.advice.role.role) if known else len(ROLES)
            table[ROLES.index(c.gold.role), said] += 1
    return table


def kind_confusion(cases: Sequence[Case]) -> np.ndarray:
    """Counts of shape (5 gold, 5 stated), in the order of KINDS."""
    table = np.zeros((len(KINDS), len(KINDS)), dtype=int)
    for c in cases:
        table[KINDS.index(c.gold.kind), KINDS.index(c.advice.kind)] += 1
    return table


def coverage_curve(cases: Sequence[Case]) -> tuple[np.ndarray, np.ndarray]:
    """Coverage and share of accepted roles when only the surest advice is given, from surest to all."""
    said = sorted(
        (c for c in cases if c.advice.role and c.gold.role), key=lambda c: -c.advice.role.confidence
    )
    hits = np.array([c.role_accepted for c in said], dtype=float)
    count = np.arange(1, len(said) + 1)
    return count / max(1, len(said)), np.cumsum(hits) / count
