"""How the entries of each catalogue file are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import chain
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.catalogue.hours import read_hours
from routing.catalogue.model import (
    Canned,
    Emergency,
    Goal,
    Instrument,
    Municipality,
    Neighbourhood,
    Partner,
    Role,
    Service,
    Team,
)
from routing.catalogue.reader import Fields, Value
from routing.catalogue.words import Words
from routing.catalogue.working_days import Calendar

AUDIENCES = ("initiator", "staff")
ID = r"[a-z0-9]+(-[a-z0-9]+)*"
"""Ids are words in small letters with hyphens."""
_MAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_COLOUR = r"#[0-9A-Fa-f]{6}"
_LINK = r"https://\S+"
_NOTHING = Words("", "")


def read_municipality(fields: Fields | None) -> tuple[Municipality, Team]:
    """The municipality and its team; empty ones when the file could not be read."""
    if fields is None:
        return Municipality("", "", "", "", "", "UTC", ""), Team("team", _NOTHING, "")
    municipality = Municipality(
        id=fields.need("id", _id, ""),
        name=fields.need("name", _keyword, ""),
        phone=fields.text("phone"),
        website=fields.need("website", _link, ""),
        mail=fields.need("mail", _mail, ""),
        timezone=fields.need("timezone", _timezone, "UTC"),
        address=fields.text("address"),
        avoid=fields.each("avoid", _keyword),
        aliases=fields.each("aliases", _keyword),
    )
    team = fields.need("team", _read_team, Team("team", _NOTHING, ""))
    fields.close()
    return municipality, team


def _read_team(value: Value) -> Team:
    fields = value.fields()
    team = Team("team", fields.words("name"), fields.need("email", _mail, ""))
    fields.close()
    return team


def read_goal(name: str, value: Value) -> Goal:
    """One of the goals 1 to 17."""
    if name not in {str(number) for number in range(1, 18)}:
        value.error(f"unknown goal {name!r}; known: 1 to 17")
    fields = value.fields()
    goal = Goal(
        number=int(name) if name.isdecimal() else 0,
        name=fields.words("name"),
        colour=fields.need("colour", lambda v: v.fitting(_COLOUR, "#E5243B"), ""),
        example=fields.words("example"),
    )
    fields.close()
    return goal


def read_role(name: str, value: Value) -> Role:
    """A role of the partners."""
    fields = value.fields()
    role = Role(
        id=_checked_id(name, value),
        name=fields.words("name"),
        does=fields.words("does"),
        supporting=fields.may("supporting", Value.boolean, False),
        promise_days=fields.need("promise_days", lambda v: v.integer(1, 60), 1),
    )
    fields.close()
    return role


def read_instrument(name: str, value: Value) -> Instrument:
    """An instrument of one of the two toolboxes."""
    fields = value.fields()
    instrument = Instrument(
        id=_checked_id(name, value),
        name=fields.words("name"),
        offers=fields.words("offers"),
        by=fields.text("by"),
        audience=fields.need("audience", lambda v: v.one_of(AUDIENCES, "audience"), ""),
        starts=fields.may("starts", Value.boolean, False),
        url=fields.may("url", _link, None),
    )
    fields.close()
    return instrument


def read_neighbourhood(name: str, value: Value) -> Neighbourhood:
    """A neighbourhood with the other names that people use for it."""
    fields = value.fields()
    neighbourhood = Neighbourhood(
        id=_checked_id(name, value),
        name=fields.need("name", _keyword, ""),
        aliases=fields.each("aliases", _keyword),
        parts=fields.each("parts", Value.text),
    )
    fields.close()
    return neighbourhood


def read_partner(name: str, value: Value) -> Partner:
    """A partner; that the references exist is checked when all is read."""
    fields = value.fields()
    partner = Partner(
        id=_checked_id(name, value),
        name=fields.text("name"),
        email=fields.need("email", _mail, ""),
        roles=fields.each("roles", Value.text),
        neighbourhoods=fields.each("neighbourhoods", Value.text),
        languages=fields.each("languages", lambda v: v.fitting("[a-z]{2}", "nl")) or ("nl",),
        deputy=fields.may("deputy", Value.text, None),
        capacity=fields.may("capacity", lambda v: v.integer(0, 1000), 10),
        goals=fields.each("goals", lambda v: v.integer(1, 17)),
        absences=fields.each("absences", _read_absence),
    )
    fields.close()
    return partner


def _read_absence(value: Value) -> tuple[date, date]:
    fields = value.fields()
    start = fields.need("from", Value.day, date.min)
    end = fields.need("until", Value.day, date.max)
    fields.close()
    if end < start:
        value.error("the absence ends before it begins")
    return start, end


def service_reader(municipality: Municipality) -> Callable[[str, Value], Service]:
    """A reader of services that fills in the municipality's own number and site where none is given."""

    def read_service(name: str, value: Value) -> Service:
        fields = value.fields()
        service = Service(
            id=_checked_id(name, value),
            name=fields.words("name"),
            answer=fields.words("answer"),
            url=fields.may("url", _link, municipality.website),
            phone=fields.may("phone", Value.text, municipality.phone),
            keywords=_keywords(fields),
            opening=fields.may("opening", Value.words, None),
        )
        fields.close()
        return service

    return read_service


def read_emergency(name: str, value: Value) -> Emergency:
    """A danger with the number to call."""
    fields = value.fields()
    certain = fields.may("certain", _by_language, {})
    emergency = Emergency(
        id=_checked_id(name, value),
        name=fields.words("name"),
        answer=fields.words("answer"),
        phone=fields.text("phone"),
        keywords=tuple(dict.fromkeys((*_keywords(fields), *chain.from_iterable(certain.values())))),
        url=fields.may("url", _link, None),
        certain=MappingProxyType(certain),
    )
    fields.close()
    return emergency


def read_canned(name: str, value: Value) -> Canned:
    """A text that staff begin a message with."""
    fields = value.fields()
    canned = Canned(_checked_id(name, value), fields.words("name"), fields.words("text"))
    fields.close()
    return canned


def read_calendar(fields: Fields | None, timezone: str) -> Calendar:
    """The opening hours and holidays; an empty calendar when the file could not be read."""
    zone = ZoneInfo(timezone)
    return read_hours(fields, zone) if fields else Calendar(zone, {}, ())


def _keywords(fields: Fields) -> tuple[str, ...]:
    return fields.need("keywords", lambda value: tuple(_keyword(item) for item in value.items()), ())


def _by_language(value: Value) -> dict[str, tuple[str, ...]]:
    found = {}
    for language, key, words in value.fields().entries():
        if not re.fullmatch(r"[a-z]{2}", language):
            key.error(f"expected the code of a language, such as pl, not {language!r}")
        found[language] = tuple(_keyword(item) for item in words.items())
    return found


def _keyword(value: Value) -> str:
    value.phrase()
    return value.text()


def _checked_id(name: str, value: Value) -> str:

    if not re.fullmatch(ID, name):
        value.error(f"an id has small letters, digits and hyphens only, not {name!r}")
    return name


def _id(value: Value) -> str:
    return value.fitting(ID, "delft")


def _mail(value: Value) -> str:
    return value.fitting(_MAIL, "partner-1@example.org")


def _link(value: Value) -> str:
    return value.fitting(_LINK, "https://www.example.org")


def _timezone(value: Value) -> str:
    name = value.text()
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        value.error(f"unknown time zone {name!r}")
        return "UTC"
