"""Run by a test as a process of its own: a worker that stops in the middle, until somebody kills it.

Arguments: URL of the store, mailbox folder, the moment as ISO text, `before` or `after` the mail is written.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from routing.cases.database import connect
from routing.handoff.delivery import DeliveryWorker
from routing.handoff.mail import Links, MailboxFolder, MailChannel, mail_templates


class HangingFolder:
    """A mailbox folder that never comes back."""

    def __init__(self, folder: Path, where: str) -> None:
        self._box = MailboxFolder(folder)
        self._where = where

    async def send(self, key: str, message: EmailMessage) -> None:
        """Writes the mail or not, says so and hangs."""
        if self._where == "after":
            await self._box.send(key, message)
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main(url: str, folder: str, moment: str, where: str) -> None:
    """Delivers what is due."""
    now = datetime.fromisoformat(moment)
    transport = HangingFolder(Path(folder), where)
    templates = mail_templates(Links("https://loket.example.org"))
    channel = MailChannel(templates, transport, "Loket <loket@example.org>")
    worker = DeliveryWorker(connect(url), {"mail": channel}, lambda: now)
    asyncio.run(worker.deliver_due())


if __name__ == "__main__":
    main(*sys.argv[1:])
