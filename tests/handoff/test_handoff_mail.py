"""What the mails say, and that they always say the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from routing.cases.database import reading, unit_of_work
from routing.cases.models import OutboxItem
from routing.catalogue.rules import Condition, Examples, Outcome, Rule
from routing.catalogue.words import Words
from routing.handoff.handover import hand_over
from routing.handoff.mail import (
    CannotDeliver,
    Links,
    MailboxFolder,
    MailChannel,
    mail_templates,
    message_id,
    render_mail,
    render_text,
)
from routing.handoff.outbox import Claim
from routing.handoff.payloads import describe_reason

TEMPLATES = mail_templates(Links("https://loket.example.org"))


@pytest.fixture
def payloads(sqlite_store, catalogue, now):
    """Hands a request over and gives the payloads of its two mails by kind."""

    def of(request, use=catalogue) -> dict[str, dict]:
        with unit_of_work(sqlite_store.engine) as session:
            hand_over(session, use, request, now=now, secret=b"secret")
        with reading(sqlite_store.engine) as session:
            return {item.kind: item.payload for item in session.scalars(select(OutboxItem))}

    return of


def text_of(kind: str, payload: dict) -> tuple[str, str]:
    message = render_mail(TEMPLATES, kind, payload["language"], payload)
    return message["Subject"], message.get_content()


def test_the_owner_reads_who_what_why_and_until_when(payloads, a_plan) -> None:
    payload = payloads(a_plan)["owner_new_case"]
    subject, text = text_of("owner_new_case", payload)
    assert payload["reference"] in subject
    assert "donderdag 26 november 2026" in subject
    for part in (
        "Dag Partner Twee,",
        "donderdag 26 november 2026",
        f"https://loket.example.org/desk/zaken/{payload['reference']}",
        "Inwoner Een\ninwoner-1@example.org",
        a_plan.plan,
        "Voorhof",
        "buren en een school",
        "wie wil er meedoen",
        "Past bij de rol verbinder en de buurt Voorhof",
        "Rol: verbinder (71% zeker)",
        "Tweede rol: partner",
        '- 11 Duurzame steden en gemeenschappen (83% zeker): "met de straat"',
        '- 2 Geen honger (61% zeker): "moestuin"',
        "- MAEX: ",
    ):
        assert part in text


def test_the_resident_reads_number_code_role_date_and_how_to_follow(payloads, a_plan) -> None:
    payload = payloads(a_plan)["resident_receipt"]
    subject, text = text_of("resident_receipt", payload)
    assert payload["reference"] in subject
    for part in (
        "Dag Inwoner Een,",
        f"Je kenmerk: {payload['reference']}",
        f"Je code: {payload['code']}",
        "een verbinder",
        "uiterlijk donderdag 26 november 2026",
        "https://loket.example.org/zaak en vul je kenmerk en je code in",
        "14015",
        a_plan.plan,
    ):
        assert part in text
    assert payload["code"] not in subject


def test_a_municipality_without_a_desk_gets_no_link_to_one(payloads, a_plan) -> None:
    payload = payloads(a_plan)["owner_new_case"]
    templates = mail_templates(Links("https://loket.example.org", desk_path=None))
    for language in ("nl", "en"):
        text = render_mail(templates, "owner_new_case", language, payload).get_content()
        assert "/desk/" not in text
        assert "None" not in text
        assert "\n\n\n" not in text


def test_an_english_resident_gets_english_and_the_owner_dutch(payloads, a_plan) -> None:
    both = payloads(replace(a_plan, language="en", neighbourhood="Binnenstad"))
    _, text = text_of("resident_receipt", both["resident_receipt"])
    assert "Hello Inwoner Een," in text
    assert "by Thursday 26 November 2026" in text
    assert "Sustainable" in text
    assert both["owner_new_case"]["language"] == "nl"


def test_an_owner_without_dutch_gets_english(payloads, a_plan, catalogue) -> None:
    partners = {"p": replace(catalogue.partners["partner-1"], id="p", languages=("en",), neighbourhoods=())}
    english = replace(catalogue, partners=partners)
    payload = payloads(replace(a_plan, language="en"), english)["owner_new_case"]
    _, text = text_of("owner_new_case", payload)
    assert "You are the owner." in text
    assert "Fits the role of connector" in text


def test_little_is_enough_for_both_mails(payloads, a_plan) -> None:
    bare = replace(
        a_plan,
        contact_name=None,
        advice={"goals": [{"goal": 11}], "role": None},
        neighbourhood=None,
        parties=None,
        help=None,
        phase=None,
    )
    both = payloads(bare)
    for kind, payload in both.items():
        for language in ("nl", "en"):
            _, text = text_of(kind, payload | {"language": language})
            assert "None" not in text
            assert "\n\n\n" not in text


def test_without_contact_the_owner_is_told_how_to_answer(payloads, a_plan) -> None:
    request = replace(a_plan, contact_name=None, contact_email=None, consent_at=None)
    _, text = text_of("owner_new_case", payloads(request)["owner_new_case"])
    assert "Geen naam of adres achtergelaten." in text


def test_a_team_as_owner_is_named_as_such(payloads, a_plan, catalogue) -> None:
    both = payloads(a_plan, replace(catalogue, partners={}))
    _, receipt = text_of("resident_receipt", both["resident_receipt"])
    assert "ons team" in receipt
    _, text = text_of("owner_new_case", both["owner_new_case"])
    assert "Het team zoekt iemand." in text
    assert both["owner_new_case"]["to"]["email"] == catalogue.team.email


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_reason_has_words(catalogue, language: str) -> None:
    why = Words(nl="Je wilt een taak overnemen.", en="You want to take over a task.")
    with_rule = replace(
        catalogue, rules=(Rule("r1", Condition(), Outcome(role="adviseur"), why, Examples((), ())),)
    )
    reasons = {
        "rule": ({"rule": "r1"}, why.in_(language)),
        "neighbourhood": ({"neighbourhood": "voorhof"}, "Voorhof"),
        "role": ({}, catalogue.roles["verbinder"].name.in_(language)),
        "deputy": ({"instead_of": "partner-1"}, "Partner Een"),
        "team": ({}, catalogue.roles["verbinder"].name.in_(language)),
    }
    texts = set()
    for name, (params, expected) in reasons.items():
        reason = describe_reason(with_rule, {"id": name, "params": {"role": "verbinder", **params}}, language)
        text = render_text(TEMPLATES, "reason", language, {"reason": reason})
        assert expected in text
        texts.add(text)
    assert len(texts) == len(reasons)


def test_what_left_the_catalogue_does_not_break_a_reason(catalogue) -> None:
    for params in ({"rule": "gone"}, {"instead_of": "gone"}, {"neighbourhood": "gone"}, {"role": "gone"}):
        assert "gone" in str(describe_reason(catalogue, {"id": "x", "params": params}, "nl"))


def test_dutch_and_english_templates_come_in_pairs() -> None:
    names = {name.rsplit(".", 2)[0] for name in TEMPLATES.list_templates()}
    assert set(TEMPLATES.list_templates()) == {
        f"{name}.{language}.txt" for name in names for language in ("nl", "en")
    }


def test_a_word_that_people_must_not_read_is_in_no_mail(payloads, a_plan, delft) -> None:
    role = {"role": "ketenregisseur", "confidence": 0.5, "evidence": "samen", "runner_up": "ketenregisseur"}
    both = payloads(replace(a_plan, advice={"role": role, "goals": []}))
    for kind, payload in both.items():
        for language in ("nl", "en"):
            subject, text = text_of(kind, payload | {"language": language})
            for word in delft.municipality.avoid:
                assert word not in (subject + text).lower()


def test_an_unknown_language_is_dutch(payloads, a_plan) -> None:
    payload = payloads(a_plan)["resident_receipt"] | {"language": "tr"}
    assert "Dag Inwoner Een," in text_of("resident_receipt", payload)[1]


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "a@example.org\nBcc: b@example.org", "@"])
def test_what_is_no_address_can_never_be_delivered(payloads, a_plan, email: str) -> None:
    payload = payloads(a_plan)["resident_receipt"]
    payload["to"]["email"] = email
    with pytest.raises(CannotDeliver):
        render_mail(TEMPLATES, "resident_receipt", "nl", payload)


def test_a_payload_that_does_not_fit_is_no_mail_with_holes(payloads, a_plan) -> None:
    payload = payloads(a_plan)["resident_receipt"]
    del payload["code"]
    with pytest.raises(jinja2.UndefinedError):
        render_mail(TEMPLATES, "resident_receipt", "nl", payload)


class Keep:
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, EmailMessage]] = []

    async def send(self, key: str, message: EmailMessage) -> None:
        self.sent.append((key, message))


def test_a_repeat_is_the_same_mail_to_the_byte(payloads, a_plan, now) -> None:
    keep = Keep()
    channel = MailChannel(TEMPLATES, keep, "Loket <loket@example.org>")
    for kind, payload in payloads(a_plan).items():
        for attempt in (1, 2):
            claim = Claim(1, f"key.{kind}", "mail", kind, payload, now, attempt)
            asyncio.run(channel.deliver(claim))
    (key, one), (_, two), (_, three), (_, four) = keep.sent
    assert one.as_bytes() == two.as_bytes()
    assert three.as_bytes() == four.as_bytes()
    assert one["Message-ID"] == f"<{key}@example.org>"
    assert one["Date"] == "Mon, 23 Nov 2026 14:00:00 +0000"
    assert one["From"] == "Loket <loket@example.org>"
    assert one["Auto-Submitted"] == "auto-generated"


def test_message_ids_have_a_domain() -> None:
    assert message_id("k", "loket@example.org") == "<k@example.org>"
    assert message_id("k", "Loket") == "<k@localhost>"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00")), st.text(st.characters(codec="utf-8"))
)
def test_whatever_people_write_makes_a_mail_with_one_recipient(payloads_once, plan: str, name: str) -> None:
    for kind, payload in payloads_once.items():
        said = payload | {"plan": plan, "to": payload["to"] | {"name": name}}
        message = render_mail(TEMPLATES, kind, "nl", said)
        assert len(message["To"].addresses) == 1
        assert message["To"].addresses[0].addr_spec == payload["to"]["email"]
        assert set(message.keys()) == {
            "Subject",
            "To",
            "Content-Language",
            "Auto-Submitted",
            "Content-Type",
            "Content-Transfer-Encoding",
            "MIME-Version",
        }
        message.as_bytes()


@pytest.fixture
def payloads_once(payloads, a_plan):
    """The payloads of one plan."""
    return payloads(a_plan)


def test_the_folder_holds_each_key_once(tmp_path: Path) -> None:
    box = MailboxFolder(tmp_path / "new" / "box")
    for text in ("first", "second"):
        message = EmailMessage()
        message.set_content(text)
        asyncio.run(box.send("key-1", message))
    [file] = (tmp_path / "new" / "box").iterdir()
    assert file.name == "key-1.eml"
    assert b"first" in file.read_bytes()


def test_many_at_once_in_the_folder_are_still_one_whole_mail(tmp_path: Path) -> None:
    async def send_all() -> None:
        messages = []
        for number in range(8):
            message = EmailMessage()
            message.set_content(f"{number} " * 20_000)
            messages.append(message)
        await asyncio.gather(*(MailboxFolder(tmp_path).send("key-1", message) for message in messages))

    asyncio.run(send_all())
    [file] = tmp_path.iterdir()
    stored = message_from_bytes(file.read_bytes(), policy=policy.default).get_content().split()
    assert (len(stored), len(set(stored))) == (20_000, 1)
