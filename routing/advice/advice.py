"""What the advice says about a text, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Context:
    """What is known beside the text, from the intake. None or empty where it is not known.

    ``help``, ``parties`` and ``phase`` are ids of ``routing.advice.corpus`` (``HELP``, ``PARTIES``,
    ``PHASES``) or a person's own words; own words are weighed as part of the text.
    """

    help: str | tuple[str, ...] | None = None
    parties: str | tuple[str, ...] | None = None
    phase: str | None = None
    neighbourhood: str | None = None
    audience: str | None = None


@dataclass(frozen=True)
class GoalAdvice:
    """A goal (1..17), how likely it is right (0..1), and the words of the text that led to it."""

    goal: int
    confidence: float
    evidence: str = ""


@dataclass(frozen=True)
class RoleAdvice:
    """The role that should own the plan first, how likely that is right, the words, and the next role."""

    role: str
    confidence: float
    evidence: str = ""
    runner_up: str | None = None


@dataclass(frozen=True)
class Advice:
    """The whole advice on one text."""

    language: str
    kind: str
    kind_scores: Mapping[str, float]
    goals: tuple[GoalAdvice, ...] = ()
    goal_scores: Mapping[int, float] = field(default_factory=dict)
    role: RoleAdvice | None = None
    role_scores: Mapping[str, float] = field(default_factory=dict)
    instruments: tuple[str, ...] = ()
    service: str | None = None
    """The service of the catalogue; None also when the question is about one that it does not have."""
    emergency: str | None = None
    """The emergency of the catalogue; None also when none fits better than the general one."""
    confident: bool = False
    rule: str | None = None
    """The catalogue's rule that decided, if one did."""
    partner: str | None = None
    """The partner that this rule names, if it names one."""
    question: tuple[str, str] | None = None
    """The two roles between which one more question decides best; None when none is needed."""
    foreign: str | None = None
    """The code of a language that the product does not speak, when the text is in one."""
    said: Context = Context()
    """Help, parties and phase as far as the text itself tells them."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much text, help, parties and phase each weighed in the role; they add up to one."""

    def as_json(self) -> dict[str, Any]:
        """The contract of ``loket advise``, but for ``id``."""
        return {
            "lang": self.language,
            "kind": self.kind,
            "goals": [
                {"goal": g.goal, "confidence": round(g.confidence, 4), "evidence": g.evidence}
                for g in self.goals
            ],
            "goal_scores": {str(goal): round(score, 4) for goal, score in self.goal_scores.items()},
            "role": None if self.role is None else _role_json(self.role),
            "role_scores": {role: round(score, 4) for role, score in self.role_scores.items()},
            "instruments": list(self.instruments),
            "service": self.service,
            "confident": self.confident,
        }


def _role_json(role: RoleAdvice) -> dict[str, Any]:
    return {
        "role": role.role,
        "confidence": round(role.confidence, 4),
        "evidence": role.evidence,
        "runner_up": role.runner_up,
    }
