"""A browser of the plainest kind: it keeps cookies, follows links and sends forms, and knows no scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

EMPTY = frozenset(("input", "meta", "link", "img", "br"))


@dataclass
class Form:
    """A form of a page: where it goes, and what it sends."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Words, name and value of each button."""

    def at(self, path: str) -> Form:
        """The same form on the page at this path, to which a form without an address goes."""
        return replace(self, action=path)


class Reader(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._inside: tuple[str, dict[str, Any]] | None = None
        self._words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(values.get("method", "get"), values.get("action", ""))
            self.forms.append(self._form)
        elif self._form and tag == "input" and values.get("type") != "radio":
            self._form.fields[values["name"]] = values.get("value", "")
        elif self._form and tag in ("textarea", "button"):
            self._inside, self._words = (tag, values), ""

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif self._form and self._inside and self._inside[0] == tag:
            values = self._inside[1]
            if tag == "textarea":
                self._form.fields[values["name"]] = self._words.removeprefix("\n")
            else:
                words = " ".join(self._words.split())
                self._form.buttons.append((words, values.get("name", ""), values.get("value", "")))
            self._inside = None


class PlainBrowser:
    """One person with one browser; ``page`` is what is on the screen."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.client = httpx.Client(
            base_url=url,
            timeout=60,
            follow_redirects=True,
            headers={"Accept": "text/html,application/xhtml+xml", "Accept-Language": "nl", **headers},
        )
        self.page: httpx.Response | None = None

    def go(self, path: str) -> httpx.Response:
        """Open a page."""
        self.page = self.client.get(path)
        return self.page

    @property
    def html(self) -> str:
        return self.page.text

    @property
    def words(self) -> str:
        """What the page shows, without its tags."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def forms(self) -> list[Form]:
        return Reader(self.html).forms

    def buttons(self) -> list[str]:
        """The words of all buttons."""
        return [words for form in self.forms for words, _, _ in form.buttons]

    def filled(self, button: str, **fields: str) -> tuple[Form, dict[str, str]]:
        """The newest form with this button, and what pressing it sends."""
        for form in reversed(self.forms):
            for words, name, value in form.buttons:
                if words == button:
                    sent = {**form.fields, **fields}
                    return form, {**sent, name: value} if name else sent
        raise AssertionError(f"no button {button!r}: {self.buttons()}")

    def press(self, button: str, **fields: str) -> httpx.Response:
        """Fill a form in and press its button."""
        form, sent = self.filled(button, **fields)
        return self.send(form, sent)

    def send(self, form: Form, sent: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as a browser does, and show what comes back."""
        path = form.action.partition("#")[0]
        if form.method == "get":
            return self.go(path)
        origin = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **headers}
        self.page = self.client.post(path, data=sent, headers=origin)
        return self.page
