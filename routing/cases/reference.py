"""Reference numbers such as LK-2026-000123-38: year, serial number within the year, two check digits.

The check digits follow ISO 7064 MOD 97-10 over the digits of year and serial number, so one wrong digit and
two digits in the wrong order never pass as another number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_YEARS = range(2000, 10_000)
# Six digits: more plans a year than any Dutch city has residents.
_SERIALS = range(1, 1_000_000)
_SHAPE = re.compile(r"\blk[\s-]*(\d{4})[\s-]*(\d{6})[\s-]*(\d{2})(?!\d)", re.IGNORECASE | re.ASCII)


class InvalidReference(ValueError):
    """This is not a reference number."""


@dataclass(frozen=True)
class Reference:
    """A reference number in its parts."""

    year: int
    serial: int

    def __str__(self) -> str:
        return make_reference(self.year, self.serial)


def make_reference(year: int, serial: int) -> str:
    """The reference number of the serial number (from 1) in that year.

    Raises:
        InvalidReference: year or serial number is out of range.
    """
    if year not in _YEARS or serial not in _SERIALS:
        raise InvalidReference(f"no reference number for year {year} and serial {serial}")
    return f"LK-{year:04d}-{serial:06d}-{check_digits(f'{year:04d}{serial:06d}')}"


def check_digits(digits: str) -> str:
    """The two digits that make the whole number equal 1 modulo 97 (ISO 7064 MOD 97-10)."""
    return f"{98 - int(digits) * 100 % 97:02d}"


def parse_reference(text: str) -> Reference:
    """Reads a reference number as people write it: any case, with or without dashes and spaces.

    Raises:
        InvalidReference: another shape, or the check digits are wrong.
    """
    found = _SHAPE.fullmatch(text.strip())
    reference = _checked(found) if found else None
    if reference is None:
        raise InvalidReference(f"not a reference number: {text[:40]!r}")
    return reference


def is_reference(text: str) -> bool:
    """Whether `parse_reference` would read it."""
    found = _SHAPE.fullmatch(text.strip())
    return found is not None and _checked(found) is not None


def find_reference(text: str) -> str | None:
    """The first valid reference number within a text, as `make_reference` writes it."""
    for found in _SHAPE.finditer(text):
        reference = _checked(found)
        if reference is not None:
            return str(reference)
    return None


def _checked(found: re.Match[str]) -> Reference | None:
    year, serial, check = found.groups()
    if int(year) not in _YEARS or int(serial) not in _SERIALS:
        return None
    return Reference(int(year), int(serial)) if check == check_digits(year + serial) else None
