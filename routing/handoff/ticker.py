"""What happens by itself as time passes: consequences of steps, lost connections, promises, follow-ups."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from routing.cases.database import unit_of_work
from routing.catalogue import Catalogue
from routing.errors import where
from routing.handoff import follow_ups, live, promise
from routing.handoff.feed import AT_ONCE, feed
from routing.handoff.promise import Promise
from routing.handoff.webhook import Receivers

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class Ticked:
    """What a tick did."""

    deliveries: int = 0
    """How many items it put into the outbox."""
    conversations: list[str] = field(default_factory=list)
    """Those that have a new message."""


@dataclass(frozen=True)
class Ticker:
    """Any number may run at once: each task is one commit, and what it sends has a key."""

    engine: Engine
    catalogue: Catalogue
    clock: Callable[[], datetime]
    receivers: Receivers = field(default_factory=Receivers)
    promise: Promise = field(default_factory=Promise)

    def tick(self) -> Ticked:
        """Does everything that is due now."""
        done = self.follow_steps()
        done.deliveries += self._do(lambda s: promise.remind(s, self.catalogue, self.promise, self.clock()))
        done.deliveries += self._do(lambda s: promise.tell_overdue(s, self.catalogue, self.clock()))
        done.deliveries += self._do(lambda s: promise.alarm(s, self.catalogue, self.promise, self.clock()))
        sent, talked = self._do(lambda s: follow_ups.send_due(s, self.catalogue, self.clock()))
        done.deliveries += sent
        done.conversations += talked
        return done

    def follow_steps(self) -> Ticked:
        """Draws the consequences of new steps, and tells residents whose partner's connection is lost."""
        done = Ticked()
        while True:
            fed = self._do(lambda s: feed(s, self.catalogue, self.receivers, self.clock()))
            done.deliveries += fed.deliveries
            done.conversations += fed.conversations
            if fed.events < AT_ONCE:
                break
        for work in (live.tell_lost, live.let_go_of_long_lost):
            done.conversations += self._do(lambda s, w=work: w(s, live.Desk(self.catalogue, self.clock())))
        return done

    def _do(self, work: Callable[[Session], T]) -> T:
        with unit_of_work(self.engine) as session:
            return work(session)


async def keep_ticking(
    ticker: Ticker,
    told: Callable[[Ticked], None],
    *,
    quick_seconds: float = 3.0,
    slow_every: int = 20,
) -> None:
    """Ticks until it is cancelled: steps and connections quickly, promises and follow-ups once in a while.

    `told` hears of each tick that did something.
    """
    count = 0
    while True:
        try:
            work = ticker.follow_steps if count % slow_every else ticker.tick
            done = await asyncio.to_thread(work)
            if done.deliveries or done.conversations:
                told(done)
        except Exception as error:
            # The database may be away for a moment; the next tick finds the same work.
            _log.error("a tick failed: %s", where(error))
        count += 1
        await asyncio.sleep(quick_seconds)
