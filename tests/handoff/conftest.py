"""The stores of tests/cases, the catalogue and a conversation with a plan."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

import routing.catalogue
from routing.cases.conversations import start_conversation
from routing.cases.database import unit_of_work
from routing.catalogue import Catalogue, load_catalogue
from routing.handoff.handover import Handoff, HandoffRequest, hand_over

# Folders of tests are no packages, so the fixtures of the other folder come by path.
_SPEC = importlib.util.spec_from_file_location(
    "store_fixtures", Path(__file__).parents[1] / "cases" / "conftest.py"
)
_FIXTURES = importlib.util.module_from_spec(_SPEC)
sys.modules["store_fixtures"] = _FIXTURES
_SPEC.loader.exec_module(_FIXTURES)

now = _FIXTURES.now
sqlite_template, postgres = _FIXTURES.sqlite_template, _FIXTURES.postgres
sqlite_url, postgres_url, store = _FIXTURES.sqlite_url, _FIXTURES.postgres_url, _FIXTURES.store
sqlite_store, postgres_store = _FIXTURES.sqlite_store, _FIXTURES.postgres_store


@pytest.fixture(scope="session")
def delft() -> Catalogue:
    """The example catalogue as it is."""
    return load_catalogue(Path(routing.catalogue.__file__).parent / "delft")


@pytest.fixture(scope="session")
def catalogue(delft: Catalogue) -> Catalogue:
    """The example catalogue without its rules, so that a test decides about rules itself."""
    return replace(delft, rules=())


@pytest.fixture
def request_(store, now: datetime) -> HandoffRequest:
    """A plan with contact details, told in a conversation of the store."""
    with unit_of_work(store.engine) as session:
        start_conversation(session, id="gesprek-1", token_hash="-", language="nl", now=now)
    return _plan(now)


@pytest.fixture
def a_plan(now: datetime) -> HandoffRequest:
    """The same plan without its conversation."""
    return replace(_plan(now), conversation_id=None)


@pytest.fixture
def handoff(store, delft: Catalogue, request_: HandoffRequest, now: datetime) -> Handoff:
    """The plan, handed over: two items in the outbox."""
    with unit_of_work(store.engine) as session:
        return hand_over(session, delft, request_, now=now, secret=b"secret")


def _plan(now: datetime) -> HandoffRequest:
    role = {
        "role": "verbinder",
        "confidence": 0.71,
        "evidence": "wie wil er meedoen",
        "runner_up": "partner",
        "weights": {"text": 0.37, "help": 0.6, "parties": 0.03, "phase": 0.0},
    }
    goals = [
        {"goal": 11, "confidence": 0.83, "evidence": "met de straat"},
        {"goal": 2, "confidence": 0.61, "evidence": "moestuin"},
    ]
    return HandoffRequest(
        handoff_key="gesprek-1:1",
        conversation_id="gesprek-1",
        language="nl",
        plan="Met de straat willen we van het grasveld een moestuin maken.",
        neighbourhood="Voorhof",
        parties="buren en een school",
        help="wie wil er meedoen",
        phase="idee",
        advice={"goals": goals, "role": role, "instruments": ["maex"]},
        contact_name="Inwoner Een",
        contact_email="inwoner-1@example.org",
        consent_at=now,
    )
