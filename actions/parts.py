"""The parts of a plan: what is heard in a text, and how it is put into words again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.base import cues, ids_of, word
from routing.advice import Advice, Context
from routing.advice.decide import PERHAPS_SERVICE
from routing.backoffice import Backoffice
from routing.catalogue import Catalogue

ENOUGH_WORDS = 3
"""A plan in fewer words is asked about once more."""

HELP_OF_ROLE = {
    "adviseur": ("rules",),
    "ketenregisseur": ("chain",),
    "partner": ("contact",),
    "projectleider": ("realise",),
    "veranderaar": ("change",),
    "verbinder": ("introduce", "people"),
    "kwaliteitsbewaker": ("measure",),
    "opdrachtnemer": ("contract",),
    "procesbegeleider": ("facilitate",),
}
_NOT_THERE = re.compile(
    r"\b(?:niet|geen|nie|not|isn't|instead of|in plaats van|ipv)\b[^,.;!?]{0,12}$", re.IGNORECASE
)


def is_plan(office: Backoffice, text: str, asked: bool = False) -> bool:
    """Whether the text tells enough to go on with: words, and more than a greeting or noise.

    What somebody answers when a plan was ``asked`` for is one, though it may sound like a service.
    """
    words = [w for w in text.split() if any(c.isalpha() for c in w)]
    if len(words) < ENOUGH_WORDS:
        return False
    kinds = ("plan", "staff", "service") if asked else ("plan", "staff")
    return office.advisor.advise(text, explain=False).kind in kinds or len(words) >= 4 * ENOUGH_WORDS


def wanted_place(catalogue: Catalogue, text: str) -> str | None:
    """The neighbourhood that is meant: Voorhof, in "not Tanthof but Voorhof" and "Voorhof, not Tanthof"."""
    mentions = catalogue.find_mentions(text)
    meant = [m for m in mentions if not _NOT_THERE.search(text[: m.start])]
    return (meant or mentions)[-1].neighbourhood.id if mentions else None


def new_plan(office: Backoffice, text: str) -> dict[str, Any]:
    """The slots that a plan fills that was just told."""
    return {"plan": text, "misunderstood": 0.0, "maybe_plan": None, **heard_in(office, text)}


def thank_for_plan(office: Backoffice, text: str, language: str, say: CollectingDispatcher) -> None:
    """Says that a plan was heard; where an ordinary question may be meant, with the way to its answer."""
    if office.advisor.advise(text, explain=False).kind_scores["service"] < PERHAPS_SERVICE:
        say.utter_message(response="utter_plan_heard")
        return
    question = {"title": word(language, "buttons", "was_service"), "payload": "/was_service"}
    say.utter_message(response="utter_plan_or_question", buttons=[question])


def heard_in(office: Backoffice, text: str) -> dict[str, Any]:
    """Neighbourhood, parties, help and phase as far as the text tells them itself; ids.

    Only what stands there in words: the advice guesses more (`Advice.said`), but what is guessed is not told,
    and a question that is left out for a guess is one that the resident cannot answer.
    """
    found: dict[str, Any] = {}
    place = wanted_place(office.catalogue, text)
    if place or is_whole_city(office, text):
        found["neighbourhood"] = place or "whole_city"
    for part, told in (("parties", parties_in(office, text)), ("help", cues(text, "help"))):
        if told:
            found[part] = ", ".join(told)
    phase = cues(text, "phase")
    if phase:
        found["phase"] = phase[0]
    return found


def is_whole_city(office: Backoffice, text: str) -> bool:
    """Whether the text says that it is about the whole municipality."""
    return bool(cues(text, "whole_city", office.catalogue.municipality.names))


def parties_in(office: Backoffice, text: str) -> list[str]:
    """The kinds of parties that the text names."""
    return cues(text, "parties", office.catalogue.municipality.names)


def doubt_of(office: Backoffice, slots: Mapping[str, Any], language: str) -> list[str]:
    """The two roles between which an answer on the help decides best; empty when the role is sure."""
    if slots.get("help") is not None or not slots.get("plan"):
        return []
    return list(advice_on(office, slots, language, explain=False).question or ())


def advice_on(office: Backoffice, slots: Mapping[str, Any], language: str, explain: bool = True) -> Advice:
    """The advice on the plan with all that the intake collected."""
    answered = slots.get("answered") or ()
    context = Context(
        help=_answer("help", slots, answered),
        parties=_answer("parties", slots, answered),
        phase=slots.get("phase") or None,
        neighbourhood=slots.get("neighbourhood") or None,
    )
    return office.advisor.advise(slots["plan"], language=language, context=context, explain=explain)


def _answer(part: str, slots: Mapping[str, Any], answered: Any) -> Any:
    """What the resident answered; what was only heard in the plan is weighed with the plan already."""
    known = ids_or_words(part, slots.get(part))
    return known if isinstance(known, str) or part in answered else None


def ids_or_words(part: str, value: str | None) -> tuple[str, ...] | str | None:
    """A slot's value as the advice reads it: ids where it holds only ids, else a person's own words."""
    if not value:
        return None
    if part not in ("help", "parties"):
        return value
    ids = tuple(value.split(", "))
    return ids if all(i in ids_of(part) for i in ids) else value


def in_words(office: Backoffice, part: str, value: str | None, language: str) -> str:
    """A part of the plan as people read it."""
    if not value:
        return word(language, "unknown")
    if value in ("whole_city", "just_me"):
        return word(language, value)
    if part == "neighbourhood" and value in office.catalogue.neighbourhoods:
        return office.catalogue.neighbourhoods[value].name
    if part == "phase":
        return word(language, "phase", value)
    ids = ids_or_words(part, value)
    return ", ".join(word(language, part, i) for i in ids) if isinstance(ids, tuple) else value
