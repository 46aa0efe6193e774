"""The document about the store says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import routing.cases.live_tables  # noqa: F401 - its tables are documented too
from routing.cases.desk_models import Base
from routing.cases.reference import find_reference, make_reference
from routing.cases.states import TRANSITIONS, CaseState
from routing.handoff.outbox import RetryPolicy

TEXT = (Path(__file__).parents[2] / "docs" / "store.md").read_text()


def test_every_transition_is_written_down_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", TEXT, re.MULTILINE)
    assert rows == [(state.value, action.value, to.value) for (state, action), to in TRANSITIONS.items()]


def test_every_table_and_state_has_its_row() -> None:
    first_cells = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert set(Base.metadata.tables) <= first_cells
    assert set(CaseState) <= first_cells


def test_the_figures_are_those_of_the_code() -> None:
    policy = RetryPolicy()
    assert (policy.first.total_seconds(), policy.factor, policy.attempts) == (30, 2, 24)
    assert (policy.longest.total_seconds(), policy.lease.total_seconds()) == (4 * 3600, 120)


def test_the_example_number_is_a_number() -> None:
    assert find_reference(TEXT) == make_reference(2026, 123)
