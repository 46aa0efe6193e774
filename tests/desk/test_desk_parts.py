"""Parts of the desk that follow laws: ways of cases, marked words, anonymous texts, likeness, wording."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

import routing.desk
from routing.cases.database import connect, migrate, unit_of_work
from routing.cases.desk_models import Account, CaseVector
from routing.cases.feedback import fingerprint, keep_correction
from routing.cases.journey import RESIDENT, Wait, journey, overview
from routing.cases.models import Case, CaseEvent, Contact
from routing.cases.reference import make_reference
from routing.cases.states import CaseState
from routing.desk.feedback import exported, without_person
from routing.desk.marks import marked
from routing.desk.similar import StoredVectors, from_bytes, to_bytes
from routing.desk.texts import all_texts
from routing.desk.wording import Wording, what_happened

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HERE = Path(routing.desk.__file__).parent


@dataclass
class Step:
    """A line of history, some hours after the start."""

    hours: float
    kind: str
    state: CaseState
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def created_at(self) -> datetime:
        return NOW + timedelta(hours=self.hours)


def received(owner: str) -> Step:
    return Step(0, "received", CaseState.RECEIVED, {"owner_id": owner})


def given_to(hours: float, owner: str) -> Step:
    return Step(hours, "transfer", CaseState.RECEIVED, {"owner_id": owner})


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_a_straight_way() -> None:
    steps = [
        received("a"),
        Step(2, "pick_up", CaseState.IN_PROGRESS),
        Step(3, "ask_resident", CaseState.WAITING_FOR_RESIDENT),
        Step(8, "resident_replies", CaseState.IN_PROGRESS),
        Step(9, "answer", CaseState.ANSWERED),
        Step(20, "close", CaseState.CLOSED),
    ]
    way = journey(steps, NOW + hours(100))
    assert (way.owners, way.transfers, way.returns, way.goes_round) == (("a",), 0, 0, False)
    assert way.without_answer == hours(4)
    assert way.first_answer == hours(9)
    assert way.waits == (Wait("a", RESIDENT, hours(5)), Wait(RESIDENT, "a", hours(4)))


def test_a_case_that_goes_round() -> None:
    steps = [received("a"), given_to(10, "b"), given_to(15, "a"), Step(16, "pick_up", CaseState.IN_PROGRESS)]
    way = journey(steps, NOW + hours(20))
    assert way.owners == ("a", "b", "a")
    assert (way.transfers, way.returns, way.goes_round) == (2, 1, True)
    assert way.without_answer == hours(20)
    assert way.first_answer is None
    assert {(wait.on, wait.time) for wait in way.waits} == {("a", hours(15)), ("b", hours(5))}


def test_the_clock_stands_still_while_it_is_answered() -> None:
    steps = [
        received("a"),
        Step(1, "answer", CaseState.ANSWERED),
        Step(50, "reopen", CaseState.RECEIVED),
        Step(52, "answer", CaseState.ANSWERED),
    ]
    way = journey(steps, NOW + hours(500))
    assert (way.without_answer, way.first_answer, way.reopened) == (hours(3), hours(1), 1)


def test_no_history_is_no_way() -> None:
    assert journey([], NOW).owners == ()
    assert overview([]).cases == 0
    assert overview([]).middle_first_answer is None


STATES = st.sampled_from([*CaseState])
OWNERS = st.sampled_from(["a", "b", "c", None])
HISTORIES = st.lists(st.tuples(st.floats(0, 100), STATES, OWNERS), min_size=1, max_size=12)


@given(HISTORIES, st.floats(0, 100))
def test_all_waiting_adds_up_to_the_time_that_was_open(parts, end) -> None:
    ordered = sorted(parts, key=lambda part: part[0])
    steps = [received("a")]
    steps += [Step(h, "x", state, {"owner_id": owner} if owner else {}) for h, state, owner in ordered]
    until = NOW + hours(ordered[-1][0] + end)
    way = journey(steps, until)
    times = [step.created_at for step in steps] + [until]
    open_time = sum(
        (
            later - step.created_at
            for step, later in zip(steps, times[1:], strict=True)
            if step.state not in (CaseState.ANSWERED, CaseState.CLOSED)
        ),
        timedelta(0),
    )
    assert sum((wait.time for wait in way.waits), timedelta(0)) == open_time
    assert way.transfers == len(way.owners) - 1
    total = overview([way, way])
    assert sum(total.owners.values()) == total.cases == 2


def test_the_middle_answer_of_many() -> None:
    def way(answered: float):
        return journey([received("a"), Step(answered, "answer", CaseState.ANSWERED)], NOW + hours(200))

    total = overview([way(1), way(30), way(2), journey([received("b")], NOW)])
    assert (total.cases, total.answered, total.middle_first_answer) == (4, 3, hours(2))


TEXTS = st.text(alphabet="ab AÉéß\n<", max_size=60)


@given(TEXTS, st.lists(st.tuples(st.sampled_from("123"), st.none() | TEXTS), max_size=5))
def test_marking_changes_no_letter(plan, evidence) -> None:
    assert "".join(piece.text for piece in marked(plan, evidence)) == plan


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ([("11", "met de straat")], ["Met de\nstraat"]),
        ([("11", "MOESTUIN"), ("2", "een moestuin")], ["een ", "moestuin"]),
        ([("11", "fiets"), ("2", ""), ("3", None)], []),
        ([("11", "straat een")], []),
    ],
)
def test_words_are_found_as_they_stand(evidence, words) -> None:
    pieces = marked("Met de\nstraat, een moestuin", evidence)
    assert [piece.text for piece in pieces if piece.led_to] == words


def test_words_that_led_to_two_things_say_both() -> None:
    pieces = marked("een moestuin", [("2", "moestuin"), ("11", "een moestuin")])
    assert [(piece.text, piece.led_to) for piece in pieces] == [("een ", ("11",)), ("moestuin", ("2", "11"))]


PERSONAL = [
    ("Mail me op jan@example.org of bel 06-12345678.", ("jan@example.org", "12345678")),
    ("Ik heet Wilhelmina van der Wit en wil een tuin.", ("Wilhelmina", "Wit")),
    ("Wij wonen op Voorhofdreef 12, 2624 AB Delft.", ("Voorhofdreef 12", "2624")),
    ("Zie https://voorbeeld.example/mijn/tuin voor meer.", ("voorbeeld.example",)),
    ("My name is John Smith, call +31 15 2602602.", ("John", "Smith", "2602602")),
]


@pytest.mark.parametrize(("text", "gone"), PERSONAL)
def test_a_text_to_learn_from_does_not_tell_who_it_was(text: str, gone: tuple[str, ...]) -> None:
    found = without_person(text)
    assert not any(part in found for part in gone), found
    assert "…" in found


def test_the_name_that_was_left_is_taken_out_too() -> None:
    contact = Contact(case_id=1, name="Truus de Boer", consent_at=NOW)
    assert without_person("Truus en de boerderij van BOER", contact) == "… en de boerderij van …"


@pytest.mark.parametrize(
    "text", ["Een tuin van 20 bij 30 meter voor 15 mensen in 2027.", "Om 10 uur bij de flat"]
)
def test_ordinary_words_stay(text: str) -> None:
    assert without_person(text) == text


def test_a_fingerprint_says_which_text_it_was_and_nothing_more() -> None:
    assert fingerprint("Een  Tuin\n") == fingerprint("een tuin")
    assert fingerprint("een tuin") != fingerprint("een turn")
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint("x"))


@pytest.fixture
def engine(tmp_path):
    """A migrated database of the test's own."""
    url = f"sqlite:///{tmp_path / 'parts.db'}"
    migrate(url)
    made = connect(url)
    yield made
    made.dispose()


def case_with(number: int, plan: str) -> Case:
    return Case(
        reference=make_reference(2026, number), code_hash="-", handoff_key=str(number), language="nl",
        state=CaseState.RECEIVED, role="partner", owner_kind="team", owner_id="team", owner_reason={},
        goals=[], instruments=[], plan=plan, promised_for=NOW.date(), created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def test_the_export_has_the_form_of_our_texts(engine) -> None:
    account = Account(
        login="een@example.org", name="Een", role="lead", language="nl", active=True, created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    with unit_of_work(engine) as session:
        agreed, not_agreed = case_with(1, "Mail mij: ik@example.org"), case_with(2, "Een schuur")
        session.add_all([account, agreed, not_agreed])
        session.flush()
        keep_correction(session, account.id, agreed, "role", ["partner"], ["adviseur"], True, NOW)
        keep_correction(session, account.id, agreed, "goals", [2], [2, 11], True, NOW)
        keep_correction(session, account.id, agreed, "goals", [2, 11], [11], True, NOW)
        keep_correction(session, account.id, not_agreed, "role", ["partner"], ["verbinder"], False, NOW)
        first, second = exported(session)
    assert first["text"] == "Mail mij: …"
    assert first["metadata"] == {
        "kind": "plan", "lang": "nl", "goals": [11], "role": "adviseur",
        "before": {"role": ["partner"], "goals": [2, 11]},
    }  # fmt: skip
    assert (second["text"], second["fingerprint"]) == (None, fingerprint("Een schuur"))
    assert "een@example.org" not in str([first, second])


class Letters:
    """Compares texts by how often each letter occurs."""

    def __init__(self, made_by: str = "one") -> None:
        self.made_by = made_by

    def vector(self, text: str) -> np.ndarray:
        vector = np.array([text.count(letter) for letter in string.ascii_lowercase], dtype=float) + 1e-6
        return vector / np.linalg.norm(vector)

    def likeness(self, text: str, others: list[str], vectors: np.ndarray) -> np.ndarray:
        return vectors @ self.vector(text)


def test_similar_cases_are_found_as_they_come_and_go(engine) -> None:
    vectors = StoredVectors(engine, Letters(), least=0.5)
    assert vectors.find("abc", 3) == []
    with unit_of_work(engine) as session:
        session.add_all([case_with(1, "aaaa"), case_with(2, "aabb"), case_with(3, "zzz")])
    assert vectors.learn(2) == 2
    assert vectors.learn(2) == 1
    assert vectors.learn(2) == 0
    first, second = make_reference(2026, 1), make_reference(2026, 2)
    found = vectors.find("aaaa", 3)
    assert [reference for reference, _ in found] == [first, second]
    assert found[0][1] == pytest.approx(1, abs=0.01)
    assert vectors.find("aaaa", 1) == found[:1]
    with unit_of_work(engine) as session:
        session.add(case_with(4, "aaaab"))
        session.execute(delete(Case).where(Case.reference == second))
    assert vectors.learn(5) == 1
    assert [reference for reference, _ in vectors.find("aaaa", 3)] == [first, make_reference(2026, 4)]
    with unit_of_work(engine) as session:
        assert session.query(CaseVector).count() == 3


def test_after_a_new_training_vectors_are_made_again(engine) -> None:
    with unit_of_work(engine) as session:
        session.add_all([case_with(1, "aaaa"), case_with(2, "zzzz")])
    assert StoredVectors(engine, Letters("one"), least=0.5).learn(5) == 2
    newer = StoredVectors(engine, Letters("two"), least=0.5)
    assert newer.find("aaaa", 3) == []
    assert newer.learn(5) == 2
    assert [reference for reference, _ in newer.find("aaaa", 3)] == [make_reference(2026, 1)]
    with unit_of_work(engine) as session:
        assert {one.made_by for one in session.query(CaseVector)} == {"two"}


@given(st.lists(st.floats(-1, 1, width=16), min_size=3, max_size=3))
def test_a_vector_comes_back_as_it_was_stored(values) -> None:
    assert from_bytes(to_bytes(np.array(values))).tolist() == pytest.approx(values, abs=1e-6)


# --- words


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    dutch, english = all_texts("nl"), all_texts("en")
    assert dutch.keys() == english.keys()

    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [key for key in dutch if places(dutch[key]) != places(english[key])] == []


def test_every_text_that_a_page_asks_for_is_there_and_every_other_is_gone() -> None:
    source = "\n".join(
        path.read_text() for path in HERE.rglob("*") if path.suffix in (".html", ".py") and path.is_file()
    )
    known = set(all_texts("nl"))
    asked = set(re.findall(r"""\bt\(\s*["']([\w.]*\w)["']""", source))
    asked = {key for key in asked if not key.endswith("_")}
    assert asked <= known, asked - known
    # Asked for by a prefix and something that is only known when the page is made.
    prefixes = (
        "account.", "ask.", "audit.kind.", "case.", "column.", "follow_up.", "history.", "inbox.view.",
        "initiatives.view.", "month.", "nav.", "outbox.kind.", "overview.rated_", "presence.", "problem.",
        "rated.",
        "recipient.",
        "result.", "sign_in.problems.", "state.", "talk.", "time.", "weekday.", "weighed.", "who.",
    )  # fmt: skip
    assert [key for key in known - asked if not key.startswith(prefixes)] == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_office_words(language: str, delft) -> None:
    for key, text in all_texts(language).items():
        assert "regisseur" not in text.casefold(), key
        assert len(text.split()) <= 40, key


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(0), "0 minuten"),
        (timedelta(minutes=1), "1 minuut"),
        (timedelta(hours=1, minutes=5), "1 uur 5 minuten"),
        (timedelta(days=1), "1 dag"),
        (timedelta(days=3, hours=4, minutes=59), "3 dagen 4 uur"),
        (None, "nog niet"),
    ],
)
def test_how_long(delft, time, words) -> None:
    assert Wording(delft, "nl").time(time) == words


def test_a_step_that_nobody_wrote_words_for_is_told_by_its_state(delft) -> None:
    event = CaseEvent(kind="something_new", state=CaseState.IN_PROGRESS, data={})
    assert what_happened(Wording(delft, "nl"), event) == "Nieuwe stap. De zaak is nu: opgepakt."


def test_people_who_left_the_catalogue_keep_their_id(delft) -> None:
    assert Wording(delft, "nl").owner("partner-99") == "partner-99"
    assert Wording(delft, "en").owner("team") == "the Publiek Ondernemen team"
