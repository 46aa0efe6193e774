"""The commands for accounts and feedback, behind `loket partner` and `loket feedback`."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable

from sqlalchemy import Engine

from routing.backoffice import catalogue_of, utc_now
from routing.cases.database import connect, migrate, unit_of_work
from routing.cases.desk_models import Account
from routing.desk import accounts, feedback
from routing.desk.audit import note
from routing.desk.texts import words_in
from routing.settings import Settings, given_password


class CommandFailed(Exception):
    """A command could not be carried out; its text says why, and what to do."""


def run_command(options: argparse.Namespace, settings: Settings) -> int:
    """Carry out one command on the store of these settings; the exit code."""
    commands: dict[str, Callable[[argparse.Namespace, Settings, Engine], None]] = {
        "partner add": _add,
        "partner list": _list,
        "partner password": _password,
        "partner deactivate": _deactivate,
        "feedback export": _export,
    }
    migrate(settings.database_url)
    engine = connect(settings.database_url)
    try:
        commands[options.command](options, settings, engine)
    except accounts.AccountProblem as problem:
        t = words_in("en")
        for code in problem.codes:
            print(f"loket: {t(f'account.problems.{code}')}", file=sys.stderr)
        return 1
    except CommandFailed as failed:
        print(f"loket: {failed}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


def _add(options: argparse.Namespace, settings: Settings, engine: Engine) -> None:
    new = accounts.NewAccount(options.login, options.name, options.role, options.partner, options.language)
    password = _read_password()
    with unit_of_work(engine) as session:
        account = accounts.add_account(
            session, catalogue_of(settings.catalogue), new, password, now=utc_now()
        )
        print(f"{account.login}: {account.role}")


def _list(options: argparse.Namespace, settings: Settings, engine: Engine) -> None:
    with unit_of_work(engine) as session:
        for account in accounts.all_accounts(session):
            state = "" if account.active else "  (deactivated)"
            print(f"{account.login}  {account.role}  {account.partner_id or '-'}  {account.name}{state}")


def _password(options: argparse.Namespace, settings: Settings, engine: Engine) -> None:
    password = _read_password()
    with unit_of_work(engine) as session:
        account = _known(accounts.find_account(session, options.login), options.login)
        accounts.set_password(session, account, password, by=None, now=utc_now())
        print(f"{account.login}: password changed, signed out everywhere")


def _deactivate(options: argparse.Namespace, settings: Settings, engine: Engine) -> None:
    with unit_of_work(engine) as session:
        account = _known(accounts.find_account(session, options.login), options.login)
        accounts.deactivate(session, account, now=utc_now())
        print(f"{account.login}: deactivated")


def _export(options: argparse.Namespace, settings: Settings, engine: Engine) -> None:
    with unit_of_work(engine) as session:
        lines = list(feedback.exported(session))
        note(session, "feedback_exported", account=None, now=utc_now(), data={"lines": len(lines)})
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


def _known(account: Account | None, login: str) -> Account:
    if account is None:
        raise CommandFailed(f"there is no account {login!r}; `loket partner list` shows all of them")
    return account


def _read_password() -> str:
    """From the environment, typed twice, or the first line of standard input; never from the command line."""
    if given := given_password():
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password (at least 12 characters): ")
    if getpass.getpass("Once more: ") != password:
        raise CommandFailed("the two passwords are not the same")
    return password
