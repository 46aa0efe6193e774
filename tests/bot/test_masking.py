"""Masking of citizen service numbers and account numbers, against stdnum as an independent oracle."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.nl import bsn

from bot.chat.masking import Masks, mask

MASKS = Masks(bsn="[bsn]", iban="[iban]")


def _valid_bsn(eight: int) -> str | None:
    digits = f"{eight:08d}"
    check = sum((9 - i) * int(d) for i, d in enumerate(digits)) % 11
    return None if check == 10 else f"{digits}{check}"


@given(st.integers(1_000_000, 99_999_999), st.sampled_from(["", ".", "-", " "]))
def test_every_valid_number_goes_however_it_is_written(eight: int, separator: str) -> None:
    number = _valid_bsn(eight)
    assume(number is not None and bsn.is_valid(number))
    written = separator.join((number[:4], number[4:6], number[6:]))
    assert mask(f"mijn nummer is {written}, dank u", MASKS) == "mijn nummer is [bsn], dank u"


@given(st.integers(100_000_000, 999_999_999))
def test_a_number_that_fails_the_test_stays(number: int) -> None:
    assume(not bsn.is_valid(str(number)))
    text = f"zaak {number} graag"
    assert mask(text, MASKS) == text


@given(st.text(max_size=200))
def test_text_without_digits_is_left_alone(text: str) -> None:
    assume(not any(c.isdigit() for c in text))
    assert mask(text, MASKS) == text


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text, MASKS)
    assert mask(once, MASKS) == once


@pytest.mark.parametrize(
    "text",
    [
        "bel 0612345678",
        "bel 06 12345678",
        "bel 015-2602911",
        "LK-2026-000123-45",
        "2600 JA Delft",
        "1112223334445",
        "in 2024, 2025 en 2026",
    ],
)
def test_phone_case_and_other_numbers_stay(text: str) -> None:
    assert mask(text, MASKS) == text


def test_eight_digits_count_with_their_leading_zero() -> None:
    assert bsn.is_valid("010464554")
    assert mask("bsn 10464554", MASKS) == "bsn [bsn]"


def test_account_numbers_go() -> None:
    assert mask("stort op NL91 ABNA 0417 1643 00 graag", MASKS) == "stort op [iban] graag"
    assert mask("stort op NL91 ABNA 0417 1643 01 graag", MASKS) == "stort op NL91 ABNA 0417 1643 01 graag"
