"""The inbox, the list of all initiatives, and that list as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from routing.cases.desk_models import Account
from routing.cases.models import Case, CaseEvent
from routing.desk.audit import note
from routing.desk.context import VISIT, Desk, account_of, back_to, desk_of, render
from routing.desk.lists import ALL, FOLLOWING, VIEWS, Filter, Page, counts, page_of_cases, read_filter
from routing.desk.rights import is_reader
from routing.desk.wording import Wording, what_happened

STAFF_VIEWS = (ALL, FOLLOWING)
_ROWS_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def go_home(request: web.Request) -> web.Response:
    """To the work of who has work here, to all initiatives for who looks on."""
    raise back_to("/desk/initiatieven" if is_reader(account_of(request)) else "/desk/zaken")


async def show_inbox(request: web.Request) -> web.Response:
    """The lists of work."""
    desk, account = desk_of(request), account_of(request)
    asked = read_filter(request.query, desk.catalogue, VIEWS)
    if "lijst" not in request.query and account.partner_id is None:
        asked = replace(asked, view="team")

    def read(session: Session) -> tuple[Page, dict[str, int]]:
        page = page_of_cases(session, asked, account, desk.catalogue, desk.today)
        return page, counts(session, account, desk.catalogue, desk.today)

    page, numbers = await desk.read(read)
    return _list(request, "inbox", asked, page, base="/desk/zaken", views=VIEWS, counts=numbers)


async def show_initiatives(request: web.Request) -> web.Response:
    """All initiatives, for every civil servant who is signed in; nothing about the people behind them."""
    desk, account = desk_of(request), account_of(request)
    asked = read_filter(request.query, desk.catalogue, STAFF_VIEWS)
    page = await desk.read(lambda session: page_of_cases(session, asked, account, desk.catalogue, desk.today))
    return _list(request, "initiatives", asked, page, base="/desk/initiatieven", views=STAFF_VIEWS, counts={})


def _list(
    request: web.Request,
    template: str,
    asked: Filter,
    page: Page,
    *,
    base: str,
    views: Sequence[str],
    counts: dict[str, int],
) -> web.Response:
    desk = desk_of(request)
    wording = Wording(desk.catalogue, request[VISIT].language)
    same = {"lijst": asked.view, **asked.as_query()}
    return render(
        request,
        template,
        page=page,
        asked=asked,
        w=wording,
        catalogue=desk.catalogue,
        base=base,
        views=views,
        counts=counts,
        is_filtered=bool(asked.as_query()),
        first=str(URL(base).with_query(same)),
        next=str(URL(base).with_query({**same, "na": page.next})) if page.next else None,
        as_file=str(URL("/desk/initiatieven.csv").with_query(same)),
        today=desk.today,
        last={
            case_id: (what_happened(wording, event), event.created_at)
            for case_id, event in page.last_steps.items()
        },
    )


async def download(request: web.Request) -> web.StreamResponse:
    """The list of initiatives with its filters as CSV, for a spreadsheet."""
    desk, account = desk_of(request), account_of(request)
    asked = read_filter(request.query, desk.catalogue, STAFF_VIEWS)
    asked = replace(asked, after=None)
    await desk.write(lambda session: _note_export(session, desk, account, asked))
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="initiatieven-{desk.today}.csv"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    wording = Wording(desk.catalogue, request[VISIT].language)
    # The mark that tells spreadsheets that this is UTF-8.
    await response.write(("\ufeff" + _row(_headings(wording))).encode())
    while True:
        page = await desk.read(lambda session, part=asked: _part(session, part, account, desk))
        await response.write("".join(_line(wording, case, page) for case in page.cases).encode())
        if page.next is None:
            break
        asked = replace(asked, after=page.next)
    await response.write_eof()
    return response


def _part(session: Session, asked: Filter, account: Account, desk: Desk) -> Page:
    return page_of_cases(session, asked, account, desk.catalogue, desk.today, size=_ROWS_AT_ONCE)


def _note_export(session: Session, desk: Desk, account: Account, asked: Filter) -> None:
    # Which filters, but not which words were looked for: those may be a person's name.
    data = {"filters": sorted(asked.as_query()), "list": asked.view}
    note(session, "exported", account=account, now=desk.now, data=data)


def _headings(wording: Wording) -> list[str]:
    names = ("reference", "state", "role", "goals", "neighbourhood", "owner", "received", "promised")
    return [wording.t(f"column.{name}") for name in (*names, "last_step", "last_at", "plan")]


def _line(wording: Wording, case: Case, page: Page) -> str:
    event: CaseEvent | None = page.last_steps.get(case.id)
    return _row(
        [
            case.reference,
            wording.state(case.state.value),
            wording.role(case.role),
            ", ".join(str(goal["goal"]) for goal in case.goals),
            wording.place(case.neighbourhood),
            wording.owner(case.owner_id),
            wording.catalogue.calendar.local(case.created_at).date().isoformat(),
            case.promised_for.isoformat(),
            what_happened(wording, event) if event else "",
            wording.catalogue.calendar.local(event.created_at).date().isoformat() if event else "",
            case.plan,
        ]
    )


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()


def safe_cell(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell
