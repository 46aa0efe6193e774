"""Ids, moments and history in the words of the one who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment
from sqlalchemy.orm import Session

from routing.cases.desk_models import Account, CaseNote
from routing.cases.journey import RESIDENT
from routing.cases.models import CHATBOT, INITIATOR, STAFF, SYSTEM, CaseEvent, OutboxItem
from routing.catalogue import Catalogue
from routing.desk.texts import Words, has_words, words_in
from routing.handoff.afterwards import HELP
from routing.handoff.mail import Links, mail_templates, render_text
from routing.handoff.payloads import describe_reason, neighbourhood_name, role_name

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
TOLD_FROM = 0.1
"""What counted for less in the choice of a role is not worth a word."""


@dataclass(frozen=True)
class Line:
    """A line of history as people read it."""

    at: datetime
    who: str
    what: str
    why: str | None = None


@dataclass(frozen=True)
class Wording:
    """Names of things in one language, for one municipality."""

    catalogue: Catalogue
    language: str

    @property
    def t(self) -> Words:
        """The texts of the desk."""
        return words_in(self.language)

    def role(self, role: str | None) -> str:
        """The name of a role."""
        return role_name(self.catalogue, role, self.language) if role else ""

    def weighed(self, weights: Mapping[str, float]) -> str:
        """What counted in the choice of the role, most first; nothing where the text was all there was."""
        counted = sorted((s for s in weights if weights[s] >= TOLD_FROM), key=lambda s: -weights[s])
        if counted == ["text"]:
            return ""
        return ", ".join(
            self.t(f"weighed.{source}", share=round(100 * weights[source])) for source in counted
        )

    def place(self, neighbourhood: str | None) -> str:
        """The name of a neighbourhood."""
        return neighbourhood_name(self.catalogue, neighbourhood) if neighbourhood else ""

    def goal(self, number: int) -> str:
        """The name of a goal."""
        known = self.catalogue.goals.get(number)
        return known.name.in_(self.language) if known else ""

    def owner(self, owner_id: str | None) -> str:
        """The name of a partner, or of the team."""
        if owner_id == RESIDENT:
            return self.t("who.resident")
        partner = self.catalogue.partners.get(owner_id or "")
        if partner is not None:
            return partner.name
        is_team = owner_id == self.catalogue.team.id
        return self.catalogue.team.name.in_(self.language) if is_team else (owner_id or "")

    def state(self, state: str) -> str:
        """The name of a state."""
        return self.t(f"state.{state}")

    def day(self, day: date) -> str:
        """A day without its year where that is clear."""
        return self.t(
            "day",
            weekday=self.t(f"weekday.{day.weekday()}"),
            day=day.day,
            month=self.t(f"month.{day.month}"),
            year=day.year,
        )

    def moment(self, moment: datetime) -> str:
        """A moment on the municipality's clock."""
        local = self.catalogue.calendar.local(moment)
        return self.t("moment", day=self.day(local.date()), time=f"{local:%H:%M}")

    def time(self, time: timedelta | None) -> str:
        """How long, in its largest two units."""
        if time is None:
            return self.t("time.none")
        seconds = int(time.total_seconds())
        days, hours = divmod(seconds, _DAY)[0], seconds % _DAY // _HOUR
        if days:
            return self._two("days", days, "hours", hours)
        minutes = seconds % _HOUR // _MINUTE
        return self._two("hours", hours, "minutes", minutes) if hours else self._unit("minutes", minutes)

    def _two(self, first: str, many: int, second: str, few: int) -> str:
        return " ".join([self._unit(first, many), *([self._unit(second, few)] if few else [])])

    def _unit(self, unit: str, number: int) -> str:
        return self.t(f"time.{unit}.{'one' if number == 1 else 'many'}", n=number)

    def reason(self, reason: Mapping[str, Any]) -> str:
        """Why the owner owns it, as a sentence."""
        described = describe_reason(self.catalogue, {"params": {}, **reason}, self.language)
        text = render_text(_sentences(), "reason", self.language, {"reason": described})
        return " ".join(text.split())

    def goals(self, goals: list[Any]) -> str:
        """Numbers of goals in a row."""
        return ", ".join(str(goal) for goal in goals)


@cache
def _sentences() -> Environment:
    return mail_templates(Links("", desk_path=None))


def line_of(session: Session, wording: Wording, event: CaseEvent, *, reads_all: bool) -> Line:
    """One line of history; `reads_all` shows what a colleague wrote to explain it."""
    number = event.data.get("note")
    written = session.get(CaseNote, number) if number is not None and reads_all else None
    return Line(
        at=event.created_at,
        who=actor(session, wording, event.actor_kind, event.actor_id),
        what=what_happened(wording, event),
        why=written.text if written else None,
    )


def what_happened(wording: Wording, event: CaseEvent) -> str:
    """A step in words; one that nobody wrote words for is told by the state it led to."""
    data, key = event.data, f"history.{event.kind}"
    if event.kind == "corrected":
        return " ".join(_corrections(wording, data))
    if not has_words(key):
        return wording.t("history.other", state=wording.state(event.state))
    result = data.get("result")
    return wording.t(
        key,
        owner=wording.owner(data.get("owner_id")),
        before=wording.owner(data.get("from")),
        result=wording.t(f"result.{result}") if result and has_words(f"result.{result}") else "",
        day=wording.day(date.fromisoformat(data["due_on"])) if "due_on" in data else "",
        score=data.get("score", ""),
        about=wording.t(f"rated.{data.get('about', HELP)}") if "score" in data else "",
        mail=f" {wording.t('history.with_mail')}" if data.get("mail") else "",
        to=wording.t(f"recipient.{data['recipient']}")
        if has_words(f"recipient.{data.get('recipient')}")
        else "",
    )


def _corrections(wording: Wording, data: Mapping[str, Any]) -> list[str]:
    found = []
    if "role" in data:
        old, new = wording.role(data["role"]["old"]), wording.role(data["role"]["new"])
        found.append(wording.t("history.role", old=old, new=new))
    if "goals" in data:
        old, new = wording.goals(data["goals"]["old"]), wording.goals(data["goals"]["new"])
        found.append(wording.t("history.goals", old=old or "-", new=new or "-"))
    return found


def actor(session: Session, wording: Wording, kind: str, actor_id: str | None) -> str:
    """Who did something: a colleague by name, the others by what they are."""
    if kind == STAFF and actor_id is not None:
        if actor_id.isdecimal():
            account = session.get(Account, int(actor_id))
            return account.name if account else wording.t("who.staff")
        return wording.owner(actor_id)
    known = {INITIATOR: "resident", CHATBOT: "chatbot", STAFF: "staff", SYSTEM: "system"}
    return wording.t(f"who.{known.get(kind, 'system')}")


def log_words(t: Words, kind: str) -> str:
    """What was done, as the log tells it."""
    return t(f"audit.kind.{kind}") if has_words(f"audit.kind.{kind}") else t("log.other")


def kind_words(t: Words, item: OutboxItem) -> str:
    """What a delivery was about."""
    key = f"outbox.kind.{item.kind}"
    return t(key) if has_words(key) else t("outbox.other")
