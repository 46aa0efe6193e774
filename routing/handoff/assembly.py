"""Puts delivery and clocks together from settings, for `loket serve` and `loket tick`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from routing.backoffice import Backoffice
from routing.handoff.delivery import Channel, DeliveryWorker
from routing.handoff.mail import Links, MailboxFolder, MailChannel, SmtpTransport, Transport, mail_templates
from routing.handoff.promise import Promise
from routing.handoff.ticker import Ticker
from routing.handoff.webhook import Receivers, WebhookChannel
from routing.settings import Settings


def worker_of(settings: Settings, backoffice: Backoffice) -> DeliveryWorker:
    """The worker that delivers the outbox."""
    return DeliveryWorker(backoffice.engine, channels_of(settings, backoffice), backoffice.clock)


def channels_of(settings: Settings, backoffice: Backoffice) -> Mapping[str, Channel]:
    """The ways out of the house, by the name that the outbox uses."""
    links = Links(settings.public_url, secret=backoffice.secret)
    return {
        "mail": MailChannel(mail_templates(links), _transport(settings), settings.mail.sender),
        "webhook": WebhookChannel(settings.webhooks.secret.encode(), links.desk, backoffice.clock),
    }


def ticker_of(settings: Settings, backoffice: Backoffice) -> Ticker:
    """What happens by itself."""
    hooks, clock = settings.webhooks, settings.clock
    return Ticker(
        backoffice.engine,
        backoffice.catalogue,
        backoffice.clock,
        Receivers(hooks.urls, hooks.source, hooks.type_prefix),
        Promise(clock.remind_days, timedelta(hours=clock.alarm_hours)),
    )


def _transport(settings: Settings) -> Transport:
    mail = settings.mail
    if not mail.host:
        return MailboxFolder(settings.mailbox)
    return SmtpTransport(
        mail.host, mail.port, mail.username or None, mail.password or None, start_tls=mail.start_tls or None
    )
