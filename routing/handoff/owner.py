"""Choosing who owns a case, so that it is somebody's from its first second."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from routing.cases.models import PARTNER, TEAM
from routing.catalogue import Catalogue, Facts, Partner, Rule

_ABOUT_AS_MUCH = 2 / 3
"""This share of the most room that anybody has counts as much the same."""

DEFAULT_ROLE = "partner"
"""The role for a request that is not clear yet: somebody who gets to know the person."""


@dataclass(frozen=True)
class Reason:
    """Why this owner: an id that the template `reason` has words for, and what the words need."""

    id: str
    params: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """As the store keeps it."""
        return {"id": self.id, "params": dict(self.params)}


@dataclass(frozen=True)
class OwnerChoice:
    """The owner of a case and the role in which it was given to them."""

    kind: str
    """`partner` or `team`."""
    id: str
    name: str
    email: str
    language: str
    """In which the owner is written to."""
    role: str
    reason: Reason


def choose_owner(
    catalogue: Catalogue,
    facts: Facts,
    *,
    open_cases: Mapping[str, int],
    today: date,
    present: Collection[str] = (),
) -> OwnerChoice:
    """The owner for what is known of a plan; there always is one.

    In this order: the partner that the first matching rule names (or, when away, that partner's deputy); of
    the partners with the role for the neighbourhood and the language, the one with most room, where among
    those with about as much room who is at the desk now and who knows the goals go first; the deputy of one
    who is away or full; the team. `open_cases` counts the open cases by partner id, `today` is the
    municipality's local date, `present` holds the ids of who is at the desk.
    """
    rule = catalogue.first_rule(facts)
    facts = replace(facts, role=_known_role(catalogue, (rule and rule.then.role) or facts.role))
    desk = _Desk(catalogue, open_cases, today, frozenset(present))
    return (
        _by_rule(desk, facts, rule)
        or _by_room(desk, facts, rule)
        or _by_deputy(desk, facts)
        or _team(catalogue, facts)
    )


@dataclass(frozen=True)
class _Desk:
    catalogue: Catalogue
    open_cases: Mapping[str, int]
    today: date
    present: frozenset[str]

    def room(self, partner: Partner) -> int:
        return partner.capacity - self.open_cases.get(partner.id, 0)

    def can_take(self, partner: Partner) -> bool:
        return not partner.is_absent(self.today) and self.room(partner) > 0

    def suited(self, facts: Facts) -> list[Partner]:
        """Who could own it if not away and not full, the best first; a tie goes to who knows the place."""
        suited = [partner for partner in self.catalogue.partners.values() if _suits(partner, facts)]
        return sorted(suited, key=lambda p: (-self.room(p), not p.neighbourhoods, p.id))

    def takers(self, facts: Facts) -> list[Partner]:
        """Who can take it, the best first.

        Of those with about as much room: who is at the desk now, and then who knows the goals.
        """
        takers = [partner for partner in self.suited(facts) if self.can_take(partner)]
        if not takers:
            return []
        enough = _ABOUT_AS_MUCH * self.room(takers[0])
        equals = [partner for partner in takers if self.room(partner) >= enough]
        # Sorting keeps the order of those that do not differ.
        equals.sort(key=lambda p: (p.id not in self.present, -len(set(p.goals) & set(facts.goals))))
        return equals + takers[len(equals) :]

    def deputies(self, partner: Partner) -> Iterator[Partner]:
        """The deputy, the deputy's deputy and so on; nobody twice."""
        seen = {partner.id}
        while partner.deputy is not None and partner.deputy not in seen:
            seen.add(partner.deputy)
            partner = self.catalogue.partners[partner.deputy]
            yield partner


def _known_role(catalogue: Catalogue, role: str | None) -> str:
    if role in catalogue.roles:
        return role
    return DEFAULT_ROLE if DEFAULT_ROLE in catalogue.roles else next(iter(catalogue.roles))


def _suits(partner: Partner, facts: Facts) -> bool:
    speaks = facts.language is None or not partner.languages or facts.language in partner.languages
    return facts.role in partner.roles and partner.covers(facts.neighbourhood) and speaks


def _by_rule(desk: _Desk, facts: Facts, rule: Rule | None) -> OwnerChoice | None:
    if rule is None or rule.then.partner is None:
        return None
    named = desk.catalogue.partners[rule.then.partner]
    # The municipality wants this very person, also with a full desk.
    if not named.is_absent(desk.today):
        return _partner(named, facts, "rule", rule=rule.id)
    return _deputy(desk, facts, named)


def _by_room(desk: _Desk, facts: Facts, rule: Rule | None) -> OwnerChoice | None:
    takers = desk.takers(facts)
    if not takers:
        return None
    chosen = takers[0]
    if rule is not None and rule.then.role is not None:
        return _partner(chosen, facts, "rule", rule=rule.id)
    # The reason is what made the difference: without it somebody else had been chosen.
    by_room = next(filter(desk.can_take, desk.suited(facts)))
    if chosen != by_room:
        here = chosen.id in desk.present and by_room.id not in desk.present
        return _partner(chosen, facts, "present" if here else "goals")
    if chosen.neighbourhoods and facts.neighbourhood is not None:
        return _partner(chosen, facts, "neighbourhood", neighbourhood=facts.neighbourhood)
    return _partner(chosen, facts, "role")


def _by_deputy(desk: _Desk, facts: Facts) -> OwnerChoice | None:
    choices = (_deputy(desk, facts, partner) for partner in desk.suited(facts))
    return next((choice for choice in choices if choice is not None), None)


def _deputy(desk: _Desk, facts: Facts, partner: Partner) -> OwnerChoice | None:
    deputy = next(filter(desk.can_take, desk.deputies(partner)), None)
    return _partner(deputy, facts, "deputy", instead_of=partner.id) if deputy else None


def _partner(partner: Partner, facts: Facts, reason: str, **params: str) -> OwnerChoice:
    language = "nl" if "nl" in partner.languages or not partner.languages else partner.languages[0]
    return OwnerChoice(
        PARTNER,
        partner.id,
        partner.name,
        partner.email,
        language,
        facts.role,
        Reason(reason, {**params, "role": facts.role}),
    )


def _team(catalogue: Catalogue, facts: Facts) -> OwnerChoice:
    team = catalogue.team
    return OwnerChoice(
        TEAM, team.id, team.name.nl, team.email, "nl", facts.role, Reason("team", {"role": facts.role})
    )
