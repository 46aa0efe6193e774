"""Choosing the owner: rules, room, deputies, the team; and always somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.catalogue import Catalogue, Facts, Partner
from routing.catalogue.rules import Condition, Examples, Outcome, Rule
from routing.catalogue.words import Words
from routing.handoff.owner import choose_owner

TODAY = date(2026, 11, 23)
AWAY = ((date(2026, 11, 20), date(2026, 11, 23)),)


def partner(id: str, *roles: str, **values: object) -> Partner:
    fields = {"name": id.title(), "email": f"{id}@example.org", "capacity": 5, "languages": ("nl", "en")}
    return Partner(id=id, roles=roles or ("verbinder",), **fields | values)


def rule(id: str = "r1", role: str | None = None, partner: str | None = None) -> Rule:
    why = Words(nl="omdat", en="because")
    return Rule(id, Condition(kind=("plan",)), Outcome(role=role, partner=partner), why, Examples((), ()))


def choose(catalogue: Catalogue, *partners: Partner, rules: tuple[Rule, ...] = (), **values: object):
    open_cases = values.pop("open_cases", {})
    facts = Facts(**{"text": "een plan", "kind": "plan", "role": "verbinder", "language": "nl"} | values)
    catalogue = replace(catalogue, partners={p.id: p for p in partners}, rules=rules)
    return choose_owner(catalogue, facts, open_cases=open_cases, today=TODAY)


def test_the_partner_with_the_role_and_most_room(catalogue) -> None:
    owner = choose(catalogue, partner("a"), partner("b"), partner("c", "adviseur"), open_cases={"a": 1})
    assert (owner.kind, owner.id, owner.email, owner.role) == ("partner", "b", "b@example.org", "verbinder")
    assert owner.reason.as_json() == {"id": "role", "params": {"role": "verbinder"}}


def test_who_knows_the_neighbourhood(catalogue) -> None:
    here = partner("here", neighbourhoods=("voorhof",))
    elsewhere = partner("elsewhere", neighbourhoods=("wippolder",), capacity=50)
    owner = choose(catalogue, elsewhere, here, neighbourhood="voorhof")
    assert owner.id == "here"
    assert owner.reason.as_json() == {
        "id": "neighbourhood",
        "params": {"neighbourhood": "voorhof", "role": "verbinder"},
    }


def test_with_the_same_room_who_knows_the_neighbourhood_goes_first(catalogue) -> None:
    owner = choose(
        catalogue, partner("a"), partner("b", neighbourhoods=("voorhof",)), neighbourhood="voorhof"
    )
    assert owner.id == "b"


def test_words_that_are_no_neighbourhood_leave_those_for_the_whole_city(catalogue) -> None:
    owner = choose(
        catalogue, partner("a", neighbourhoods=("voorhof",)), partner("b"), neighbourhood="bij het water"
    )
    assert (owner.id, owner.reason.id) == ("b", "role")


def test_the_language_of_the_resident(catalogue) -> None:
    owner = choose(catalogue, partner("a", languages=("nl",), capacity=9), partner("b"), language="en")
    assert (owner.id, owner.language) == ("b", "nl")
    assert choose(catalogue, partner("c", languages=("en",)), language="en").language == "en"


def test_the_same_facts_give_the_same_owner(catalogue) -> None:
    partners = [partner("b"), partner("a"), partner("c")]
    assert {choose(catalogue, *order).id for order in (partners, partners[::-1])} == {"a"}


def test_who_is_away_is_replaced_by_the_deputy(catalogue) -> None:
    away = partner("away", absences=AWAY, deputy="deputy")
    owner = choose(catalogue, away, partner("deputy", "adviseur"))
    assert (owner.id, owner.role) == ("deputy", "verbinder")
    assert owner.reason.as_json() == {
        "id": "deputy",
        "params": {"instead_of": "away", "role": "verbinder"},
    }


def test_who_is_full_is_replaced_by_the_deputy(catalogue) -> None:
    owner = choose(catalogue, partner("a", deputy="b"), partner("b", "adviseur"), open_cases={"a": 5})
    assert (owner.id, owner.reason.id) == ("b", "deputy")


def test_the_deputy_of_a_deputy(catalogue) -> None:
    owner = choose(
        catalogue,
        partner("a", absences=AWAY, deputy="b"),
        partner("b", "adviseur", absences=AWAY, deputy="c"),
        partner("c", "adviseur"),
    )
    assert owner.id == "c"


def test_deputies_of_each_other_end_at_the_team(catalogue) -> None:
    owner = choose(
        catalogue, partner("a", absences=AWAY, deputy="b"), partner("b", absences=AWAY, deputy="a")
    )
    assert (owner.kind, owner.id, owner.email) == ("team", catalogue.team.id, catalogue.team.email)
    assert owner.reason.as_json() == {"id": "team", "params": {"role": "verbinder"}}


def test_an_absence_counts_from_the_first_to_the_last_day(catalogue) -> None:
    for first, last, expected in [(20, 22, "a"), (20, 23, "team"), (23, 23, "team"), (24, 30, "a")]:
        absences = ((date(2026, 11, first), date(2026, 11, last)),)
        owner = choose(catalogue, partner("a", absences=absences))
        assert owner.id == ("a" if expected == "a" else catalogue.team.id)


def test_a_rule_decides_about_the_role(catalogue) -> None:
    owner = choose(
        catalogue, partner("a"), partner("b", "opdrachtnemer"), rules=(rule(role="opdrachtnemer"),)
    )
    assert (owner.id, owner.role) == ("b", "opdrachtnemer")
    assert owner.reason.as_json() == {"id": "rule", "params": {"rule": "r1", "role": "opdrachtnemer"}}


def test_a_rule_decides_about_the_person_also_when_full(catalogue) -> None:
    owner = choose(
        catalogue,
        partner("a"),
        partner("b", "adviseur"),
        rules=(rule(partner="b"),),
        open_cases={"b": 99},
    )
    assert (owner.id, owner.role, owner.reason.id) == ("b", "verbinder", "rule")


def test_the_person_of_a_rule_is_away(catalogue) -> None:
    away = partner("b", "adviseur", absences=AWAY, deputy="c")
    partners = [partner("a"), away, partner("c", "adviseur")]
    owner = choose(catalogue, *partners, rules=(rule(partner="b"),))
    assert (owner.id, owner.reason.params["instead_of"]) == ("c", "b")
    alone = choose(catalogue, partner("a"), replace(away, deputy=None), rules=(rule(partner="b"),))
    assert (alone.id, alone.reason.id) == ("a", "role")


def test_the_first_matching_rule_wins(catalogue) -> None:
    rules = (rule("r1", partner="a"), rule("r2", partner="b"))
    assert choose(catalogue, partner("a"), partner("b"), rules=rules).id == "a"


@pytest.mark.parametrize("role", [None, "astronaut"])
def test_without_a_known_role_somebody_gets_to_know_the_person(catalogue, role) -> None:
    owner = choose(catalogue, partner("a"), partner("b", "partner"), role=role)
    assert (owner.id, owner.role) == ("b", "partner")


def test_every_rule_and_role_of_the_example_catalogue_has_an_owner(delft) -> None:
    for role in delft.roles:
        for language in ("nl", "en"):
            facts = Facts(text="een plan", kind="plan", role=role, language=language)
            assert choose_owner(delft, facts, open_cases={}, today=TODAY).kind == "partner"
    for each in delft.rules:
        owner = choose_owner(delft, each.facts_for(each.examples.match[0]), open_cases={}, today=TODAY)
        assert owner.role == (each.then.role or owner.role)


roles = st.sampled_from(["verbinder", "partner", "adviseur"])
places = st.sampled_from(["voorhof", "wippolder"])
ids = st.sampled_from(["a", "b", "c", "d"])
partners_ = st.lists(
    st.builds(
        partner,
        ids,
        roles,
        neighbourhoods=st.lists(places, max_size=1).map(tuple),
        languages=st.sampled_from([("nl",), ("nl", "en"), ("tr",)]),
        capacity=st.integers(0, 3),
        absences=st.sampled_from([(), AWAY]),
    ),
    unique_by=lambda p: p.id,
    max_size=4,
)


@given(partners_, st.data())
def test_there_is_always_an_owner_who_may_have_it(catalogue, partners, data) -> None:
    known = [p.id for p in partners]
    deputies = st.none() | st.sampled_from(known) if known else st.none()
    partners = [replace(p, deputy=data.draw(deputies)) for p in partners]
    open_cases = data.draw(st.dictionaries(ids, st.integers(0, 4)))
    owner = choose(
        catalogue,
        *partners,
        role=data.draw(roles),
        neighbourhood=data.draw(st.none() | places),
        language=data.draw(st.sampled_from(["nl", "en", "tr"])),
        open_cases=open_cases,
    )
    if owner.kind == "team":
        assert owner.id == catalogue.team.id
        return
    [chosen] = [p for p in partners if p.id == owner.id]
    assert not chosen.is_absent(TODAY)
    assert open_cases.get(chosen.id, 0) < chosen.capacity
    if owner.reason.id != "deputy":
        assert owner.role in chosen.roles
