"""Talking with a resident from the desk: forms without scripts, and the stream of what happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from routing.cases.cases import history
from routing.cases.conversations import find_conversation, messages_since, receive
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import StaffSession
from routing.cases.live_tables import Presence
from routing.cases.models import Case
from tests.desk.conftest import Desk


def talk_page(case: Case) -> str:
    return f"/desk/gesprek/{case.reference}"


def do(desk: Desk, case: Case, step: str, number: str, **fields: object) -> httpx.Response:
    """Send one of the forms of the conversation."""
    page = f"/desk/zaken/{case.reference}"
    return desk.post(
        f"{talk_page(case)}/{step}", page=page, **{"formulier-nummer": f"{case.reference}{number}", **fields}
    )


def said(store, case: Case) -> list[tuple[str, str]]:
    with reading(store) as session:
        return [(m.sender, m.text) for m in messages_since(session, case.conversation_id, 0)][2:]


def events_of(store, case: Case) -> list[str]:
    with reading(store) as session:
        return [event.kind for event in history(session, case)]


def test_take_over_talk_and_give_back_without_scripts(partner, store, make_case) -> None:
    case = make_case()
    assert "Neem het gesprek over" in partner.text(f"/desk/zaken/{case.reference}")
    for _ in range(2):
        assert do(partner, case, "overnemen", "a").status_code == 303
    page = partner.get(f"/desk/zaken/{case.reference}").text
    assert '<div data-when="self">' in page
    for _ in range(2):
        assert do(partner, case, "zeg", "b", tekst="Dag, ik ben er.").status_code == 303
    assert do(partner, case, "teruggeven", "c").status_code == 303
    assert [text.split(".")[0] for _, text in said(store, case)] == [
        "Partner Een (verbinder) neemt het gesprek over",
        "Dag, ik ben er",
        "Partner Een heeft het gesprek teruggegeven",
        "Ik ben er weer",
    ]
    kinds = events_of(store, case)
    assert [kinds.count(kind) for kind in ("taken_over", "partner_said", "given_back", "pick_up")] == [1] * 4
    history_words = partner.text(f"/desk/zaken/{case.reference}")
    assert "Nam het gesprek over van de chatbot." in history_words


def test_nothing_typed_is_told_and_what_is_too_long_is_kept(partner, make_case) -> None:
    case = make_case()
    do(partner, case, "overnemen", "a")
    answer = do(partner, case, "zeg", "b", tekst=" ")
    assert answer.status_code == 400
    assert "Vul dit in." in answer.text
    long = do(partner, case, "zeg", "c", tekst="woord " * 800)
    assert long.status_code == 400
    assert "woord woord" in long.text
    script = partner.post(
        f"{talk_page(case)}/zeg", page=f"/desk/zaken/{case.reference}", tekst="",
        headers={"Accept": "application/json"}, **{"formulier-nummer": "d"},
    )  # fmt: skip
    assert (script.status_code, script.json()) == (400, {"fout": "Vul dit in."})


def test_a_colleague_sees_who_speaks_and_can_take_it_over(partner, lead, store, make_case) -> None:
    case = make_case()
    do(partner, case, "overnemen", "a")
    assert "Neem het over van Partner Een" in lead.text(f"/desk/zaken/{case.reference}")
    # An older page still shows the first form: nobody is pushed aside by that.
    do(lead, case, "overnemen", "b")
    with reading(store) as session:
        assert find_conversation(session, case.conversation_id).speaker_id == "partner-1"
    do(lead, case, "overnemen", "c", toch="ja")
    with reading(store) as session:
        assert find_conversation(session, case.conversation_id).speaker_id == "partner-2"
    do(partner, case, "teruggeven", "d")
    with reading(store) as session:
        assert find_conversation(session, case.conversation_id).speaker_id == "partner-2"


def test_who_may_not_handle_the_case_neither_talks_nor_listens(partner, make_case) -> None:
    case = make_case(owner="partner-6")
    for step in ("overnemen", "zeg", "typt", "teruggeven"):
        answer = do(partner, case, step, "x", tekst="hoi")
        assert answer.status_code == 403, step
    assert partner.get(f"{talk_page(case)}/gebeurtenissen").status_code == 403
    assert "Neem het gesprek over" not in partner.text(f"/desk/zaken/{case.reference}")


def test_a_case_without_a_conversation_has_no_panel(partner, make_case) -> None:
    case = make_case(talks=False)
    assert "Neem het gesprek over" not in partner.text(f"/desk/zaken/{case.reference}")
    assert partner.get(f"{talk_page(case)}/gebeurtenissen").status_code == 404


def events(response: httpx.Response) -> Iterator[tuple[str, str, dict]]:
    name = number = ""
    for line in response.iter_lines():
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("id:"):
            number = line[3:].strip()
        elif line.startswith("data:"):
            yield name, number, json.loads(line[5:])
            number = ""


@pytest.fixture
def listen(partner) -> Callable[..., httpx.Response]:
    """Opens the stream of a case."""

    def start(case: Case, **headers: str):
        headers = {"Accept": "text/event-stream", **headers}
        return partner.client.stream("GET", f"{partner.url}{talk_page(case)}/gebeurtenissen", headers=headers)

    return start


def test_the_stream_goes_on_from_the_number_that_the_reader_has(partner, store, make_case, listen) -> None:
    case = make_case()
    do(partner, case, "overnemen", "a")
    with listen(case, **{"Last-Event-ID": "2"}) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        news = events(stream)
        first = [next(news) for _ in range(3)]
        assert [(name, number) for name, number, _ in first] == [
            ("bericht", "3"), ("spreekt", ""), ("verbinding", ""),
        ]  # fmt: skip
        assert first[1][2] == {"wie": "self", "naam": "Partner Een"}
        assert first[2][2] == {"inwoner": False}
        other = threading.Thread(target=do, args=(partner, case, "zeg", "b"), kwargs={"tekst": "<b>Dag</b>"})
        other.start()
        name, number, message = next(news)
        other.join()
        assert (name, number, message["tekst"], message["wie"]) == (
            "bericht",
            "4",
            "<b>Dag</b>",
            "Partner Een",
        )
        assert message["formulier"] == f"{case.reference}b"
    again = partner.get(f"{talk_page(case)}/gebeurtenissen", na="3").json()["berichten"]
    assert [one["nummer"] for one in again] == [4]


def test_the_stream_ends_when_the_account_signs_out(server, accounts, store, make_case) -> None:
    desk = Desk(server.url)
    desk.sign_in("partner")
    case = make_case()
    stream = desk.client.stream(
        "GET", f"{desk.url}{talk_page(case)}/gebeurtenissen", headers={"Accept": "text/event-stream"}
    )
    with stream as response:
        news = events(response)
        assert next(news)[0] == "bericht"
        cookies = dict(desk.client.cookies)
        other = Desk(server.url, client=httpx.Client(timeout=30, cookies=cookies), role="partner")
        assert other.post("/desk/uitloggen", page="/desk/account").status_code == 303
        with unit_of_work(store) as session:
            receive(session, case.conversation_id, client_id="2", text="geheim", now=datetime.now(UTC))
        assert "geheim" not in [data.get("tekst") for _, _, data in news]


def test_an_open_page_makes_its_owner_present(partner, lead, store, make_case, listen) -> None:
    with listen(make_case()) as stream:
        next(events(stream))
        with reading(store) as session:
            assert session.get(Presence, "partner-1").seen_at is not None
    lead.get("/desk/aanwezigheid/teken")
    with reading(store) as session:
        assert session.get(Presence, "partner-2").seen_at is not None


@pytest.mark.parametrize(("choice", "stored"), [("niet", False), ("wel", True), ("vanzelf", None)])
def test_people_say_whether_they_are_there(partner, store, choice, stored) -> None:
    partner.post("/desk/aanwezigheid", page="/desk/aanwezigheid", aanwezig=choice)
    with reading(store) as session:
        assert session.get(Presence, "partner-1").available is stored
    assert f'value="{choice}" checked' in partner.get("/desk/aanwezigheid").text


def test_what_a_page_asks_by_itself_keeps_no_session_alive(server, accounts, store, make_case) -> None:
    desk = Desk(server.url)
    desk.sign_in("partner")
    case = make_case()
    earlier = datetime.now(UTC) - timedelta(minutes=30)
    with unit_of_work(store) as session:
        newest = session.scalars(select(StaffSession).order_by(StaffSession.id.desc()).limit(1)).one()
        newest.seen_at = earlier

    def seen() -> datetime:
        with reading(store) as session:
            return session.get(StaffSession, newest.id).seen_at

    desk.get("/desk/aanwezigheid/teken")
    desk.get(f"/desk/zaken/{case.reference}/aanwezig")
    desk.get(f"{talk_page(case)}/gebeurtenissen")
    assert seen() == earlier
    desk.get("/desk/account")
    assert seen() > earlier


def test_new_cases_are_counted_for_their_owner(partner, make_case) -> None:
    before = partner.get("/desk/aanwezigheid/teken").json()["nieuw"]
    make_case()
    assert partner.get("/desk/aanwezigheid/teken").json()["nieuw"] == before + 1
