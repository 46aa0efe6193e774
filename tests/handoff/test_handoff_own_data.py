"""What goes with a resident who has everything erased: also from notes, planned questions and vectors."""

from __future__ import annotations

import json

import numpy as np
from sqlalchemy import select, update

from routing.cases.cases import Actor, erase_contact, find_case, move, record
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import Account, CaseNote, CaseVector, FollowUp
from routing.cases.feedback import keep_choices
from routing.cases.models import Contact
from routing.cases.states import CaseAction
from routing.desk.similar import StoredVectors
from routing.handoff.afterwards import TALK, rate
from routing.handoff.handover import hand_over
from routing.handoff.own_data import ERASED, erase_of, export_of

STAFF = Actor("medewerker", "1")
WRITTEN = "Gebeld op 06 12345678, mail gaat naar Inwoner-9@example.org. Volgende week dinsdag."


class _Same:
    """Compares by one number; what likeness means is tested elsewhere."""

    made_by = "test"

    def vector(self, text: str) -> np.ndarray:
        return np.ones(4, dtype=np.float32) / 2

    def likeness(self, text: str, others: list[str], vectors: np.ndarray) -> np.ndarray:
        return np.ones(len(others))


def _given(store, catalogue, request_, now) -> str:
    with unit_of_work(store.engine) as session:
        return hand_over(session, catalogue, request_, now=now, secret=b"secret").case.reference


def _written_about(session, case, now) -> None:
    account = Account(
        login="partner-1@example.org",
        name="Partner",
        role="lead",
        partner_id=None,
        language="nl",
        created_at=now,
        updated_at=now,
    )
    session.add(account)
    session.merge(
        Contact(case_id=case.id, name="I", email="inwoner-9@example.org", phone="0612345678", consent_at=now)
    )
    session.flush()
    session.add(CaseNote(case_id=case.id, account_id=account.id, kind="note", text=WRITTEN, created_at=now))
    session.add(
        FollowUp(
            case_id=case.id,
            account_id=account.id,
            kind="reminder",
            due_on=now.date(),
            text=WRITTEN,
            state="planned",
            created_at=now,
        )
    )


def test_own_details_leave_what_staff_wrote(store, catalogue, request_, now) -> None:
    reference = _given(store, catalogue, request_, now)
    with unit_of_work(store.engine) as session:
        _written_about(session, find_case(session, reference), now)
    with unit_of_work(store.engine) as session:
        erase_contact(session, find_case(session, reference), actor=STAFF, now=now)
    with reading(store.engine) as session:
        for table in (CaseNote, FollowUp):
            (text,) = session.scalars(
                select(table.text).where(table.case_id == find_case(session, reference).id)
            )
            assert text == "Gebeld op [-], mail gaat naar [-]. Volgende week dinsdag."


def test_a_blanked_case_has_no_vector_and_gets_none(store, catalogue, request_, now) -> None:
    reference = _given(store, catalogue, request_, now)
    similar = StoredVectors(store.engine, _Same())
    assert similar.learn(10) == 1
    assert similar.find(request_.plan, 3)[0][0] == reference
    with unit_of_work(store.engine) as session:
        case = find_case(session, reference)
        for action in (CaseAction.ANSWER, CaseAction.CLOSE):
            move(session, case, action, actor=STAFF, now=now)
        assert erase_of(session, request_.conversation_id, None, now) == []
    with reading(store.engine) as session:
        assert find_case(session, reference).plan == ERASED
        assert session.scalars(select(CaseVector)).all() == []
    assert similar.find(request_.plan, 3) == []
    assert StoredVectors(store.engine, _Same()).learn(10) == 0


def test_a_vector_that_was_under_way_is_not_stored(store, catalogue, request_, now) -> None:
    reference = _given(store, catalogue, request_, now)

    class ErasedMeanwhile(_Same):
        def vector(self, text: str) -> np.ndarray:
            with unit_of_work(store.engine) as session:
                find_case(session, reference).plan = ERASED
            return super().vector(text)

    StoredVectors(store.engine, ErasedMeanwhile()).learn(10)
    with reading(store.engine) as session:
        assert session.scalars(select(CaseVector)).all() == []


def test_the_copy_holds_what_is_kept_of_the_resident(store, catalogue, request_, now) -> None:
    reference = _given(store, catalogue, request_, now)
    with unit_of_work(store.engine) as session:
        case = find_case(session, reference)
        rate(session, case, 4, key="one", now=now, about=TALK)
        keep_choices(session, case, {**request_.advice, "advised": {"role": ["adviseur"]}}, now)
        _written_about(session, case, now)
    with reading(store.engine) as session:
        (copy,) = export_of(session, request_.conversation_id)["zaken"]
    moment = now.isoformat()
    assert copy["advies"] == {
        "rol": {
            "rol": "verbinder",
            "tweede": "partner",
            "zekerheid": 0.71,
            "woorden": "wie wil er meedoen",
            "gewicht": {"text": 0.37, "help": 0.6, "parties": 0.03, "phase": 0.0},
        },
        "doelen": [
            {"doel": 11, "zekerheid": 0.83, "woorden": "met de straat"},
            {"doel": 2, "zekerheid": 0.61, "woorden": "moestuin"},
        ],
        "instrumenten": ["maex"],
    }
    assert copy["waardering"] == [{"cijfer": 4, "over": "talk", "tijd": moment}]
    assert copy["vervolg"] == [{"dag": now.date().isoformat(), "vraag": WRITTEN, "toestand": "planned"}]
    assert copy["verbeteringen"] == [
        {
            "wat": "role",
            "was": ["adviseur"],
            "werd": ["verbinder"],
            "door": "inwoner",
            "magLeren": False,
            "tijd": moment,
        }
    ]
    assert copy["contact"]["email"] == "inwoner-9@example.org"
    assert copy["contact"]["toestemming"] == moment
    assert [step["wat"] for step in copy["verloop"]] == ["received", "satisfaction"]


def test_the_copy_leaves_out_what_staff_write_for_each_other(store, catalogue, request_, now) -> None:
    reference = _given(store, catalogue, request_, now)
    with unit_of_work(store.engine) as session:
        case = find_case(session, reference)
        _written_about(session, case, now)
        session.execute(update(CaseNote).values(text="Alleen voor collega's"))
        record(session, case, "note", actor=Actor("medewerker", "4711"), now=now, data={"note": 1})
    with reading(store.engine) as session:
        copy = export_of(session, request_.conversation_id)
    assert "collega" not in json.dumps(copy)
    assert "4711" not in json.dumps(copy)
    assert copy["zaken"][0]["verloop"][-1]["door"] == "medewerker"
