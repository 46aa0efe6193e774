"""What can only be judged when all files are read: that every reference exists and nothing is double."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType

from routing.catalogue.model import (
    FIRST_CONTACT,
    GENERAL_EMERGENCY,
    Catalogue,
    Neighbourhood,
    Partner,
)
from routing.catalogue.phrases import Phrase
from routing.catalogue.reader import Notes
from routing.catalogue.rules import Rule
from routing.catalogue.words import Mark


def check_references(catalogue: Catalogue, notes: Notes) -> None:
    """Note every reference to something that does not exist, and everything that is double or incomplete."""
    for partner in catalogue.partners.values():
        _check_partner(catalogue, partner, notes)
    for rule in catalogue.rules:
        _check_rule(catalogue, rule, notes)
    _check_mails(catalogue, notes)
    _check_neighbourhoods(catalogue, notes)
    _check_goals(catalogue, notes)
    _check_needed(catalogue, notes)
    _check_roles(catalogue, notes)
    _check_questions(catalogue, notes)


def with_parts(catalogue: Catalogue) -> Catalogue:
    """The catalogue in which a partner of an area works in its parts too, and the other way round."""
    partners = {
        partner.id: replace(partner, neighbourhoods=_closed(catalogue, partner.neighbourhoods))
        for partner in catalogue.partners.values()
    }
    return replace(catalogue, partners=MappingProxyType(partners))


def _closed(catalogue: Catalogue, ids: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(ids)
    for area in catalogue.neighbourhoods.values():
        if area.id in ids:
            found.update(dict.fromkeys(area.parts))
        if set(area.parts) & set(ids):
            found[area.id] = None
    return tuple(found)


def _check_partner(catalogue: Catalogue, partner: Partner, notes: Notes) -> None:
    mark = catalogue.marks["partners", partner.id]
    references = _References(catalogue, mark, notes)
    references.known(partner.roles, "roles", "role")
    references.known(partner.neighbourhoods, "neighbourhoods", "neighbourhood")
    references.known([partner.deputy], "partners", "deputy")
    if not partner.roles:
        notes.error(mark, f"{partner.id} has no role")
    if partner.deputy == partner.id:
        notes.error(mark, f"{partner.id} cannot be its own deputy")
        return
    deputy = catalogue.partners.get(partner.deputy or "")
    # Allowed: a colleague who can receive the case is better than nobody, but it is seldom what was meant.
    if deputy and not set(deputy.roles) & set(partner.roles):
        notes.warn(mark, f"deputy {deputy.id} has none of the roles of {partner.id}")


def _check_rule(catalogue: Catalogue, rule: Rule, notes: Notes) -> None:
    mark = catalogue.marks["rules", rule.id]
    references = _References(catalogue, mark, notes)
    references.known(rule.when.role, "roles", "role")
    references.known(rule.when.neighbourhood, "neighbourhoods", "neighbourhood")
    references.known([rule.then.role], "roles", "role")
    references.known([rule.then.partner], "partners", "partner")
    references.known(rule.then.instruments, "instruments", "instrument")
    partner = catalogue.partners.get(rule.then.partner or "")
    if partner and rule.then.role and rule.then.role not in partner.roles:
        notes.error(mark, f"{partner.id} does not have the role {rule.then.role} that the rule decides on")


def _check_mails(catalogue: Catalogue, notes: Notes) -> None:
    owners: dict[str, str] = {}
    for partner in catalogue.partners.values():
        first = owners.setdefault(partner.email.casefold(), partner.id)
        if first != partner.id:
            mark = catalogue.marks["partners", partner.id]
            notes.error(mark, f"{partner.id} has the same e-mail address as {first}")


def _check_neighbourhoods(catalogue: Catalogue, notes: Notes) -> None:
    owners: dict[Phrase, str] = {}
    for place in catalogue.neighbourhoods.values():
        mark = catalogue.marks["neighbourhoods", place.id]
        _References(catalogue, mark, notes).known(place.parts, "neighbourhoods", "neighbourhood")
        for phrase, name in _phrases(place):
            first = owners.setdefault(phrase, place.id)
            if first != place.id:
                notes.error(mark, f"the name {name!r} already belongs to {first}")


def _phrases(place: Neighbourhood) -> Iterator[tuple[Phrase, str]]:
    for name in (place.name, *place.aliases):
        # A name without a word in it was noted when it was read.
        with suppress(ValueError):
            yield Phrase.of(name), name


def _check_goals(catalogue: Catalogue, notes: Notes) -> None:
    missing = [number for number in range(1, 18) if number not in catalogue.goals]
    if missing and "goals" not in notes.unread:
        notes.error(_mark_of(catalogue, "goals"), f"missing goals: {', '.join(map(str, missing))}")


def _check_needed(catalogue: Catalogue, notes: Notes) -> None:
    """The entries that a conversation falls back on: without them it would have no answer."""
    for section, what, name in (
        ("roles", "role", FIRST_CONTACT),
        ("emergencies", "emergency", GENERAL_EMERGENCY),
    ):
        if section not in notes.unread and name not in getattr(catalogue, section):
            notes.error(_mark_of(catalogue, section), f"the {what} {name} is missing; there must be one")


def _mark_of(catalogue: Catalogue, section: str) -> Mark:
    """Where the first entry of a section stands; the municipality where it has none."""
    marks = (mark for (name, _), mark in catalogue.marks.items() if name == section)
    return next(marks, catalogue.marks["municipality", ""])


def _check_roles(catalogue: Catalogue, notes: Notes) -> None:
    """A role without a partner is a warning: its cases go to the team, so nobody waits in vain.

    Refusing to start because somebody left would close the front door for every other plan.
    """
    filled = {role for partner in catalogue.partners.values() for role in partner.roles}
    for role in catalogue.roles:
        if role not in filled and "partners" not in notes.unread:
            notes.warn(
                catalogue.marks["roles", role], f"no partner has the role {role}; the team gets its cases"
            )


def _check_questions(catalogue: Catalogue, notes: Notes) -> None:
    for (section, name), mark in catalogue.marks.items():
        if section == "questions":
            _References(catalogue, mark, notes).known(name.split("/"), "roles", "role")
    if "questions" in notes.unread:
        return
    pairs = {frozenset(pair) for pair in combinations(catalogue.roles, 2)}
    for pair in pairs - set(catalogue.questions):
        mark = catalogue.marks["roles", min(pair)]
        notes.error(mark, f"no question separates {' and '.join(sorted(pair))}")


@dataclass(frozen=True)
class _References:
    """The references of one entry."""

    catalogue: Catalogue
    mark: Mark
    notes: Notes

    def known(self, ids: Iterable[str | None], section: str, what: str) -> None:
        """Every id that is given must be an entry of the section."""
        if section in self.notes.unread:
            return
        for name in ids:
            if name and name not in getattr(self.catalogue, section):
                self.notes.error(self.mark, f"unknown {what} {name!r}")
