"""Reads the mailbox folder of a machine without mail server, for developers to look at."""

from __future__ import annotations

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

MOST = 100
"""Mails shown at a time, the newest."""


@dataclass(frozen=True)
class Mail:
    """A mail as people read it."""

    subject: str
    to: str
    date: str
    text: str


def read_mailbox(folder: Path) -> list[Mail]:
    """The newest mails of a folder of .eml files, newest first; empty when there is no folder."""
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_read(path) for path in paths[:MOST]]


def _read(path: Path) -> Mail:
    with path.open("rb") as file:
        message = BytesParser(policy=policy.default).parse(file)
    return Mail(_header(message, "Subject"), _header(message, "To"), _header(message, "Date"), _text(message))


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _text(message: EmailMessage) -> str:
    """The plain text, or whatever text there is."""
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return body.get_content()
    except LookupError:  # a character set that Python does not know
        return body.get_payload(decode=True).decode("utf-8", "replace")
