"""The dialogue engine's own state, kept here so that one transaction can cover it and the messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from routing.cases.models import DialogueEvent, DialogueSnapshot


def append_events(
    session: Session, conversation_id: str, events: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Adds events (any JSON objects) after those that are there."""
    if not events:
        return
    rows = [{"conversation_id": conversation_id, "data": event, "created_at": now} for event in events]
    session.execute(insert(DialogueEvent), rows)


def load_events(session: Session, conversation_id: str, last: int) -> list[dict[str, Any]]:
    """The last `last` events, oldest first."""
    query = (
        select(DialogueEvent.data)
        .where(DialogueEvent.conversation_id == conversation_id)
        .order_by(DialogueEvent.id.desc())
        .limit(last)
    )
    return list(session.scalars(query))[::-1]


def save_snapshot(session: Session, conversation_id: str, data: dict[str, Any]) -> None:
    """Stores the snapshot of a conversation in place of the earlier one."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(DialogueSnapshot).values(conversation_id=conversation_id, data=data)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[DialogueSnapshot.conversation_id], set_={"data": statement.excluded.data}
        )
    )


def load_snapshot(session: Session, conversation_id: str) -> dict[str, Any] | None:
    """The stored snapshot, if there is one."""
    query = select(DialogueSnapshot.data).where(DialogueSnapshot.conversation_id == conversation_id)
    return session.scalar(query)


def drop(session: Session, conversation_id: str) -> None:
    """Erases events and snapshot of a conversation."""
    for table in (DialogueEvent, DialogueSnapshot):
        session.execute(delete(table).where(table.conversation_id == conversation_id))
