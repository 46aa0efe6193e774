"""The worker that takes what is due from the outbox and delivers it, until it works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from routing.cases.database import unit_of_work
from routing.errors import where
from routing.handoff.mail import CannotDeliver
from routing.handoff.outbox import Claim, RetryPolicy, claim_due, mark_failed, mark_sent

_log = logging.getLogger(__name__)


class Channel(Protocol):
    """A way out of the house: mail now, others later. The outbox names it in `channel`."""

    async def deliver(self, claim: Claim) -> None:
        """Delivers the item.

        Raises:
            CannotDeliver: it can never work.
            Exception: anything else is tried again later.
        """


@dataclass(frozen=True)
class Pass:
    """What one pass over the outbox did."""

    sent: int = 0
    failed: int = 0


class DeliveryWorker:
    """Delivers the outbox; any number of workers, in any number of processes, may run at once.

    Only a delivery that was made counts: a worker that dies between delivering and writing that down leaves
    the item to come back when its lease ends, with the same key and the same words.
    """

    def __init__(
        self,
        engine: Engine,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        *,
        policy: RetryPolicy | None = None,
        at_once: int = 5,
        poll_seconds: float = 5.0,
    ) -> None:
        """`clock` gives the aware present; without a `wake` the worker looks every `poll_seconds`."""
        self._engine = engine
        self._channels = channels
        self._clock = clock
        self._policy = policy or RetryPolicy()
        self._at_once = at_once
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Makes `run` look at once; from any thread, and harmless when it does not run."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Delivers until it is cancelled; an item under way is then delivered again after its lease."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            try:
                await self.deliver_due()
            except Exception as error:
                # The database may be away for a moment; nothing is lost, so the worker stays.
                _log.error("the outbox could not be read or written: %s", where(error))
            try:
                await asyncio.wait_for(self._woken.wait(), self._poll_seconds)
            except TimeoutError:
                continue

    async def deliver_due(self) -> Pass:
        """Tries everything that is due now once."""
        sent = failed = 0
        while claims := await asyncio.to_thread(self._claim):
            # One that cannot be written down must not leave the others running unwatched.
            results = await asyncio.gather(*map(self._deliver, claims), return_exceptions=True)
            broken = [result for result in results if isinstance(result, BaseException)]
            if broken:
                raise broken[0]
            sent += sum(results)
            failed += len(results) - sum(results)
        return Pass(sent, failed)

    async def _deliver(self, claim: Claim) -> bool:
        # Well within the lease, or another worker would deliver it meanwhile.
        limit = self._policy.lease.total_seconds() / 2
        try:
            await asyncio.wait_for(self._channels[claim.channel].deliver(claim), limit)
        except Exception as error:
            _log.warning("attempt %d for %s failed: %s", claim.attempt, claim.key, where(error))
            await asyncio.to_thread(self._failed, claim, error)
            return False
        await asyncio.to_thread(self._sent, claim)
        return True

    def _claim(self) -> list[Claim]:
        with unit_of_work(self._engine) as session:
            return claim_due(session, self._clock(), self._at_once, self._policy)

    def _sent(self, claim: Claim) -> None:
        with unit_of_work(self._engine) as session:
            mark_sent(session, claim, self._clock())

    def _failed(self, claim: Claim, error: Exception) -> None:
        permanent = isinstance(error, CannotDeliver)
        text = f"{type(error).__name__}: {error}"
        with unit_of_work(self._engine) as session:
            mark_failed(session, claim, text, self._clock(), self._policy, permanent=permanent)
