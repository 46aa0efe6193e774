"""Webhooks from the outbox to a real receiver: the example of the documentation, on good and bad days."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from routing.cases.cases import Actor, case_for_change, move
from routing.cases.database import reading, unit_of_work
from routing.cases.models import OutboxItem
from routing.cases.states import CaseAction
from routing.handoff.delivery import DeliveryWorker
from routing.handoff.feed import feed
from routing.handoff.webhook import Receivers, WebhookChannel, body_of, sign

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "webhook_receiver.py"
_SPEC = importlib.util.spec_from_file_location("webhook_receiver", EXAMPLE)
example = importlib.util.module_from_spec(_SPEC)
sys.modules["webhook_receiver"] = example
_SPEC.loader.exec_module(example)

SECRET = b"a key that is long enough for a signature"
OIN = "urn:nld:oin:00000001234567890000:systeem:loket"


class Bad(web.Application):
    """The example receiver, behind something that has bad days."""

    def __init__(self, *days: int | str) -> None:
        super().__init__()
        self.days, self.acted, self.bodies = list(days), [], []
        receiver = example.Receiver(SECRET, self.acted.append)

        async def receive(request: web.Request) -> web.StreamResponse:
            day = self.days.pop(0) if self.days else "works"
            self.bodies.append(await request.read())
            if day == "loses the answer":
                await receiver.receive(request)
                request.transport.abort()
            if isinstance(day, int):
                return web.Response(status=day, headers={"Location": "/elsewhere"})
            return await receiver.receive(request)

        self.router.add_post("/hook", receive)


def steps(engine, catalogue, now, *urls: str) -> int:
    with unit_of_work(engine) as session:
        return feed(session, catalogue, Receivers(urls, OIN, "nl.delft.loket"), now).deliveries


def deliver(engine, catalogue, bad: Bad, *, passes: int = 1) -> None:
    async def scenario() -> None:
        server = TestServer(bad)
        await server.start_server()
        url = str(server.make_url("/hook"))
        steps(engine, catalogue, datetime.now(UTC), url)
        late = timedelta()
        for _ in range(passes):
            channel = WebhookChannel(SECRET, lambda r: f"https://loket.example.org/desk/zaken/{r}", utc)
            worker = DeliveryWorker(
                engine, {"webhook": channel, "mail": Nowhere()}, lambda late=late: utc() + late
            )
            await worker.deliver_due()
            late += timedelta(hours=5)
        await server.close()

    asyncio.run(scenario())


class Nowhere:
    async def deliver(self, claim) -> None:
        """Mail is not what this is about."""


def utc() -> datetime:
    return datetime.now(UTC)


def items(engine) -> list[OutboxItem]:
    with reading(engine) as session:
        query = select(OutboxItem).where(OutboxItem.channel == "webhook").order_by(OutboxItem.id)
        return list(session.scalars(query))


def test_an_event_of_the_national_profile_without_a_word_about_the_person(store, handoff, delft) -> None:
    bad = Bad()
    deliver(store.engine, delft, bad)
    (event,) = bad.acted
    assert event == {
        "specversion": "1.0",
        "id": f"{handoff.case.reference}.1",
        "source": OIN,
        "type": "nl.delft.loket.zaak.ontvangen",
        "subject": handoff.case.reference,
        "time": "2026-11-23T14:00:00Z",
        "dataref": f"https://loket.example.org/desk/zaken/{handoff.case.reference}",
    }
    for word in (b"moestuin", b"inwoner-1", b"Inwoner Een", b"Voorhof"):
        assert word not in bad.bodies[0]
    (item,) = items(store.engine)
    assert (item.state, item.payload) == ("sent", {})


def test_each_step_once_for_each_receiver(store, handoff, delft, now) -> None:
    urls = ("https://een.example.org/", "https://twee.example.org/")
    assert steps(store.engine, delft, now, *urls) == 2
    assert steps(store.engine, delft, now, *urls) == 0
    with unit_of_work(store.engine) as session:
        case = case_for_change(session, handoff.case.reference)
        move(session, case, CaseAction.PICK_UP, actor=Actor("medewerker", "1"), now=now)
        move(session, case, CaseAction.ANSWER, actor=Actor("medewerker", "1"), now=now)
    assert steps(store.engine, delft, now, *urls) == 4
    found = items(store.engine)
    assert len({item.key for item in found}) == 6
    assert [item.payload["type"].rpartition(".")[2] for item in found[::2]] == [
        "ontvangen",
        "opgepakt",
        "beantwoord",
    ]
    assert SECRET.decode() not in json.dumps([item.payload for item in found])


def test_bad_days_are_tried_again_and_acted_on_once(store, handoff, delft) -> None:
    bad = Bad(500, "loses the answer", 404, 301)
    deliver(store.engine, delft, bad, passes=6)
    assert [event["type"] for event in bad.acted] == ["nl.delft.loket.zaak.ontvangen"]
    (item,) = items(store.engine)
    assert (item.state, item.attempts) == ("sent", 5)
    assert len(set(bad.bodies)) == 1


def test_a_receiver_that_is_gone_for_good_is_not_tried_again(store, handoff, delft) -> None:
    deliver(store.engine, delft, Bad(410), passes=2)
    (item,) = items(store.engine)
    assert (item.state, item.attempts) == ("dead", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-timestamp": str(int(time.time()) - 301)},
        {"webhook-timestamp": "today"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": "another"},
        {"webhook-id": None},
    ],
)
def test_the_receiver_refuses_what_is_not_ours_or_not_from_now(change) -> None:
    body = body_of({"id": "LK.1", "subject": "LK", "url": "x"}, None)
    headers = sign(SECRET, "LK.1", utc(), body) | change
    headers = {name: value for name, value in headers.items() if value is not None}
    with pytest.raises(example.Refused):
        example.verify(SECRET, headers, body, time.time())


def test_the_receiver_takes_a_signature_next_to_an_older_one() -> None:
    body = body_of({"id": "LK.1", "subject": "LK", "url": "x"}, None)
    headers = sign(SECRET, "LK.1", utc(), body)
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']}"
    assert example.verify(SECRET, headers, body, time.time()) == "LK.1"
    with pytest.raises(example.Refused):
        example.verify(b"another key", headers, body, time.time())
    with pytest.raises(example.Refused):
        example.verify(SECRET, headers, body + b" ", time.time())


def test_nobody_listening_is_an_error_that_passes() -> None:
    async def scenario() -> None:
        from routing.handoff.outbox import Claim

        payload = {"url": "http://127.0.0.1:9/", "id": "LK.1", "subject": "LK"}
        claim = Claim(1, "k", "webhook", "received", payload, utc(), 1)
        with pytest.raises(aiohttp.ClientError):
            await WebhookChannel(SECRET, lambda _: None, utc).deliver(claim)

    asyncio.run(scenario())
