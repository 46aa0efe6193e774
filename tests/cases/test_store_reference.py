"""Reference numbers, with the MOD 97-10 of python-stdnum as the judge."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from routing.cases.reference import (
    InvalidReference,
    Reference,
    find_reference,
    is_reference,
    make_reference,
    parse_reference,
)

years = st.integers(2000, 9999)
serials = st.integers(1, 999_999)
references = st.builds(make_reference, years, serials)


def digits(reference: str) -> str:
    return "".join(character for character in reference if character.isdigit())


def test_it_looks_as_promised() -> None:
    assert make_reference(2026, 123) == f"LK-2026-000123-{mod_97_10.calc_check_digits('2026000123')}"


@given(years, serials)
def test_the_oracle_agrees(year: int, serial: int) -> None:
    reference = make_reference(year, serial)
    assert mod_97_10.is_valid(digits(reference))
    assert reference[-2:] == mod_97_10.calc_check_digits(digits(reference)[:-2])


@given(years, serials)
def test_reading_is_the_inverse_of_writing(year: int, serial: int) -> None:
    reference = make_reference(year, serial)
    assert parse_reference(reference) == Reference(year, serial)
    assert str(parse_reference(reference)) == reference
    assert is_reference(reference)


@given(references, st.sampled_from(["", " ", "-", " - ", "  "]), st.booleans())
def test_people_may_write_it_loosely(reference: str, separator: str, capitals: bool) -> None:
    loose = separator.join(reference.split("-"))
    loose = f" {loose.upper() if capitals else loose.lower()} "
    assert str(parse_reference(loose)) == reference


@given(references, st.integers(0), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(reference: str, place: int, digit: str) -> None:
    places = [index for index, character in enumerate(reference) if character.isdigit()]
    index = places[place % len(places)]
    assume(reference[index] != digit)
    assert not is_reference(reference[:index] + digit + reference[index + 1 :])


@given(references, st.integers(0))
def test_two_swapped_digits_are_noticed(reference: str, place: int) -> None:
    places = [index for index, character in enumerate(reference) if character.isdigit()]
    at = place % (len(places) - 1)
    first, second = places[at], places[at + 1]
    assume(reference[first] != reference[second])
    swapped = list(reference)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert not is_reference("".join(swapped))


@given(references, st.sampled_from(["{}", "mijn kenmerk is {}.", "zaak: {}, wat nu?", "({})", "LK-1 of {}?"]))
def test_it_is_found_in_a_sentence(reference: str, sentence: str) -> None:
    assert find_reference(sentence.format(reference)) == reference
    assert find_reference(sentence.format(reference.lower().replace("-", " "))) == reference


@given(st.text())
def test_any_text_gives_a_clear_answer(text: str) -> None:
    found = find_reference(text)
    assert found is None or is_reference(found)
    if not is_reference(text):
        with pytest.raises(InvalidReference):
            parse_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LK",
        "LK-2026-000123-00",
        "LK-2026-123-45",
        "XX-2026-000001-16",
        "LK-1999-000001-56",
        # A zero more would be a second spelling of one number.
        f"LK-2026-0000001-{mod_97_10.calc_check_digits('20260000001')}",
        f"LK-2026-000000-{mod_97_10.calc_check_digits('2026000000')}",
        "LK-٢٠٢٦-000001-16",
    ],
)
def test_what_is_no_reference(text: str) -> None:
    assert not is_reference(text)
    assert find_reference(text) is None


@pytest.mark.parametrize(("year", "serial"), [(1999, 1), (10_000, 1), (2026, 0), (2026, -1), (2026, 10**6)])
def test_out_of_range(year: int, serial: int) -> None:
    with pytest.raises(InvalidReference):
        make_reference(year, serial)
