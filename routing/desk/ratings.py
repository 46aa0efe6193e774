"""What residents thought of the help and of the conversation, added up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.models import CaseEvent
from routing.handoff.afterwards import HELP, TALK


@dataclass(frozen=True)
class Rated:
    """The figures that were given for one thing."""

    times: int
    mean: float

    def mean_in_words(self, language: str) -> str:
        """The mean with one decimal, as people of that language write it."""
        written = f"{self.mean:.1f}"
        return written if language == "en" else written.replace(".", ",")


def read_ratings(session: Session, since: datetime) -> dict[str, Rated]:
    """The figures given since then, for `talk` and `help` as far as there are any."""
    query = select(CaseEvent.data).where(CaseEvent.kind == "satisfaction", CaseEvent.created_at >= since)
    scores: dict[str, list[int]] = defaultdict(list)
    for data in session.scalars(query):
        scores[data.get("about", HELP)].append(data["score"])
    return {
        about: Rated(len(given), sum(given) / len(given))
        for about in (TALK, HELP)
        if (given := scores[about])
    }
