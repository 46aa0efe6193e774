"""The words and goals of a case are found, and forgotten, whoever writes them."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from routing.cases.cases import Actor, contact_of, erase_contact
from routing.cases.conversations import (
    Utterance,
    erase_conversation,
    receive,
    record_turn,
    start_conversation,
)
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import CaseGoal
from routing.cases.models import STAFF, Case, Contact
from routing.cases.search import found_cases
from routing.cases.states import CaseState


@pytest.fixture
def case(store, now) -> Case:
    """A case with a conversation and contact details."""
    with unit_of_work(store.engine) as session:
        start_conversation(session, id="gesprek", token_hash="-", language="nl", now=now)
        receive(session, "gesprek", client_id="1", text="Hoi, ik heet Wilhelmina", now=now)
        record_turn(session, "gesprek", None, [Utterance("Fijn dat je er bent, vertel")], now)
        made = Case(
            reference="LK-2026-000001-21", code_hash="-", handoff_key="gesprek:1", conversation_id="gesprek",
            language="nl", state=CaseState.RECEIVED, role="partner", owner_kind="team", owner_id="team",
            owner_reason={}, goals=[{"goal": 11}, {"goal": 2}], instruments=[], neighbourhood="hof-van-delft",
            plan="Een café voor de buurt", promised_for=now.date(), created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(Contact(case_id=made.id, name="W. de Wit", email="wit@example.org", consent_at=now))
    return made


def finds(store, words: str, *, closed: bool = True) -> bool:
    with reading(store.engine) as session:
        return bool(session.scalars(found_cases(session, words, closed=closed)).all())


@pytest.mark.parametrize(
    "words", ["café", "CAFE buurt", "caf", "hof delft", "LK-2026-000001-21", "2026-000001", "buurt, (café)!"]
)
def test_everybody_finds_plan_place_and_number(store, case, words: str) -> None:
    assert finds(store, words, closed=False)


@pytest.mark.parametrize("words", ["Wilhelmina", "wit@example.org", "de Wit", "café wilhelmina"])
def test_people_and_messages_are_found_by_who_may_read_them(store, case, words: str) -> None:
    assert finds(store, words)
    assert not finds(store, words, closed=False)


@pytest.mark.parametrize("words", ["fiets", "café fiets", "", " ", "!!", '"', "vertel"])
def test_what_is_not_there_is_not_found(store, case, words: str) -> None:
    assert not finds(store, words)


def test_other_scripts_are_found_too(store, case, now) -> None:
    with unit_of_work(store.engine) as session:
        receive(session, "gesprek", client_id="2", text="Привіт, (сусіди)!", now=now)
    assert finds(store, "сусіди")


def test_later_messages_are_found_too(store, case, now) -> None:
    with unit_of_work(store.engine) as session:
        record_turn(session, "gesprek", None, [Utterance("Bel de bakker", sender=STAFF)], now)
        receive(session, "gesprek", client_id="2", text="Dat is de molenaar", now=now)
    assert finds(store, "bakker molenaar")


def test_who_is_erased_is_not_found_any_more(store, case, now) -> None:
    with unit_of_work(store.engine) as session:
        erase_contact(session, session.get(Case, case.id), actor=Actor("systeem"), now=now)
    assert not finds(store, "wit@example.org")
    assert finds(store, "Wilhelmina")
    with unit_of_work(store.engine) as session:
        erase_conversation(session, "gesprek")
    assert not finds(store, "Wilhelmina")
    assert finds(store, "café")


def test_changes_are_followed(store, case) -> None:
    with unit_of_work(store.engine) as session:
        changed = session.get(Case, case.id)
        changed.plan, changed.goals = "Een werkplaats", [{"goal": 8}]
        contact_of(session, changed).name = "Zus"
    assert finds(store, "werkplaats")
    assert finds(store, "zus")
    assert not finds(store, "café")
    with reading(store.engine) as session:
        assert session.scalars(select(CaseGoal.goal)).all() == [8]


def test_a_case_that_goes_takes_its_words_along(store, case) -> None:
    with unit_of_work(store.engine) as session:
        session.execute(delete(Case))
    assert not finds(store, "café")
    with reading(store.engine) as session:
        assert session.scalars(select(CaseGoal.goal)).all() == []
