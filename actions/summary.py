"""The summary that a resident sees: as text, and as the card that shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.base import word
from actions.parts import in_words
from routing.advice import Advice
from routing.backoffice import Backoffice

WORDS = 60
"""Words of a message."""
FRAME = 22
"""Words of the summary that are not about this plan."""
SIZES = ((14, 8, 3, True), (10, 6, 2, False), (7, 4, 1, False), (5, 3, 1, False))
"""Words of the plan and of the other parts, number of goals, and whether the evidence is shown: in the text,
which gets shorter until it fits. The card shows all."""


def stored(advice: Advice) -> dict[str, Any]:
    """What the conversation keeps of an advice: what the handoff takes on, and the scores to choose from."""
    told = advice.as_json()
    if told["role"] is not None:
        told["role"]["weights"] = {source: round(share, 2) for source, share in advice.weights.items()}
    return {key: told[key] for key in ("goals", "role", "instruments")} | {
        "goal_scores": {str(goal): score for goal, score in advice.goal_scores.items()},
        "role_scores": dict(advice.role_scores),
    }


def with_choices(advice: Mapping[str, Any], role: str | None, goals: Sequence[int] | None) -> dict[str, Any]:
    """The advice as the resident corrected it; a choice of their own is certain and needs no evidence.

    What was advised instead stays beside it, as `advised`, so that the advice can learn from it.
    """
    corrected, advised = dict(advice), {}
    before = advice.get("role") or {}
    if role and before.get("role") != role:
        corrected["role"] = _chosen_role(role, before)
        advised["role"] = [before["role"]] if before else []
    known = {g["goal"]: g for g in advice["goals"]}
    if goals and list(goals) != list(known):
        corrected["goals"] = [known.get(g, {"goal": g, "confidence": 1.0, "evidence": ""}) for g in goals]
        advised["goals"] = list(known)
    return corrected | ({"advised": advised} if advised else {})


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
    """The places in the text of the summary, from the card: as much as fits in one message."""
    fitting = (_sized(shown, language, size) for size in SIZES)
    last = _sized(shown, language, SIZES[-1])
    return next((words for words in fitting if _count(words) <= WORDS - FRAME), last)


def _count(words: Mapping[str, str]) -> int:
    return sum(len(text.split()) for text in words.values())


def _sized(shown: Mapping[str, Any], language: str, size: tuple[int, int, int, bool]) -> dict[str, str]:
    plan, part, goals, evidence = size
    names = [f"{g['nummer']} {g['naam']}" for g in shown["doelen"][:goals]]
    return {
        "plan": _cut(shown["plan"], plan),
        "neighbourhood": _cut(shown["wijk"], part),
        "parties": _cut(shown["betrokkenen"], part),
        "help": _cut(shown["hulp"], part),
        "phase": _cut(shown["fase"], part),
        "goals": ", ".join(names) or word(language, "unknown"),
        "role_does": shown["rol"]["doet"],
        "evidence": shown["rol"]["bewijs"] if evidence else "",
    }


def _cut(text: str, words: int) -> str:
    kept = text.split()
    return text if len(kept) <= words else " ".join(kept[:words]) + "…"
