"""Takes a person's own mail address and telephone number out of what others wrote about a case."""

from __future__ import annotations

import re

GONE = "[-]"
"""Stands where contact details stood."""
_COUNTRY = ("0031", "31", "0")
"""How a Dutch number may begin, the plus apart; the longest first."""
_BETWEEN = r"[\s().\-/]*"
_LEAST = 6
"""Digits below which a number says nothing about who somebody is."""


def without(text: str, email: str | None, phone: str | None) -> str:
    """The text with the address and the number, however they are written, replaced by a mark."""
    patterns = [_mail(email) if email else None, _number(phone) if phone else None]
    for pattern in filter(None, patterns):
        text = pattern.sub(GONE, text)
    return text


def _mail(email: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.+-]){re.escape(email)}(?![\w-]|\.\w)", re.IGNORECASE)


def _number(phone: str) -> re.Pattern[str] | None:
    digits = re.sub(r"\D", "", phone)
    own = next((digits.removeprefix(start) for start in _COUNTRY if digits.startswith(start)), digits)
    if len(own) < _LEAST:
        return None
    begin = "|".join(_BETWEEN.join(start) for start in _COUNTRY)
    return re.compile(rf"(?<!\d)\(?\+?(?:{begin})?{_BETWEEN}{_BETWEEN.join(own)}(?!\d)")
