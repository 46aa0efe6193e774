"""SIGKILL between two turns and in the middle of the handoff: one case, one mail, and the talk goes on."""

from __future__ import annotations

import email.message
import email.policy
import sqlite3
import sys
import threading
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from aiosmtpd.controller import Controller

from tests.conftest import Server, free_port
from tests.talk import Resident

PLAN = "Ik wil met mijn buren in Tanthof een moestuin op het lege veldje, wie helpt ons aan grond?"
SKIP = dict.fromkeys(("wijk", "wie doen", "waarmee", "hoe ver"), "overslaan")
MOMENTS = ("before-case", "after-case", "before-turn", "after-turn")
LAUNCHER = str(Path(__file__).with_name("killing_server.py"))


def _cases(server: Server) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(server.data / "loket.db")) as database:
        return database.execute("SELECT reference, owner_id FROM zaak").fetchall()


def _mails(server: Server) -> list[str]:
    return sorted(path.name for path in (server.data / "mailbox").glob("*.eml"))


def _up_to_handoff(server: Server) -> Resident:
    resident = Resident(server.url)
    resident.tell(PLAN, SKIP)
    resident.press("klopt")
    return resident


def test_killed_between_two_turns(own_server: Callable[..., Server]) -> None:
    server = own_server().start()
    resident = Resident(server.url)
    resident.say(PLAN)
    before = resident.all()
    server.kill()
    server.start()
    assert resident.all() == before
    while not resident.card("samenvatting"):
        resident.say("overslaan")
    assert resident.card("samenvatting")["plan"] == PLAN
    assert "Tanthof" in resident.card("samenvatting")["wijk"]


def test_killed_in_the_middle_of_the_handoff(own_server: Callable[..., Server]) -> None:
    server = own_server(command=(LAUNCHER,))
    interrupted: list[tuple[Resident, dict[str, str]]] = []
    for moment in MOMENTS:
        server.start()
        resident = _up_to_handoff(server)
        (server.data / "die").write_text(moment)
        button = next(b for b in resident.last[-1]["knoppen"] if "code" in b["titel"])
        sent = {"keuze": button["keuze"], "clientId": str(uuid.uuid4())}
        with pytest.raises(httpx.HTTPError):
            resident.post(sent)
        server.wait_dead()
        interrupted.append((resident, sent))

    server.start()
    numbers = [_goes_on(resident, sent) for resident, sent in interrupted]
    assert len(set(numbers)) == len(MOMENTS)
    assert sorted(numbers) == sorted(reference for reference, _ in _cases(server))
    assert all(owner for _, owner in _cases(server))
    _wait_for(server, lambda: len(_mails(server)) == len(MOMENTS))
    server.kill()
    server.start()
    assert len(_mails(server)) == len(_cases(server)) == len(MOMENTS)


def _goes_on(resident: Resident, sent: dict[str, str]) -> str:
    """After a restart: the waiting message is answered, once, and the talk goes on. The case number."""
    # The restart itself answers what was waiting; sending it again gives that same answer.
    waiting = resident.all()
    answer = resident.post(sent).json()["berichten"]
    assert resident.all() == waiting
    cards = [m["kaart"] for m in waiting if (m["kaart"] or {}).get("soort") == "zaak"]
    assert [m["kaart"] for m in answer if m["kaart"]] == cards
    assert len(cards) == 1
    assert cards[0]["code"]
    assert resident.say("dank je wel")[-1]["van"] == "chatbot"
    return cards[0]["kenmerk"]


def test_one_mail_through_a_real_mail_server_that_fails_first(own_server: Callable[..., Server]) -> None:
    inbox = _Inbox(failures=1)
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        server = own_server(
            settings={"LOKET_SMTP_HOST": "127.0.0.1", "LOKET_SMTP_PORT": str(controller.port)}
        ).start()
        resident = _up_to_handoff(server)
        resident.say("bewoner-1@example.org")
        resident.press("overslaan")
        case = resident.card("zaak")
        assert inbox.wait(2, seconds=200)
    finally:
        controller.stop()
    assert {message["To"].count("@example.org") for message in inbox.received} == {1}
    assert all(case["kenmerk"] in str(message["Subject"]) for message in inbox.received)
    assert len({message["Message-ID"] for message in inbox.received}) == 2


class _Inbox:
    """Takes mail, after refusing the first ones for the moment."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.received: list[email.message.EmailMessage] = []
        self._news = threading.Condition()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        if self.failures:
            self.failures -= 1
            return "451 try again later"
        with self._news:
            self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self._news.notify_all()
        return "250 OK"

    def wait(self, count: int, seconds: float) -> bool:
        with self._news:
            return self._news.wait_for(lambda: len(self.received) >= count, seconds)


def _wait_for(server: Server, happened: Callable[[], bool], tries: int = 300) -> None:
    for _ in range(tries):
        if happened():
            return
        server._pause(0.1)
    raise AssertionError(f"it did not happen in time; python {sys.version}")
