"""From probabilities to what is stated: kind, goals, instruments, service, and whether it is sure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

MOST_GOALS = 3
MOST_INSTRUMENTS = 2
PLANS = ("plan", "staff")
URGENT = 0.42
"""From here on danger is believed, whatever alarms it costs: missing it is what must not happen. What
trainings found cheapest lay about here; below it answers ("it is running already") sound like it."""
PLAN_BEFORE_SERVICE = 0.5
"""So likely beside a service a plan must be to go before it, where no word of a service stands in the text.
Who is taken for somebody with a question gets an answer that does not fit, and leaves; who is taken for
somebody with a plan is asked on. `bench/plan_or_service.py` shows what other numbers do."""
PERHAPS_SERVICE = 0.25
"""From this chance of a service on, who is heard with a plan may say that it is an ordinary question. So half
of the questions that are heard as plans have that way, and two plans of a hundred."""
PERHAPS_DANGER = 0.1
"""From this chance of danger on, where there is help is said before anything else."""
SIGNALS = ("role", "lead", "goal", "kind")
"""What the sureness of an advice on a plan is judged by; see ``plan_signals``."""


@dataclass(frozen=True)
class Limits:
    """When a text is urgent: see ``decide_kind``."""

    urgent: float
    over_plan: float
    plan_beats_words: float

    @classmethod
    def of(cls, numbers: Mapping[str, float]) -> Limits:
        """The fixed limit of danger, and those that a training found."""
        return cls(URGENT, numbers["kind.over_plan"], numbers["kind.plan_beats_words"])


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


def perhaps_plan(kind: str, kinds: Mapping[str, float], least: float = PLAN_BEFORE_SERVICE) -> bool:
    """Whether a text of kind service is nearly as likely a plan, and hardly anything else.

    Where danger may be behind it, it stays a service: there the number of help goes before the answer.
    """
    likely = kinds["plan"] >= max(least * kinds["service"], kinds["other"])
    return kind == "service" and likely and kinds["urgent"] < PERHAPS_DANGER


def stated_goals(goals: Mapping[int, float], threshold: float) -> list[int]:
    """The best goal and, of the next two, those above the threshold; best first."""
    ranked = sorted(goals, key=goals.__getitem__, reverse=True)[:MOST_GOALS]
    return [goal for i, goal in enumerate(ranked) if not i or goals[goal] >= threshold]


def stated_instruments(tools: Mapping[str, float], threshold: float) -> list[str]:
    """The instruments above the threshold, best first, at most two."""
    ranked = sorted(tools, key=tools.__getitem__, reverse=True)[:MOST_INSTRUMENTS]
    return [tool for tool in ranked if tools[tool] >= threshold]


def known_here(scores: Mapping[str, float], known: Collection[str]) -> dict[str, float]:
    """The scores of what the municipality has."""
    return {label: score for label, score in scores.items() if label in known}


def shared_out(scores: Mapping[str, float], known: Collection[str]) -> dict[str, float]:
    """The probabilities of what the municipality has, brought to a sum of one; it has at least one."""
    kept = known_here(scores, known)
    total = sum(kept.values())
    return {label: score / total for label, score in kept.items()}


def decide_id(
    scores: Mapping[str, float],
    by_words: Collection[str],
    bonus: float,
    known: Collection[str] | None = None,
    least: float = 0.0,
) -> str | None:
    """The likeliest id; one whose words stand in the text counts ``bonus`` nats more.

    ``known`` are the ids that the municipality has, by default all; those in ``by_words`` are among
    them. An id without a score can be found by its words alone, so they go before what is only likely,
    and before others that were found: what it is about was learnt as one of those. When the best is an id
    that the municipality does not have, or a guess (no word of its own, less likely than ``least``), words of
    another decide, or None.
    """
    own = set(by_words) - set(scores)
    found = max((scores[key] for key in by_words if key in scores), default=1 / len(scores))
    chances = {**scores, **dict.fromkeys(own, found)}

    def weight(key: str) -> tuple[float, bool]:
        return float(np.log(chances[key] + 1e-9)) + bonus * (key in by_words), key in own

    best = max(sorted(by_words) if own else scores, key=weight)
    likely = best in by_words or chances[best] >= least
    if likely and (known is None or best in known):
        return best
    # The next likeliest would be a guess at something else: only its own words can speak for it.
    return max(sorted(by_words), key=weight, default=None)


def plan_signals(
    kinds: Mapping[str, float], roles: Mapping[str, float], goals: Mapping[int, float]
) -> np.ndarray:
    """Log-odds of the best role, its lead on the next, log-odds of the best goal and of the kind: (4,).

    A role that is the only one leads on nothing.
    """
    first, second = sorted((*roles.values(), 0.0), reverse=True)[:2]
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
