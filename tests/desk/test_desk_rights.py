"""Who may ask for which page: every page and method with every role, against the one table."""

from __future__ import annotations

from itertools import product

import httpx
import pytest
from aiohttp import web

from routing.desk.app import setup_desk
from routing.desk.guard import CSRF_FIELD
from routing.desk.rights import ANYBODY, RIGHTS, may
from routing.settings import read_settings
from tests.desk.conftest import Desk, hidden_fields

ROLES = (ANYBODY, "reader", "partner", "lead", "admin")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
NOT_SIGNED_IN = "Je bent niet meer ingelogd"
VALUES = {"{name}": "desk.css", "{number}": "999999", "{item}": "999999"}


def routes() -> set[tuple[str, str]]:
    """Method and path of every page that is mounted under /desk."""
    app = web.Application()
    desk = setup_desk(
        app, lambda: None, read_settings(), theme="", notify=print, is_there=bool, wake_delivery=print
    )
    return {
        (route.method, route.resource.canonical)
        for route in desk.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }


def test_every_page_is_in_the_table_and_no_other() -> None:
    assert routes() == set(RIGHTS)


def test_a_page_that_is_not_in_the_table_is_for_nobody() -> None:
    assert not any(may(role, "GET", "/desk/nieuw") for role in ROLES)
    assert not any(may(role, "DELETE", "/desk/zaken") for role in ROLES)


def test_reading_is_not_changing() -> None:
    assert not any(method == "GET" and path.endswith(("volgen", "afronden")) for method, path in RIGHTS)


def send(desk: Desk, method: str, path: str, form: str | None) -> httpx.Response:
    """Ask as a browser would, with a good form where the account has one."""
    headers = {"Origin": desk.url, "Sec-Fetch-Site": "same-origin"}
    data = {CSRF_FIELD: form or "none"} if method == "POST" else None
    return desk.client.request(method, desk.url + path, data=data, headers=headers)


@pytest.fixture
def forms(signed_in: dict[str, Desk]) -> dict[str, str]:
    """A good form token of each role."""
    pages = {role: desk.get("/desk/account").text for role, desk in signed_in.items()}
    return {role: hidden_fields(page, "/desk/account/taal")[CSRF_FIELD] for role, page in pages.items()}


@pytest.mark.parametrize("path", sorted({path for _, path in RIGHTS}))
def test_every_page_and_method_for_every_role(path, signed_in, anonymous, forms, make_case) -> None:
    # A case of the team, which every partner may handle, so that only the table decides.
    reference = make_case(owner="team").reference
    address = path.replace("{reference}", reference)
    for place, value in VALUES.items():
        address = address.replace(place, value)
    for method, role in product(METHODS, ROLES):
        desk = anonymous if role == ANYBODY else signed_in[role]
        if (method, path) == ("POST", "/desk/uitloggen"):
            continue
        answer = send(desk, method, address, forms.get(role))
        assert outcome(answer) == expected(role, method, path), (role, method, path, answer.status_code)


def outcome(answer: httpx.Response) -> str:
    """What the desk made of a request, whatever came of it otherwise."""
    if answer.status_code == 405:
        return "no such method"
    if answer.headers.get("Location", "").startswith("/desk/inloggen") or NOT_SIGNED_IN in answer.text:
        return "sign in first"
    if answer.status_code == 403:
        return "forbidden"
    assert answer.status_code in (200, 303, 400, 401, 404, 409), answer.status_code
    return "allowed"


def expected(role: str, method: str, path: str) -> str:
    """By the table."""
    if (method, path) not in RIGHTS:
        return "no such method"
    if role in RIGHTS[method, path]:
        # The form to sign in is for all, but its token belongs to a browser that asked for the form.
        return "forbidden" if (method, role) == ("POST", ANYBODY) else "allowed"
    return "sign in first" if role == ANYBODY else "forbidden"


def test_signing_out_is_for_all_who_are_signed_in(server, accounts) -> None:
    for role in ROLES[1:]:
        desk = Desk(server.url)
        desk.sign_in(role)
        assert desk.post("/desk/uitloggen", page="/desk/account").status_code == 303
        assert desk.get("/desk/account").status_code == 303
        # The token of the browser opens nothing any more, also when somebody kept it.
        assert outcome(desk.get("/desk/account")) == "sign in first"


CHANGES = sorted(path for method, path in RIGHTS if method == "POST")


@pytest.mark.parametrize("path", CHANGES)
def test_forms_from_elsewhere_are_refused(path, signed_in, forms, make_case, fresh) -> None:
    case = make_case(owner="team")
    address = path.replace("{reference}", case.reference).replace("{number}", "1").replace("{item}", "1")
    lead, own = signed_in["lead"], {"Origin": signed_in["lead"].url, "Sec-Fetch-Site": "same-origin"}
    good = {CSRF_FIELD: forms["lead"], "versie": str(case.version), "resultaat": "helped", "tekst": "x"}
    good |= {"soort": "answer", "waarom": "x", "naar": "partner:partner-3", "rol": "partner"}
    attempts = [
        ({**good, CSRF_FIELD: ""}, own),
        ({name: value for name, value in good.items() if name != CSRF_FIELD}, own),
        ({**good, CSRF_FIELD: "0" * 64}, own),
        ({**good, CSRF_FIELD: forms["admin"]}, own),
        (good, {**own, "Origin": "https://elsewhere.example"}),
        (good, {**own, "Sec-Fetch-Site": "cross-site"}),
        (good, {**own, "Sec-Fetch-Site": "same-site"}),
        (good, {"Origin": "null"}),
        (good, {}),
    ]
    for data, headers in attempts:
        answer = lead.client.post(lead.url + address, data=data, headers=headers)
        assert answer.status_code == 403, (data, headers)
        assert "Dit formulier is niet verwerkt" in answer.text
    assert fresh(case).version == case.version


def test_what_was_typed_is_shown_when_the_session_ended(anonymous, make_case) -> None:
    path = f"/desk/zaken/{make_case().reference}/bericht"
    answer = anonymous.client.post(anonymous.url + path, data={"tekst": "Een lang <antwoord> & meer"})
    assert answer.status_code == 401
    assert "Een lang &lt;antwoord&gt; &amp; meer" in answer.text
    assert "inloggen" in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"tekst=x", "application/x-www-form-urlencoded; charset=klingon"),
        (b"tekst=\xff\xfe", "application/x-www-form-urlencoded; charset=utf-8"),
        (b"not a form", "multipart/form-data"),
        (b"tekst=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_form_is_refused_with_a_page(lead, make_case, server, body, kind) -> None:
    path = f"{lead.url}/desk/zaken/{make_case().reference}/bericht"
    answer = lead.client.post(path, content=body, headers={"Content-Type": kind, "Origin": lead.url})
    assert answer.status_code in (400, 403, 413)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "routing.desk.app unforeseen" not in server.log


def test_pages_are_private_and_strict(partner, make_case) -> None:
    answer = partner.get(f"/desk/zaken/{make_case().reference}")
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert " style=" not in answer.text
    assert answer.text.count("<script") == answer.text.count("<script src=")


HANDLES = {
    # owner: who may handle the case, of the partner (partner-1), lead (partner-2), admin and reader
    "partner-1": {"partner", "lead", "admin"},
    "team": {"partner", "lead", "admin"},
    "partner-4": {"partner", "lead", "admin"},  # partner-1 is the deputy of partner-4
    "partner-7": {"lead", "admin"},
}


@pytest.mark.parametrize("owner", HANDLES)
@pytest.mark.parametrize("form", ["oppakken", "bericht", "doorzetten", "duiden", "vervolg", "afronden"])
def test_a_partner_handles_cases_of_their_own_the_team_and_who_they_replace(
    owner, form, signed_in, make_case, fresh
) -> None:
    fields = {
        "tekst": "Dag, dit is het antwoord.", "soort": "answer" if form == "bericht" else "how_is_it",
        "naar": "partner:partner-9", "waarom": "past beter", "rol": "adviseur", "doel": "3",
        "datum": "2027-03-01", "resultaat": "helped",
    }  # fmt: skip
    for role, desk in signed_in.items():
        case = make_case(owner=owner)
        allowed = role in HANDLES[owner]
        answer = desk.on_case(case, form, **fields, versie=str(case.version))
        assert answer.status_code == (303 if allowed else 403), (role, owner)
        if not allowed:
            assert fresh(case).version == case.version


@pytest.mark.parametrize("owner", HANDLES)
def test_who_does_not_handle_a_case_sees_nothing_of_the_person(owner, signed_in, make_case) -> None:
    case = make_case(owner=owner)
    for role, desk in signed_in.items():
        text = desk.text(f"/desk/zaken/{case.reference}")
        assert "moestuin" in text
        seen = [word for word in ("Wilhelmina", "de Wit", "inwoner@example.org") if word in text]
        assert bool(seen) == (role in HANDLES[owner]), (role, owner)
