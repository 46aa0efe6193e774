"""Pages that a link in a mail opens: go on in the chat, answer without an account, say how it goes.

Looking at a page uses nothing up: programs that check mail follow links too. Only the form does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web
from ruamel.yaml import YAML
from sqlalchemy.orm import Session

from bot.chat.gateway import masked
from bot.chat.problems import language_of
from bot.pages.chat import go_on_by_forms
from bot.pages.forms import Keeper
from bot.widget.assets import HERE as WIDGET
from bot.widget.pages import setup_templates
from routing.backoffice import Backoffice
from routing.cases.columns import storable
from routing.cases.database import unit_of_work
from routing.cases.models import Case
from routing.catalogue import Municipality
from routing.handoff import letters, links, replies
from routing.handoff.links import CONTINUE, FOLLOW_UP, PATHS, REPLY, SOLVED, LinkRefused
from routing.handoff.payloads import neighbourhood_name, role_name
from routing.handoff.words import day_in_words

T = TypeVar("T")
HERE = Path(__file__).parent
TEMPLATES = web.AppKey("link_templates", jinja2.Environment)

PRIVATE = {
    # The address itself is the key to the page, so it must not travel on.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_STATUS = {links.UNKNOWN: 404, links.EXPIRED: 410, links.USED: 410, replies.MOVED: 410}


@dataclass(frozen=True)
class Doorbell:
    """How the rest of the house hears of what was done on a page."""

    publish: Callable[[str], None]
    """A conversation has something new."""
    is_there: Callable[[str], bool]
    """Whether the resident of a conversation has it open now."""
    wake_delivery: Callable[[], None]


def setup_link_pages(
    app: web.Application,
    provider: Callable[[], Backoffice],
    municipality: Municipality,
    doorbell: Doorbell,
    characters: int,
) -> None:
    """Add the pages; ``characters`` is the longest text that a form takes."""
    setup_templates(app, TEMPLATES, municipality, HERE / "templates", WIDGET / "templates")
    pages = LinkPages(provider, doorbell, characters)
    for purpose, show, take in (
        (CONTINUE, pages.show_continue, pages.go_on),
        (REPLY, pages.show_reply, pages.reply),
        (FOLLOW_UP, pages.show_question, pages.tell),
        (SOLVED, pages.show_question, pages.tell),
    ):
        path = f"{PATHS[purpose]}/{{token}}"
        app.router.add_get(path, pages.guarded(purpose, show))
        app.router.add_post(path, pages.guarded(purpose, take, otherwise=show))


Handler = Callable[[web.Request, str], Any]


class LinkPages:
    """The handlers; each gets the request and the purpose of its link."""

    def __init__(self, provider: Callable[[], Backoffice], doorbell: Doorbell, characters: int) -> None:
        self._provider = provider
        self._doorbell = doorbell
        self._characters = characters

    def guarded(
        self, purpose: str, handler: Handler, otherwise: Handler | None = None
    ) -> Callable[[web.Request], Any]:
        """The handler, with a page that says so when the link opens nothing.

        ``otherwise`` answers a form that another site has sent: nobody else may put a conversation into
        somebody's browser, or speak for them.
        """

        async def handle(request: web.Request) -> web.Response:
            chosen = otherwise if otherwise is not None and _from_elsewhere(request) else handler
            try:
                return await chosen(request, purpose)
            except LinkRefused as refused:
                return self._refused(request, refused)

        return handle

    async def show_continue(self, request: web.Request, purpose: str) -> web.Response:
        """Asks before it goes on: a program that looks at mail must not use the link up."""
        language = await self._do(lambda s: self._language_of_link(s, request, purpose))
        return _page(request, language, "continue", "continue")

    async def go_on(self, request: web.Request, purpose: str) -> web.Response:
        """The conversation, in this browser."""
        language = await self._do(lambda s: self._language_of_link(s, request, purpose))
        by_forms = (await request.post()).get("vorm") == "eenvoudig"
        conversation, key = await self._do(
            lambda s: links.open_again(s, self._office.secret, _token(request), self._office.clock())
        )
        if by_forms:
            keeper = Keeper(self._office.secret, self._office.public_url)
            return go_on_by_forms(keeper, language, (conversation, key))
        return _page(request, language, "continued", "continued", conversation=conversation, opens_with=key)

    async def show_reply(self, request: web.Request, purpose: str) -> web.Response:
        """The case and a place for the answer."""
        return await self._reply_form(request)

    async def _reply_form(self, request: web.Request, problem: str = "", typed: str = "") -> web.Response:
        def read(session: Session) -> tuple[Case, str]:
            _, case = replies.case_to_answer(
                session, self._office.secret, _token(request), self._office.clock()
            )
            return case, letters.owner_of(self._office.catalogue, case).language

        case, language = await self._do(read)
        catalogue = self._office.catalogue
        goals = [catalogue.goals[one["goal"]].name.in_(language) for one in case.goals]
        return _page(
            request,
            language,
            "reply",
            "reply",
            status=422 if problem else 200,
            case=case,
            day=day_in_words(case.promised_for, language),
            role=role_name(catalogue, case.role, language),
            neighbourhood=neighbourhood_name(catalogue, case.neighbourhood) if case.neighbourhood else None,
            goals=goals,
            problem=self._say(language, problem, typed),
            typed=typed,
        )

    async def reply(self, request: web.Request, purpose: str) -> web.Response:
        """The owner's answer goes to the resident."""
        typed = storable(str((await request.post()).get("antwoord", ""))).strip()
        problem = self._wrong(typed, needed=True)
        if problem:
            return await self._reply_form(request, problem, typed)

        def write(session: Session) -> tuple[Case, str]:
            _, found = replies.case_to_answer(
                session, self._office.secret, _token(request), self._office.clock()
            )
            language = letters.owner_of(self._office.catalogue, found).language
            there = found.conversation_id is not None and self._doorbell.is_there(found.conversation_id)
            case = replies.answer(
                session, self._office.catalogue, self._office.secret, _token(request), typed,
                now=self._office.clock(), resident_there=there,
            )  # fmt: skip
            return case, language

        case, language = await self._do(write)
        self._ring(case)
        return _page(request, language, "replied", "done", reference=case.reference)

    async def show_question(self, request: web.Request, purpose: str) -> web.Response:
        """Asks the resident how it goes, or whether it is solved."""
        return await self._question(request, purpose)

    async def _question(
        self, request: web.Request, purpose: str, problem: str = "", choice: str = "", typed: str = ""
    ) -> web.Response:
        _, case = await self._do(
            lambda s: replies.case_to_tell_of(
                s, self._office.secret, purpose, _token(request), self._office.clock()
            )
        )
        return _page(
            request,
            case.language,
            purpose,
            "tell",
            status=422 if problem else 200,
            reference=case.reference,
            problem=self._say(case.language, problem, typed),
            problem_at="ja" if problem == "choice" else "tekst",
            choice=choice,
            typed=typed,
        )

    async def tell(self, request: web.Request, purpose: str) -> web.Response:
        """What the resident says lands in the case."""
        form = await request.post()
        choice, typed = str(form.get("gaat", "")), storable(masked(str(form.get("tekst", "")))).strip()
        problem = self._wrong(typed, needed=False) if choice in ("ja", "nee") else "choice"
        if problem:
            return await self._question(request, purpose, problem, choice, typed)

        def write(session: Session) -> tuple[Case, bool]:
            _, before = replies.case_to_tell_of(
                session, self._office.secret, purpose, _token(request), self._office.clock()
            )
            was = before.state
            case = replies.tell(
                session, self._office.catalogue, self._office.secret, purpose, _token(request),
                is_solved=choice == "ja", text=typed, now=self._office.clock(),
            )  # fmt: skip
            return case, choice == "nee" and case.state is not was

        case, opened = await self._do(write)
        self._ring(case)
        key = "told_well" if choice == "ja" else "told_open" if opened else "told_noted"
        return _page(
            request,
            case.language,
            key,
            "done",
            reference=case.reference,
            name=letters.owner_of(self._office.catalogue, case).name,
            day=day_in_words(case.promised_for, case.language),
        )

    def _language_of_link(self, session: Session, request: web.Request, purpose: str) -> str:
        link = links.find_link(session, self._office.secret, purpose, _token(request), self._office.clock())
        return session.get_one(Case, link.case_id).language

    def _refused(self, request: web.Request, refused: LinkRefused) -> web.Response:
        return _page(request, language_of(request), refused.reason, "done", status=_STATUS[refused.reason])

    def _wrong(self, typed: str, *, needed: bool) -> str:
        """The key of what is wrong with a text; empty when nothing is."""
        if needed and not typed:
            return "text_empty"
        return "text_long" if len(typed) > self._characters else ""

    def _say(self, language: str, problem: str, typed: str) -> str:
        if not problem:
            return ""
        return _texts()[language]["errors"][problem].format(limit=self._characters, length=len(typed))

    def _ring(self, case: Case) -> None:
        if case.conversation_id is not None:
            self._doorbell.publish(case.conversation_id)
        self._doorbell.wake_delivery()

    @property
    def _office(self) -> Backoffice:
        return self._provider()

    async def _do(self, work: Callable[[Session], T]) -> T:
        """Do work in one commit, off the event loop."""

        def within() -> T:
            with unit_of_work(self._office.engine) as session:
                return work(session)

        return await asyncio.to_thread(within)


@cache
def _texts() -> Mapping[str, Any]:
    return YAML(typ="safe").load(HERE / "texts.yml")


def _from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another site sent this; our own pages send no other sign of where from."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"


def _token(request: web.Request) -> str:
    return request.match_info["token"]


def _page(
    request: web.Request, language: str, key: str, template: str, status: int = 200, **values: Any
) -> web.Response:
    t = _texts()[language]
    municipality = request.app[TEMPLATES].globals["municipality"]
    context = {
        "language": language,
        "t": t,
        "p": t[key],
        "lead": t[key]["lead"].format_map({"name": "", "reference": "", "day": "", **_reference(values)}),
        "next": t["next"].format(phone=municipality.phone),
        "problem": "",
        **values,
    }
    response = aiohttp_jinja2.render_template(
        f"{template}.html", request, context, app_key=TEMPLATES, status=status
    )
    response.headers.update(PRIVATE)
    response.headers[hdrs.CONTENT_LANGUAGE] = language
    return response


def _reference(values: Mapping[str, Any]) -> Mapping[str, Any]:
    case = values.get("case")
    return {**values, "reference": case.reference} if case is not None else values
