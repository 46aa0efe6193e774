"""From probabilities to what is stated: kind, goals, instruments, service, and whether it is sure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

MOST_GOALS = 3
MOST_INSTRUMENTS = 2
PLANS = ("plan", "staff")
SIGNALS = ("role", "lead", "goal", "kind")
"""What the sureness of an advice on a plan is judged by; see ``plan_signals``."""


@dataclass(frozen=True)
class Limits:
    """When a text is urgent: see ``decide_kind``."""

    urgent: float
    over_plan: float
    plan_beats_words: float


def decide_kind(kinds: Mapping[str, float], words_of_danger: bool, limits: Limits) -> str:
    """The kind; urgent on two grounds.

    The heads: urgent is likelier than ``urgent``, and than ``over_plan`` times a plan. The catalogue's
    words of danger: they stand in the text and a plan is less likely than ``plan_beats_words``.
    """
    plan = sum(kinds[kind] for kind in PLANS)
    if kinds["urgent"] >= max(limits.urgent, limits.over_plan * plan):
        return "urgent"
    if words_of_danger and plan < limits.plan_beats_words:
        return "urgent"
    return max((kind for kind in kinds if kind != "urgent"), key=kinds.__getitem__)


def stated_goals(goals: Mapping[int, float], threshold: float) -> list[int]:
    """The best goal and, of the next two, those above the threshold; best first."""
    ranked = sorted(goals, key=goals.__getitem__, reverse=True)[:MOST_GOALS]
    return [goal for i, goal in enumerate(ranked) if not i or goals[goal] >= threshold]


def stated_instruments(tools: Mapping[str, float], threshold: float) -> list[str]:
    """The instruments above the threshold, best first, at most two."""
    ranked = sorted(tools, key=tools.__getitem__, reverse=True)[:MOST_INSTRUMENTS]
    return [tool for tool in ranked if tools[tool] >= threshold]


def decide_id(scores: Mapping[str, float], by_words: Collection[str], bonus: float) -> str:
    """The likeliest id; one whose words stand in the text counts ``bonus`` nats more."""
    return max(scores, key=lambda key: np.log(scores[key] + 1e-9) + bonus * (key in by_words))


def plan_signals(
    kinds: Mapping[str, float], roles: Mapping[str, float], goals: Mapping[int, float]
) -> np.ndarray:
    """Log-odds of the best role, its lead on the next, log-odds of the best goal and of the kind: (4,)."""
    first, second = sorted(roles.values(), reverse=True)[:2]
    kind = sum(kinds[k] for k in PLANS)
    return np.array(
        [
            _log_odds(first),
            np.log((first + 1e-6) / (second + 1e-6)),
            _log_odds(max(goals.values())),
            _log_odds(kind),
        ]
    )


def sureness(signals: np.ndarray, weights: np.ndarray) -> float:
    """The probability that the stated thing is right; ``weights`` (k + 1,) with the constant last."""
    return float(expit(signals @ weights[:-1] + weights[-1]))


def _log_odds(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return float(np.log(p / (1 - p)))
