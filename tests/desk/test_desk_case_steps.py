"""What staff do with a case: answer, note, transfer, correct, plan; each with its history, mail and log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from routing.cases.conversations import messages_since
from routing.cases.database import reading
from routing.cases.desk_models import CaseNote, Feedback, FollowUp
from routing.cases.states import CaseState
from tests.desk.case_facts import REPLY, audit_of, events_of, kinds_of, kinds_of_mail, last_mail, mail_of


def test_picking_up_a_case_of_the_team_makes_it_ones_own(partner, make_case, fresh, store) -> None:
    case = make_case(owner="team")
    assert partner.on_case(case, "oppakken").status_code == 303
    now = fresh(case)
    assert (now.state, now.owner_kind, now.owner_id) == (CaseState.IN_PROGRESS, "partner", "partner-1")
    assert now.owner_reason["id"] == "picked_up"
    assert kinds_of(store, case) == ["received", "transfer", "pick_up"]
    assert "Heeft de zaak zelf opgepakt." in partner.text(f"/desk/zaken/{case.reference}")


def test_an_answer_goes_into_the_chat_and_by_mail_with_a_link(
    partner, make_case, fresh, store, server
) -> None:
    case = make_case()
    assert partner.on_case(case, "bericht", **REPLY).status_code == 303
    now = fresh(case)
    assert now.state is CaseState.ANSWERED
    assert now.answered_at is not None
    with reading(store) as session:
        said = messages_since(session, case.conversation_id, 2)
    assert [(m.sender, m.text, m.author["name"]) for m in said] == [
        ("medewerker", REPLY["tekst"], "Partner Een")
    ]
    item = next(one for one in mail_of(store, case) if one.kind == "resident_message")
    assert item.recipient == "resident"
    # The mail may have left by now, which is a line of the history as well.
    event = next(one for one in events_of(store, case) if one.kind == "answer")
    assert audit_of(store, case)[-1] == "answer"
    assert event.actor_id.isdecimal()


def test_the_mail_says_who_writes_and_where_to_go_on(partner, make_case, store, server, until) -> None:
    case = make_case()
    partner.on_case(case, "bericht", tekst=f"Voor {case.reference}: kom gerust langs.", soort="question")
    until(lambda: any(one.state == "sent" for one in mail_of(store, case) if one.kind == "resident_message"))
    mail = last_mail(server, f"Voor {case.reference}: kom gerust langs.")
    assert "Partner Een (verbinder, gemeente Delft)" in mail
    assert "Geef hier antwoord: http://" in mail


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("answer", CaseState.ANSWERED),
        ("question", CaseState.WAITING_FOR_RESIDENT),
        ("message", CaseState.RECEIVED),
    ],
)
def test_what_a_message_does_to_the_case(partner, make_case, fresh, kind, state) -> None:
    case = make_case()
    partner.on_case(case, "bericht", tekst="Dag!", soort=kind)
    now = fresh(case)
    assert now.state is state
    assert now.version > case.version


def test_without_a_mail_address_only_the_chat_is_used(partner, make_case, store) -> None:
    case = make_case(email=None)
    partner.on_case(case, "bericht", **REPLY)
    assert "resident_message" not in kinds_of_mail(store, case)


def test_without_a_conversation_only_mail_is_used(partner, make_case, store) -> None:
    case = make_case(talks=False)
    partner.on_case(case, "bericht", **REPLY)
    assert "resident_message" in kinds_of_mail(store, case)


def test_a_note_is_for_colleagues_alone(partner, make_case, store) -> None:
    case = make_case()
    assert partner.on_case(case, "notitie", tekst="Bel voor tien uur.").status_code == 303
    assert "Bel voor tien uur." in partner.text(f"/desk/zaken/{case.reference}")
    with reading(store) as session:
        assert len(messages_since(session, case.conversation_id, 0)) == 2
        assert all("tien uur" not in str(event.data) for event in events_of(store, case))


TARGETS = {
    "partner:partner-9": ("partner", "partner-9", "verbinder"),
    "role:adviseur": ("partner", None, "adviseur"),
    "team": ("team", "team", "verbinder"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_transferring(partner, make_case, fresh, store, delft, target: str) -> None:
    case = make_case()
    assert partner.on_case(case, "doorzetten", naar=target, waarom="Past beter bij jou.").status_code == 303
    now, (kind, owner, role) = fresh(case), TARGETS[target]
    assert (now.owner_kind, now.role, now.state) == (kind, role, CaseState.RECEIVED)
    assert now.owner_id == owner or role in delft.partners[now.owner_id].roles
    event = next(one for one in events_of(store, case) if one.kind == "transfer")
    assert event.data["from"] == "partner-1"
    assert event.data["owner_id"] == now.owner_id
    with reading(store) as session:
        assert session.get(CaseNote, event.data["note"]).text == "Past beter bij jou."
    mail = next(one for one in mail_of(store, case) if one.kind == "owner_step")
    assert mail.recipient == "owner"


def test_the_new_owner_reads_why(partner, make_case, store, server, until) -> None:
    case = make_case()
    partner.on_case(case, "doorzetten", naar="team", waarom="Wij hebben hier geen schuur.")
    until(lambda: any(one.state == "sent" for one in mail_of(store, case) if one.kind == "owner_step"))
    mail = last_mail(server, "Wij hebben hier geen schuur.")
    assert "Collega Partner zette deze zaak naar je door" in mail
    assert f"/desk/zaken/{case.reference}" in mail


def test_the_mail_about_a_new_case_links_to_the_desk(make_case, store, server, until) -> None:
    case = make_case()
    until(lambda: any(one.state == "sent" for one in mail_of(store, case) if one.kind == "owner_new_case"))
    link = f"{server.url}/desk/zaken/{case.reference}"
    assert f"Bekijk de zaak: {link}" in last_mail(server, link)


def test_correcting_role_and_goals_is_kept_for_training(partner, make_case, fresh, store) -> None:
    case = make_case()
    fields = {"rol": "adviseur", "doel": ["2", "11"], "mag-leren": "ja"}
    assert partner.on_case(case, "duiden", **fields).status_code == 303
    now = fresh(case)
    assert now.role == "adviseur"
    assert (now.role_confidence, now.role_weights) == (None, None)
    assert [(g["goal"], g["confidence"]) for g in now.goals] == [(2, 0.83), (11, None)]
    with reading(store) as session:
        kept = session.scalars(
            select(Feedback).where(Feedback.case_id == case.id).order_by(Feedback.id)
        ).all()
    assert [(one.kind, one.old, one.new, one.consent) for one in kept] == [
        ("role", ["verbinder"], ["adviseur"], True),
        ("goals", [2], [2, 11], True),
    ]
    text = partner.text(f"/desk/zaken/{case.reference}")
    assert "Rol aangepast: van verbinder naar adviseur. Doelen aangepast: van 2 naar 2, 11." in text
    assert "door een collega gekozen" in text


def test_correcting_nothing_changes_nothing(partner, make_case, fresh, store) -> None:
    case = make_case()
    assert partner.on_case(case, "duiden", rol="verbinder", doel="2").status_code == 303
    assert fresh(case).version == case.version
    assert kinds_of(store, case) == ["received"]


def test_planning_and_calling_off_a_follow_up(partner, make_case, store) -> None:
    case = make_case()
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    fields = {"soort": "how_is_it", "datum": day.isoformat(), "tekst": "Staat de schuur er al?"}
    assert partner.on_case(case, "vervolg", **fields).status_code == 303
    with reading(store) as session:
        planned = session.scalars(select(FollowUp).where(FollowUp.case_id == case.id)).one()
    assert (planned.due_on, planned.text, planned.state) == (day, "Staat de schuur er al?", "planned")
    assert partner.on_case(case, f"vervolg/{planned.id}/afzeggen").status_code == 303
    assert partner.on_case(case, f"vervolg/{planned.id}/afzeggen").status_code == 404
    with reading(store) as session:
        assert session.get(FollowUp, planned.id).state == "cancelled"
    assert kinds_of(store, case) == ["received", "follow_up_planned", "follow_up_cancelled"]


@pytest.mark.parametrize("number", ["0", "x", "9" * 60, "²"])
def test_a_follow_up_that_is_not_there_cannot_be_called_off(partner, make_case, number) -> None:
    assert partner.on_case(make_case(), f"vervolg/{number}/afzeggen").status_code == 404
