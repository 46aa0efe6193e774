"""Run by a test as a process of its own: a handoff that is never committed, until somebody kills it.

Arguments: URL of the store, the moment as ISO text.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import routing.catalogue
from routing.cases.database import connect, unit_of_work
from routing.catalogue import load_catalogue
from routing.handoff.handover import HandoffRequest, hand_over


def main(url: str, moment: str) -> None:
    """Writes everything, says so, and waits."""
    catalogue = load_catalogue(Path(routing.catalogue.__file__).parent / "delft")
    now = datetime.fromisoformat(moment)
    request = HandoffRequest(
        handoff_key="gesprek-1:1",
        conversation_id="gesprek-1",
        language="nl",
        plan="een plan",
        advice={},
        contact_email="inwoner-1@example.org",
        consent_at=now,
    )
    with unit_of_work(connect(url)) as session:
        handoff = hand_over(session, replace(catalogue, rules=()), request, now=now, secret=b"secret")
        sys.stdout.write(f"{handoff.case.reference}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
