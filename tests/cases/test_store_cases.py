"""Cases: finding them, changing them one at a time, and a history that nobody rewrites."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from routing.cases.cases import (
    THE_SYSTEM,
    CaseChanged,
    case_for_change,
    find_case,
    find_case_by_code,
    history,
    move,
    open_cases,
    record,
)
from routing.cases.codes import follow_code, hash_code
from routing.cases.database import reading, unit_of_work
from routing.cases.models import AppendOnlyViolation, Case, CaseEvent
from routing.cases.reference import make_reference
from routing.cases.states import CaseAction, CaseState

REFERENCE = make_reference(2026, 1)
CODE = follow_code(b"secret", "key-1")


def a_case(now, serial: int = 1, **values: object) -> Case:
    reference = make_reference(2026, serial)
    fields = {
        "reference": reference,
        "code_hash": hash_code(reference, CODE),
        "handoff_key": f"key-{serial}",
        "language": "nl",
        "state": CaseState.RECEIVED,
        "role": "partner",
        "owner_kind": "partner",
        "owner_id": "partner-1",
        "owner_reason": {"id": "role", "params": {}},
        "goals": [],
        "instruments": [],
        "plan": "een plan",
        "promised_for": now.date(),
        "created_at": now,
        "updated_at": now,
    }
    return Case(**fields | values)


@pytest.fixture
def kept(store, now):
    """A store with one case and one line of history."""
    with unit_of_work(store.engine) as session:
        case = a_case(now)
        session.add(case)
        session.flush()
        record(session, case, "received", actor=THE_SYSTEM, now=now)
    return store.engine


def test_a_case_is_found_by_its_number_however_it_is_written(kept) -> None:
    with reading(kept) as session:
        for written in (REFERENCE, REFERENCE.lower(), REFERENCE.replace("-", " "), f" {REFERENCE} "):
            assert find_case(session, written).reference == REFERENCE
        for other in ("", "LK-2026-000001-17", make_reference(2026, 2), "x\x00"):
            assert find_case(session, other) is None


def test_the_code_opens_only_its_own_case(kept) -> None:
    with reading(kept) as session:
        for written in (CODE, CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " ")):
            assert find_case_by_code(session, REFERENCE, written).reference == REFERENCE
        for wrong in ("", "-", follow_code(b"secret", "key-2"), CODE[:-1], "\ud83d"):
            assert find_case_by_code(session, REFERENCE, wrong) is None
        assert find_case_by_code(session, make_reference(2026, 2), CODE) is None


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_codes_are_stable_and_easy_to_type(secret: bytes, key: str) -> None:
    code = follow_code(secret, key)
    assert code == follow_code(secret, key)
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    misread = code.replace("0", "o").replace("1", "l").lower()
    assert hash_code(REFERENCE, misread) == hash_code(REFERENCE, code)
    assert follow_code(secret + b"!", key) != code
    assert follow_code(secret, key + "!") != code


def test_two_people_cannot_overwrite_each_other(kept, now) -> None:
    with reading(kept) as first:
        stale = find_case(first, REFERENCE)
    with unit_of_work(kept) as session:
        move(session, find_case(session, REFERENCE), CaseAction.PICK_UP, actor=THE_SYSTEM, now=now)
    stale.plan = "iets anders"
    with pytest.raises(StaleDataError), unit_of_work(kept) as session:
        session.add(stale)
    with reading(kept) as session:
        assert find_case(session, REFERENCE).plan == "een plan"


def test_who_decides_on_an_older_version_is_told(kept, now) -> None:
    with unit_of_work(kept) as session:
        case = case_for_change(session, REFERENCE, version=1)
        move(session, case, CaseAction.PICK_UP, actor=THE_SYSTEM, now=now)
    with unit_of_work(kept) as session:
        with pytest.raises(CaseChanged):
            case_for_change(session, REFERENCE, version=1)
        assert case_for_change(session, REFERENCE).version == 2
        assert case_for_change(session, make_reference(2026, 9), version=1) is None


def test_a_case_always_has_an_owner(store, now) -> None:
    for values in ({"owner_id": ""}, {"owner_id": None}, {"owner_kind": "nobody"}):
        with pytest.raises(IntegrityError), unit_of_work(store.engine) as session:
            session.add(a_case(now, **values))


def test_open_cases_are_counted_by_partner(store, now) -> None:
    owners = [
        ("partner", "partner-1", CaseState.RECEIVED),
        ("partner", "partner-1", CaseState.WAITING_FOR_RESIDENT),
        ("partner", "partner-1", CaseState.ANSWERED),
        ("partner", "partner-2", CaseState.IN_PROGRESS),
        ("partner", "partner-3", CaseState.CLOSED),
        ("team", "team", CaseState.RECEIVED),
    ]
    with unit_of_work(store.engine) as session:
        for serial, (kind, owner, state) in enumerate(owners, start=1):
            session.add(a_case(now, serial, owner_kind=kind, owner_id=owner, state=state))
        session.flush()
        assert open_cases(session) == {"partner-1": 2, "partner-2": 1}


def test_history_is_in_order(kept, now) -> None:
    with unit_of_work(kept) as session:
        case = find_case(session, REFERENCE)
        for action in (CaseAction.PICK_UP, CaseAction.TRANSFER, CaseAction.ANSWER):
            now += timedelta(minutes=1)
            move(session, case, action, actor=THE_SYSTEM, now=now)
    with reading(kept) as session:
        lines = history(session, find_case(session, REFERENCE))
    assert [line.kind for line in lines] == ["received", "pick_up", "transfer", "answer"]
    assert [line.state for line in lines] == ["received", "in_progress", "received", "answered"]


def test_the_session_refuses_to_change_history(kept) -> None:
    with pytest.raises(AppendOnlyViolation), unit_of_work(kept) as session:
        session.scalars(select(CaseEvent)).one().kind = "closed"
    with pytest.raises(AppendOnlyViolation), unit_of_work(kept) as session:
        session.delete(session.scalars(select(CaseEvent)).one())
    assert lines(kept) == [("received", "received")]


@pytest.mark.parametrize(
    "change",
    [
        update(CaseEvent).values(kind="closed"),
        delete(CaseEvent),
        text("UPDATE case_event SET kind = 'closed'"),
        text("DELETE FROM case_event"),
        text("DELETE FROM case_event WHERE id > 0"),
        text("DELETE FROM zaak"),
    ],
    ids=str,
)
def test_the_database_refuses_to_change_history(kept, change) -> None:
    with pytest.raises(IntegrityError), unit_of_work(kept) as session:
        session.execute(change)
    assert lines(kept) == [("received", "received")]


@pytest.mark.parametrize("column", ["id", "rowid"])
def test_sqlite_refuses_to_replace_history(sqlite_store, now, column: str) -> None:
    with unit_of_work(sqlite_store.engine) as session:
        case = a_case(now)
        session.add(case)
        session.flush()
        record(session, case, "received", actor=THE_SYSTEM, now=now)
    change = (
        f"INSERT OR REPLACE INTO case_event ({column}, case_id, kind, state, actor_kind, data, created_at)"
        f" SELECT {column}, case_id, 'closed', state, actor_kind, data, created_at FROM case_event"
    )
    with pytest.raises(IntegrityError, match="append-only"), unit_of_work(sqlite_store.engine) as session:
        session.execute(text(change))
    assert lines(sqlite_store.engine) == [("received", "received")]


@pytest.mark.parametrize(
    "change",
    [
        "TRUNCATE case_event",
        "TRUNCATE zaak CASCADE",
        "INSERT INTO case_event SELECT * FROM case_event ON CONFLICT (id) DO UPDATE SET kind = 'closed'",
    ],
)
def test_postgresql_refuses_to_empty_or_overwrite_history(postgres_store, now, change: str) -> None:
    with unit_of_work(postgres_store.engine) as session:
        case = a_case(now)
        session.add(case)
        session.flush()
        record(session, case, "received", actor=THE_SYSTEM, now=now)
    with pytest.raises(IntegrityError, match="append-only"), unit_of_work(postgres_store.engine) as session:
        session.execute(text(change))
    assert lines(postgres_store.engine) == [("received", "received")]


def lines(engine) -> list[tuple[str, str]]:
    with Session(engine) as session:
        return [(kind, state) for kind, state in session.execute(select(CaseEvent.kind, CaseEvent.state))]
