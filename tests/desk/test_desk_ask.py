"""A colleague asks where something belongs: advice with reasons, nothing stored, a case when asked for."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from routing.cases.database import reading
from routing.cases.desk_models import AuditEvent
from routing.cases.models import Case
from tests.desk.conftest import hidden_fields, words_of

PLAN = (
    "Een inwoner wil met de basisschool en de buren in Tanthof een groen schoolplein maken. Wie pakt dit op?"
)


def _cases(store) -> int:
    with reading(store) as session:
        return session.scalar(select(func.count()).select_from(Case))


def test_the_advice_names_role_partner_and_reasons_and_stores_nothing(signed_in, store) -> None:
    before = _cases(store)
    answer = signed_in["reader"].post("/desk/vraag", page="/desk/vraag", tekst=PLAN)
    assert answer.status_code == 200
    shown = words_of(answer.text)
    for words in ("Rol", "Wie het oppakt", "Anders", "Doelen", "Lijkt op"):
        assert words in shown
    assert "Maak hier een zaak van" not in shown
    assert _cases(store) == before
    with reading(store) as session:
        line = session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "asked_advice").order_by(AuditEvent.id.desc())
        ).first()
    assert "schoolplein" not in str(line.data)


def test_one_step_makes_it_a_case_once(signed_in, store) -> None:
    desk, before = signed_in["partner"], _cases(store)
    page = desk.post("/desk/vraag", page="/desk/vraag", tekst=PLAN)
    hidden = hidden_fields(page.text, "/desk/vraag/zaak")
    headers = {"Origin": desk.url, "Sec-Fetch-Site": "same-origin"}
    places = [
        desk.client.post(
            f"{desk.url}/desk/vraag/zaak", data={**hidden, "tekst": PLAN}, headers=headers
        ).headers["Location"]
        for _ in range(2)
    ]
    assert places[0] == places[1]
    assert re.fullmatch(r"/desk/zaken/LK-\d{4}-\d{6}-\d{2}", places[0])
    assert _cases(store) == before + 1


def test_a_text_that_is_too_short_stays_in_the_form(signed_in) -> None:
    answer = signed_in["lead"].post("/desk/vraag", page="/desk/vraag", tekst="<b>tuin</b>")
    assert answer.status_code == 400
    assert "Drie woorden of meer" in words_of(answer.text)
    assert "&lt;b&gt;tuin&lt;/b&gt;" in answer.text
