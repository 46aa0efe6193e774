"""Forms of people without an account: what was filled in, whether it came from our own page, and cookies.

A form carries a keyed hash of a random cookie. Another site can make a browser send the cookie, but cannot
know the hash; and where a browser says from which site a form comes, it must be ours.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from routing.cases.columns import storable

FIELD = "formulier"
COOKIE = "loket_form"
_LONGEST_COOKIE = 200


@dataclass(frozen=True)
class Keeper:
    """Gives and checks cookies and the marks of forms; `secret` and `public_url` are those of the house."""

    secret: bytes
    public_url: str

    @property
    def _secure(self) -> bool:
        return self.public_url.startswith("https:")

    def cookie(self, request: web.Request, name: str) -> str:
        """The value of a cookie of ours; empty without one."""
        value = request.cookies.get(self._name(name), "")
        return value if len(value) <= _LONGEST_COOKIE else ""

    def give(self, response: web.Response, name: str, value: str, seconds: int | None = None) -> None:
        """A cookie that scripts cannot read and that no form of another site brings along."""
        response.set_cookie(
            self._name(name),
            value,
            path="/",
            max_age=seconds,
            httponly=True,
            samesite="Lax",
            secure=self._secure,
        )

    def take(self, response: web.Response, name: str) -> None:
        """Takes a cookie back."""
        response.del_cookie(self._name(name), path="/", secure=self._secure, httponly=True, samesite="Lax")

    def _name(self, name: str) -> str:
        # The prefix makes browsers hold a cookie to https and this host, where that is possible.
        return f"__Host-{name}" if self._secure else name

    def seed(self, request: web.Request) -> str:
        """What the forms of this browser are marked by; a new one where there is none yet."""
        return self.cookie(request, COOKIE) or secrets.token_urlsafe(24)

    def mark(self, seed: str) -> str:
        """What a form of ours carries."""
        return self.digest("page-form", seed)[:32].hex()

    def is_ours(self, request: web.Request, form: Mapping[str, str]) -> bool:
        """Whether our own page, in this very browser, has sent a form."""
        seed = self.cookie(request, COOKIE)
        given = form.get(FIELD, "")
        if not seed or not hmac.compare_digest(self.mark(seed).encode(), given.encode("utf-8", "replace")):
            return False
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get(hdrs.ORIGIN)
        return site in (None, "same-origin", "none") and (origin is None or origin in self._origins(request))

    def _origins(self, request: web.Request) -> set[str]:
        public = urlsplit(self.public_url)
        # A machine is reached by more names than the public one, but then the page came by the same name.
        return {f"{public.scheme}://{public.netloc}", f"{request.scheme}://{request.host}"}

    def digest(self, purpose: str, *parts: str) -> bytes:
        """64 bytes that only this house can make from these words, for one purpose."""
        return hmac.digest(self.secret, "\x00".join((purpose, *parts)).encode("utf-8", "replace"), "sha512")


async def read_form(request: web.Request) -> dict[str, str]:
    """The texts of a form, as the store can keep them.

    Raises:
        web.HTTPBadRequest: bytes that are no text, or in an alphabet that nobody knows.
    """
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:
        raise web.HTTPBadRequest from error
    return {
        name: storable(value.replace("\r\n", "\n")) for name, value in form.items() if isinstance(value, str)
    }
