"""Links: for one purpose, until a moment, once; and nothing in the store or the outbox that opens a page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from routing.cases.conversations import erase_conversation
from routing.cases.database import reading, unit_of_work
from routing.handoff import links
from routing.handoff.links import CONTINUE, EXPIRED, PATHS, REPLY, UNKNOWN, USED, VALID, LinkRefused
from routing.handoff.mail import Links, mail_templates, render_text

SECRET = b"secret"


@pytest.fixture
def token(store, handoff, now) -> str:
    with unit_of_work(store.engine) as session:
        return links.token_of(SECRET, CONTINUE, links.continue_link(session, handoff.case, now=now))


def refused(store, purpose, token, now, secret=SECRET) -> str | None:
    with unit_of_work(store.engine) as session:
        try:
            links.find_link(session, secret, purpose, token, now)
        except LinkRefused as refusal:
            return refusal.reason
    return None


def test_looking_does_not_use_it(store, token, now) -> None:
    assert [refused(store, CONTINUE, token, now) for _ in range(3)] == [None] * 3


def test_it_is_exchanged_once_for_a_token_of_the_conversation(store, token, now) -> None:
    with unit_of_work(store.engine) as session:
        conversation, key = links.open_again(session, SECRET, token, now)
    assert conversation == "gesprek-1"
    with reading(store.engine) as session:
        assert links.opens(session, "gesprek-1", key)
        assert not links.opens(session, "gesprek-2", key)
        assert not links.opens(session, "gesprek-1", key + "x")
    assert refused(store, CONTINUE, token, now) == USED
    with unit_of_work(store.engine) as session, pytest.raises(LinkRefused):
        links.open_again(session, SECRET, token, now)


def test_it_ends(store, token, now) -> None:
    end = now + VALID[CONTINUE]
    assert refused(store, CONTINUE, token, end - timedelta(seconds=1)) is None
    assert refused(store, CONTINUE, token, end) == EXPIRED


def test_it_opens_nothing_else(store, token, now) -> None:
    assert [refused(store, purpose, token, now) for purpose in PATHS] == [None, UNKNOWN, UNKNOWN, UNKNOWN]
    assert refused(store, CONTINUE, token, now, b"another secret") == UNKNOWN
    assert links.token_of(SECRET, REPLY, token.partition(".")[0]) != token


@given(st.text(max_size=80))
def test_no_other_text_is_a_token(sqlite_template, forged: str) -> None:
    from datetime import UTC, datetime

    from routing.cases.database import connect

    engine = connect(f"sqlite:///{sqlite_template}")
    with unit_of_work(engine) as session, pytest.raises(LinkRefused):
        links.find_link(session, SECRET, CONTINUE, forged, datetime(2026, 11, 23, tzinfo=UTC))
    engine.dispose()


def test_a_conversation_that_was_erased_takes_its_links_with_it(store, token, now) -> None:
    with unit_of_work(store.engine) as session:
        links.open_again(session, SECRET, token, now)
    with unit_of_work(store.engine) as session:
        erase_conversation(session, "gesprek-1")
    with reading(store.engine) as session:
        tables = ("link WHERE conversation_id IS NOT NULL", "conversation_key")
        counts = [session.scalar(text(f"SELECT count(*) FROM {t}")) for t in tables]
    assert counts == [0, 0]


def test_the_mail_makes_the_address_and_nothing_keeps_it(store, handoff, token, now) -> None:
    templates = mail_templates(Links("https://loket.example.org", secret=SECRET))
    link_id = token.partition(".")[0]
    payload = {
        "to": {"name": None}, "reference": "LK", "what": "answer", "by": "Partner Een", "role": "verbinder",
        "text": "Dag", "municipality": {"name": "Delft", "phone": "14015"}, "link": link_id,
    }  # fmt: skip
    mail = render_text(templates, "resident_message", "nl", payload)
    assert f"https://loket.example.org/verder/{token}" in mail
    assert "https://loket.example.org/\n" in render_text(
        templates, "resident_message", "nl", payload | {"link": None}
    )
    with reading(store.engine) as session:
        for table in ("link", "outbox"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert token not in str(rows)
            assert token.partition(".")[2] not in str(rows)
