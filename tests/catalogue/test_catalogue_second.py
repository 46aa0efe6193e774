"""A second municipality is only a folder, and neighbourhoods are found in what people type."""

from __future__ import annotations

from datetime import date

import pytest

from routing.catalogue import CatalogueError, Facts, load_catalogue
from routing.catalogue.check import check


def test_it_has_its_own_place_and_people(second):
    assert second.municipality.name == "Voorbeeldstad"
    assert sorted(second.partners) == ["partner-a", "partner-b"]
    assert sorted(second.neighbourhoods) == ["dorp", "stad"]
    assert sorted(second.services) == ["contact", "fietsdepot", "paspoort"]
    assert sorted(second.instruments) == ["buurtbudget", "prestatieverklaring"]
    assert second.municipality.names == ("Voorbeeldstad", "Voorbeeld aan Zee")


def test_what_is_the_same_everywhere_comes_from_delft(second, delft):
    assert second.goals == delft.goals
    assert second.roles == delft.roles
    assert second.questions == delft.questions
    assert second.calendar == delft.calendar


def test_texts_name_the_own_number_and_place(second):
    assert "14000" in second.emergencies["dakloos"].answer.nl
    assert second.emergencies["dakloos"].phone == "14000"
    assert second.services["contact"].answer.en == "Call 14000, or come to Voorbeeldplein 1, Voorbeeldstad."
    assert second.services["paspoort"].url == "https://www.example.org"
    assert second.services["paspoort"].phone == "14000"
    assert second.instruments["prestatieverklaring"].by == "Gemeente Voorbeeldstad"


def test_staff_have_their_own_texts(second, delft):
    assert list(second.canned) == ["kennismaken"]
    assert (
        second.canned["kennismaken"].text.nl == "Fijn dat je er bent. Bel ons op 14000, dan maken we kennis."
    )
    assert "meer-weten" in delft.canned


def test_its_rule_decides_on_a_partner(second):
    rule = second.first_rule(Facts("Mogen wij het dorpsplein vernieuwen?", kind="plan"))
    assert rule.then.partner == "partner-b"


def test_the_check_tells_which_roles_are_empty_and_nothing_else(second):
    problems = check(second)
    assert [problem.message for problem in problems] == [
        "no partner has the role ketenregisseur; the team gets its cases",
        "no partner has the role kwaliteitsbewaker; the team gets its cases",
    ]
    assert {problem.level for problem in problems} == {"warning"}


@pytest.mark.parametrize("section", ["partners", "neighbourhoods", "services", "instruments"])
def test_people_and_places_are_never_taken_over(edited, second_path, section, tmp_path):
    """A file that is forgotten must not send the cases of one municipality to the people of another."""
    copy = tmp_path / "stad"
    copy.mkdir()
    for path in second_path.iterdir():
        if path.stem != section:
            (copy / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(copy)
    assert [str(problem) for problem in caught.value.problems if problem.level == "error"] == [
        f"{copy}/{section}.yml:1: the file is missing"
    ]


MENTIONS = [
    ("Wij wonen in de Poptahof.", ["voorhof"]),
    ("nee, niet Tanthof maar VOORHOF", ["tanthof", "voorhof"]),
    ("Tanthof-West", ["tanthof-west"]),
    ("tanthof oost, vlakbij abtswoude", ["tanthof-oost", "abtswoude"]),
    ("In the city centre and near the TU campus", ["binnenstad", "wippolder"]),
    ("Poptahof en Voorhof", ["voorhof"]),
    ("hof van delft of delftse hout?", ["hof-van-delft", "delftse-hout"]),
    ("een winkelcentrum, een centrum voor ouderen", []),
    ("de voorhoftuin", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "ids"), MENTIONS)
def test_neighbourhoods_are_found_as_whole_words(delft, text, ids):
    assert [neighbourhood.id for neighbourhood in delft.find_neighbourhoods(text)] == ids


def test_a_mention_tells_the_words_that_were_used(delft):
    (mention,) = delft.find_mentions("op het plein in de Kuyperwijk")
    assert (mention.neighbourhood.name, mention.words, mention.start) == ("Voordijkshoorn", "Kuyperwijk", 19)


def test_every_name_and_alias_leads_to_its_neighbourhood(delft):
    for neighbourhood in delft.neighbourhoods.values():
        for name in (neighbourhood.name, *neighbourhood.aliases):
            assert delft.find_neighbourhoods(f"vlak bij {name.upper()}!") == [neighbourhood]


def test_an_area_and_its_parts_imply_each_other(delft):
    partner = delft.partners["partner-3"]
    assert partner.covers("tanthof-west")
    assert partner.covers("tanthof")
    assert partner.covers(None)
    assert not partner.covers("voorhof")


def test_a_partner_of_a_part_works_in_the_area(edited):
    catalogue = load_catalogue(edited(partners=[("[tanthof, abtswoude", "[tanthof-oost, abtswoude")]))
    partner = catalogue.partners["partner-3"]
    assert partner.covers("tanthof")
    assert not partner.covers("tanthof-west")


def test_absence_counts_its_first_and_last_day(delft):
    partner = delft.partners["partner-5"]
    days = [date(2026, 12, 20), date(2026, 12, 21), date(2027, 1, 3), date(2027, 1, 4)]
    assert [partner.is_absent(day) for day in days] == [False, True, True, False]


def test_a_catalogue_cannot_be_changed(delft):
    with pytest.raises(TypeError):
        delft.partners["partner-13"] = delft.partners["partner-1"]
