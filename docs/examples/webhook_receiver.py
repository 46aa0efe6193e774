"""A receiver of Loket's webhooks to start from: checks who sent it and when, and acts once for each event.

LOKET_WEBHOOK_SECRET=... python docs/examples/webhook_receiver.py 9000
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

REPLAY_WINDOW = 300
"""Seconds: an older (or later) moment is refused, so that nobody can send a caught event again next week."""


class Refused(Exception):
    """The request is not from who it says it is, or not from now."""


def verify(secret: bytes, headers: Any, body: bytes, now: float) -> str:
    """The id of a genuine event.

    Raises:
        Refused: a header is missing, the moment is too far away, or the signature is wrong.
    """
    try:
        event_id, moment, signatures = (
            headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")
        )
        age = abs(now - int(moment))
    except (KeyError, ValueError) as error:
        raise Refused("a header is missing or malformed") from error
    if age > REPLAY_WINDOW:
        raise Refused("too old")
    digest = hmac.new(secret, b".".join((event_id.encode(), moment.encode(), body)), hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    # There may be more than one, while a key is being replaced.
    if not any(hmac.compare_digest(wanted, given.encode()) for given in signatures.split()):
        raise Refused("the signature is wrong")
    return event_id


class Receiver:
    """Takes events in; `act` is called once for each id, however often it arrives."""

    def __init__(self, secret: bytes, act: Callable[[dict[str, Any]], None]) -> None:
        self._secret = secret
        self._act = act
        # A real system keeps these in its own database, in the commit of what it does.
        self._seen: set[str] = set()

    async def receive(self, request: web.Request) -> web.Response:
        """204 also for a repeat: it has arrived, so Loket need not send it again."""
        body = await request.read()
        try:
            event_id = verify(self._secret, request.headers, body, time.time())
        except Refused as refused:
            return web.Response(status=401, text=str(refused))
        event = json.loads(body)
        if event_id != event["id"]:
            return web.Response(status=400, text="two ids in one event")
        if event_id not in self._seen:
            self._act(event)
            self._seen.add(event_id)
        return web.Response(status=204)


def main() -> None:
    """Serve on the port that is given, and show what comes in."""
    receiver = Receiver(os.environ["LOKET_WEBHOOK_SECRET"].encode(), lambda event: print(event))  # noqa: T201
    app = web.Application()
    app.router.add_post("/", receiver.receive)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
