"""Following a case with its number and code: see how it is, add to it, say whether it is solved.

Number and code are sent once and stand in no address. After that a signed cookie opens this one case, for an
hour.
"""

from __future__ import annotations

import asyncio
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from aiohttp import hdrs, web
from sqlalchemy.orm import Session

from bot.chat.api import CLIENT_ID_LENGTH, address_of
from bot.chat.gateway import masked
from bot.chat.limits import RateLimit
from bot.chat.problems import Problem
from bot.pages.forms import COOKIE, FIELD, Keeper, read_form
from bot.pages.frame import language_of_path, show, words_of
from bot.pages.thread import with_links
from routing.backoffice import Backoffice
from routing.cases.cases import case_for_change, find_case, find_case_by_code
from routing.cases.database import reading, unit_of_work
from routing.cases.models import STAFF, Case
from routing.cases.reference import InvalidReference, parse_reference
from routing.cases.states import OPEN_STATES
from routing.catalogue import Catalogue
from routing.handoff import afterwards, letters
from routing.handoff.following import Said, Story, story_of
from routing.handoff.own_data import ERASED
from routing.handoff.payloads import role_name
from routing.handoff.words import day_in_words

T = TypeVar("T")

PATHS = {"nl": "/zaak", "en": "/en/case"}
OPENED = "loket_case"
OPEN_FOR = timedelta(hours=1)
_LONGEST_FIELD = 200


@dataclass(frozen=True)
class Filled:
    """What was filled in, and what is wrong with it: keys of texts by the name of the field."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Doorbell:
    """How the rest of the house hears of what was done here."""

    publish: Callable[[str], None]
    wake_delivery: Callable[[], None]


class CasePages:
    """The page on which a resident follows a case."""

    def __init__(
        self,
        provider: Callable[[], Backoffice],
        keeper: Callable[[], Keeper],
        doorbell: Doorbell,
        tries: RateLimit,
        characters: int,
    ) -> None:
        self._provider = provider
        self._keeper_of = keeper
        self._doorbell = doorbell
        self._tries = tries
        self._characters = characters

    async def show(self, request: web.Request) -> web.Response:
        """The case that is open in this browser, or the form that opens one."""
        return await self._page(request, Filled())

    async def take(self, request: web.Request) -> web.Response:
        """Do what a form asks, and lead back to the page."""
        form = await read_form(request)
        if not self._keeper.is_ours(request, form):
            return await self._page(request, Filled(form, {"formulier": "form_old"}, 403))
        steps = {"sluit": self._close, "vul-aan": self._add, "opgelost": self._tell}
        return await steps.get(form.get("doe", ""), self._open)(request, form)

    async def _open(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        problems = _open_problems(form)
        if problems:
            return await self._page(request, Filled(form, problems, 422))
        try:
            self._tries.hit(address_of(request))
        except Problem as problem:
            response = await self._page(request, Filled(form, {"nummer": "too_many"}, 429))
            response.headers.update(problem.headers)
            return response
        number, code = form["nummer"].strip(), form["code"].strip()
        reference = await self._read(lambda s: getattr(find_case_by_code(s, number, code), "reference", None))
        if reference is None:
            return await self._page(request, Filled(form, {"nummer": "no_case"}, 422))
        response = self._back(request)
        self._keeper.give(response, OPENED, self._ticket(reference), int(OPEN_FOR.total_seconds()))
        return response

    async def _close(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        response = self._back(request)
        self._keeper.take(response, OPENED)
        return response

    async def _add(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        typed = masked(form.get("tekst", "").strip())
        problem = "text_empty" if not typed else self._too_long(typed)
        if problem:
            return await self._page(request, Filled(form, {"tekst": problem}, 422))

        def add(session: Session, case: Case, key: str, office: Backoffice) -> None:
            afterwards.add_information(
                session, office.catalogue, case, typed, conversation_id="", key=key, now=office.clock()
            )

        return await self._do(request, form, add, "added")

    async def _tell(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        typed = masked(form.get("tekst", "").strip())
        choice, problem = form.get("gaat", ""), self._too_long(typed)
        if choice not in ("ja", "nee") or problem:
            problems = {"gaat": "choice"} if choice not in ("ja", "nee") else {"verhaal": problem}
            return await self._page(request, Filled(form, problems, 422))

        def tell(session: Session, case: Case, key: str, office: Backoffice) -> None:
            afterwards.tell_solved(
                session,
                office.catalogue,
                case,
                solved=choice == "ja",
                key=key,
                now=office.clock(),
                text=typed,
            )

        return await self._do(request, form, tell, "glad" if choice == "ja" else "not_yet")

    async def _do(
        self,
        request: web.Request,
        form: Mapping[str, str],
        step: Callable[[Session, Case, str, Backoffice], None],
        done: str,
    ) -> web.Response:
        """One step with the open case; the number of the form keeps it from being done twice."""
        reference = self._opened(request)
        number = form.get("herhaling", "")
        key = f"page-{number}" if 0 < len(number) <= CLIENT_ID_LENGTH else f"page-{uuid.uuid4().hex}"

        def work() -> str | None:
            with unit_of_work(self._office.engine) as session:
                case = case_for_change(session, reference) if reference else None
                if case is None:
                    return None
                step(session, case, key, self._office)
                return case.conversation_id or ""

        conversation = await asyncio.to_thread(work)
        if conversation is None:
            return await self._page(request, Filled(form, {"formulier": "closed_again"}, 403))
        if conversation:
            self._doorbell.publish(conversation)
        self._doorbell.wake_delivery()
        return self._back(request, f"?klaar={done}#klaar")

    async def _page(self, request: web.Request, filled: Filled) -> web.Response:
        language = language_of_path(request.path)
        reference = self._opened(request)
        shown = await self._read(lambda session: self._shown(session, reference, language))
        seed = self._keeper.seed(request)
        values = {
            "problems": self._say(request, language, filled),
            "typed": {k: v for k, v in filled.values.items() if len(v) <= _LONGEST_FIELD or k == "tekst"},
            "sent": filled.values.get("doe", ""),
            "mark": {"name": FIELD, "value": self._keeper.mark(seed)},
            "repeat": filled.values.get("herhaling") or uuid.uuid4().hex,
            "done": request.query.get("klaar", ""),
            "with_links": with_links,
        }
        response = show(
            request, "case" if shown else "open_case", language, status=filled.status, paths=PATHS, **values,
            **(shown or {}),
        )  # fmt: skip
        self._keeper.give(response, COOKIE, seed)
        return response

    def _say(self, request: web.Request, language: str, filled: Filled) -> dict[str, str]:
        """What is wrong, in words, by the field in which it is to be mended."""
        known = words_of(request, language)["case"]["errors"]
        length = len(masked(filled.values.get("tekst", "").strip()))
        values = {"limit": self._characters, "length": length}
        return {name: known.get(key, key).format(**values) for name, key in filled.problems.items()}

    def _shown(self, session: Session, reference: str | None, language: str) -> dict[str, Any] | None:
        case = find_case(session, reference) if reference else None
        if case is None:
            return None
        catalogue = self._office.catalogue
        role = catalogue.roles.get(case.role)
        owner = letters.owner_of(catalogue, case)
        return {
            "reference": case.reference,
            "state": case.state.value,
            "is_open": case.state in OPEN_STATES,
            "plan": "" if case.plan == ERASED else case.plan,
            "plan_language": case.language,
            "role": role_name(catalogue, case.role, language),
            "does": role.does.in_(language) if role else "",
            "owner": catalogue.team.name.in_(language) if owner.id == catalogue.team.id else owner.name,
            "day": day_in_words(case.promised_for, language),
            "is_late": case.state in OPEN_STATES and case.promised_for < self._today,
            **_told(story_of(session, case), catalogue, language),
        }

    @property
    def _today(self) -> Any:
        return self._office.catalogue.calendar.local(self._office.clock()).date()

    def _too_long(self, typed: str) -> str:
        return "text_long" if len(typed) > self._characters else ""

    def _ticket(self, reference: str) -> str:
        until = int((self._office.clock() + OPEN_FOR).timestamp())
        return f"{reference}.{until}.{self._sign(reference, until)}"

    def _sign(self, reference: str, until: int) -> str:
        return self._keeper.digest("open-case", reference, str(until))[:24].hex()

    def _opened(self, request: web.Request) -> str | None:
        """The number of the case that is open in this browser."""
        reference, _, rest = self._keeper.cookie(request, OPENED).partition(".")
        until, _, sign = rest.partition(".")
        if not until.isascii() or not until.isdigit():
            return None
        if not hmac.compare_digest(
            self._sign(reference, int(until)).encode(), sign.encode("utf-8", "replace")
        ):
            return None
        return reference if int(until) > self._office.clock().timestamp() else None

    def _back(self, request: web.Request, rest: str = "") -> web.Response:
        path = PATHS[language_of_path(request.path)]
        return web.Response(status=303, headers={hdrs.LOCATION: f"{path}{rest}"})

    async def _read(self, work: Callable[[Session], T]) -> T:
        def within() -> T:
            with reading(self._office.engine) as session:
                return work(session)

        return await asyncio.to_thread(within)

    @property
    def _keeper(self) -> Keeper:
        return self._keeper_of()

    @property
    def _office(self) -> Backoffice:
        return self._provider()


def _open_problems(form: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with number and code as they are written; it says nothing about a case."""
    problems = {}
    number, code = form.get("nummer", "").strip(), form.get("code", "").strip()
    try:
        parse_reference(number)
    except InvalidReference:
        problems["nummer"] = "number_shape" if number else "number_empty"
    if not code or len(code) > _LONGEST_FIELD:
        problems["code"] = "code_empty"
    return problems


def _told(story: Story, catalogue: Catalogue, language: str) -> dict[str, Any]:
    """The story in words: what was said, newest first, and what happened, oldest first."""
    steps = [
        {
            "name": one.name,
            "at": catalogue.calendar.local(one.at),
            "day": day_in_words(catalogue.calendar.local(one.at).date(), language),
        }
        for one in story.steps
    ]
    return {"steps": steps, "said": [_words(one, catalogue, language) for one in reversed(story.said)]}


def _words(said: Said, catalogue: Catalogue, language: str) -> dict[str, Any]:
    at = catalogue.calendar.local(said.at)
    return {
        "is_staff": said.by == STAFF,
        "name": said.name,
        "role": role_name(catalogue, said.role, language) if said.role else "",
        "text": said.text,
        "language": said.language or "nl",
        "at": at,
        "day": day_in_words(at.date(), language),
        "moment": f"{at:%H:%M}",
    }
