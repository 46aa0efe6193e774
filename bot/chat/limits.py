"""How much one person may send, with a clear answer when it is too much."""

from __future__ import annotations

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.chat.problems import Problem


class RateLimit:
    """A moving window, such as ``30 per minute``, for each key apart."""

    def __init__(self, rate: str) -> None:
        self._item = parse(rate)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, key: str) -> None:
        """Count one. Raises Problem `too_many` with the seconds to wait."""
        if self._limiter.hit(self._item, key):
            return
        reset = self._limiter.get_window_stats(self._item, key).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        raise Problem("too_many", headers={"Retry-After": str(seconds)}, seconds=seconds)
