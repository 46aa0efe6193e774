"""A person's own address and number leave what others wrote about the case; nothing else does."""

from __future__ import annotations

import pytest

from routing.cases.contact_marks import GONE, without

EMAIL, PHONE = "noor@example.org", "06-12345678"


@pytest.mark.parametrize(
    "written",
    [
        "0612345678",
        "06 12345678",
        "06-1234 5678",
        "06 12 34 56 78",
        "+31612345678",
        "+31 6 12345678",
        "0031 6 12 34 56 78",
        "(06) 12345678",
        "06/12.34.56.78",
    ],
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    text = without(f"Gebeld op {written}, komt dinsdag.", EMAIL, PHONE)
    assert text == f"Gebeld op {GONE}, komt dinsdag."


@pytest.mark.parametrize("known", ["06-12345678", "+31612345678", "0031 612345678"])
def test_it_does_not_matter_how_it_was_left(known: str) -> None:
    assert without("bel 06 1234 5678", None, known) == f"bel {GONE}"


@pytest.mark.parametrize("written", ["noor@example.org", "Noor@Example.org"])
def test_an_address_is_found(written: str) -> None:
    assert without(f"Mail naar {written}.", EMAIL, None) == f"Mail naar {GONE}."


@pytest.mark.parametrize(
    "text",
    [
        "Bel 06-87654321 van de bakker",
        "Zaak LK-2026-000612-34, 1234567 stenen en 3 juli",
        "annoor@example.org schreef ook",
        "noor@example.org.example.com is een ander",
        "nummer 906123456780",
    ],
)
def test_others_stay(text: str) -> None:
    assert without(text, EMAIL, PHONE) == text


def test_nothing_known_nothing_changed() -> None:
    assert without("bel 06-12345678", None, None) == "bel 06-12345678"
    assert without("kamer 12", None, "12") == "kamer 12"
