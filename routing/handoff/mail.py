"""Mail: templates that put a payload into words, and the ways to send the message."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Protocol

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined

from routing.catalogue.words import LANGUAGES
from routing.handoff.links import CONTINUE, PATHS, token_of
from routing.handoff.outbox import Claim

# Mailbox unavailable, not local, name not allowed: the address itself is wrong and stays wrong.
_WRONG_ADDRESS = frozenset({550, 551, 553})


FOLLOW = {"nl": "/zaak", "en": "/en/case"}
"""Where the page is on which a resident follows a case, by language."""


class CannotDeliver(Exception):
    """This can never be delivered, however often it is tried."""


@dataclass(frozen=True)
class Links:
    """Where the pages are that a mail points to; the path of the desk may have the place `{reference}`."""

    base_url: str
    """Such as `https://loket.example.org`, without a slash at the end."""
    desk_path: str | None = "/desk/zaken/{reference}"
    """None where staff have no desk: their mail then has no link."""
    secret: bytes = b""
    """Behind the tokens of links that are good for one purpose."""

    def desk(self, reference: str) -> str | None:
        """The page of the case for staff, if there is one."""
        return self.base_url + self.desk_path.format(reference=reference) if self.desk_path else None

    def follow(self, language: str) -> str:
        """Where the resident follows the case with number and code; neither is in the link."""
        return self.base_url + FOLLOW.get(language, FOLLOW["nl"])

    def to(self, purpose: str, link_id: str) -> str:
        """The page of a link of the store; its token stands in no table, it is made here."""
        return f"{self.base_url}{PATHS[purpose]}/{token_of(self.secret, purpose, link_id)}"

    def go_on(self, link_id: str | None) -> str:
        """Where the resident goes on with the conversation; without one, where everybody begins."""
        return self.to(CONTINUE, link_id) if link_id else self.base_url + "/"


def mail_templates(links: Links) -> Environment:
    """The templates of `routing/handoff/templates`, with the links they may use."""
    templates = Environment(  # noqa: S701 - plain text, there is nothing to escape
        loader=PackageLoader("routing.handoff"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        "desk_link": links.desk,
        "follow_link": links.follow,
        "link_to": links.to,
        "go_on": links.go_on,
    }
    templates.filters |= {"date": date.fromisoformat, "percent": lambda share: round(100 * share)}
    return templates


def render_text(templates: Environment, name: str, language: str, payload: Mapping[str, Any]) -> str:
    """The template `<name>.<language>.txt` with the payload; Dutch for a language there is no template in."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    return templates.get_template(f"{name}.{known}.txt").render(payload)


def render_mail(templates: Environment, kind: str, language: str, payload: Mapping[str, Any]) -> EmailMessage:
    """The mail of this kind: the first line of the template is the subject, the rest the text.

    The same payload always gives the same bytes.

    Raises:
        CannotDeliver: there is no valid address in the payload.
        jinja2.TemplateError: the payload does not fit the template (worth another try: both can be repaired).
    """
    subject, _, body = render_text(templates, kind, language, payload).partition("\n")
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["To"] = _address(payload["to"]["email"], payload["to"]["name"])
    # Out-of-office replies must not answer a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.strip() + "\n", cte="quoted-printable")
    # After the content, which replaces all headers about content.
    message["Content-Language"] = language
    return message


def _address(email: str, name: str | None) -> Address:
    try:
        # A display name with line breaks would be refused as an injected header.
        return Address(display_name=" ".join((name or "").split()), addr_spec=email)
    except Exception as error:
        # The parser raises errors of many kinds for what is no address.
        raise CannotDeliver(f"not a mail address: {type(error).__name__}") from error


class Transport(Protocol):
    """A way to send a mail."""

    async def send(self, key: str, message: EmailMessage) -> None:
        """Sends the mail of this outbox key.

        Raises:
            CannotDeliver: trying again is of no use.
            Exception: anything else is tried again later.
        """


@dataclass(frozen=True)
class MailChannel:
    """Delivers the outbox items of the channel `mail`."""

    templates: Environment
    transport: Transport
    sender: str
    """Such as `Loket <loket@example.org>`."""

    async def deliver(self, claim: Claim) -> None:
        """Renders and sends one item."""
        message = render_mail(self.templates, claim.kind, claim.payload["language"], claim.payload)
        message["From"] = self.sender
        # Key and moment come from the outbox, so a repeat is the same mail and can be recognised as one.
        message["Message-ID"] = message_id(claim.key, self.sender)
        message["Date"] = format_datetime(claim.created_at)
        await self.transport.send(claim.key, message)


def message_id(key: str, sender: str) -> str:
    """The Message-ID of an outbox key: the same for every attempt."""
    domain = parseaddr(sender)[1].partition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


@dataclass(frozen=True)
class SmtpTransport:
    """Sends through a mail server; a connection that breaks late means a repeat with the same Message-ID."""

    host: str
    port: int = 25
    username: str | None = None
    password: str | None = None
    use_tls: bool = False
    """TLS from the first byte (port 465)."""
    start_tls: bool | None = None
    """None: STARTTLS when the server offers it."""
    timeout: float = 30.0

    async def send(self, key: str, message: EmailMessage) -> None:
        """See `Transport`."""
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.use_tls,
                start_tls=self.start_tls,
                timeout=self.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code in _WRONG_ADDRESS for refused in error.recipients):
                raise CannotDeliver(f"refused for good: {error}") from error
            raise


@dataclass(frozen=True)
class MailboxFolder:
    """Writes each mail to `<key>.eml` in a folder, exactly once; for development and tests."""

    path: Path

    async def send(self, key: str, message: EmailMessage) -> None:
        """See `Transport`."""
        await asyncio.to_thread(self._write, key, message.as_bytes())

    def _write(self, key: str, content: bytes) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        final = self.path / f"{key}.eml"
        if final.exists():
            return
        draft = self.path / f".{key}.{uuid.uuid4().hex}.tmp"
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, never replaces what another worker has put there.
            os.link(draft, final)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
