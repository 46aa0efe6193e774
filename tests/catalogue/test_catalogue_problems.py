"""What is wrong in a catalogue is told all at once, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.catalogue import CatalogueError, load_catalogue


def problems_of(folder: Path) -> list[str]:
    """The problems of loading as `file:line: message`, the file without its folder."""
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folder)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


CASES = [
    ("partners", "deputy: partner-2", "deputy: partner-99", "partner-1:", "unknown deputy 'partner-99'"),
    ("partners", "deputy: partner-2", "deputy: partner-1", "partner-1:", "cannot be its own deputy"),
    ("partners", "[partner, verbinder]", "[partner, tovenaar]", "partner-1:", "unknown role 'tovenaar'"),
    ("partners", "[partner, verbinder]", "[]", "partner-1:", "partner-1 has no role"),
    ("partners", "hof-van-delft", "hof-van-twente", "partner-1:", "unknown neighbourhood 'hof-van-twente'"),
    ("partners", "partner-2@", "partner-1@", "partner-2:", "the same e-mail address as partner-1"),
    ("partners", "partner-1@example.org", "partner-1", "email: partner-1", "expected something like"),
    ("partners", "\npartner-2:\n", "\npartner-1:\n", None, "'partner-1' stands here twice"),
    (
        "partners",
        "capacity: 14",
        "capacity: veel",
        "capacity: veel",
        "expected a whole number from 0 to 1000",
    ),
    ("partners", "capacity: 14", "capaciteit: 14", "capaciteit: 14", "unknown key 'capaciteit'"),
    ("partners", "2026-12-21", "2026-13-21", "2026-13-21", "expected a date"),
    ("partners", "2026-12-21", "2027-12-21", "2027-12-21", "the absence ends before it begins"),
    ("partners", "languages: [nl, tr]", "languages: [nl, Turks]", "Turks", "expected something like nl"),
    ("roles", "nl: adviseur, en: adviser", "nl: adviseur", "{nl: adviseur}", "'en' is missing"),
    ("roles", "promise_days: 3", "promise_days: 0", "promise_days: 0", "expected a whole number from 1"),
    ("roles", "supporting: true", "supporting: ja", "supporting: ja", "expected true or false"),
    ("roles", "\npartner:\n", "\nPartner:\n", None, "small letters"),
    ("roles", "\npartner:\n", "\nmaatje:\n", None, "no question separates adviseur and maatje"),
    ("roles", "\npartner:\n", "\nmaatje:\n", "adviseur:", "the role partner is missing"),
    ("emergencies", "\nnood-112:\n", "\nnood:\n", "nood:", "the emergency nood-112 is missing"),
    ("goals", "\n17:\n", "\n18:\n", None, "unknown goal '18'"),
    ("goals", "\n17:\n", "\n18:\n", "1:", "missing goals: 17"),
    ("goals", '"#E5243B"', "rood", "colour: rood", "expected something like #E5243B"),
    ("instruments", "audience: staff", "audience: iedereen", "audience: iedereen", "unknown audience"),
    (
        "instruments",
        "https://www.maex.nl",
        "www.maex.nl",
        "url: www.maex.nl",
        "expected something like https",
    ),
    ("services", "{phone}", "{telefoon}", "{telefoon}", "unknown place {telefoon}"),
    ("services", "name: {nl: rijbewijs", "naam: {nl: rijbewijs", "rijbewijs", "unknown key 'naam'"),
    ("emergencies", 'phone: "144"', "phone:  # leeg", "# leeg", "expected a text"),
    (
        "neighbourhoods",
        "Agnetapark",
        "Poptahof",
        "voorhof:",
        "the name 'Poptahof' already belongs to hof-van",
    ),
    (
        "neighbourhoods",
        "tanthof-oost]",
        "tanthof-noord]",
        "tanthof:",
        "unknown neighbourhood 'tanthof-noord'",
    ),
    ("neighbourhoods", "[Delftsehout]", "['!!']", "['!!']", "there is no word in it"),
    ("rules", "kind: [plan, staff]", "kind: [idee]", "[idee]", "unknown kind 'idee'"),
    ("rules", "{role: adviseur}", "{role: raadgever}", "past-in-beleid", "unknown role 'raadgever'"),
    ("rules", "{role: adviseur}", "{partner: partner-99}", "past-in-beleid", "unknown partner 'partner-99'"),
    ("rules", "[subsidiescan]", "[geldboom]", "subsidie-zoeken", "unknown instrument 'geldboom'"),
    ("rules", "{role: adviseur}", "{}", "then: {}", "a rule must decide something"),
    ("rules", "id: crowdfunding", "id: uitdaagrecht", None, "'uitdaagrecht' stands here twice"),
    (
        "rules",
        "{role: adviseur}",
        "{role: adviseur, partner: partner-1}",
        "past-in",
        "does not have the role",
    ),
    (
        "questions",
        "[adviseur, partner]",
        "[adviseur, adviseur]",
        "[adviseur, adviseur]",
        "two different roles",
    ),
    ("questions", "[adviseur, partner]", "[adviseur, ketenregisseur]", None, "stands here twice"),
    ("questions", "[adviseur, partner]", "[adviseur, maatje]", "[adviseur, maatje]", "unknown role 'maatje'"),
    ("hours", "easter: 39", "pasen: 39", "pasen: 39", "unknown key 'pasen'"),
    ("hours", "easter: 39", "easter: 39\n    yearly: 05-14", "easter: 39", "exactly one of"),
    ("hours", "yearly: 04-27", "yearly: 27-04", "yearly: 27-04", "expected month and day"),
    ("hours", '"09:00-17:00"', '"17:00-09:00"', '"17:00-09:00"', "expected hours such as"),
    ("hours", "monday:", "maandag:", "maandag:", "unknown key 'maandag'"),
    ("municipality", "name: Delft", "name: '!!'", "name: '!!'", "there is no word in it"),
    ("municipality", "Europe/Amsterdam", "Europe/Delft", "Europe/Delft", "unknown time zone 'Europe/Delft'"),
    ("municipality", "id: delft", "id: delft\nextends: nergens", "nergens", "there is no folder 'nergens'"),
]


@pytest.mark.parametrize(("section", "old", "new", "place", "message"), CASES)
def test_a_problem_is_told_with_its_line(edited, section, old, new, place, message):
    folder = edited(**{section: [(old, new)]})
    found = [problem for problem in problems_of(folder) if message in problem]
    assert found, problems_of(folder)
    if place is not None:
        lines = (folder / f"{section}.yml").read_text(encoding="utf-8").splitlines()
        numbers = [number for number, line in enumerate(lines, 1) if place in line]
        assert any(problem.startswith(f"{section}.yml:{number}: ") for problem in found for number in numbers)


def test_a_colour_may_be_written_in_small_letters(edited):
    folder = edited(goals=[('"#E5243B"', '"#e5243b"')])
    assert load_catalogue(folder).goals[1].colour == "#e5243b"


def test_all_problems_are_told_at_once_and_in_order(edited):
    folder = edited(
        partners=[
            ("deputy: partner-2", "deputy: partner-99"),
            ("[ketenregisseur, veranderaar]", "[ketenregisseur, tovenaar]"),
        ],
        services=[("{phone}", "{telefoon}")],
        roles=[("en: adviser}", "fr: conseil}")],
    )
    line = line_of(folder, "services.yml", "{telefoon}")
    problems = problems_of(folder)
    assert problems == [
        "partners.yml:3: unknown deputy 'partner-99'",
        f"partners.yml:{line_of(folder, 'partners.yml', 'partner-10:')}: unknown role 'tovenaar'",
        "roles.yml:3: 'en' is missing",
        "roles.yml:3: unknown key 'fr'; known: en, nl",
        f"services.yml:{line}: unknown place {{telefoon}}; known: address, municipality, phone, website",
    ]


def test_a_file_that_is_not_yaml_does_not_hide_the_others_or_cause_false_problems(edited):
    folder = edited(partners=[("partner-1:", "partner-1: [")], roles=[("en: adviser}", "fr: conseil}")])
    problems = problems_of(folder)
    assert problems[0].startswith("partners.yml:")
    assert "not valid YAML" in problems[0]
    assert [problem.split(":")[0] for problem in problems[1:]] == ["roles.yml", "roles.yml"]


def test_a_list_where_entries_should_be_is_one_problem(edited):
    folder = edited()
    (folder / "instruments.yml").write_text("- maex\n", encoding="utf-8")
    assert problems_of(folder) == ["instruments.yml:1: expected keys with values"]


@pytest.mark.parametrize("content", ["", "# only a comment\n"])
def test_an_empty_file_is_a_problem(edited, content):
    folder = edited()
    (folder / "hours.yml").write_text(content, encoding="utf-8")
    assert problems_of(folder) == ["hours.yml:1: the file is empty"]


def test_a_missing_municipality_is_one_problem_of_many(edited):
    folder = edited(partners=[("deputy: partner-2", "deputy: partner-99")])
    (folder / "municipality.yml").unlink()
    problems = problems_of(folder)
    assert problems == [
        "municipality.yml:1: the file is missing",
        "partners.yml:3: unknown deputy 'partner-99'",
    ]


def test_a_file_in_another_encoding_is_a_problem(edited):
    folder = edited()
    (folder / "hours.yml").write_bytes("text: één".encode("latin-1"))
    assert problems_of(folder)[0].startswith("hours.yml:1: cannot be read")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CatalogueError, match="there is no such folder"):
        load_catalogue(tmp_path / "nergens")


def test_a_role_without_a_partner_is_a_warning(edited):
    """Cases of that role go to the team, so the front door can open."""
    folder = edited(partners=[("roles: [adviseur]", "roles: [partner]"), ("[adviseur, kwal", "[kwal")])
    catalogue = load_catalogue(folder)
    messages = [problem.message for problem in catalogue.warnings]
    assert "no partner has the role adviseur; the team gets its cases" in messages
    assert {problem.level for problem in catalogue.warnings} == {"warning"}


def test_a_deputy_without_a_common_role_is_a_warning(edited):
    catalogue = load_catalogue(edited(partners=[("deputy: partner-8", "deputy: partner-9")]))
    (warning,) = catalogue.warnings
    assert warning.mark == catalogue.marks["partners", "partner-7"]
    assert str(warning).endswith(": warning: deputy partner-9 has none of the roles of partner-7")
