"""Tables of what happens now and next: who is there, which links were given out, what was handled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from routing.cases.models import Base


class Presence(Base):
    """When a partner was last heard of at the desk, and what they said about being there."""

    __tablename__ = "presence"

    partner_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime | None]
    """Last sign of life of an open page."""
    available: Mapped[bool | None]
    """What the partner said; None: an open page is enough."""
    said_at: Mapped[datetime | None]


class ConversationKey(Base):
    """One more token that opens a conversation, for another browser; only its hash is kept."""

    __tablename__ = "conversation_key"
    __table_args__ = (Index("ix_conversation_key_conversation", "conversation_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class Link(Base):
    """A link that was given out for one purpose; its token is derived and stands nowhere."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_case", "case_id"), Index("ix_link_conversation", "conversation_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    partner_id: Mapped[str | None]
    subject: Mapped[str | None]
    """What exactly it asks about, such as the number of a follow-up."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class FeedCursor(Base):
    """Up to which event of the history the consequences have been drawn."""

    __tablename__ = "feed_cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int]
