"""The page of a case: what it shows, to whom, and what it says of a form that is wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy import select

from routing.cases.database import reading
from routing.cases.desk_models import Account
from routing.catalogue import Catalogue
from routing.desk.wording import Wording
from tests.desk.case_facts import REPLY, audit_of, events_of
from tests.desk.conftest import words_of


def test_the_page_shows_all_that_is_known(partner, make_case) -> None:
    text = partner.text(f"/desk/zaken/{make_case().reference}")
    for words in (
        "nieuw", "Eigenaar: Partner Een", "Antwoord uiterlijk", "Voorhof", "verbinder", "71%", "Geen honger",
        "83%", "een moestuin", "wie wil er meedoen", "MAEX", "Hoi, ik ben Wilhelmina.", "Wat een mooi plan!",
        "Wilhelmina de Wit", "inwoner@example.org", "Binnengekomen. Eigenaar werd", "inwoner wachtte op",
        "Wat meetelde: de gevraagde hulp 60%, het verhaal 37%",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"text": 1.0}, ""),
        ({"text": 0.95, "help": 0.05, "parties": 0.0, "phase": 0.0}, ""),
        (
            {"text": 0.2, "help": 0.3, "parties": 0.1, "phase": 0.4},
            "how far it is 40%, the help",
        ),
    ],
)
def test_what_counted_in_the_role_is_told_where_it_was_more_than_the_text(
    weights: dict, told: str, delft: Catalogue
) -> None:
    words = Wording(delft, "en").weighed(weights)
    assert words.startswith(told)
    assert bool(words) == bool(told)


def test_the_words_that_led_to_a_conclusion_are_marked(partner, make_case) -> None:
    html = partner.get(f"/desk/zaken/{make_case().reference}").text
    assert '<mark>een moestuin</mark><sup class="led">2</sup>' in html
    assert '<mark>wie wil er meedoen</mark><sup class="led">verbinder</sup>' in html


def test_what_a_resident_typed_is_never_markup(partner, make_case) -> None:
    case = make_case(plan="<script>alert('x')</script> & een moestuin <b>samen</b>")
    html = partner.get(f"/desk/zaken/{case.reference}").text
    assert "<script>alert" not in html
    assert "<b>samen" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; <mark>een moestuin</mark>" in html


def test_a_case_is_found_by_its_number_as_people_write_it(partner, make_case) -> None:
    case = make_case()
    assert partner.get(f"/desk/zaken/{case.reference.lower().replace('-', '')}").status_code == 200
    assert partner.get("/desk/zaken/LK-2026-999999-00").status_code == 404


def test_two_people_in_one_case_are_warned(partner, lead, reader, make_case) -> None:
    case = make_case()
    page = f"/desk/zaken/{case.reference}"
    assert "nu ook open" not in partner.text(page)
    assert "Let op: Collega Partner heeft deze zaak nu ook open." in lead.text(page)
    reader.get(page)
    assert "Collega Lead, Collega Reader hebben deze zaak" in partner.text(page)
    assert partner.get(f"{page}/aanwezig").json() == {"anderen": ["Collega Lead", "Collega Reader"]}


WRONG = [
    ("bericht", {"tekst": " ", "soort": "answer"}, "Vul dit in."),
    ("bericht", {"tekst": "x" * 4001, "soort": "answer"}, "hoogstens 4000 tekens"),
    ("bericht", {"tekst": "Dag", "soort": "anders"}, "Kies wat voor bericht het is."),
    ("notitie", {"tekst": ""}, "Vul dit in."),
    ("doorzetten", {"naar": "partner:niemand", "waarom": "x"}, "Kies naar wie de zaak gaat."),
    ("doorzetten", {"naar": "partner:partner-1", "waarom": "x"}, "De zaak is al van deze eigenaar."),
    ("doorzetten", {"naar": "team", "waarom": ""}, "Vul dit in."),
    ("duiden", {"rol": "baas", "doel": "2"}, "Kies een rol uit de lijst."),
    ("duiden", {"rol": "partner", "doel": "18"}, "Kies doelen uit de lijst."),
    ("vervolg", {"soort": "how_is_it", "datum": "morgen", "tekst": "x"}, "Kies een dag."),
    ("vervolg", {"soort": "how_is_it", "datum": "2020-01-01", "tekst": "x"}, "Kies een dag na vandaag"),
    ("vervolg", {"soort": "anders", "datum": "2027-01-05", "tekst": "x"}, "Kies wat voor bericht het is."),
    ("afronden", {"resultaat": "mooi"}, "Kies een resultaat."),
]


@pytest.mark.parametrize(("form", "fields", "words"), WRONG)
def test_a_form_that_is_wrong_says_so_and_keeps_what_was_typed(
    partner, make_case, fresh, form, fields, words
) -> None:
    case = make_case()
    answer = partner.on_case(case, form, **fields)
    assert answer.status_code == 400
    assert words in words_of(answer.text)
    typed = fields.get("tekst") or fields.get("waarom")
    if typed and typed.strip():
        assert f">{typed}</textarea>" in answer.text
    assert fresh(case).version == case.version


def test_all_that_is_wrong_is_told_at_once(partner, make_case) -> None:
    answer = partner.on_case(make_case(), "doorzetten", naar="", waarom="")
    assert "Kies naar wie de zaak gaat." in answer.text
    assert "Vul dit in." in answer.text


def test_standard_texts_come_in_the_language_of_the_resident(partner, make_case) -> None:
    case = make_case(language="en")
    answer = partner.on_case(case, "bericht", doe="invoegen", standaard="uitzoeken", tekst="Dear W,")
    assert answer.status_code == 200
    assert "Dear W,\n\nI have to ask a colleague about this." in answer.text


def test_who_saw_a_person_is_in_the_log_once_an_hour(partner, reader, make_case, store) -> None:
    case = make_case()
    for _ in range(3):
        partner.get(f"/desk/zaken/{case.reference}")
        reader.get(f"/desk/zaken/{case.reference}")
    assert audit_of(store, case) == ["person_seen"]


def test_similar_cases_are_shown(partner, make_case, until) -> None:
    plan = "Een zwemclub voor dames van boven de zeventig, met vervoer en koffie na afloop."
    first, second = make_case(plan=plan), make_case(plan=f"{plan} Wie helpt?")
    until(lambda: first.reference in partner.text(f"/desk/zaken/{second.reference}"))
    assert "% gelijkenis" in partner.text(f"/desk/zaken/{second.reference}")
    assert "misschien dezelfde zaak" in partner.text(f"/desk/zaken/{second.reference}")


def test_the_way_of_a_case_is_shown(partner, lead, make_case) -> None:
    case = make_case(owner="team")
    partner.on_case(case, "oppakken")
    partner.on_case(case, "doorzetten", naar="team", waarom="Toch niet.")
    lead.on_case(case, "doorzetten", naar="partner:partner-3", waarom="Jij dan?")
    text = lead.text(f"/desk/zaken/{case.reference}")
    assert "Doorgezet 3 keer" in text
    assert "Deze zaak gaat rond." in text
    assert "→ Partner Een → Team Publiek Ondernemen → Partner Drie" in text


def test_history_is_in_order(partner, make_case, store) -> None:
    case = make_case()
    partner.on_case(case, "oppakken")
    partner.on_case(case, "bericht", **REPLY)
    assert all(first.id < second.id for first, second in pairwise(events_of(store, case)))
    with reading(store) as session:
        account = session.scalar(select(Account.id).where(Account.login == "partner@example.org"))
    assert {e.actor_id for e in events_of(store, case) if e.kind in ("pick_up", "answer")} == {str(account)}
