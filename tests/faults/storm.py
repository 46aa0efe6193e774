"""Handoffs in a storm: the process is killed at random moments, mail server and receiver fail at random.

    python -m tests.faults.storm [how many] [seed]

prints what came of it as a table, and ends with 1 when anything was lost, doubled or left without an owner.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from sqlalchemy import func, select

from routing.cases.database import connect, migrate, reading
from routing.cases.models import SENT, Case, CaseEvent, Message, OutboxItem

ROOT = Path(__file__).parents[2]
SECRET = "a key for the storm that is long enough"
KINDS = ("answers", "refuses", "takes it and hangs up", "hangs up", "is slow")
WEIGHTS = (60, 14, 12, 10, 4)
"""How the mail server and the receiver behave: six times in ten as they should."""


def _example() -> Any:
    """The receiver of the documentation, which checks signatures and acts once for each id."""
    path = ROOT / "docs" / "examples" / "webhook_receiver.py"
    spec = importlib.util.spec_from_file_location("storm_webhook_receiver", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Weather:
    """What goes wrong when, from one seed."""

    dice: random.Random
    faults: Counter = field(default_factory=Counter)

    def behave(self, who: str) -> str:
        """How somebody behaves this time."""
        (kind,) = self.dice.choices(KINDS, WEIGHTS)
        if kind != KINDS[0]:
            self.faults[who] += 1
        return kind


@dataclass
class PostOffice:
    """A mail server on bad days; it acts on each Message-ID once, as mail programs do."""

    weather: Weather
    arrived: list[str] = field(default_factory=list)
    acted: set[str] = field(default_factory=set)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        kind = self.weather.behave("mail server")
        if kind == "refuses":
            return "451 try again later"
        if kind == "hangs up":
            server.transport.abort()
            return "421 bye"
        if kind == "is slow":
            await asyncio.sleep(1.0)
        key = message_from_bytes(envelope.original_content)["Message-ID"].strip("<>").partition("@")[0]
        self.arrived.append(key)
        self.acted.add(key)
        if kind == "takes it and hangs up":
            server.transport.abort()
        return "250 OK"


@dataclass
class Listener:
    """The example receiver behind a line on bad days."""

    weather: Weather
    arrived: list[str] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._receiver = _example().Receiver(SECRET.encode(), lambda event: self.acted.append(event["id"]))

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Takes an event in, or does not."""
        kind = self.weather.behave("receiver")
        if kind == "refuses":
            return web.Response(status=self.weather.dice.choice((500, 503, 404, 429)))
        if kind == "hangs up":
            request.transport.abort()
            return web.Response(status=500)
        if kind == "is slow":
            await asyncio.sleep(1.0)
        answer = await self._receiver.receive(request)
        if answer.status == 204:
            self.arrived.append(request.headers["webhook-id"])
        if kind == "takes it and hangs up":
            request.transport.abort()
        return answer


@dataclass(frozen=True)
class Outcome:
    """What came of a storm."""

    rows: Mapping[str, object]
    wrong: tuple[str, ...]

    def table(self) -> str:
        """For people."""
        width = max(map(len, self.rows))
        lines = [f"{name:<{width}}  {value}" for name, value in self.rows.items()]
        verdict = "nothing lost, nothing twice" if not self.wrong else "WRONG: " + "; ".join(self.wrong)
        return "\n".join([*lines, verdict])


async def storm(count: int, seed: int, folder: Path, *, kills: int, limit: float) -> Outcome:
    """Runs `count` handoffs through `kills` deaths or more; raises TimeoutError after `limit` seconds."""
    weather = Weather(random.Random(seed))
    post, listener = PostOffice(weather), Listener(weather)
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(post), "127.0.0.1", 0)
    app = web.Application()
    app.router.add_post("/", listener.receive)
    # That connections break here is the weather, and nothing to report.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    database = f"sqlite:///{folder / 'storm.db'}"
    await asyncio.to_thread(migrate, database)
    plan = folder / "plan.json"
    ports = mail.sockets[0].getsockname()[1], runner.addresses[0][1]
    plan.write_text(
        json.dumps(
            {
                "database": database,
                "count": count,
                "secret": SECRET,
                "smtp": ports[0],
                "webhook": f"http://127.0.0.1:{ports[1]}/",
            }
        )
    )
    began = time.monotonic()
    try:
        lives = await asyncio.wait_for(_lives(plan, weather.dice, kills), limit)
    finally:
        mail.close()
        await runner.cleanup()
    took = time.monotonic() - began
    return _outcome(count, database, post, listener, {"deaths (SIGKILL)": lives}, weather, took)


async def _lives(plan: Path, dice: random.Random, kills: int) -> int:
    """Starts the process again and again, and kills it while it works, at most `kills` times; the deaths."""
    deaths = 0
    while True:
        with plan.with_name("house.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.house", str(plan), cwd=ROOT,
                stdout=asyncio.subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        await process.stdout.readline()
        try:
            # Counted from the moment that it works, so that no time is spent on killing what only starts.
            await asyncio.wait_for(process.wait(), dice.uniform(0.02, 0.9) if deaths < kills else None)
        except TimeoutError:
            process.send_signal(signal.SIGKILL)
            await process.wait()
            deaths += 1
            continue
        if process.returncode:
            raise RuntimeError(plan.with_name("house.log").read_text()[-4000:])
        return deaths


def _outcome(
    count: int,
    database: str,
    post: PostOffice,
    listener: Listener,
    rows: dict[str, object],
    weather: Weather,
    took: float,
) -> Outcome:
    engine = connect(database)
    with reading(engine) as session:
        cases = list(session.scalars(select(Case)))
        items = list(session.scalars(select(OutboxItem)))
        received = session.scalar(
            select(func.count()).select_from(CaseEvent).where(CaseEvent.kind == "received")
        )
        said = session.scalar(select(func.count()).select_from(Message))
    engine.dispose()
    mails = {item.key for item in items if item.channel == "mail"}
    hooks = {item.key for item in items if item.channel == "webhook"}
    references = {case.reference for case in cases}
    wanted_mails = {f"{r}.owner.received" for r in references} | {f"{r}.resident.receipt" for r in references}
    rows |= {
        "handoffs asked for": count,
        "cases": len(cases),
        "cases with an owner": sum(bool(case.owner_id) for case in cases),
        "different reference numbers": len(references),
        "lines 'received' in the history": received,
        "messages of residents": said,
        "faults of the mail server": weather.faults["mail server"],
        "faults of the receiver": weather.faults["receiver"],
        "mails in the outbox": len(mails),
        "mails delivered": len(post.acted & mails),
        "mails that came more than once": sum(n > 1 for n in Counter(post.arrived).values()),
        "mails acted on (one for each Message-ID)": len(post.acted),
        "webhooks in the outbox": len(hooks),
        "webhooks delivered": len(set(listener.arrived)),
        "webhooks that came more than once": sum(n > 1 for n in Counter(listener.arrived).values()),
        "webhooks acted on": len(listener.acted),
        "items not sent": sum(item.state != SENT for item in items),
        "most attempts for one item": max((item.attempts for item in items), default=0),
        "seconds": round(took, 1),
    }
    checks = {
        "cases": len(cases) == len(references) == received == said == count,
        "owners": all(case.owner_id for case in cases),
        "mails": mails == wanted_mails == post.acted,
        "webhooks": len(hooks) == count and len(listener.acted) == len(set(listener.acted)) == count,
        "webhook ids": {one.rpartition(".")[0] for one in listener.acted} == references,
        "outbox": all(item.state == SENT for item in items),
    }
    return Outcome(rows, tuple(name for name, good in checks.items() if not good))


def main() -> int:
    """The storm from the command line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    print(f"{count} handoffs, seed {seed}", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(storm(count, seed, Path(folder), kills=max(5, count // 6), limit=1800))
    print(outcome.table())  # noqa: T201
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
