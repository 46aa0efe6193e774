"""Open streams: who is woken, who hears a passing signal, and who still counts as connected."""

from __future__ import annotations

import asyncio
import threading

from routing.handoff.hub import GRACE, PARTNER, RESIDENT, Hub


class Ticks:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_news_wakes_all_streams_of_a_conversation_and_no_other() -> None:
    hub = Hub()
    async with hub.listen("a") as first, hub.listen("a", PARTNER) as second, hub.listen("b") as other:
        hub.publish("a")
        assert await first.wait(5)
        assert await second.wait(5)
        assert not await other.wait(0.01)


async def test_a_thread_may_wake_too() -> None:
    hub = Hub()
    async with hub.listen("a") as listener:
        threading.Thread(target=hub.publish, args=("a",)).start()
        assert await listener.wait(5)


async def test_a_signal_reaches_the_other_side_only_and_the_oldest_are_dropped() -> None:
    hub = Hub()
    async with hub.listen("a") as resident, hub.listen("a", PARTNER) as partner:
        resident.signals.clear()
        for number in range(50):
            hub.signal("a", PARTNER, {"kind": "typing", "number": number})
        assert [signal["number"] for signal in resident.signals] == list(range(30, 50))
        assert not any(signal["kind"] == "typing" for signal in partner.signals)


async def test_a_reload_is_no_farewell() -> None:
    ticks = Ticks()
    hub = Hub(ticks)
    assert not hub.connected("a", RESIDENT)
    async with hub.listen("a"):
        assert hub.connected("a", RESIDENT)
        assert not hub.connected("a", PARTNER)
    ticks.now += GRACE - 1
    assert hub.connected("a", RESIDENT)
    ticks.now += 2
    assert not hub.connected("a", RESIDENT)


async def test_of_two_tabs_one_may_go() -> None:
    hub = Hub(Ticks())
    async with hub.listen("a"):
        async with hub.listen("a"):
            pass
        assert hub.connected("a", RESIDENT)


async def test_the_other_side_hears_who_comes_and_goes() -> None:
    hub = Hub()
    async with hub.listen("a", PARTNER) as partner:
        async with hub.listen("a"):
            pass
        told = [(s["side"], s["there"]) for s in partner.signals if s["kind"] == "connection"]
        assert told == [(RESIDENT, True), (RESIDENT, False)]


async def test_closing_ends_the_wait() -> None:
    hub = Hub()
    async with hub.listen("a") as listener:
        waiting = asyncio.create_task(listener.wait(30))
        hub.close()
        assert await asyncio.wait_for(waiting, 5)
        assert hub.closed
