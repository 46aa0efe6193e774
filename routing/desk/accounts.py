"""Who may sign in at the desk, and how they prove it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from routing.cases.desk_models import DESK_ROLES, STAFF_PARTNER, Account, StaffSession
from routing.catalogue import Catalogue
from routing.catalogue.words import LANGUAGES
from routing.desk.audit import note

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_NAME = 100


class AccountProblem(ValueError):
    """An account cannot be as it was asked; `codes` are keys of the desk's texts under `account.problems`."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes
        super().__init__(", ".join(codes))


@dataclass(frozen=True)
class NewAccount:
    """What an account is made from."""

    login: str
    name: str
    role: str
    partner_id: str | None = None
    language: str = "nl"


class Authenticator(Protocol):
    """A way to find out who somebody is, given to `setup_desk`; sessions, rights and log stay the same."""

    def authenticate(self, session: Session, login: str, password: str) -> Account | None:
        """The active account of these credentials; None for anything else, without telling what was wrong."""

    def fresh_hash(self, account: Account, password: str) -> str | None:
        """What to keep instead of the stored hash from now on, where that has become too weak."""


class LocalAccounts:
    """Passwords kept here, as argon2id hashes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        # Verified where there is no account, so that an unknown one takes as long as a wrong password.
        self._decoy = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The hash of a password.

        Raises:
            AccountProblem: it is too short or too long.
        """
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise AccountProblem("password")
        return self._hasher.hash(_normal(password))

    def authenticate(self, session: Session, login: str, password: str) -> Account | None:
        """See `Authenticator`."""
        account = find_account(session, login)
        usable = account is not None and account.active and account.password_hash is not None
        matches = self._matches(account.password_hash if usable else self._decoy, password)
        return account if usable and matches else None

    def fresh_hash(self, account: Account, password: str) -> str | None:
        """The hash to keep from now on, where the stored one was made with weaker settings."""
        weak = account.password_hash is not None and self._hasher.check_needs_rehash(account.password_hash)
        return self._hasher.hash(_normal(password)) if weak else None

    def is_password(self, account: Account, password: str) -> bool:
        """Whether it is the password of the account."""
        return account.password_hash is not None and self._matches(account.password_hash, password)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password[: LONGEST_PASSWORD + 1]))
        except (VerificationError, InvalidHashError):
            return False


@cache
def local_accounts() -> LocalAccounts:
    """Made once in a process: its decoy takes as long as a sign-in."""
    return LocalAccounts()


def _normal(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFKC", password)


def find_account(session: Session, login: str) -> Account | None:
    """The account with this mail address, in any case."""
    return session.scalar(select(Account).where(Account.login == login.strip().lower()))


def all_accounts(session: Session) -> list[Account]:
    """Every account, by name."""
    return list(session.scalars(select(Account).order_by(Account.name, Account.id)))


def add_account(
    session: Session, catalogue: Catalogue, new: NewAccount, password: str, *, now: datetime
) -> Account:
    """Makes an account.

    Raises:
        AccountProblem: with everything that is wrong.
    """
    login = new.login.strip().lower()
    problems = [*_problems(catalogue, new), *_password_problems(password)]
    if find_account(session, login) is not None:
        problems.append("taken")
    if problems:
        raise AccountProblem(*problems)
    account = Account(
        login=login,
        name=" ".join(new.name.split()),
        role=new.role,
        partner_id=new.partner_id,
        language=new.language,
        password_hash=local_accounts().hash(password),
        active=True,
        created_at=now,
        updated_at=now,
    )
    session.add(account)
    session.flush()
    data = {"account": account.id, "role": account.role, "partner": account.partner_id}
    note(session, "account_added", account=None, now=now, data=data)
    return account


def set_password(
    session: Session, account: Account, password: str, *, by: Account | None, now: datetime
) -> None:
    """Gives the account another password and signs it out everywhere.

    Raises:
        AccountProblem: the password is too short or too long.
    """
    account.password_hash = local_accounts().hash(password)
    account.updated_at = now
    end_sessions(session, account)
    note(session, "password_changed", account=by, now=now, data={"account": account.id})


def deactivate(session: Session, account: Account, *, now: datetime) -> None:
    """From now on nobody signs in with the account; what it did stays."""
    account.active, account.updated_at = False, now
    end_sessions(session, account)
    note(session, "account_deactivated", account=None, now=now, data={"account": account.id})


def end_sessions(session: Session, account: Account) -> None:
    """Signs the account out everywhere."""
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))


def _problems(catalogue: Catalogue, new: NewAccount) -> list[str]:
    checks = {
        "login": _MAIL.fullmatch(new.login.strip()) is None,
        "name": not 0 < len(new.name.strip()) <= _LONGEST_NAME,
        "role": new.role not in DESK_ROLES,
        "partner_missing": new.role == STAFF_PARTNER and new.partner_id is None,
        "partner_unknown": new.partner_id is not None and new.partner_id not in catalogue.partners,
        "language": new.language not in LANGUAGES,
    }
    return [code for code, wrong in checks.items() if wrong]


def _password_problems(password: str) -> list[str]:
    return [] if SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD else ["password"]
