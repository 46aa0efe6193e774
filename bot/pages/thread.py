"""A conversation as plain HTML shows it: who says what, when, in which language, with cards and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from routing.catalogue import Catalogue
from routing.handoff.words import day_in_words

INITIATOR = "inwoner"
_SENDERS = {INITIATOR: "resident", "chatbot": "chatbot", "medewerker": "staff", "systeem": "system"}
_CARDS = {"samenvatting": "summary", "zaak": "case", "dienst": "service", "nood": "emergency"}
_REPLACES_WORDS = ("service", "emergency")
_FIRST_SENTENCE = re.compile(r"\A.*?[.!?](?=\s|$)", re.DOTALL)
_LINK = re.compile(r"https://[^\s<>\"“”]*[^\s<>\"“”.,;:!?)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def with_links(text: str) -> Markup:
    """A text with its web and mail addresses as links; everything else is escaped."""
    return Markup("").join(_linked(text))


def _linked(text: str) -> Iterator[Markup]:
    start = 0
    for found in _LINK.finditer(text):
        yield escape(text[start : found.start()])
        href = found[0] if found[0].startswith("https:") else f"mailto:{quote(found[0], safe='@')}"
        yield Markup('<a href="{}">{}</a>').format(href, found[0])
        start = found.end()
    yield escape(text[start:])


class Teller:
    """Makes the messages of the API ready for a template."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def tell(self, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The messages, oldest first; only what was offered after the resident's last words can be chosen."""
        last = max((m["id"] for m in messages if m["van"] == INITIATOR), default=0)
        return [self._message(m, is_open=m["id"] > last) for m in messages]

    def _message(self, message: Mapping[str, Any], *, is_open: bool) -> dict[str, Any]:
        language = message["taal"] if message["taal"] in ("nl", "en") else "nl"
        card = self._card(message["kaart"], language)
        at = self._catalogue.calendar.local(datetime.fromisoformat(message["tijd"]))
        return {
            "number": message["id"],
            "sender": _SENDERS.get(message["van"], "system"),
            "author": message.get("wie"),
            "language": language,
            "text": _words(message["tekst"], card),
            "card": card,
            "buttons": message["knoppen"] if is_open else [],
            "at": at,
            "moment": f"{at:%H:%M}",
            "day": day_in_words(at.date(), language),
        }

    def _card(self, card: Mapping[str, Any] | None, language: str) -> dict[str, Any] | None:
        """What a card shows, with names for the ids in it; None for a kind that the text tells as well."""
        kind = _CARDS.get((card or {}).get("soort", ""))
        if kind is None or (kind in _REPLACES_WORDS and not card.get("antwoord")):
            return None
        shown = {**card, "kind": kind}
        if kind == "case":
            shown["doelen"] = [self._goal(number, language) for number in card.get("doelen", ())]
            shown["instrumenten"] = [self._tool(one, language) for one in card.get("instrumenten", ())]
            shown["dag"] = day_in_words(date.fromisoformat(card["antwoordVoor"]), language)
        return shown

    def _goal(self, number: int, language: str) -> dict[str, Any]:
        known = self._catalogue.goals.get(number)
        return {"nummer": number, "naam": known.name.in_(language) if known else ""}

    def _tool(self, id: str, language: str) -> dict[str, str]:
        known = self._catalogue.instruments.get(id)
        return {
            "naam": known.name.in_(language) if known else id,
            "aanbod": known.offers.in_(language) if known else "",
        }


def _words(text: str, card: Mapping[str, Any] | None) -> str:
    """The words to keep above a card, which says the rest."""
    if card is None:
        return text
    if card["kind"] in _REPLACES_WORDS:
        return ""
    found = _FIRST_SENTENCE.match(text)
    return found[0] if found else text
