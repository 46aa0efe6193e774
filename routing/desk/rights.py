"""Who may do what at the desk. One table for the pages, one set of rules for the cases."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routing.cases.desk_models import ADMIN, DESK_ROLES, LEAD, READER, STAFF_PARTNER, Account
from routing.cases.models import PARTNER, TEAM, Case
from routing.catalogue import Catalogue

ANYBODY = "anonymous"
"""Nobody is signed in."""

_ALL = frozenset((ANYBODY, *DESK_ROLES))
_STAFF = frozenset(DESK_ROLES)
_WORKERS = frozenset((STAFF_PARTNER, LEAD, ADMIN))
_LEADS = frozenset((LEAD, ADMIN))
_CASE = "/desk/zaken/{reference}"
_TALK = "/desk/gesprek/{reference}"

RIGHTS: Mapping[tuple[str, str], frozenset[str]] = MappingProxyType(
    {
        ("GET", "/desk/inloggen"): _ALL,
        ("POST", "/desk/inloggen"): _ALL,
        ("GET", "/desk/static/{name}"): _ALL,
        ("POST", "/desk/uitloggen"): _STAFF,
        ("GET", "/desk/account"): _STAFF,
        ("POST", "/desk/account/taal"): _STAFF,
        ("POST", "/desk/account/wachtwoord"): _STAFF,
        ("GET", "/desk"): _STAFF,
        ("GET", "/desk/zaken"): _STAFF,
        ("GET", "/desk/vraag"): _STAFF,
        ("POST", "/desk/vraag"): _STAFF,
        ("POST", "/desk/vraag/zaak"): _WORKERS,
        ("GET", "/desk/initiatieven"): _STAFF,
        ("GET", "/desk/initiatieven.csv"): _STAFF,
        ("GET", _CASE): _STAFF,
        ("GET", f"{_CASE}/aanwezig"): _STAFF,
        ("POST", f"{_CASE}/volgen"): _STAFF,
        ("POST", f"{_CASE}/loslaten"): _STAFF,
        ("POST", f"{_CASE}/notitie"): _WORKERS,
        # Of these a partner does only what `may_handle` allows for the case.
        ("POST", f"{_CASE}/oppakken"): _WORKERS,
        ("POST", f"{_CASE}/bericht"): _WORKERS,
        ("POST", f"{_CASE}/doorzetten"): _WORKERS,
        ("POST", f"{_CASE}/duiden"): _WORKERS,
        ("POST", f"{_CASE}/vervolg"): _WORKERS,
        ("POST", f"{_CASE}/vervolg/{{number}}/afzeggen"): _WORKERS,
        ("POST", f"{_CASE}/afronden"): _WORKERS,
        ("POST", f"{_CASE}/heropenen"): _WORKERS,
        ("GET", f"{_TALK}/gebeurtenissen"): _WORKERS,
        ("POST", f"{_TALK}/overnemen"): _WORKERS,
        ("POST", f"{_TALK}/zeg"): _WORKERS,
        ("POST", f"{_TALK}/typt"): _WORKERS,
        ("POST", f"{_TALK}/teruggeven"): _WORKERS,
        ("GET", "/desk/aanwezigheid"): _WORKERS,
        ("POST", "/desk/aanwezigheid"): _WORKERS,
        ("GET", "/desk/aanwezigheid/teken"): _WORKERS,
        ("GET", "/desk/overzicht"): _LEADS,
        ("GET", "/desk/postvak-uit"): _LEADS,
        ("POST", "/desk/postvak-uit/{item}/opnieuw"): _LEADS,
        ("GET", "/desk/logboek"): _LEADS,
    }
)
"""Method and path of every page of the desk, with the roles that may ask for it."""


BY_ITSELF = frozenset((f"{_CASE}/aanwezig", f"{_TALK}/gebeurtenissen", "/desk/aanwezigheid/teken"))
"""Pages that scripts ask for without anybody doing something: they keep no session alive."""


def may(role: str, method: str, path: str) -> bool:
    """Whether a role (or nobody) may ask for the page; a page that is not in the table is for nobody."""
    return role in RIGHTS.get(("GET" if method == "HEAD" else method, path), ())


def owns(account: Account, case: Case) -> bool:
    """Whether the case is the account's own."""
    return account.partner_id is not None and (case.owner_kind, case.owner_id) == (
        PARTNER,
        account.partner_id,
    )


def may_handle(account: Account, case: Case, catalogue: Catalogue) -> bool:
    """Whether the account may answer, transfer, close and so on.

    Leads and admins always; a partner for cases of their own, of the team, and of who they are the deputy of.
    """
    if account.role in _LEADS:
        return True
    if account.role != STAFF_PARTNER:
        return False
    if case.owner_kind == TEAM or owns(account, case):
        return True
    owner = catalogue.partners.get(case.owner_id)
    return owner is not None and owner.deputy == account.partner_id


def may_see_person(account: Account, case: Case, catalogue: Catalogue) -> bool:
    """Whether the account may read contact details and messages: who handles the case, and nobody else.

    Messages count too, because people write their name and address in them.
    """
    return may_handle(account, case, catalogue)


def sees_everybody(account: Account) -> bool:
    """Whether the account may search for people in all cases."""
    return account.role in _LEADS


def is_reader(account: Account) -> bool:
    """Whether the account only looks on."""
    return account.role == READER
