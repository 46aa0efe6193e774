"""How long a turn takes, from the gateway to the stored answer: `python bench/turns.py [conversations]`.

Runs whole conversations against the assistant in this process, on a database in a temporary folder.
Figures are of this machine at this moment; compare only what one run measured side by side.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

PLAN = "Ik wil met mijn buren in Tanthof een moestuin op het lege veldje, wie helpt ons aan grond?"
QUESTIONS = 6
WORDS = ("hoi", "wat doe jij eigenlijk?", "dank je wel")


async def main(conversations: int) -> None:
    from bot.assistant import Assistant
    from bot.chat.gateway import Gateway
    from bot.logs import configure_logs
    from bot.training import trained_model
    from routing.backoffice import open_backoffice
    from routing.handoff.hub import Hub
    from routing.settings import read_settings

    configure_logs(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        backoffice = open_backoffice(read_settings(data=folder))
        assistant = Assistant(trained_model(ROOT / "var" / "models"), backoffice)
        gateway = Gateway(backoffice, Hub())
        start = time.perf_counter()
        await assistant.start()
        await gateway.attach(assistant)
        print(f"assistant loaded in {time.perf_counter() - start:.1f} s")
        times: dict[str, list[float]] = {
            "small talk": [],
            "plan": [],
            "answer": [],
            "summary": [],
            "handoff": [],
        }
        for _ in range(conversations):
            await converse(gateway, times)
        for kind, seconds in times.items():
            report(kind, seconds)
        await assistant.stop()


async def converse(gateway: object, times: dict[str, list[float]]) -> None:
    """One conversation up to its case."""
    opened = await gateway.open("nl")
    for words in WORDS:
        await timed(gateway, opened.id, times["small talk"], text=words)
    said = await timed(gateway, opened.id, times["plan"], text=PLAN + " " + uuid.uuid4().hex[:6])
    for _ in range(QUESTIONS):
        if (said[-1]["kaart"] or {}).get("soort") == "samenvatting":
            break
        start = time.perf_counter()
        said = await timed(gateway, opened.id, [], text="overslaan")
        ended = (said[-1]["kaart"] or {}).get("soort") == "samenvatting"
        times["summary" if ended else "answer"].append(time.perf_counter() - start)
    else:
        raise SystemExit(f"no summary came; the last words were: {said[-1]['tekst']}")
    said = await timed(gateway, opened.id, times["answer"], choice=said[-1]["knoppen"][0]["keuze"])
    await timed(gateway, opened.id, times["handoff"], choice=said[-1]["knoppen"][-1]["keuze"])


async def timed(gateway: object, conversation: str, into: list[float], **given: str) -> list[dict]:
    from bot.chat.gateway import Incoming

    start = time.perf_counter()
    said = await gateway.send(conversation, Incoming(uuid.uuid4().hex, **given))
    into.append(time.perf_counter() - start)
    return said


def report(kind: str, seconds: list[float]) -> None:
    if len(seconds) < 2:
        return
    median, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    print(f"{kind:<12} n={len(seconds):<4} median {1000 * median:6.1f} ms   95th {1000 * high:6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
