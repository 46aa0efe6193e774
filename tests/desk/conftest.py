"""The desk of a running product, with accounts of every role and cases to work on."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest
from sqlalchemy import Engine, select

from routing.backoffice import catalogue_of
from routing.cases.conversations import Utterance, receive, record_turn, start_conversation
from routing.cases.database import connect, reading, unit_of_work
from routing.cases.desk_models import Account
from routing.cases.models import Case
from routing.catalogue import Catalogue
from routing.desk.accounts import NewAccount, add_account, find_account
from routing.handoff.handover import HandoffRequest, hand_over
from routing.settings import catalogue_folder
from tests.conftest import Server

PATIENCE = 40
"""Seconds for what another process does in its own time."""
PASSWORD = "een lang wachtwoord"
ROLES = {"reader": None, "partner": "partner-1", "lead": "partner-2", "admin": None}
"""The role of each account, and the partner it belongs to."""
PLAN = "Met de straat willen we van het grasveld een moestuin maken, wie wil er meedoen?"


@dataclass
class Desk:
    """One browser at the desk."""

    url: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, follow_redirects=False))
    role: str | None = None

    def sign_in(self, role: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in as the account of a role."""
        self.role = role
        return self.post("/desk/inloggen", page="/desk/inloggen", login=login_of(role), wachtwoord=password)

    def get(self, path: str, **params: str) -> httpx.Response:
        """Ask for a page."""
        return self.client.get(self.url + path, params=params)

    def post(
        self, path: str, *, page: str | None = None, headers: dict[str, str] | None = None, **fields: object
    ) -> httpx.Response:
        """Send a form as a browser does; with `page` the hidden fields of a form there come along."""
        hidden = hidden_fields(self.get(page).text, path) if page else {}
        sent = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self.client.post(self.url + path, data={**hidden, **fields}, headers=sent)

    def on_case(self, case: Case | str, form: str, **fields: object) -> httpx.Response:
        """Send a form of the page of a case."""
        page = f"/desk/zaken/{case if isinstance(case, str) else case.reference}"
        return self.post(f"{page}/{form}", page=page, **fields)

    def text(self, path: str, **params: str) -> str:
        """What a page says, without its tags."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, (path, answer.status_code)
        return words_of(answer.text)


def login_of(role: str) -> str:
    return f"{role}@example.org"


def words_of(html: str) -> str:
    """The words that a page shows."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def hidden_fields(html: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this address; of any form where there is none such."""
    forms = re.findall(r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", html, re.DOTALL)
    bodies = [body for address, body in forms if address == action] or [body for _, body in forms]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', bodies[0]) if bodies else []
    return {name: unescape(value) for name, value in found}


@pytest.fixture(scope="session")
def delft() -> Catalogue:
    """The catalogue of the running product."""
    return catalogue_of(catalogue_folder("delft"))


@pytest.fixture(scope="session")
def store(server: Server) -> Iterator[Engine]:
    """The database of the running product."""
    engine = connect(f"sqlite:///{server.data / 'loket.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def accounts(store: Engine, delft: Catalogue) -> dict[str, Account]:
    """An account of each role."""
    made = {}
    with unit_of_work(store) as session:
        for role, partner in ROLES.items():
            new = NewAccount(login_of(role), f"Collega {role.title()}", role, partner)
            account = find_account(session, new.login)
            made[role] = account or add_account(session, delft, new, PASSWORD, now=datetime.now(UTC))
    return made


@pytest.fixture(scope="session")
def signed_in(server: Server, accounts: dict[str, Account]) -> dict[str, Desk]:
    """A browser for each role, signed in once for all tests that leave it so."""
    desks = {role: Desk(server.url) for role in ROLES}
    for role, desk in desks.items():
        assert desk.sign_in(role).status_code == 303
    return desks


@pytest.fixture
def anonymous(server: Server) -> Desk:
    """A browser in which nobody signed in."""
    return Desk(server.url)


@pytest.fixture
def partner(signed_in: dict[str, Desk]) -> Desk:
    """Partner Een."""
    return signed_in["partner"]


@pytest.fixture
def lead(signed_in: dict[str, Desk]) -> Desk:
    """A lead, who is partner 2."""
    return signed_in["lead"]


@pytest.fixture
def reader(signed_in: dict[str, Desk]) -> Desk:
    """Somebody who only looks on."""
    return signed_in["reader"]


@pytest.fixture
def make_case(store: Engine, delft: Catalogue) -> Callable[..., Case]:
    """Makes cases as a conversation does; `owner` puts it on somebody's desk."""
    return lambda **given: add_case(store, delft, **given)


def add_case(
    store: Engine,
    delft: Catalogue,
    *,
    plan: str = PLAN,
    owner: str | None = "partner-1",
    email: str | None = "inwoner@example.org",
    talks: bool = True,
    language: str = "nl",
) -> Case:
    """A case with a conversation, contact details and one piece of advice."""
    now = datetime.now(UTC)
    with unit_of_work(store) as session:
        number = len(session.scalars(select(Case.id)).all()) + 1
        conversation = f"desk-{number}" if talks else None
        if talks:
            start_conversation(session, id=conversation, token_hash="-", language=language, now=now)
            receive(session, conversation, client_id="1", text=f"Hoi, ik ben Wilhelmina. {plan}", now=now)
            record_turn(session, conversation, 1, [Utterance("Wat een mooi plan!")], now)
        goals = [{"goal": 2, "confidence": 0.83, "evidence": "een moestuin"}]
        weights = {"text": 0.37, "help": 0.6, "parties": 0.03, "phase": 0.0}
        role = {"role": "verbinder", "confidence": 0.71, "evidence": "wie wil er meedoen", "weights": weights}
        request = HandoffRequest(
            handoff_key=f"desk:{number}", conversation_id=conversation, language=language, plan=plan,
            neighbourhood="voorhof", advice={"goals": goals, "role": role, "instruments": ["maex"]},
            contact_name="Wilhelmina de Wit" if email else None, contact_email=email,
            consent_at=now if email else None,
        )  # fmt: skip
        case = hand_over(session, delft, request, now=now, secret=b"secret").case
        if owner is not None:
            case.owner_kind = "team" if owner == "team" else "partner"
            case.owner_id = owner
        session.flush()
    return case


@pytest.fixture
def fresh(store: Engine) -> Callable[[Case], Case]:
    """The case as it is in the store now."""

    def read(case: Case) -> Case:
        with reading(store) as session:
            return session.scalars(select(Case).where(Case.id == case.id)).one()

    return read


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds that another process brings about."""

    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            threading.Event().wait(0.1)

    return wait
