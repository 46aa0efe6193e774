"""Mail through a real SMTP server that has bad days."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from routing.cases.database import reading
from routing.cases.models import OutboxItem
from routing.handoff.delivery import DeliveryWorker, Pass
from routing.handoff.mail import Links, MailChannel, SmtpTransport, mail_templates

SENDER = "Loket <loket@example.org>"


class Server:
    """A mail server; `bad_days` says what it does with the first deliveries, after which it works."""

    def __init__(self, *bad_days: str) -> None:
        self._bad_days = list(bad_days)
        self.received: list[bytes] = []
        self.recipients: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 - the name is aiosmtpd's
        if self._bad_days and self._bad_days[0].startswith("recipient "):
            return self._bad_days.pop(0).removeprefix("recipient ") + " not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        day = self._bad_days.pop(0) if self._bad_days else "works"
        if day == "busy":
            return "451 try again later"
        self.received.append(envelope.original_content)
        self.recipients += envelope.rcpt_tos
        if day == "hangs up":
            # It has the mail, but nobody hears that.
            server.transport.abort()
        return "250 OK"


class Clock:
    """A clock that a test sets."""

    def __init__(self, now) -> None:
        self.now = now

    def __call__(self):
        return self.now


def passes(engine, server: Server, now, *, count: int, port: int | None = None) -> list[Pass]:
    """Runs the worker several times, five hours apart, against the server."""

    async def scenario() -> list[Pass]:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: SMTP(server), "127.0.0.1", 0)
        at = port or listening.sockets[0].getsockname()[1]
        transport = SmtpTransport("127.0.0.1", at, timeout=10)
        channel = MailChannel(mail_templates(Links("https://loket.example.org")), transport, SENDER)
        clock = Clock(now)
        # One at a time, so that the server's bad days fall in order.
        worker = DeliveryWorker(engine, {"mail": channel}, clock, at_once=1)
        done = []
        for _ in range(count):
            done.append(await worker.deliver_due())
            clock.now += timedelta(hours=5)
        listening.close()
        await listening.wait_closed()
        return done

    return asyncio.run(scenario())


def states(engine) -> list[tuple[str, int]]:
    with reading(engine) as session:
        items = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
        return [(item.state, item.attempts) for item in items]


def test_both_mails_arrive_as_they_were_written(store, handoff, now) -> None:
    server = Server()
    assert passes(store.engine, server, now, count=2) == [Pass(sent=2), Pass()]
    assert server.recipients == ["partner-2@example.org", "inwoner-1@example.org"]
    owner, resident = (message_from_bytes(raw, policy=policy.default) for raw in server.received)
    assert handoff.case.reference in owner["Subject"]
    assert owner["From"] == SENDER
    assert owner["Message-ID"] == f"<{handoff.case.reference}.owner.received@example.org>"
    assert handoff.code in resident.get_content()
    assert "moestuin" in resident.get_content()


def test_a_server_that_fails_n_times_gets_each_mail_once(store, handoff, now) -> None:
    server = Server(*["busy"] * 5)
    done = passes(store.engine, server, now, count=4)
    assert done == [Pass(failed=2), Pass(failed=2), Pass(sent=1, failed=1), Pass(sent=1)]
    assert sorted(server.recipients) == ["inwoner-1@example.org", "partner-2@example.org"]
    assert sorted(states(store.engine)) == [("sent", 3), ("sent", 4)]


def test_a_mail_that_may_have_arrived_comes_again_as_the_same_mail(store, handoff, now) -> None:
    server = Server("hangs up", "hangs up", "hangs up")
    done = passes(store.engine, server, now, count=3)
    assert sum(one.sent for one in done) == 2
    by_id: dict[str, set[bytes]] = {}
    for raw in server.received:
        by_id.setdefault(message_from_bytes(raw)["Message-ID"], set()).add(raw)
    assert len(server.received) == 5
    assert [len(different) for different in by_id.values()] == [1, 1]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("550", ("dead", 1)),
        ("553", ("dead", 1)),
        ("450", ("sent", 2)),
        ("452", ("sent", 2)),
        ("554", ("sent", 2)),
    ],
)
def test_only_a_wrong_address_is_given_up_at_once(store, handoff, now, code, expected) -> None:
    server = Server(f"recipient {code}")
    passes(store.engine, server, now, count=2)
    assert sorted(states(store.engine)) == sorted([expected, ("sent", 1)])


def test_no_server_at_all_loses_nothing(store, handoff, now) -> None:
    assert passes(store.engine, Server(), now, count=2, port=1) == [Pass(failed=2), Pass(failed=2)]
    assert states(store.engine) == [("waiting", 2), ("waiting", 2)]
    assert sum(one.sent for one in passes(store.engine, Server(), now + timedelta(days=1), count=1)) == 2
