"""Webhooks: a CloudEvent (NL GOV profile) for each step of a case, signed, without personal data.

`docs/delivery.md` describes them for who receives them, and has a receiver to start from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import aiohttp
from sqlalchemy.orm import Session

from routing.cases.models import CaseEvent
from routing.handoff.mail import CannotDeliver
from routing.handoff.outbox import Claim, enqueue

WEBHOOK = "webhook"
TO_SYSTEM = "system"
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "received": "zaak.ontvangen",
        "pick_up": "zaak.opgepakt",
        "ask_resident": "zaak.vraag-gesteld",
        "resident_replies": "zaak.reactie-ontvangen",
        "answer": "zaak.beantwoord",
        "transfer": "zaak.doorgegeven",
        "close": "zaak.afgerond",
        "reopen": "zaak.heropend",
    }
)
"""Kinds of lines in the history that leave the house, and the last part of their type."""


@dataclass(frozen=True)
class Receivers:
    """Where webhooks go, and how Loket names itself there."""

    urls: tuple[str, ...] = ()
    source: str = "urn:nld:oin:00000000000000000000:systeem:loket"
    """The organisation's number (OIN) and the system, as the NL GOV profile asks."""
    type_prefix: str = "nl.loket"


def announce_step(
    session: Session,
    receivers: Receivers,
    reference: str,
    event: CaseEvent,
    now: datetime,
    known: Callable[[str], bool],
) -> int:
    """Puts a step into the outbox for each receiver that does not have it yet; how many that are new.

    `known` says whether the outbox has a key. Two receivers get the same event under the same id.
    """
    name = STEPS.get(event.kind)
    if name is None:
        return 0
    made = 0
    for url in receivers.urls:
        key = f"{reference}.step-{event.id}.{_mark(url)}"
        if known(key):
            continue
        payload = {
            "url": url,
            "id": f"{reference}.{event.id}",
            "source": receivers.source,
            "type": f"{receivers.type_prefix}.{name}",
            "subject": reference,
            "time": event.created_at.isoformat().replace("+00:00", "Z"),
        }
        enqueue(
            session,
            event.kind,
            key,
            payload,
            now,
            recipient=TO_SYSTEM,
            channel=WEBHOOK,
            case_id=event.case_id,
        )
        made += 1
    return made


@dataclass(frozen=True)
class WebhookChannel:
    """Delivers the outbox items of the channel `webhook`."""

    secret: bytes
    """The key of the signatures: from the environment, never in the outbox."""
    case_url: Callable[[str], str | None]
    """Where the case of a reference number can be looked up; the receiver needs rights of its own there."""
    clock: Callable[[], datetime]
    timeout: float = 20.0
    connector: Callable[[], aiohttp.BaseConnector] = field(default=aiohttp.TCPConnector)

    async def deliver(self, claim: Claim) -> None:
        """Sends one event; any answer of the 200s is a delivery.

        Raises:
            CannotDeliver: the receiver says that it is gone for good (410).
            aiohttp.ClientError, TimeoutError, RuntimeError: tried again later.
        """
        if not self.secret:
            # Left over from when there were receivers: without a key nobody could check it.
            raise RuntimeError("there is no key for signatures")
        body = body_of(claim.payload, self.case_url(claim.payload["subject"]))
        headers = sign(self.secret, claim.payload["id"], self.clock(), body) | {"Content-Type": CONTENT_TYPE}
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        async with (
            aiohttp.ClientSession(connector=self.connector(), timeout=timeout) as client,
            # Not followed: a redirect would take the event to a place that nobody has agreed to.
            client.post(claim.payload["url"], data=body, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status == 410:
                raise CannotDeliver("the receiver is gone for good (410)")
            if not 200 <= answer.status < 300:
                raise RuntimeError(f"the receiver answered {answer.status}")


def body_of(payload: Mapping[str, Any], dataref: str | None) -> bytes:
    """The event in structured JSON; who may know more follows `dataref`."""
    event = {"specversion": "1.0", **{name: value for name, value in payload.items() if name != "url"}}
    if dataref:
        event["dataref"] = dataref
    return json.dumps(event, ensure_ascii=False, sort_keys=True).encode()


def sign(secret: bytes, event_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of the Standard Webhooks scheme: HMAC-SHA256 over id, moment and body."""
    moment = str(int(now.timestamp()))
    digest = hmac.new(secret, b".".join((event_id.encode(), moment.encode(), body)), hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def _mark(url: str) -> str:
    """Tells receivers apart within a key."""
    return hashlib.sha256(url.encode()).hexdigest()[:8]
