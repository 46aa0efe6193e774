"""Names of the municipality are understood in what a resident says, whatever the municipality is called."""

from __future__ import annotations

import pytest

from actions.base import cues

NAMES = ("Voorbeeldstad", "Voorbeeld aan Zee")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("said", ["in heel {}", "overal in {}!", "for ALL OF {}"])
def test_the_whole_municipality_is_named_by_any_of_its_names(said: str, name: str) -> None:
    assert cues(said.format(name), "whole_city", NAMES) == ["whole_city"]


def test_another_municipality_is_not_this_one() -> None:
    assert cues("in heel Delft", "whole_city", NAMES) == []
    assert cues("in heel Delft", "whole_city", ("Delft",)) == ["whole_city"]


def test_what_every_municipality_says_needs_no_name() -> None:
    assert cues("in de hele stad", "whole_city") == ["whole_city"]
    assert cues("heel mooi", "whole_city") == []


def test_its_university_is_a_party() -> None:
    assert cues("studie aan de TU Delft", "parties", ("Delft",)) == ["university"]
    assert cues("with the University of Voorbeeldstad", "parties", NAMES) == ["university"]
    assert cues("University of Delft", "parties", NAMES) == []
