"""Which cases a list shows, in which order, how far, and that it never goes through all of them."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from routing.cases.cases import THE_SYSTEM, Actor, case_for_change, move
from routing.cases.database import connect, migrate, reading, unit_of_work
from routing.cases.desk_models import Account, CaseGoal, Follower
from routing.cases.models import SENT, STAFF, Case, CaseEvent, Contact, OutboxItem
from routing.cases.reference import make_reference
from routing.cases.states import CaseAction, CaseState
from routing.desk.handling import Work, pick_up, send, transfer
from routing.desk.list_pages import safe_cell
from routing.desk.lists import (
    ALL,
    FOLLOWING,
    LATE,
    MINE,
    OF_TEAM,
    SOON,
    VIEWS,
    Filter,
    page_of_cases,
    read_filter,
    statement,
)
from routing.desk.lists import counts as counts_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
"""A Tuesday."""


@pytest.fixture
def empty(tmp_path):
    """A migrated database without cases."""
    url = f"sqlite:///{tmp_path / 'lists.db'}"
    migrate(url)
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def add(empty):
    """Adds cases with what a test wants to be special about them."""

    def make(number: int, **given: object) -> Case:
        values = {
            "reference": make_reference(2026, number), "code_hash": "-", "handoff_key": f"t:{number}",
            "language": "nl", "state": CaseState.RECEIVED, "role": "partner", "owner_kind": "partner",
            "owner_id": "partner-1", "owner_reason": {"id": "role"}, "goals": [{"goal": 11}],
            "instruments": [], "plan": "Een tuin", "promised_for": TODAY + timedelta(days=7),
            "created_at": NOW, "updated_at": NOW,
        }  # fmt: skip
        case = Case(**(values | given))
        if case.state in (CaseState.ANSWERED, CaseState.CLOSED):
            case.answered_at = NOW
        with unit_of_work(empty) as session:
            session.add(case)
        return case

    return make


@pytest.fixture
def account(empty) -> Account:
    """A partner."""
    with unit_of_work(empty) as session:
        made = Account(
            login="een@example.org", name="Een", role="partner", partner_id="partner-1", language="nl",
            active=True, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        session.add(made)
    return made


def numbers(empty, delft, account: Account, asked: Filter, size: int = 50) -> list[int]:
    """The serial numbers of the cases on a page of the list."""
    with reading(empty) as session:
        page = page_of_cases(session, asked, account, delft, TODAY, size)
    return [int(case.reference[8:14]) for case in page.cases]


def test_the_lists(empty, add, account, delft) -> None:
    add(1, promised_for=TODAY - timedelta(days=1))
    add(2, promised_for=TODAY)
    add(3, promised_for=TODAY + timedelta(days=1), owner_id="partner-2")
    add(4, promised_for=TODAY + timedelta(days=2), owner_kind="team", owner_id="team")
    add(5, state=CaseState.ANSWERED, promised_for=TODAY - timedelta(days=5))
    add(6, state=CaseState.CLOSED, owner_kind="team", owner_id="team")
    shown = {view: numbers(empty, delft, account, Filter(view)) for view in VIEWS}
    assert shown == {MINE: [1, 2], OF_TEAM: [4], SOON: [2, 3], LATE: [1], ALL: [6, 5, 4, 3, 2, 1]}
    with reading(empty) as session:
        assert counts_of(session, account, delft, TODAY) == {MINE: 2, OF_TEAM: 1, SOON: 2, LATE: 1}


def test_nearly_late_counts_in_working_days(empty, add, account, delft) -> None:
    friday = date(2026, 11, 27)
    for number, days in enumerate((0, 3, 4), start=1):
        add(number, promised_for=friday + timedelta(days=days))
    with reading(empty) as session:
        page = page_of_cases(session, Filter(SOON), account, delft, friday)
    assert [case.promised_for.isoweekday() for case in page.cases] == [5, 1]


def test_finished_cases_of_a_list_are_found_by_their_state(empty, add, account, delft) -> None:
    add(1, state=CaseState.CLOSED)
    add(2)
    add(3, state=CaseState.CLOSED)
    assert numbers(empty, delft, account, Filter(MINE, state=CaseState.CLOSED)) == [3, 1]
    assert numbers(empty, delft, account, Filter(MINE, state=CaseState.RECEIVED)) == [2]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "adviseur"}, [2]),
        ({"goal": 4}, [3]),
        ({"neighbourhood": "voorhof"}, [1]),
        ({"owner": "team"}, [4]),
        ({"owner": "partner-1"}, [3, 2, 1]),
        ({"state": CaseState.IN_PROGRESS}, [3]),
        ({"words": "bakker"}, [2]),
        ({"words": "bak tuin"}, []),
        ({"words": "wilhelmina"}, []),
        ({"words": make_reference(2026, 3)}, [3]),
        ({"role": "adviseur", "goal": 4}, []),
        ({"goal": 4, "state": CaseState.IN_PROGRESS, "words": "tuin"}, [3]),
    ],
)
def test_filters_and_search(empty, add, account, delft, asked, found) -> None:
    add(1, neighbourhood="voorhof")
    add(2, role="adviseur", plan="De bakker")
    third = add(3, goals=[{"goal": 11}, {"goal": 4}], state=CaseState.IN_PROGRESS)
    add(4, owner_kind="team", owner_id="team")
    with unit_of_work(empty) as session:
        session.add(Contact(case_id=third.id, name="Wilhelmina", consent_at=NOW))
    assert numbers(empty, delft, account, Filter(ALL, **asked)) == found


def test_people_are_searched_where_one_may_read_about_them(empty, add, account, delft) -> None:
    for number, owner in ((1, "partner-1"), (2, "partner-2")):
        case = add(number, owner_id=owner)
        with unit_of_work(empty) as session:
            session.add(Contact(case_id=case.id, name="Wilhelmina", email="w@example.org", consent_at=NOW))
    assert numbers(empty, delft, account, Filter(MINE, words="wilhelmina")) == [1]
    assert numbers(empty, delft, account, Filter(ALL, words="w@example.org")) == []
    account.role = "lead"
    assert numbers(empty, delft, account, Filter(ALL, words="w@example.org")) == [2, 1]


@pytest.mark.parametrize("asked", [Filter(ALL), Filter(MINE), Filter(ALL, words="tuin"), Filter(LATE)])
def test_pages_follow_each_other_without_gap_or_double(empty, add, account, delft, asked) -> None:
    for number in range(1, 24):
        # Many with the same day, as in life.
        add(number, promised_for=TODAY - timedelta(days=1 + number % 3))
    seen, after = [], None
    for _ in range(5):
        with reading(empty) as session:
            part = Filter(asked.view, asked.words, after=after)
            page = page_of_cases(session, part, account, delft, TODAY, 5)
        seen += [case.id for case in page.cases]
        after = page.next
        if asked.view == ALL and len(seen) == 5:
            add(99)  # one that comes in meanwhile moves nothing
    assert after is None
    assert len(seen) == len(set(seen)) == 23


@pytest.mark.parametrize("after", ["", "x", "-5", "9" * 40, "2026-13-45_1", "2026-11-24_x", "2026-11-24"])
def test_an_odd_place_is_no_trouble(empty, add, account, delft, after) -> None:
    add(1)
    for view in (ALL, MINE):
        numbers(empty, delft, account, Filter(view, after=after))


def test_odd_filters_are_left_out(delft) -> None:
    query = {
        "lijst": "x",
        "status": "y",
        "rol": "z",
        "doel": "99",
        "buurt": "q",
        "eigenaar": "w",
        "zoek": " a ",
    }
    assert read_filter(query, delft) == Filter(MINE, words="a")
    assert read_filter({"doel": "²"}, delft).goal is None


ASKED = [
    Filter(view, words, state, role, goal, place, owner)
    for view in (*VIEWS, FOLLOWING)
    for words in ("", "tuin", "tuin buurt")
    for state in (None, CaseState.RECEIVED, CaseState.CLOSED)
    for role, goal, place, owner in (
        (None, None, None, None),
        ("adviseur", None, None, None),
        (None, 11, None, None),
        (None, None, "voorhof", None),
        (None, None, None, "partner-3"),
        ("adviseur", 11, "voorhof", "partner-3"),
    )
]


@pytest.mark.parametrize("after", [None, "100", "2026-11-24_3"])
def test_no_list_goes_through_all_cases_or_sorts_them(empty, account, delft, after) -> None:
    """By the plan of the database, for every list with every filter."""
    for asked in ASKED:
        part = Filter(**{**vars(asked), "after": after})
        with reading(empty) as session:
            query = statement(session, part, account, delft, TODAY).limit(51)
            compiled = query.compile(empty, compile_kwargs={"literal_binds": True})
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
        steps = [row[-1] for row in rows]
        scans = [step for step in steps if step.startswith("SCAN")]
        # The full-text index is asked with the words, which SQLite calls a scan of a virtual table.
        assert all(re.fullmatch(r"SCAN case_fts VIRTUAL TABLE INDEX \d+:M2.*", scan) for scan in scans), steps
        assert not any("TEMP B-TREE" in step for step in steps), (part, steps)
        assert any(step.startswith("SEARCH zaak USING") for step in steps), steps


def test_goals_of_a_case_are_rows_too(empty, add) -> None:
    add(1, goals=[{"goal": 3}, {"goal": 11}])
    with reading(empty) as session:
        assert sorted(session.scalars(select(CaseGoal.goal))) == [3, 11]


# --- through the running product


def test_the_inbox(partner, make_case) -> None:
    case = make_case(plan="Een pluktuin met <em>bessen</em> voor de flat")
    html = partner.get("/desk/zaken", lijst="mijn", zoek="bessen").text
    assert case.reference in html
    assert "&lt;em&gt;bessen" in html
    text = partner.text("/desk/zaken", zoek="pluktuin", lijst="mijn")
    assert case.reference in text
    assert "Geen zaken gevonden." in partner.text("/desk/zaken", zoek="pluktuin xylofoon")


def test_where_people_come_in(signed_in) -> None:
    homes = {role: desk.get("/desk").headers["Location"] for role, desk in signed_in.items()}
    assert homes == {
        "reader": "/desk/initiatieven",
        "partner": "/desk/zaken",
        "lead": "/desk/zaken",
        "admin": "/desk/zaken",
    }


def test_all_initiatives_without_anybodys_details(reader, make_case) -> None:
    case = make_case(plan="Een repaircafé aan het water")
    text = reader.text("/desk/initiatieven", zoek="repaircafé water")
    assert case.reference in text
    for words in ("nieuw", "verbinder", "Voorhof", "Partner Een", "Binnengekomen. Eigenaar werd"):
        assert words in text
    assert "Wilhelmina" not in text
    assert case.reference not in reader.text("/desk/initiatieven", zoek="repaircafé wilhelmina")


def test_the_last_step_is_one_of_the_case_and_not_of_its_mail(
    reader, partner, make_case, store, until
) -> None:
    case = make_case(plan="Een knikkerbaan door het hele park")
    partner.on_case(case, "oppakken")

    def delivered() -> bool:
        query = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.kind == "delivered")
        with reading(store) as session:
            return len(session.scalars(query).all()) == 2

    until(delivered)
    text = reader.text("/desk/initiatieven", zoek="knikkerbaan")
    assert "opgepakt Opgepakt." in text
    assert "Mail bezorgd" not in text


def test_the_list_as_a_file(reader, make_case) -> None:
    case = make_case(plan='=HYPERLINK("https://evil.example")\nEen muziekdoosmuseum; met "aanhalingstekens"')
    answer = reader.get("/desk/initiatieven.csv", zoek="muziekdoosmuseum")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="initiatieven-2026')
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    head, row = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert head[:4] == ["Kenmerk", "Stand", "Rol", "Doelen"]
    assert row[0] == case.reference
    assert row[-1].startswith("'=HYPERLINK")
    assert "inwoner@example.org" not in answer.text


def test_a_long_file_is_whole(lead, make_case) -> None:
    rows = list(csv.reader(io.StringIO(lead.get("/desk/initiatieven.csv").text)))
    references = [row[0] for row in rows[1:]]
    assert len(references) == len(set(references)) >= 1


@pytest.mark.parametrize("cell", ["=1+1", "+31", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["tuin", "", "1", "a=b", "LK-2026-000001-21"])
def test_ordinary_cells_stay(cell: str) -> None:
    assert safe_cell(cell) == cell


def test_following_brings_each_step_by_mail(reader, partner, make_case, store, accounts) -> None:
    case = make_case()
    page = f"/desk/zaken/{case.reference}"
    for _ in range(2):
        assert reader.on_case(case, "volgen").status_code == 303
    assert case.reference in reader.text("/desk/initiatieven", lijst="gevolgd")
    partner.on_case(case, "oppakken")
    partner.on_case(case, "bericht", tekst="Dag", soort="answer")
    partner.on_case(case, "notitie", tekst="Alleen voor ons")
    with reading(store) as session:
        query = select(OutboxItem).where(OutboxItem.case_id == case.id, OutboxItem.kind == "follower_step")
        items = session.scalars(query).all()
    assert sorted(item.key.split(".")[-1].split("-")[0] for item in items) == ["answer", "pick_up"]
    assert {item.recipient for item in items} == {"follower"}
    assert "Stop met volgen" in reader.text(page)
    assert reader.on_case(case, "loslaten").status_code == 303
    partner.on_case(case, "afronden", resultaat="helped")
    with reading(store) as session:
        assert len(session.scalars(query).all()) == 2
        assert session.get(Follower, (case.id, accounts["reader"].id)) is None


def test_nobody_hears_of_their_own_steps(empty, add, account, delft) -> None:
    case = add(1, owner_kind="team", owner_id="team")
    with unit_of_work(empty) as session:
        session.add(Follower(case_id=case.id, account_id=account.id, created_at=NOW))
        work = Work(delft, account, NOW, "http://loket.example")
        mine = session.get(Case, case.id)
        pick_up(session, work, mine)
        send(session, work, mine, "answer", "Dag", resident_is_there=False)
        transferred = [item.kind for item in session.scalars(select(OutboxItem))]
    assert transferred == []


def test_followers_hear_of_what_others_do(empty, add, account, delft) -> None:
    case = add(1)
    with unit_of_work(empty) as session:
        other = Account(
            login="volger@example.org", name="Volger", role="reader", language="en", active=True,
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.add(Follower(case_id=case.id, account_id=other.id, created_at=NOW))
        mine = session.get(Case, case.id)
        transfer(session, Work(delft, account, NOW, "http://x"), mine, "team", "Waarom niet")
        items = {item.kind: item for item in session.scalars(select(OutboxItem))}
    assert items["follower_step"].payload["to"] == {"name": "Volger", "email": "volger@example.org"}
    assert items["follower_step"].payload["language"] == "en"
    assert "Waarom niet" not in str(items["follower_step"].payload)
    assert items["owner_step"].payload["why"] == "Waarom niet"


def test_an_open_case_is_one_without_an_answer(store, make_case) -> None:
    """The indexes of open cases go by `answered_at`: every action must keep the two together."""
    case = make_case()
    ways = [CaseAction.PICK_UP, CaseAction.ANSWER, CaseAction.REOPEN, CaseAction.CLOSE, CaseAction.REOPEN]
    with unit_of_work(store) as session:
        changed = case_for_change(session, case.reference)
        for action in ways:
            move(session, changed, action, actor=THE_SYSTEM, now=datetime.now(UTC))
            is_open = changed.state not in (CaseState.ANSWERED, CaseState.CLOSED)
            assert (changed.answered_at is None) == is_open


def test_an_empty_list_says_so(signed_in) -> None:
    assert "Hier zijn nu geen zaken." in signed_in["admin"].text("/desk/zaken", lijst="mijn")


def test_followers_hear_of_steps_made_elsewhere_once(reader, make_case, store, until) -> None:
    case = make_case()
    assert reader.on_case(case, "volgen").status_code == 303
    with unit_of_work(store) as session:
        changed = case_for_change(session, case.reference)
        move(session, changed, CaseAction.PICK_UP, actor=Actor(STAFF, "partner-1"), now=datetime.now(UTC))

    def steps() -> list[OutboxItem]:
        query = select(OutboxItem).where(OutboxItem.case_id == case.id, OutboxItem.kind == "follower_step")
        with reading(store) as session:
            return list(session.scalars(query))

    until(lambda: [item.state for item in steps()] == [SENT])
