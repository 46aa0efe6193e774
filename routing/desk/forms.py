"""The forms on the page of a case: what may be filled in, and what then happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from routing.cases.models import Case
from routing.catalogue import Catalogue
from routing.desk import handling
from routing.desk.handling import Work
from routing.desk.texts import keys_under

LONGEST_TEXT = 4000
_FURTHEST = timedelta(days=3 * 365)
_MESSAGES = (handling.ANSWER, handling.QUESTION, handling.MESSAGE)
INSERT = "invoegen"


@dataclass(frozen=True)
class Known:
    """What the values of a form are checked against."""

    catalogue: Catalogue
    today: date


@dataclass(frozen=True)
class Filled:
    """The values of a form, or what is wrong: fields with keys of texts under `case.problems`."""

    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


Posted = Mapping[str, str]
Do = Callable[[Session, Work, Case, Mapping[str, Any], bool], None]


@dataclass(frozen=True)
class Form:
    """One form; `name` is the end of its address and of the anchor on the page."""

    name: str
    read: Callable[[Posted, Known], Filled]
    do: Do
    handles: bool = True
    """Only for who handles the case; a note may be written by every partner."""
    checks_version: bool = True


def read_text(posted: Posted, name: str, *, required: bool = True) -> tuple[str, dict[str, str]]:
    """A text of a form, and what is wrong with it by the name of its field."""
    text = posted.get(name, "").replace("\r\n", "\n").strip()
    if required and not text:
        return text, {name: "empty"}
    return text, {name: "too_long"} if len(text) > LONGEST_TEXT else {}


def _read_nothing(posted: Posted, known: Known) -> Filled:
    return Filled()


def _pick_up(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.pick_up(session, work, case)


def _read_message(posted: Posted, known: Known) -> Filled:
    text, problems = read_text(posted, "tekst")
    kind = posted.get("soort", "")
    if kind not in _MESSAGES:
        problems["soort"] = "kind"
    return Filled({"kind": kind, "text": text}, problems)


def _send(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.send(session, work, case, values["kind"], values["text"], resident_is_there=there)


def _read_note(posted: Posted, known: Known) -> Filled:
    text, problems = read_text(posted, "tekst")
    return Filled({"text": text}, problems)


def _write_note(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.write_note(session, work, case, values["text"])


def _read_transfer(posted: Posted, known: Known) -> Filled:
    why, problems = read_text(posted, "waarom")
    what, _, name = posted.get("naar", "").partition(":")
    entries = {"partner": known.catalogue.partners, "role": known.catalogue.roles}
    if posted.get("naar") != handling.TO_TEAM and name not in entries.get(what, ()):
        problems["naar"] = "target"
    return Filled({"to": posted.get("naar", ""), "why": why}, problems)


def _transfer(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.transfer(session, work, case, values["to"], values["why"])


def _read_correction(posted: Posted, known: Known) -> Filled:
    role = posted.get("rol", "")
    goals = [int(line) for line in posted.get("doel", "").split() if line.isdecimal()]
    problems = {}
    if role not in known.catalogue.roles:
        problems["rol"] = "role"
    if not set(goals) <= set(known.catalogue.goals):
        problems["doel"] = "goals"
    consent = posted.get("mag-leren") == "ja"
    return Filled({"role": role, "goals": goals, "consent": consent}, problems)


def _correct(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.correct(session, work, case, values["role"], values["goals"], consent=values["consent"])


def _read_follow_up(posted: Posted, known: Known) -> Filled:
    text, problems = read_text(posted, "tekst")
    kind = posted.get("soort", "")
    if kind not in keys_under("follow_up.kind"):
        problems["soort"] = "kind"
    try:
        day = date.fromisoformat(posted.get("datum", ""))
    except ValueError:
        day = None
        problems["datum"] = "day"
    if day is not None and not known.today < day <= known.today + _FURTHEST:
        problems["datum"] = "day_range"
    return Filled({"kind": kind, "day": day, "text": text}, problems)


def _plan(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.plan_follow_up(session, work, case, values["kind"], values["day"], values["text"])


def _read_end(posted: Posted, known: Known) -> Filled:
    text, problems = read_text(posted, "tekst", required=False)
    result = posted.get("resultaat", "")
    if result not in keys_under("result"):
        problems["resultaat"] = "result"
    return Filled({"result": result, "text": text}, problems)


def _close(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.close(session, work, case, values["result"], values["text"])


def _read_reopen(posted: Posted, known: Known) -> Filled:
    why, problems = read_text(posted, "waarom")
    return Filled({"why": why}, problems)


def _reopen(session: Session, work: Work, case: Case, values: Mapping[str, Any], there: bool) -> None:
    handling.reopen(session, work, case, values["why"])


FORMS = {
    form.name: form
    for form in (
        Form("oppakken", _read_nothing, _pick_up),
        Form("bericht", _read_message, _send),
        Form(
            "notitie",
            _read_note,
            _write_note,
            handles=False,
            checks_version=False,
        ),
        Form("doorzetten", _read_transfer, _transfer),
        Form("duiden", _read_correction, _correct),
        Form("vervolg", _read_follow_up, _plan, checks_version=False),
        Form("afronden", _read_end, _close),
        Form("heropenen", _read_reopen, _reopen),
    )
}
"""Every form of a case by its name."""
