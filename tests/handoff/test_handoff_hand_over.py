"""The handoff: one key is one case, with its owner, promise, history and mail, or nothing at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from routing.cases.cases import (
    THE_SYSTEM,
    contact_of,
    erase_contact,
    find_case,
    find_case_by_code,
    history,
)
from routing.cases.conversations import erase_conversation, start_conversation
from routing.cases.database import reading, unit_of_work
from routing.cases.models import Case, CaseEvent, Contact, OutboxItem
from routing.cases.reference import is_reference, parse_reference
from routing.catalogue.rules import Condition, Examples, Outcome, Rule
from routing.catalogue.words import Words
from routing.handoff.handover import HandoffRequest, hand_over

SCRIPT = Path(__file__).with_name("hand_over_and_hang.py")


def give(engine, catalogue, request: HandoffRequest, now: datetime, secret: bytes = b"secret"):
    with unit_of_work(engine) as session:
        return hand_over(session, catalogue, request, now=now, secret=secret)


def counts(engine) -> tuple[int, ...]:
    with reading(engine) as session:
        tables = (Case, CaseEvent, Contact, OutboxItem)
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in tables)


def test_all_that_was_found_out_is_in_the_case(store, catalogue, request_, now) -> None:
    handoff = give(store.engine, catalogue, request_, now)
    case = handoff.case
    assert handoff.created
    assert is_reference(case.reference)
    assert parse_reference(case.reference).year == 2026
    assert (case.state, case.version) == ("received", 1)
    assert (case.plan, case.parties, case.help, case.phase) == (
        request_.plan,
        "buren en een school",
        "wie wil er meedoen",
        "idee",
    )
    assert (case.neighbourhood, case.language, case.conversation_id) == ("voorhof", "nl", "gesprek-1")
    assert [goal["goal"] for goal in case.goals] == [11, 2]
    assert case.goals[0] == {"goal": 11, "confidence": 0.83, "evidence": "met de straat"}
    assert (case.role, case.second_role) == ("verbinder", "partner")
    assert (case.role_confidence, case.role_evidence) == (0.71, "wie wil er meedoen")
    assert case.role_weights == {"text": 0.37, "help": 0.6, "parties": 0.03, "phase": 0.0}
    assert case.instruments == ["maex"]
    assert (case.owner_kind, case.owner_id) == ("partner", "partner-2")
    assert case.owner_reason["id"] == "neighbourhood"
    assert counts(store.engine) == (1, 1, 1, 2)


def test_the_promise_counts_in_working_days_of_the_municipality(store, catalogue, request_, now) -> None:
    days = catalogue.roles["verbinder"].promise_days
    friday_evening = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
    case = give(store.engine, catalogue, request_, friday_evening).case
    # After closing time it counts as received on Monday.
    assert case.promised_for == catalogue.calendar.add_working_days(date(2026, 11, 30), days)


def test_the_day_and_the_year_are_those_of_the_municipality(store, catalogue, request_) -> None:
    case = give(store.engine, catalogue, request_, datetime(2026, 12, 31, 23, 30, tzinfo=UTC)).case
    assert parse_reference(case.reference).year == 2027
    other = replace(request_, handoff_key="other")
    case = give(store.engine, catalogue, other, datetime(2026, 12, 31, 22, 30, tzinfo=UTC)).case
    assert parse_reference(case.reference).year == 2026


def test_the_same_key_gives_the_same_case_and_code(store, catalogue, request_, now) -> None:
    first = give(store.engine, catalogue, request_, now)
    later = replace(request_, plan="iets anders", contact_email=None)
    again = give(store.engine, catalogue, later, now + timedelta(days=1))
    assert not again.created
    assert (again.case.id, again.case.reference, again.code) == (
        first.case.id,
        first.case.reference,
        first.code,
    )
    assert again.case.plan == request_.plan
    assert counts(store.engine) == (1, 1, 1, 2)


def test_the_same_key_at_once_is_one_case(store, catalogue, request_, now) -> None:
    start = threading.Barrier(4)

    def write(_number: int):
        start.wait(30)
        return give(store.engine, catalogue, request_, now)

    with ThreadPoolExecutor(4) as pool:
        handoffs = list(pool.map(write, range(4)))
    assert len({handoff.case.reference for handoff in handoffs}) == 1
    assert len({handoff.code for handoff in handoffs}) == 1
    assert [handoff.created for handoff in handoffs].count(True) == 1
    assert counts(store.engine) == (1, 1, 1, 2)


def test_different_keys_at_once_get_numbers_without_gaps(store, catalogue, request_, now) -> None:
    start = threading.Barrier(4)

    def write(number: int) -> list[str]:
        start.wait(30)
        requests = [replace(request_, handoff_key=f"key-{number}-{count}") for count in range(5)]
        return [give(store.engine, catalogue, request, now).case.reference for request in requests]

    with ThreadPoolExecutor(4) as pool:
        references = [reference for part in pool.map(write, range(4)) for reference in part]
    assert sorted(parse_reference(reference).serial for reference in references) == list(range(1, 21))


def test_the_load_is_spread_over_partners_and_then_goes_to_the_team(store, catalogue, request_, now) -> None:
    partners = {
        one: replace(
            catalogue.partners[one], capacity=1, neighbourhoods=(), roles=("verbinder",), deputy=None
        )
        for one in ("partner-1", "partner-2")
    }
    small = replace(catalogue, partners=partners)
    owners = [
        give(store.engine, small, replace(request_, handoff_key=f"key-{n}"), now).case.owner_id
        for n in range(3)
    ]
    assert owners == ["partner-1", "partner-2", catalogue.team.id]


def test_the_code_opens_the_case(store, catalogue, request_, now) -> None:
    handoff = give(store.engine, catalogue, request_, now)
    with reading(store.engine) as session:
        assert find_case_by_code(session, handoff.case.reference, handoff.code).id == handoff.case.id
        assert handoff.code not in handoff.case.code_hash


def test_a_new_secret_leaves_older_codes_as_they_are(store, catalogue, request_, now) -> None:
    first = give(store.engine, catalogue, request_, now, b"old")
    again = give(store.engine, catalogue, request_, now, b"new")
    assert (again.created, again.code) == (False, None)
    with reading(store.engine) as session:
        assert find_case_by_code(session, first.case.reference, first.code) is not None


def test_without_contact_details_only_the_owner_gets_mail(store, catalogue, request_, now) -> None:
    request = replace(request_, contact_name=None, contact_email=None, consent_at=None)
    handoff = give(store.engine, catalogue, request, now)
    assert counts(store.engine) == (1, 1, 0, 1)
    with reading(store.engine) as session:
        assert contact_of(session, handoff.case) is None
        [item] = session.scalars(select(OutboxItem))
    assert (item.recipient, item.payload["contact"]) == ("owner", None)


def test_a_telephone_number_alone_is_kept_without_mail(store, catalogue, request_, now) -> None:
    request = replace(request_, contact_name=None, contact_email=None, contact_phone="015 000 00 00")
    handoff = give(store.engine, catalogue, request, now)
    with reading(store.engine) as session:
        contact = contact_of(session, handoff.case)
    assert (contact.phone, contact.email, contact.consent_at) == ("015 000 00 00", None, now)
    assert counts(store.engine) == (1, 1, 1, 1)


def test_the_outbox_keys_name_the_case(store, catalogue, request_, now) -> None:
    reference = give(store.engine, catalogue, request_, now).case.reference
    with reading(store.engine) as session:
        items = session.scalars(select(OutboxItem).order_by(OutboxItem.id)).all()
    assert [(item.key, item.kind, item.state) for item in items] == [
        (f"{reference}.owner.received", "owner_new_case", "waiting"),
        (f"{reference}.resident.receipt", "resident_receipt", "waiting"),
    ]


def test_history_begins_with_the_choice_and_holds_no_words_of_people(store, catalogue, request_, now) -> None:
    handoff = give(store.engine, catalogue, request_, now)
    with reading(store.engine) as session:
        [event] = history(session, handoff.case)
    assert (event.kind, event.state, event.actor_kind) == ("received", "received", "chatbot")
    assert event.data["owner_id"] == handoff.case.owner_id
    assert event.data["goals"] == [11, 2]
    assert event.data["promised_for"] == handoff.case.promised_for.isoformat()
    for private in ("moestuin", "straat", "meedoen", "Inwoner", "example.org"):
        assert private not in str(event.data)


def test_a_rule_that_changes_the_role_keeps_the_advice_as_second(store, catalogue, request_, now) -> None:
    why = Words(nl="Je wilt een taak overnemen.", en="You want to take over a task.")
    rule = Rule("r1", Condition(), Outcome(role="opdrachtnemer"), why, Examples((), ()))
    case = give(store.engine, replace(catalogue, rules=(rule,)), request_, now).case
    assert (case.role, case.second_role, case.role_confidence) == ("opdrachtnemer", "verbinder", None)
    assert case.owner_reason == {"id": "rule", "params": {"rule": "r1", "role": "opdrachtnemer"}}


def test_an_empty_advice_still_has_an_owner_and_a_date(store, catalogue, request_, now) -> None:
    request = replace(request_, advice={"goals": [], "role": None, "instruments": []}, neighbourhood=None)
    case = give(store.engine, catalogue, request, now).case
    assert (case.role, case.second_role, case.goals) == ("partner", None, [])
    assert case.owner_id
    assert case.promised_for > now.date()


def test_a_place_that_the_catalogue_does_not_know_is_kept_in_words(store, catalogue, request_, now) -> None:
    case = give(store.engine, catalogue, replace(request_, neighbourhood="bij het water"), now).case
    assert case.neighbourhood == "bij het water"


@pytest.mark.parametrize(
    "changes", [{"handoff_key": ""}, {"consent_at": None}, {"contact_phone": "015", "consent_at": None}]
)
def test_a_request_that_may_not_be(request_, changes) -> None:
    with pytest.raises(ValueError, match=r"key|consent"):
        replace(request_, **changes)


def test_what_the_caller_rolls_back_never_was(store, catalogue, request_, now) -> None:
    def fail() -> None:
        with unit_of_work(store.engine) as session:
            hand_over(session, catalogue, request_, now=now, secret=b"secret")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert counts(store.engine) == (0, 0, 0, 0)
    case = give(store.engine, catalogue, request_, now).case
    assert parse_reference(case.reference).serial == 1


def test_a_process_killed_in_the_middle_of_it_leaves_nothing(store, delft, request_, now, tmp_path) -> None:
    running = subprocess.Popen(
        [sys.executable, str(SCRIPT), store.url, now.isoformat()], stdout=subprocess.PIPE, text=True
    )
    reference = running.stdout.readline().strip()
    running.kill()
    running.wait(30)
    running.stdout.close()
    assert is_reference(reference)
    assert counts(store.engine) == (0, 0, 0, 0)
    handoff = give(store.engine, delft, request_, now)
    assert handoff.created
    assert handoff.case.reference == reference
    assert counts(store.engine) == (1, 1, 1, 2)


def test_erasing_the_contact_leaves_the_case(store, catalogue, request_, now) -> None:
    handoff = give(store.engine, catalogue, request_, now)
    with unit_of_work(store.engine) as session:
        case = find_case(session, handoff.case.reference)
        erase_contact(session, case, actor=THE_SYSTEM, now=now)
        erase_contact(session, case, actor=THE_SYSTEM, now=now)
    with reading(store.engine) as session:
        case = find_case(session, handoff.case.reference)
        assert (case.plan, contact_of(session, case)) == (request_.plan, None)
        owner, resident = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
        assert (owner.state, resident.state) == ("waiting", "cancelled")
        assert "example.org" not in str(resident.payload)
        assert "inwoner-1" not in str(owner.payload)
        assert [event.kind for event in history(session, case)] == [
            "received",
            "contact_erased",
            "contact_erased",
        ]


def test_erasing_the_conversation_leaves_the_case(store, catalogue, request_, now) -> None:
    handoff = give(store.engine, catalogue, request_, now)
    with unit_of_work(store.engine) as session:
        erase_conversation(session, "gesprek-1")
    with reading(store.engine) as session:
        assert find_case(session, handoff.case.reference).conversation_id is None
    with unit_of_work(store.engine) as session:
        start_conversation(session, id="gesprek-1", token_hash="-", language="nl", now=now)
