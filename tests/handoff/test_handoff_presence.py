"""Who is there: an open page, what somebody said, hours and absences; and who goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from routing.cases import presence
from routing.cases.database import unit_of_work
from routing.catalogue import Facts, Partner
from routing.handoff.owner import choose_owner
from routing.handoff.promised import promised_for
from routing.handoff.reach import opens_at, present_partners, reach

MINUTE = timedelta(minutes=1)


def there(store, catalogue, at) -> set[str]:
    with unit_of_work(store.engine) as session:
        return set(present_partners(session, catalogue, at))


def test_an_open_page_counts_for_a_minute_and_a_half(store, catalogue, now) -> None:
    with unit_of_work(store.engine) as session:
        presence.seen(session, ["partner-1", "nobody-we-know"], now)
    assert there(store, catalogue, now + MINUTE) == {"partner-1"}
    assert there(store, catalogue, now + 1.6 * MINUTE) == set()


def test_what_a_partner_says_holds_for_the_day(store, catalogue, now) -> None:
    with unit_of_work(store.engine) as session:
        presence.said(session, "partner-1", True, now)
        presence.seen(session, ["partner-2"], now)
        presence.said(session, "partner-2", False, now)
    assert there(store, catalogue, now + 60 * MINUTE) == {"partner-1"}
    assert there(store, catalogue, now + timedelta(days=1)) == set()
    with unit_of_work(store.engine) as session:
        presence.said(session, "partner-2", None, now)
    assert there(store, catalogue, now) == {"partner-1", "partner-2"}


def test_nobody_counts_when_closed_or_away(store, catalogue, now) -> None:
    away = replace(catalogue.partners["partner-1"], absences=((now.date(), now.date()),))
    changed = replace(catalogue, partners={**catalogue.partners, "partner-1": away})
    evening = now.replace(hour=20)
    with unit_of_work(store.engine) as session:
        presence.seen(session, ["partner-1", "partner-2"], evening)
    assert there(store, catalogue, evening) == set()
    with unit_of_work(store.engine) as session:
        presence.seen(session, ["partner-1", "partner-2"], now)
    assert there(store, changed, now) == {"partner-2"}


@pytest.mark.parametrize(
    ("moment", "reason", "opens"),
    [
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), "nobody", None),
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), "closed", "2026-11-24T09:00:00+01:00"),
        (datetime(2026, 11, 23, 6, 0, tzinfo=UTC), "closed", "2026-11-23T09:00:00+01:00"),
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), "closed", "2026-11-30T09:00:00+01:00"),
        (datetime(2026, 12, 25, 12, 0, tzinfo=UTC), "holiday", "2026-12-28T09:00:00+01:00"),
    ],
)
def test_why_nobody_is_there(sqlite_store, catalogue, moment, reason, opens) -> None:
    with unit_of_work(sqlite_store.engine) as session:
        found = reach(session, catalogue, moment, "partner")
    assert found.reason == reason
    assert (found.opens_at.isoformat() if found.opens_at else None) == opens
    assert (found.holiday is not None) == (reason == "holiday")


def test_somebody_is_there_in_the_role_or_the_role_is_vacant(sqlite_store, catalogue, now) -> None:
    with unit_of_work(sqlite_store.engine) as session:
        presence.seen(session, ["partner-1"], now)
        assert reach(session, catalogue, now).partners == ("partner-1",)
        assert reach(session, catalogue, now, "verbinder").partners == ("partner-1",)
        assert reach(session, catalogue, now, "adviseur").reason == "nobody"
        alone = replace(catalogue, partners={"partner-1": catalogue.partners["partner-1"]})
        assert reach(session, alone, now, "adviseur").reason == "vacant"


def test_a_municipality_that_never_opens_has_no_next_hour(catalogue, now) -> None:
    assert opens_at(replace(catalogue, calendar=replace(catalogue.calendar, hours={})), now) is None


def partner(name: str, **values: object) -> Partner:
    fields = {"name": name, "email": f"{name}@example.org", "roles": ("verbinder",), "capacity": 6}
    return Partner(id=name, **fields | values)


def chosen(catalogue, *partners: Partner, present=(), open_cases=None):
    facts = Facts(text="een plan", kind="plan", role="verbinder", language="nl", goals=(11, 4))
    catalogue = replace(catalogue, partners={p.id: p for p in partners})
    owner = choose_owner(
        catalogue, facts, open_cases=open_cases or {}, today=date(2026, 11, 23), present=present
    )
    return owner.id, owner.reason.id


def test_who_is_there_goes_first_among_equals(catalogue) -> None:
    a, b, c = partner("a"), partner("b"), partner("c")
    assert chosen(catalogue, a, b, c) == ("a", "role")
    assert chosen(catalogue, a, b, c, present={"b"}) == ("b", "present")
    assert chosen(catalogue, a, b, c, present={"b"}, open_cases={"b": 2}) == ("b", "present")
    assert chosen(catalogue, a, b, c, present={"b"}, open_cases={"b": 3}) == ("a", "role")
    assert chosen(catalogue, a, b, c, present={"a", "b"}) == ("a", "role")


def test_who_knows_the_goals_goes_before_who_does_not(catalogue) -> None:
    a, b, c = partner("a"), partner("b", goals=(4,)), partner("c", goals=(4, 11))
    assert chosen(catalogue, a, b, c) == ("c", "goals")
    assert chosen(catalogue, a, b, c, present={"a"}) == ("a", "role")
    assert chosen(catalogue, a, b, c, present={"b"}) == ("b", "present")


@pytest.mark.parametrize(
    ("moment", "promised"),
    [
        ("2026-11-23T07:00:00+01:00", "2026-11-26"),
        ("2026-11-23T16:59:00+01:00", "2026-11-26"),
        ("2026-11-23T17:00:00+01:00", "2026-11-27"),
        ("2026-11-27T20:00:00+01:00", "2026-12-03"),
        ("2026-11-28T12:00:00+01:00", "2026-12-03"),
        ("2026-12-24T18:00:00+01:00", "2026-12-31"),
    ],
)
def test_the_promise_counts_from_the_working_day_on_which_it_is_received(
    delft, moment: str, promised: str
) -> None:
    assert delft.roles["verbinder"].promise_days == 3
    assert promised_for(delft, datetime.fromisoformat(moment), "verbinder").isoformat() == promised
