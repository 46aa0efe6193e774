"""Settings, read from the environment when a command starts and passed on from there."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from environs import Env, EnvError

SHORTEST_WEBHOOK_SECRET = 32
CATALOGUES = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class MailSettings:
    """Where mail goes: an SMTP server, or a mailbox folder when ``host`` is empty."""

    host: str
    port: int
    username: str
    password: str
    start_tls: bool
    sender: str


@dataclass(frozen=True)
class Limits:
    """What one person may send. Rates are written as ``number per period``."""

    message_characters: int
    messages: str
    conversations: str
    cases: str


@dataclass(frozen=True)
class DeskSettings:
    """How long a sign-in at the desk lasts, and how often one may try."""

    idle_minutes: int
    session_hours: int
    sign_ins: str


@dataclass(frozen=True)
class WebhookSettings:
    """Where the steps of cases are told, and the key that signs them."""

    urls: tuple[str, ...]
    secret: str
    source: str
    type_prefix: str


@dataclass(frozen=True)
class ClockSettings:
    """When the clock of a promise speaks."""

    remind_days: int
    alarm_hours: int


@dataclass(frozen=True)
class Settings:
    """All settings of Loket. docs/settings.md explains each of them."""

    host: str
    port: int
    data: Path
    models: Path
    database_url: str
    catalogue: Path
    public_url: str
    secret: str
    mail: MailSettings
    limits: Limits
    desk: DeskSettings
    webhooks: WebhookSettings
    clock: ClockSettings
    trust_proxy: bool
    developer_pages: bool
    allowed_origins: tuple[str, ...]

    @property
    def mailbox(self) -> Path:
        """The folder that mail is written to without an SMTP server."""
        return self.data / "mailbox"


def read_settings(**given: object) -> Settings:
    """Settings from ``LOKET_…`` variables; ``given`` values (host, port, data) go first.

    Raises environs.EnvError when a variable cannot be read.
    """
    env = Env()
    with env.prefixed("LOKET_"):
        data = Path(str(given.get("data") or env.path("DATA", Path("var")))).resolve()
        host = str(given.get("host") or env.str("HOST", "127.0.0.1"))
        port = int(str(given.get("port") or env.int("PORT", 8080)))
        mail = _mail(env)
        return Settings(
            host=host,
            port=port,
            data=data,
            models=env.path("MODELS", None) or data / "models",
            database_url=env.str("DATABASE_URL", "") or f"sqlite:///{data / 'loket.db'}",
            catalogue=catalogue_folder(env.str("CATALOGUE", "delft")),
            public_url=env.str("PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
            secret=env.str("SECRET", ""),
            mail=mail,
            limits=Limits(
                message_characters=env.int("MESSAGE_CHARACTERS", 4000),
                messages=env.str("RATE_MESSAGES", "60 per minute"),
                conversations=env.str("RATE_CONVERSATIONS", "1000 per hour"),
                cases=env.str("RATE_CASES", "30 per 15 minutes"),
            ),
            desk=DeskSettings(
                idle_minutes=env.int("DESK_IDLE_MINUTES", 120),
                session_hours=env.int("DESK_SESSION_HOURS", 10),
                sign_ins=env.str("DESK_SIGN_INS", "10 per 15 minutes"),
            ),
            webhooks=_webhooks(env),
            clock=ClockSettings(remind_days=env.int("REMIND_DAYS", 1), alarm_hours=env.int("ALARM_HOURS", 2)),
            trust_proxy=env.bool("TRUST_PROXY", False),
            allowed_origins=tuple(origin.rstrip("/") for origin in env.list("ALLOWED_ORIGINS", [])),
            # Mail in a folder can be read on a page only while nothing but this machine can ask for it.
            developer_pages=env.bool("DEVELOPER_PAGES", not mail.host and host in ("127.0.0.1", "localhost")),
        )


def _mail(env: Env) -> MailSettings:
    return MailSettings(
        host=env.str("SMTP_HOST", ""),
        port=env.int("SMTP_PORT", 25),
        username=env.str("SMTP_USERNAME", ""),
        password=env.str("SMTP_PASSWORD", ""),
        start_tls=env.bool("SMTP_START_TLS", False),
        sender=env.str("MAIL_FROM", "loket@example.org"),
    )


def given_password() -> str:
    """A password for a command that makes or changes an account; empty when it is to be asked for."""
    env = Env()
    with env.prefixed("LOKET_"):
        return env.str("PARTNER_PASSWORD", "")


def _webhooks(env: Env) -> WebhookSettings:
    """Raises environs.EnvError for receivers without a key: an event that nobody can check helps nobody."""
    found = WebhookSettings(
        urls=tuple(env.list("WEBHOOK_URLS", [])),
        secret=env.str("WEBHOOK_SECRET", ""),
        source=env.str("WEBHOOK_SOURCE", "urn:nld:oin:00000000000000000000:systeem:loket"),
        type_prefix=env.str("WEBHOOK_TYPE", "nl.loket"),
    )
    if found.urls and len(found.secret) < SHORTEST_WEBHOOK_SECRET:
        raise EnvError(
            f"LOKET_WEBHOOK_URLS needs LOKET_WEBHOOK_SECRET with {SHORTEST_WEBHOOK_SECRET} characters or more"
        )
    return found


def catalogue_folder(name: str) -> Path:
    """A catalogue by the name of a folder that we ship, or by a path of your own."""
    return CATALOGUES / name if "/" not in name else Path(name)


def secret_of(settings: Settings) -> bytes:
    """The secret behind codes and tokens: from the environment, else one kept in the data folder."""
    if settings.secret:
        return settings.secret.encode()
    path = settings.data / "secret"
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()
