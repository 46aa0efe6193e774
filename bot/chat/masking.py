"""Takes citizen service numbers and account numbers out of a text before anything keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from stdnum import iban
from stdnum.nl import bsn

# Nine digits (or eight, when the leading zero is left out), perhaps with dots, dashes or spaces
# between them, and no further digit before or behind: a phone number has ten.
_BSN = re.compile(r"(?<!\d)(?<!\d[ .\-])\d(?:[ .\-]?\d){7,8}(?![ .\-]?\d)")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ .\-]?[A-Za-z0-9]{4}){2,7}(?:[ .\-]?[A-Za-z0-9]{1,3})?\b")


@dataclass(frozen=True)
class Masks:
    """What stands in the place of a number that was taken out."""

    bsn: str
    iban: str


def mask(text: str, masks: Masks) -> str:
    """The text without valid BSNs (11-test) and IBANs (ISO 7064).

    Numbers that fail the test stay: a wrong guess would take words from a person.
    """
    text = _replace(_IBAN, text, iban.is_valid, masks.iban)
    return _replace(_BSN, text, _is_bsn, masks.bsn)


def _replace(pattern: re.Pattern[str], text: str, is_valid: Callable[[str], bool], by: str) -> str:
    return pattern.sub(lambda found: by if is_valid(found[0]) else found[0], text)


def _is_bsn(text: str) -> bool:
    return bsn.is_valid(re.sub(r"\D", "", text).zfill(9))
