"""The parts of a plan: what is heard in a text, and how it is put into words again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.base import ids_of, word
from routing.advice import Advice, Context
from routing.backoffice import Backoffice

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
HELP_OF_ANY_ROLE = ("money", "place", "materials", "publicity")


def is_plan(office: Backoffice, text: str) -> bool:
    """Whether the text tells enough to go on with: words, and more than a greeting or noise."""
    words = [w for w in text.split() if any(c.isalpha() for c in w)]
    if len(words) < ENOUGH_WORDS:
        return False
    return (
        office.advisor.advise(text, explain=False).kind in ("plan", "staff") or len(words) >= 4 * ENOUGH_WORDS
    )


def heard_in(office: Backoffice, text: str) -> dict[str, Any]:
    """Neighbourhood, parties, help and phase as far as the text tells them itself; ids."""
    found: dict[str, Any] = {}
    places = office.catalogue.find_neighbourhoods(text)
    if places:
        found["neighbourhood"] = places[0].id
    advice = office.advisor.advise(text, explain=False)
    told = advice.said
    if told.parties:
        found["parties"] = ", ".join(told.parties)
    asked_for = _help_that_fits(advice)
    if asked_for:
        found["help"] = ", ".join(asked_for)
    if told.phase and told.phase != "unknown":
        found["phase"] = told.phase
    return found


def _help_that_fits(advice: Advice) -> list[str]:
    """The help heard in a text, as far as it agrees with the role that the whole text asks for.

    What only one of the two says is better asked: help decides who picks the plan up.
    """
    if not advice.confident or advice.role is None or not advice.said.help:
        return []
    fits = (*HELP_OF_ANY_ROLE, *HELP_OF_ROLE.get(advice.role.role, ()))
    return [i for i in advice.said.help if i in fits]


def advice_on(office: Backoffice, slots: Mapping[str, Any], language: str) -> Advice:
    """The advice on the plan with all that the intake collected."""
    context = Context(
        help=_own_words("help", slots.get("help")),
        parties=_own_words("parties", slots.get("parties")),
        phase=slots.get("phase") or None,
        neighbourhood=slots.get("neighbourhood") or None,
    )
    return office.advisor.advise(slots["plan"], language=language, context=context)


def _own_words(part: str, value: str | None) -> str | None:
    """What the resident answered; what was only heard in the plan is weighed with the plan already."""
    known = ids_or_words(part, value)
    return known if isinstance(known, str) else None


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
