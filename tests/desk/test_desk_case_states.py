"""The states of a case at the desk: what each allows, and that nobody overwrites another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from routing.cases.cases import Actor, case_for_change, move
from routing.cases.conversations import messages_since
from routing.cases.database import reading, unit_of_work
from routing.cases.models import STAFF, Case
from routing.cases.states import TRANSITIONS, CaseAction, CaseState
from tests.desk.conftest import hidden_fields, words_of


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 60, "²"])
def test_a_page_without_its_version_has_seen_nothing(partner, make_case, fresh, version) -> None:
    case = make_case()
    answer = partner.on_case(case, "afronden", resultaat="helped", versie=version, gezien=version)
    assert answer.status_code == 409
    assert fresh(case).version == case.version


def test_closing_and_opening_again(partner, make_case, fresh, store) -> None:
    case = make_case()
    with unit_of_work(store) as session:
        changed = case_for_change(session, case.reference)
        changed.promised_for = datetime.now(UTC).date() - timedelta(days=9)
        session.flush()
    partner.on_case(case, "afronden", resultaat="started", tekst="De schuur staat.")
    now = fresh(case)
    assert (now.state, now.result) == (CaseState.CLOSED, "started")
    assert "Afgerond. Resultaat: Het plan is gestart." in partner.text(f"/desk/zaken/{case.reference}")
    partner.on_case(case, "heropenen", waarom="Het dak lekt.")
    now = fresh(case)
    assert (now.state, now.result, now.closed_at) == (CaseState.RECEIVED, None, None)
    assert now.promised_for > datetime.now(UTC).date()
    assert "Het dak lekt." in partner.text(f"/desk/zaken/{case.reference}")


FORMS_OF = {
    CaseAction.PICK_UP: "oppakken",
    CaseAction.TRANSFER: "doorzetten",
    CaseAction.CLOSE: "afronden",
    CaseAction.REOPEN: "heropenen",
}
KINDS_OF = {CaseAction.ANSWER: "answer", CaseAction.ASK_RESIDENT: "question"}
WAYS = {
    CaseState.RECEIVED: [],
    CaseState.IN_PROGRESS: [CaseAction.PICK_UP],
    CaseState.WAITING_FOR_RESIDENT: [CaseAction.ASK_RESIDENT],
    CaseState.ANSWERED: [CaseAction.ANSWER],
    CaseState.CLOSED: [CaseAction.CLOSE],
}
"""How a new case comes into each state."""


def in_state(store, case: Case, state: CaseState) -> None:
    with unit_of_work(store) as session:
        changed = case_for_change(session, case.reference)
        for action in WAYS[state]:
            move(session, changed, action, actor=Actor(STAFF, "partner-1"), now=datetime.now(UTC))


@pytest.mark.parametrize("state", list(CaseState))
def test_the_page_offers_what_the_state_allows_and_nothing_else(partner, make_case, store, state) -> None:
    case = make_case()
    in_state(store, case, state)
    html = partner.get(f"/desk/zaken/{case.reference}").text
    for action, form in FORMS_OF.items():
        offered = f'action="/desk/zaken/{case.reference}/{form}"' in html
        assert offered == ((state, action) in TRANSITIONS), action
    for action, kind in KINDS_OF.items():
        offered = f'name="soort" value="{kind}"' in html
        assert offered == ((state, action) in TRANSITIONS), action


@pytest.mark.parametrize("state", list(CaseState))
def test_what_the_state_forbids_is_refused_with_what_happened(
    partner, make_case, fresh, store, state
) -> None:
    for action in (*FORMS_OF, *KINDS_OF):
        case = make_case()
        in_state(store, case, state)
        fields = {"resultaat": "helped", "waarom": "Toelichting hier", "naar": "team", "tekst": "Tekst hier"}
        fields["soort"] = KINDS_OF.get(action, "")
        answer = partner.on_case(case, FORMS_OF.get(action, "bericht"), **fields)
        allowed = (state, action) in TRANSITIONS
        assert answer.status_code == (303 if allowed else 409), action
        expected = TRANSITIONS[state, action] if allowed else state
        assert fresh(case).state is expected, action


def test_nobody_overwrites_another_and_what_was_typed_is_kept(partner, lead, make_case, fresh, store) -> None:
    case = make_case()
    page = f"/desk/zaken/{case.reference}"
    old = hidden_fields(partner.get(page).text, f"{page}/bericht")
    assert lead.on_case(case, "doorzetten", naar="team", waarom="Ik weet iets beters.").status_code == 303
    answer = partner.post(f"{page}/bericht", **old, tekst="Mijn lange & mooie antwoord", soort="answer")
    assert answer.status_code == 409
    text = words_of(answer.text)
    assert "Er is iets veranderd terwijl je bezig was" in text
    assert (
        "Collega Lead: Doorgezet van Partner Een naar Team Publiek Ondernemen. Ik weet iets beters." in text
    )
    assert "Mijn lange &amp; mooie antwoord</textarea>" in answer.text
    assert fresh(case).state is CaseState.RECEIVED
    with reading(store) as session:
        assert len(messages_since(session, case.conversation_id, 0)) == 2
    # The page that told of the clash carries the new version: the second try is a decision.
    new = hidden_fields(answer.text, f"{page}/bericht")
    assert partner.post(f"{page}/bericht", **new, tekst="Toch dit", soort="answer").status_code == 303


def test_a_form_sent_twice_is_carried_out_once(partner, make_case, store) -> None:
    case = make_case()
    page = f"/desk/zaken/{case.reference}"
    form = hidden_fields(partner.get(page).text, f"{page}/bericht")
    answers = [partner.post(f"{page}/bericht", **form, tekst="Dag!", soort="message") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 409]
    with reading(store) as session:
        assert len(messages_since(session, case.conversation_id, 2)) == 1
