"""Links in mail to residents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from routing.cases.models import Case


def continue_link(session: Session, case: Case, *, base_url: str, now: datetime) -> str:
    """Where the resident goes on with the conversation of a case.

    It is asked for in the transaction that puts the mail into the outbox, so that what the link needs is
    stored with it. `base_url` is how people reach Loket, without a slash at the end.
    """
    return base_url + ("/en" if case.language == "en" else "/")
