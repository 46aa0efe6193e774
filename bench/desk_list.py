"""How long the lists of the desk take with many cases, and by which indexes they find them.

    .venv/bin/python bench/desk_list.py                   # 100,000 cases in a new SQLite file
    .venv/bin/python bench/desk_list.py --cases 20000 --url postgresql://user@host/empty_database

Every figure is the whole work of a page: the query, the last step of each case and, for the inbox, the
numbers on its tabs. The database is filled once and kept, where ``--keep FILE`` names one.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from routing.backoffice import catalogue_of
from routing.cases.database import connect, migrate, reading, unit_of_work
from routing.cases.desk_models import Account, Follower
from routing.cases.models import Case, CaseEvent, Contact, Conversation, Message
from routing.cases.reference import make_reference
from routing.cases.states import CaseState
from routing.catalogue import Catalogue
from routing.desk.lead_pages import read_overview
from routing.desk.lists import Filter, counts, page_of_cases, statement
from routing.settings import catalogue_folder

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
TODAY = date(2026, 11, 24)
TIMES = 15
AT_ONCE = 5000

WORDS = (
    "buurt", "straat", "tuin", "moestuin", "bankje", "speeltuin", "school", "ouderen", "jongeren",
    "eten", "koken", "muziek", "theater", "fiets", "reparatie", "energie", "zonnepanelen", "water",
    "groen", "bomen", "bijen", "wormen", "compost", "werkplaats", "taal", "huiswerk", "sport",
    "wandelen", "koffie", "ontmoeten", "eenzaam", "geld", "subsidie", "vergunning", "ruimte",
    "gebouw", "plein", "park", "markt", "winkel", "ondernemer", "studenten",
)  # fmt: skip


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--url", help="an empty database; default a new SQLite file")
    parser.add_argument("--keep", type=Path, help="SQLite file to fill, or to use again")
    parser.add_argument("--plans", action="store_true", help="print the query plans too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{options.keep or Path(folder) / 'bench.db'}"
        migrate(url)
        engine = connect(url)
        catalogue = catalogue_of(catalogue_folder("delft"))
        fill(engine, catalogue, options.cases)
        measure(engine, catalogue, plans=options.plans)
        engine.dispose()


def fill(engine: Engine, catalogue: Catalogue, number: int) -> None:
    """So many cases over three years, each with messages, a contact and a short history."""
    with reading(engine) as session:
        there = session.scalar(text("SELECT count(*) FROM zaak"))
    start = time.perf_counter()
    random.seed(1)
    for first in range(there, number, AT_ONCE):
        with unit_of_work(engine) as session:
            _fill_part(session, catalogue, range(first, min(first + AT_ONCE, number)), number)
    if there < number:
        _account(engine)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        print(f"filled {number - there:,} cases in {time.perf_counter() - start:.0f} s")


def _fill_part(session: Session, catalogue: Catalogue, numbers: range, total: int) -> None:
    cases = [_case(catalogue, number, total) for number in numbers]
    ids = [case["conversation_id"] for case in cases]
    conversation = {
        "token_hash": "-",
        "language": "nl",
        "last_number": 2,
        "created_at": NOW,
        "updated_at": NOW,
    }
    session.execute(insert(Conversation), [{"id": one, **conversation} for one in ids])
    session.execute(insert(Message), [_message(one, n) for one in ids for n in (1, 2)])
    session.execute(insert(Case), cases)
    session.execute(insert(Contact), [_contact(case) for case in cases])
    session.execute(insert(CaseEvent), [event for case in cases for event in _events(case)])


def _case(catalogue: Catalogue, number: int, total: int) -> dict[str, object]:
    age = timedelta(minutes=(total - number) * 3 * 365 * 24 * 60 // total)
    created = NOW - age
    is_old = age > timedelta(days=21)
    states = [CaseState.ANSWERED, CaseState.CLOSED, CaseState.CLOSED, CaseState.CLOSED]
    state = random.choice(states) if is_old and random.random() < 0.99 else random.choice(list(CaseState)[:4])
    partner = random.choice([*catalogue.partners, "team"])
    done = created + timedelta(days=2) if state in (CaseState.ANSWERED, CaseState.CLOSED) else None
    goals = random.sample(range(1, 18), random.randint(1, 3))
    return {
        "id": number + 1, "reference": make_reference(2024, number + 1), "code_hash": "-",
        "handoff_key": f"bench:{number}", "conversation_id": f"bench-{number}", "language": "nl",
        "state": state, "role": random.choice(list(catalogue.roles)),
        "owner_kind": "team" if partner == "team" else "partner", "owner_id": partner,
        "owner_reason": {"id": "role", "params": {}},
        "goals": [{"goal": goal, "confidence": 0.5, "evidence": ""} for goal in goals],
        "instruments": [], "plan": " ".join(random.choices(WORDS, k=random.randint(12, 45))),
        "neighbourhood": random.choice(list(catalogue.neighbourhoods)),
        "promised_for": (created + timedelta(days=random.choice((3, 5, 7)))).date(),
        "answered_at": done, "closed_at": done, "created_at": created, "updated_at": created, "version": 1,
    }  # fmt: skip


def _message(conversation: str, number: int) -> dict[str, object]:
    return {
        "conversation_id": conversation, "number": number, "buttons": [], "created_at": NOW,
        "sender": "inwoner" if number == 1 else "chatbot", "text": " ".join(random.choices(WORDS, k=12)),
    }  # fmt: skip


def _contact(case: dict[str, object]) -> dict[str, object]:
    number = case["id"]
    return {
        "case_id": number, "name": f"Inwoner Nummer{number}", "email": f"inwoner-{number}@example.org",
        "consent_at": NOW,
    }  # fmt: skip


def _events(case: dict[str, object]) -> Iterator[dict[str, object]]:
    first = {
        "case_id": case["id"], "kind": "received", "state": CaseState.RECEIVED, "actor_kind": "chatbot",
        "data": {"owner_id": case["owner_id"]}, "created_at": case["created_at"],
    }  # fmt: skip
    yield first
    yield first | {"kind": "pick_up", "state": CaseState.IN_PROGRESS, "data": {}}
    if case["answered_at"]:
        yield first | {
            "kind": "answer",
            "state": case["state"],
            "data": {},
            "created_at": case["answered_at"],
        }


def _account(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        account = Account(
            login="bench@example.org", name="Bench", role="lead", partner_id="partner-1", language="nl",
            active=True, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        session.add(account)
        session.flush()
        session.add_all(
            Follower(case_id=n, account_id=account.id, created_at=NOW) for n in range(1, 40_000, 977)
        )


def lists(catalogue: Catalogue) -> dict[str, Filter]:
    """The lists that are measured, by a name."""
    place, role = next(iter(catalogue.neighbourhoods)), next(iter(catalogue.roles))
    closed = CaseState.CLOSED
    return {
        "mine": Filter("mijn"),
        "team": Filter("team"),
        "nearly late": Filter("bijna"),
        "late": Filter("laat"),
        "all": Filter("alle"),
        "all, deep down": Filter("alle", after="1200"),
        "late, deep down": Filter("laat", after="2026-11-20_98000"),
        "mine, closed": Filter("mijn", state=closed),
        "state": Filter("alle", state=CaseState.WAITING_FOR_RESIDENT),
        "role": Filter("alle", role=role),
        "neighbourhood": Filter("alle", neighbourhood=place),
        "owner": Filter("alle", owner="partner-3"),
        "goal": Filter("alle", goal=14),
        "five filters": Filter("alle", "", CaseState.ANSWERED, role, 14, place, "partner-3"),
        "late of an owner, goal": Filter("laat", goal=14, owner="partner-3"),
        "followed": Filter("gevolgd"),
        "search: common word": Filter("alle", "buurt"),
        "search: two words": Filter("alle", "buurt muziek"),
        "search: beginning": Filter("alle", "zonnep"),
        "search: person": Filter("alle", "Nummer4711"),
        "search: mail": Filter("alle", "inwoner-99000@example.org"),
        "search: number": Filter("alle", make_reference(2024, 50_000)),
        "search: nothing": Filter("alle", "xylofoonorkest"),
        "search: common, filters": Filter("alle", "buurt", closed, role, 14, place, "partner-3"),
        "search: mine": Filter("mijn", "buurt"),
        "search: late": Filter("laat", "moestuin plein"),
    }


def measure(engine: Engine, catalogue: Catalogue, *, plans: bool) -> None:
    """Print the time of each list, in milliseconds."""
    with reading(engine) as session:
        account = session.query(Account).one()
    print(f"{'list':26} {'median':>8} {'worst':>8} {'first':>8} {'rows':>5}   ms, {TIMES} times")
    for name, asked in lists(catalogue).items():
        times, rows = [], 0
        for _ in range(TIMES):
            with reading(engine) as session:
                start = time.perf_counter()
                page = page_of_cases(session, asked, account, catalogue, TODAY)
                times.append(1000 * (time.perf_counter() - start))
                rows = len(page.cases)
        _print(name, times, rows)
        if plans:
            with reading(engine) as session:
                print(*(f"      {line}" for line in plan_of(session, asked, account, catalogue)), sep="\n")
    _measure_rest(engine, catalogue, account)


def _measure_rest(engine: Engine, catalogue: Catalogue, account: Account) -> None:
    with reading(engine) as session:
        start = time.perf_counter()
        counts(session, account, catalogue, TODAY)
        _print("numbers on the tabs", [1000 * (time.perf_counter() - start)], 4)
        for days in (90, 365):
            start = time.perf_counter()
            total, _ = read_overview(session, NOW - timedelta(days=days), NOW)
            _print(f"overview of {days} days", [1000 * (time.perf_counter() - start)], total.cases)


def plan_of(session: Session, asked: Filter, account: Account, catalogue: Catalogue) -> list[str]:
    """The steps by which the database finds a page of a list."""
    query = statement(session, asked, account, catalogue, TODAY).limit(51)
    compiled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    rows = session.connection().exec_driver_sql(f"{explain} {str(compiled).replace('%', '%%')}")
    return [str(row[-1]) for row in rows]


def _print(name: str, times: list[float], rows: int) -> None:
    print(f"{name:26} {statistics.median(times):8.1f} {max(times):8.1f} {times[0]:8.1f} {rows:5}")


if __name__ == "__main__":
    main()
