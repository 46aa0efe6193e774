"""Run as a process of its own, to be killed at any moment: hands plans over, follows steps, delivers.

Arguments: a JSON file with the URLs and how many. Each life begins with the first plan again; what was handed
over before is found by its key. It ends by itself when all plans are handed over and the outbox is empty.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import routing.catalogue
from routing.cases.conversations import find_conversation, receive, start_conversation
from routing.cases.database import connect, reading, unit_of_work
from routing.cases.models import WAITING, OutboxItem
from routing.catalogue import Catalogue, load_catalogue
from routing.handoff.delivery import DeliveryWorker
from routing.handoff.handover import HandoffRequest, hand_over
from routing.handoff.mail import Links, MailChannel, SmtpTransport, mail_templates
from routing.handoff.outbox import RetryPolicy
from routing.handoff.ticker import Ticker
from routing.handoff.webhook import Receivers, WebhookChannel

POLICY = RetryPolicy(
    first=timedelta(seconds=0.05),
    factor=1.5,
    longest=timedelta(seconds=0.5),
    attempts=500,
    lease=timedelta(seconds=3),
)
"""As in earnest, on a clock that runs some hundred times as fast."""


def utc_now() -> datetime:
    """The present; the one of the product would load the advice with it, forty times."""
    return datetime.now(UTC)


class House:
    """What runs in one process."""

    def __init__(self, plan: dict[str, object]) -> None:
        self.engine = connect(str(plan["database"]))
        self.count = int(str(plan["count"]))
        self.catalogue: Catalogue = load_catalogue(Path(routing.catalogue.__file__).parent / "delft")
        secret = str(plan["secret"]).encode()
        self.secret = secret
        links = Links("https://loket.example.org", secret=secret)
        transport = SmtpTransport("127.0.0.1", int(str(plan["smtp"])), timeout=1.5)
        self.worker = DeliveryWorker(
            self.engine,
            {
                "mail": MailChannel(mail_templates(links), transport, "Loket <loket@example.org>"),
                "webhook": WebhookChannel(secret, links.desk, utc_now, timeout=1.5),
            },
            utc_now,
            policy=POLICY,
            poll_seconds=0.05,
        )
        receivers = Receivers((str(plan["webhook"]),))
        self.ticker = Ticker(self.engine, self.catalogue, utc_now, receivers)

    async def live(self) -> None:
        """All three at once, until there is nothing left to do."""
        delivering = asyncio.create_task(self.worker.run())
        handing = asyncio.create_task(self.hand_all_over())
        while not (handing.done() and await asyncio.to_thread(self.is_done)):
            await asyncio.to_thread(self.ticker.follow_steps)
            self.worker.wake()
            await asyncio.sleep(0.05)
        await handing
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)

    async def hand_all_over(self) -> None:
        """Every plan, as the conversation does; the next one comes in a moment later."""
        for number in range(self.count):
            if await asyncio.to_thread(self._hand_over, number):
                await asyncio.sleep(random.uniform(0, 0.1))

    def _hand_over(self, number: int) -> bool:
        """What was said, then the case; False when that was done in an earlier life."""
        self._talk(f"gesprek-{number}")
        request = self._request(number)
        with unit_of_work(self.engine) as session:
            made = hand_over(session, self.catalogue, request, now=utc_now(), secret=self.secret)
        return made.created

    def _talk(self, conversation: str) -> None:
        with unit_of_work(self.engine) as session:
            if find_conversation(session, conversation) is None:
                start_conversation(session, id=conversation, token_hash="-", language="nl", now=utc_now())
            receive(session, conversation, client_id="1", text="een plan", now=utc_now())

    def _request(self, number: int) -> HandoffRequest:
        return HandoffRequest(
            handoff_key=f"gesprek-{number}:1",
            conversation_id=f"gesprek-{number}",
            language="nl" if number % 2 else "en",
            plan=f"plan nummer {number}",
            advice={"goals": [{"goal": 11}], "role": {"role": "verbinder"}, "instruments": []},
            neighbourhood="voorhof" if number % 3 else None,
            contact_email=f"inwoner-{number}@example.org",
            consent_at=utc_now(),
        )

    def is_done(self) -> bool:
        """Nothing waits, and the steps were followed to the end."""
        followed = self.ticker.follow_steps()
        with reading(self.engine) as session:
            waits = session.query(OutboxItem.id).filter(OutboxItem.state == WAITING).limit(1).first()
        return waits is None and followed.deliveries == 0


def main(plan: str) -> None:
    """Says when it lives, and when it is done."""
    house = House(json.loads(Path(plan).read_text()))
    print("alive", flush=True)  # noqa: T201
    asyncio.run(house.live())
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main(sys.argv[1])
