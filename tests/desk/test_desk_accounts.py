"""Accounts, signing in, sessions and the commands."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from bot.training import ROOT
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import Account, AuditEvent, StaffSession
from routing.desk.accounts import (
    AccountProblem,
    LocalAccounts,
    NewAccount,
    add_account,
    deactivate,
    find_account,
    set_password,
)
from routing.desk.sessions import (
    Expiry,
    account_of,
    csrf_token,
    end_session,
    is_csrf_token,
    start_session,
    touch,
)
from tests.desk.conftest import PASSWORD, Desk, words_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EXPIRY = Expiry(timedelta(hours=1), timedelta(hours=10))


@pytest.fixture
def someone(store, delft) -> Account:
    """An account of the test's own."""
    new = NewAccount(f"iemand-{uuid.uuid4().hex[:8]}@example.org", "Iemand", "partner", "partner-5")
    with unit_of_work(store) as session:
        return add_account(session, delft, new, PASSWORD, now=NOW)


def enter(server, login: str, password: str) -> tuple[Desk, int, str]:
    """Try to sign in with a fresh browser: the browser, status and words of the answer."""
    desk = Desk(server.url)
    answer = desk.post("/desk/inloggen", page="/desk/inloggen", login=login, wachtwoord=password)
    return desk, answer.status_code, words_of(answer.text)


def test_signing_in_opens_the_desk(server, someone) -> None:
    desk, status, _ = enter(server, f"  {someone.login.upper()} ", PASSWORD)
    assert status == 303
    assert "Mijn zaken" in desk.text("/desk/zaken")


def test_wrong_and_unknown_get_the_same_answer(server, someone) -> None:
    _, wrong_status, wrong = enter(server, someone.login, "helemaal verkeerd")
    _, unknown_status, unknown = enter(server, "niemand@example.org", "helemaal verkeerd")
    assert wrong_status == unknown_status == 401
    assert wrong == unknown
    assert "klopt niet" in wrong


def test_wrong_and_unknown_take_the_same_time(store, someone) -> None:
    local = LocalAccounts()

    def took(login: str) -> float:
        times = []
        with reading(store) as session:
            for _ in range(7):
                start = time.process_time()
                assert local.authenticate(session, login, "helemaal verkeerd") is None
                times.append(time.process_time() - start)
        return statistics.median(times)

    # Without the decoy the unknown one would take a hundredth of it.
    assert took("niemand@example.org") > 0.5 * took(someone.login)


def test_a_page_asked_for_comes_after_signing_in(server, someone) -> None:
    desk, target = Desk(server.url), "/desk/zaken?lijst=alle&zoek=tuin"
    first = desk.get("/desk/zaken", lijst="alle", zoek="tuin")
    assert first.status_code == 303
    form = desk.client.get(server.url + first.headers["Location"]).text
    assert f'name="naar" value="{escape(target)}"' in form
    answer = desk.post(
        "/desk/inloggen", page="/desk/inloggen", login=someone.login, wachtwoord=PASSWORD, naar=target
    )
    assert answer.headers["Location"] == target


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example", "//elsewhere.example", "/privacy", "/desk\\@x", "/deskx", "/desk/x\n"],
)
def test_nobody_is_led_elsewhere(server, someone, target: str) -> None:
    desk = Desk(server.url)
    answer = desk.post(
        "/desk/inloggen", page="/desk/inloggen", login=someone.login, wachtwoord=PASSWORD, naar=target
    )
    assert answer.headers["Location"] == "/desk"


def test_the_token_is_new_at_every_sign_in_and_no_script_reads_it(server, someone) -> None:
    desk = Desk(server.url)
    before = dict(desk.client.cookies)
    tokens = set()
    for _ in range(2):
        answer = desk.post("/desk/inloggen", page=None, login="", wachtwoord="")
        desk = Desk(server.url)
        answer = desk.post("/desk/inloggen", page="/desk/inloggen", login=someone.login, wachtwoord=PASSWORD)
        cookie = next(one for one in answer.headers.get_list("Set-Cookie") if one.startswith("loket_desk="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        tokens.add(desk.client.cookies["loket_desk"])
    assert not before
    assert len(tokens) == 2


def test_signing_in_again_ends_the_session_before(server, someone) -> None:
    desk = enter(server, someone.login, PASSWORD)[0]
    before = desk.client.cookies["loket_desk"]
    again = desk.post("/desk/inloggen", page="/desk/account", login=someone.login, wachtwoord=PASSWORD)
    assert again.status_code == 303
    assert desk.get("/desk/account").status_code == 200
    old = Desk(server.url)
    old.client.cookies.set("loket_desk", before)
    assert old.get("/desk/account").status_code == 303


def test_an_older_session_token_given_to_somebody_opens_nothing(server, someone) -> None:
    desk = Desk(server.url)
    desk.client.cookies.set("loket_desk", "chosen-by-an-attacker")
    desk.post("/desk/inloggen", page="/desk/inloggen", login=someone.login, wachtwoord=PASSWORD)
    fresh = Desk(server.url)
    fresh.client.cookies.set("loket_desk", "chosen-by-an-attacker")
    assert fresh.get("/desk/zaken").status_code == 303


def test_too_many_tries_are_stopped(own_server, delft) -> None:
    from routing.cases.database import connect, migrate

    server = own_server(settings={"LOKET_DESK_SIGN_INS": "3 per minute"})
    server.data.mkdir(parents=True)
    url = f"sqlite:///{server.data / 'loket.db'}"
    migrate(url)
    engine = connect(url)
    with unit_of_work(engine) as session:
        add_account(session, delft, NewAccount("een@example.org", "Een", "lead"), PASSWORD, now=NOW)
    engine.dispose()
    server.start()
    statuses = [enter(server, "een@example.org", "verkeerd verkeerd")[1] for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert enter(server, "een@example.org", PASSWORD)[1] == 429
    assert enter(server, "twee@example.org", PASSWORD)[1] == 401


def test_without_accounts_the_page_says_how_to_make_the_first(own_server) -> None:
    server = own_server().start()
    page = Desk(server.url).text("/desk/inloggen")
    assert "loket partner add partner-1@example.org" in page
    environment = {**os.environ, "LOKET_PARTNER_PASSWORD": PASSWORD}
    command = [
        sys.executable,
        "-m",
        "bot.cli",
        "partner",
        "add",
        "partner-1@example.org",
        "--name",
        "Partner Een",
    ]
    command += ["--partner", "partner-1", "--data", str(server.data)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert "loket partner add" not in Desk(server.url).text("/desk/inloggen")
    assert enter(server, "partner-1@example.org", PASSWORD)[1] == 303


def test_another_password_signs_out_everywhere_else(server, someone) -> None:
    here, there = enter(server, someone.login, PASSWORD)[0], enter(server, someone.login, PASSWORD)[0]
    change = {"wachtwoord": PASSWORD, "nieuw": "een heel ander wachtwoord"}
    answer = here.post("/desk/account/wachtwoord", page="/desk/account", **change, nogmaals=change["nieuw"])
    assert answer.status_code == 303
    assert here.get("/desk/account").status_code == 200
    assert there.get("/desk/account").status_code == 303
    assert enter(server, someone.login, PASSWORD)[1] == 401
    assert enter(server, someone.login, change["nieuw"])[1] == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"wachtwoord": "niet dit", "nieuw": "x" * 20, "nogmaals": "x" * 20},
            "huidige wachtwoord klopt niet",
        ),
        ({"wachtwoord": PASSWORD, "nieuw": "x" * 20, "nogmaals": "y" * 20}, "niet gelijk"),
        ({"wachtwoord": PASSWORD, "nieuw": "kort", "nogmaals": "kort"}, "minstens 12"),
        ({"wachtwoord": PASSWORD, "nieuw": "x" * 201, "nogmaals": "x" * 201}, "hoogstens 200"),
    ],
)
def test_a_password_that_cannot_be_is_explained(server, someone, fields, words) -> None:
    desk = enter(server, someone.login, PASSWORD)[0]
    answer = desk.post("/desk/account/wachtwoord", page="/desk/account", **fields)
    assert answer.status_code == 400
    assert words in words_of(answer.text)


def test_sessions_end_by_themselves(store, someone) -> None:
    with unit_of_work(store) as session:
        token = start_session(session, someone, NOW, EXPIRY)
        found = [account_of(session, token, NOW + timedelta(minutes=m), EXPIRY) for m in (0, 59, 60)]
        assert [bool(one) for one in found] == [True, True, False]
        for hour in range(1, 10):
            touch(session, token, NOW + timedelta(hours=hour))
        assert account_of(session, token, NOW + timedelta(hours=9, minutes=59), EXPIRY)
        touch(session, token, NOW + timedelta(hours=9, minutes=59))
        assert account_of(session, token, NOW + timedelta(hours=10), EXPIRY) is None
        assert account_of(session, "another", NOW, EXPIRY) is None
        end_session(session, token)
        assert account_of(session, token, NOW, EXPIRY) is None


def test_the_store_keeps_no_token_and_no_password(store, someone) -> None:
    with unit_of_work(store) as session:
        token = start_session(session, someone, NOW, EXPIRY)
    with reading(store) as session:
        kept = session.scalars(select(StaffSession).where(StaffSession.account_id == someone.id)).one()
        assert token not in kept.token_hash
        assert session.get(Account, someone.id).password_hash.startswith("$argon2id$")


def test_an_account_that_ended_is_out_at_once(server, store, someone) -> None:
    desk = enter(server, someone.login, PASSWORD)[0]
    with unit_of_work(store) as session:
        deactivate(session, session.get(Account, someone.id), now=NOW)
    assert desk.get("/desk/account").status_code == 303
    assert enter(server, someone.login, PASSWORD)[1] == 401


def test_weaker_hashes_are_renewed(store, someone) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with unit_of_work(store) as session:
        account = session.get(Account, someone.id)
        account.password_hash = weak.hash(PASSWORD)
        local = LocalAccounts()
        assert local.authenticate(session, account.login, PASSWORD) is account
        renewed = local.fresh_hash(account, PASSWORD)
        assert renewed != account.password_hash
        account.password_hash = renewed
        assert local.fresh_hash(account, PASSWORD) is None


def test_letters_count_the_same_from_every_keyboard(store, someone) -> None:
    with unit_of_work(store) as session:
        account = session.get(Account, someone.id)
        set_password(session, account, "cafe\u0301 met terras", by=None, now=NOW)
        assert LocalAccounts().authenticate(session, account.login, "caf\u00e9 met terras")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"login": "geen adres"}, "login"),
        ({"name": " "}, "name"),
        ({"role": "baas"}, "role"),
        ({"partner_id": None}, "partner_missing"),
        ({"partner_id": "partner-99"}, "partner_unknown"),
        ({"language": "de"}, "language"),
        ({"password": "kort"}, "password"),
        ({"login": "partner@example.org"}, "taken"),
    ],
)
def test_every_problem_of_an_account_is_told(store, delft, accounts, change, code) -> None:
    given = {"login": "nieuw@example.org", "name": "Nieuw", "role": "partner", "partner_id": "partner-1"}
    given |= {"language": "nl", "password": PASSWORD, **change}
    password = given.pop("password")
    with pytest.raises(AccountProblem) as caught, unit_of_work(store) as session:
        add_account(session, delft, NewAccount(**given), password, now=NOW)
    assert caught.value.codes == (code,)
    with reading(store) as session:
        assert find_account(session, "nieuw@example.org") is None


def test_all_problems_come_at_once(store, delft) -> None:
    with pytest.raises(AccountProblem) as caught, unit_of_work(store) as session:
        add_account(session, delft, NewAccount("x", "", "partner"), "", now=NOW)
    assert caught.value.codes == ("login", "name", "partner_missing", "password")


def test_form_tokens_belong_to_one_session_and_secret() -> None:
    token = csrf_token(b"secret", "session")
    assert is_csrf_token(b"secret", "session", token)
    assert not is_csrf_token(b"secret", "another", token)
    assert not is_csrf_token(b"other", "session", token)
    assert not is_csrf_token(b"secret", "session", "é" * 64)


def run(data, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """The command, with its input."""
    environment = {**os.environ, "LOKET_PARTNER_PASSWORD": "", **settings}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments, "--data", str(data)],
        cwd=ROOT, env=environment, input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_commands(tmp_path) -> None:
    add = ("partner", "add", "een@example.org", "--name", "Een", "--role", "lead")
    done = run(tmp_path, *add, stdin=f"{PASSWORD}\n")
    assert (done.returncode, done.stdout) == (0, "een@example.org: lead\n")
    again = run(tmp_path, *add, stdin=f"{PASSWORD}\n")
    assert again.returncode == 1
    assert "There is an account with this mail address already." in again.stderr
    short = run(tmp_path, "partner", "password", "een@example.org", LOKET_PARTNER_PASSWORD="kort")
    assert short.returncode == 1
    assert "at least 12" in short.stderr
    unknown = run(tmp_path, "partner", "password", "twee@example.org", stdin=f"{PASSWORD}\n")
    assert unknown.returncode == 1
    assert "there is no account 'twee@example.org'" in unknown.stderr
    assert (
        run(tmp_path, "partner", "password", "een@example.org", stdin="een nieuw wachtwoord\n").returncode
        == 0
    )
    assert run(tmp_path, "partner", "deactivate", "een@example.org").returncode == 0
    listed = run(tmp_path, "partner", "list")
    assert listed.stdout == "een@example.org  lead  -  Een  (deactivated)\n"


def test_everything_about_accounts_is_in_the_log(store, server, someone) -> None:
    desk = enter(server, someone.login, PASSWORD)[0]
    enter(server, someone.login, "niet het wachtwoord")
    desk.post("/desk/uitloggen", page="/desk/account")
    with reading(store) as session:
        query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(12)
        events = session.scalars(query).all()
    mine = {
        event.kind
        for event in events
        if someone.id in (event.account_id, event.data.get("for"), event.data.get("account"))
    }
    assert mine >= {"account_added", "signed_in", "sign_in_failed", "signed_out"}
