"""The summary that a resident sees: as text, and as the card that shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.base import word
from actions.parts import in_words
from routing.advice import Advice
from routing.backoffice import Backoffice

PLAN_LENGTH = 160
"""Characters of the plan that the text repeats; the card shows all."""


def stored(advice: Advice) -> dict[str, Any]:
    """What the conversation keeps of an advice: what the handoff takes on, and the scores to choose from."""
    told = advice.as_json()
    return {key: told[key] for key in ("goals", "role", "instruments")} | {
        "goal_scores": {str(goal): score for goal, score in advice.goal_scores.items()},
        "role_scores": dict(advice.role_scores),
    }


def with_choices(advice: Mapping[str, Any], role: str | None, goals: Sequence[int] | None) -> dict[str, Any]:
    """The advice as the resident corrected it; a choice of their own is certain and needs no evidence."""
    corrected = dict(advice)
    if role:
        before = advice.get("role") or {}
        corrected["role"] = before if before.get("role") == role else _chosen_role(role, before)
    if goals:
        known = {g["goal"]: g for g in advice["goals"]}
        corrected["goals"] = [known.get(g, {"goal": g, "confidence": 1.0, "evidence": ""}) for g in goals]
    return corrected


def _chosen_role(role: str, before: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": role, "confidence": 1.0, "evidence": "", "runner_up": before.get("role")}


def card(
    office: Backoffice, slots: Mapping[str, Any], advice: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """The card of kind `samenvatting`."""
    catalogue = office.catalogue
    role = catalogue.roles[advice["role"]["role"]]
    return {
        "soort": "samenvatting",
        "plan": slots["plan"],
        "wijk": in_words(office, "neighbourhood", slots.get("neighbourhood"), language),
        "betrokkenen": in_words(office, "parties", slots.get("parties"), language),
        "hulp": in_words(office, "help", slots.get("help"), language),
        "fase": in_words(office, "phase", slots.get("phase"), language),
        "doelen": [_goal(office, g, language) for g in advice["goals"]],
        "rol": {
            "id": role.id,
            "naam": role.name.in_(language),
            "doet": role.does.in_(language),
            "bewijs": advice["role"]["evidence"],
        },
        "instrumenten": [
            {
                "id": i,
                "naam": catalogue.instruments[i].name.in_(language),
                "aanbod": catalogue.instruments[i].offers.in_(language),
            }
            for i in advice["instruments"]
        ],
    }


def _goal(office: Backoffice, goal: Mapping[str, Any], language: str) -> dict[str, Any]:
    known = office.catalogue.goals[goal["goal"]]
    return {
        "nummer": known.number,
        "naam": known.name.in_(language),
        "kleur": known.colour,
        "bewijs": goal["evidence"],
    }


def as_text(shown: Mapping[str, Any], language: str) -> dict[str, str]:
    """The places in the text of the summary, from the card."""
    plan = shown["plan"] if len(shown["plan"]) <= PLAN_LENGTH else shown["plan"][:PLAN_LENGTH].rstrip() + "…"
    return {
        "plan": plan,
        "neighbourhood": shown["wijk"],
        "parties": shown["betrokkenen"],
        "help": shown["hulp"],
        "phase": shown["fase"],
        "goals": ", ".join(f"{g['nummer']} {g['naam']}" for g in shown["doelen"])
        or word(language, "unknown"),
        "role_does": shown["rol"]["doet"],
        "evidence": shown["rol"]["bewijs"],
    }
