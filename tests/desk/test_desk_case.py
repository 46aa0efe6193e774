"""What staff do with a case: each step with its state, history, mail and log; nobody overwrites another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from routing.cases.cases import Actor, case_for_change, move
from routing.cases.conversations import messages_since
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import Account, AuditEvent, CaseNote, Feedback, FollowUp
from routing.cases.models import STAFF, Case, CaseEvent, OutboxItem
from routing.cases.states import TRANSITIONS, CaseAction, CaseState
from tests.desk.conftest import hidden_fields, words_of

REPLY = {"tekst": "Wat leuk! Ik bel je morgen.", "soort": "answer"}


def events_of(store, case: Case) -> list[CaseEvent]:
    with reading(store) as session:
        query = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
        return list(session.scalars(query))


def kinds_of(store, case: Case) -> list[str]:
    """What happened to the case, without the comings and goings of mail."""
    return [one.kind for one in events_of(store, case) if one.kind not in ("delivered", "delivery_failed")]


def mail_of(store, case: Case) -> list[OutboxItem]:
    with reading(store) as session:
        query = select(OutboxItem).where(OutboxItem.case_id == case.id).order_by(OutboxItem.id)
        return list(session.scalars(query))


def kinds_of_mail(store, case: Case) -> list[str]:
    return [item.kind for item in mail_of(store, case)]


def last_mail(server, needle: str) -> str:
    """The text of the newest mail in the folder that speaks of something."""
    from email import message_from_bytes, policy

    mails = sorted((server.data / "mailbox").glob("*.eml"), key=lambda path: path.stat().st_mtime)
    texts = [
        message_from_bytes(path.read_bytes(), policy=policy.default).get_content() for path in reversed(mails)
    ]
    return next(text for text in texts if needle in text)


def audit_of(store, case: Case) -> list[str]:
    with reading(store) as session:
        query = select(AuditEvent.kind).where(AuditEvent.case_id == case.id).order_by(AuditEvent.id)
        return list(session.scalars(query))


def test_the_page_shows_all_that_is_known(partner, make_case) -> None:
    text = partner.text(f"/desk/zaken/{make_case().reference}")
    for words in (
        "nieuw", "Eigenaar: Partner Een", "Antwoord uiterlijk", "Voorhof", "verbinder", "71%", "Geen honger",
        "83%", "een moestuin", "wie wil er meedoen", "MAEX", "Hoi, ik ben Wilhelmina.", "Wat een mooi plan!",
        "Wilhelmina de Wit", "inwoner@example.org", "Binnengekomen. Eigenaar werd", "inwoner wachtte op",
    ):  # fmt: skip
        assert words in text, words


def test_the_words_that_led_to_a_conclusion_are_marked(partner, make_case) -> None:
    html = partner.get(f"/desk/zaken/{make_case().reference}").text
    assert '<mark>een moestuin</mark><sup class="led">2</sup>' in html
    assert '<mark>wie wil er meedoen</mark><sup class="led">verbinder</sup>' in html


def test_what_a_resident_typed_is_never_markup(partner, make_case) -> None:
    case = make_case(plan="<script>alert('x')</script> & een moestuin <b>samen</b>")
    html = partner.get(f"/desk/zaken/{case.reference}").text
    assert "<script>alert" not in html
    assert "<b>samen" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; <mark>een moestuin</mark>" in html


def test_a_case_is_found_by_its_number_as_people_write_it(partner, make_case) -> None:
    case = make_case()
    assert partner.get(f"/desk/zaken/{case.reference.lower().replace('-', '')}").status_code == 200
    assert partner.get("/desk/zaken/LK-2026-999999-00").status_code == 404


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
    assert now.role_confidence is None
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


def test_two_people_in_one_case_are_warned(partner, lead, reader, make_case) -> None:
    case = make_case()
    page = f"/desk/zaken/{case.reference}"
    assert "nu ook open" not in partner.text(page)
    assert "Let op: Collega Partner heeft deze zaak nu ook open." in lead.text(page)
    reader.get(page)
    assert "Collega Lead, Collega Reader hebben deze zaak" in partner.text(page)
    assert partner.get(f"{page}/aanwezig").json() == {"anderen": ["Collega Lead", "Collega Reader"]}


WRONG = [
    ("bericht", {"tekst": " ", "soort": "answer"}, "Vul dit in."),
    ("bericht", {"tekst": "x" * 4001, "soort": "answer"}, "hoogstens 4000 tekens"),
    ("bericht", {"tekst": "Dag", "soort": "anders"}, "Kies wat voor bericht het is."),
    ("notitie", {"tekst": ""}, "Vul dit in."),
    ("doorzetten", {"naar": "partner:niemand", "waarom": "x"}, "Kies naar wie de zaak gaat."),
    ("doorzetten", {"naar": "partner:partner-1", "waarom": "x"}, "De zaak is al van deze eigenaar."),
    ("doorzetten", {"naar": "team", "waarom": ""}, "Vul dit in."),
    ("duiden", {"rol": "baas", "doel": "2"}, "Kies een rol uit de lijst."),
    ("duiden", {"rol": "partner", "doel": "18"}, "Kies doelen uit de lijst."),
    ("vervolg", {"soort": "how_is_it", "datum": "morgen", "tekst": "x"}, "Kies een dag."),
    ("vervolg", {"soort": "how_is_it", "datum": "2020-01-01", "tekst": "x"}, "Kies een dag na vandaag"),
    ("vervolg", {"soort": "anders", "datum": "2027-01-05", "tekst": "x"}, "Kies wat voor bericht het is."),
    ("afronden", {"resultaat": "mooi"}, "Kies een resultaat."),
]


@pytest.mark.parametrize(("form", "fields", "words"), WRONG)
def test_a_form_that_is_wrong_says_so_and_keeps_what_was_typed(
    partner, make_case, fresh, form, fields, words
) -> None:
    case = make_case()
    answer = partner.on_case(case, form, **fields)
    assert answer.status_code == 400
    assert words in words_of(answer.text)
    typed = fields.get("tekst") or fields.get("waarom")
    if typed and typed.strip():
        assert f">{typed}</textarea>" in answer.text
    assert fresh(case).version == case.version


def test_all_that_is_wrong_is_told_at_once(partner, make_case) -> None:
    answer = partner.on_case(make_case(), "doorzetten", naar="", waarom="")
    assert "Kies naar wie de zaak gaat." in answer.text
    assert "Vul dit in." in answer.text


def test_standard_texts_come_in_the_language_of_the_resident(partner, make_case) -> None:
    case = make_case(language="en")
    answer = partner.on_case(case, "bericht", doe="invoegen", standaard="uitzoeken", tekst="Dear W,")
    assert answer.status_code == 200
    assert "Dear W,\n\nI have to ask a colleague about this." in answer.text


def test_who_saw_a_person_is_in_the_log_once_an_hour(partner, reader, make_case, store) -> None:
    case = make_case()
    for _ in range(3):
        partner.get(f"/desk/zaken/{case.reference}")
        reader.get(f"/desk/zaken/{case.reference}")
    assert audit_of(store, case) == ["person_seen"]


def test_similar_cases_are_shown(partner, make_case, until) -> None:
    plan = "Een zwemclub voor dames van boven de zeventig, met vervoer en koffie na afloop."
    first, second = make_case(plan=plan), make_case(plan=f"{plan} Wie helpt?")
    until(lambda: first.reference in partner.text(f"/desk/zaken/{second.reference}"))
    assert "% gelijkenis" in partner.text(f"/desk/zaken/{second.reference}")
    assert "misschien dezelfde zaak" in partner.text(f"/desk/zaken/{second.reference}")


def test_the_way_of_a_case_is_shown(partner, lead, make_case) -> None:
    case = make_case(owner="team")
    partner.on_case(case, "oppakken")
    partner.on_case(case, "doorzetten", naar="team", waarom="Toch niet.")
    lead.on_case(case, "doorzetten", naar="partner:partner-3", waarom="Jij dan?")
    text = lead.text(f"/desk/zaken/{case.reference}")
    assert "Doorgezet 3 keer" in text
    assert "Deze zaak gaat rond." in text
    assert "→ Partner Een → Team Publiek Ondernemen → Partner Drie" in text


def test_history_is_in_order(partner, make_case, store) -> None:
    case = make_case()
    partner.on_case(case, "oppakken")
    partner.on_case(case, "bericht", **REPLY)
    assert all(first.id < second.id for first, second in pairwise(events_of(store, case)))
    with reading(store) as session:
        account = session.scalar(select(Account.id).where(Account.login == "partner@example.org"))
    assert {e.actor_id for e in events_of(store, case) if e.kind in ("pick_up", "answer")} == {str(account)}
