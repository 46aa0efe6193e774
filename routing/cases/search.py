"""Finding cases by words, with the full-text index of the database."""

from __future__ import annotations

import re

from sqlalchemy import Select, column, false, select, table, text
from sqlalchemy.orm import Session

from routing.cases.desk_models import CaseSearch
from routing.cases.migrations.search_index import without_accents, words_expression

_MOST_WORDS = 12
_LONGEST_WORD = 60
_FTS = table("case_fts", column("rowid"))


def search_words(words: str) -> list[str]:
    """The words of a query: letters and digits only, so that nothing in it is an operator."""
    return [word[:_LONGEST_WORD] for word in re.findall(r"[^\W_]+", words)][:_MOST_WORDS]


def found_cases(session: Session, words: str, *, closed: bool) -> Select[tuple[int]]:
    """A query for the ids of cases in which every word, or one that begins so, occurs.

    `closed` looks in messages and contact details as well.
    """
    wanted = search_words(words)
    if not wanted:
        return select(CaseSearch.case_id).where(false())
    if session.get_bind().dialect.name == "postgresql":
        return _postgresql(wanted, closed)
    return _sqlite(wanted, closed)


def _sqlite(wanted: list[str], closed: bool) -> Select[tuple[int]]:
    query = " ".join(f'"{word}"*' for word in wanted)
    scope = "{open_words closed_words}" if closed else "{open_words}"
    match = text("case_fts MATCH :found_words").bindparams(found_words=f"{scope}: ({query})")
    return select(_FTS.c.rowid.label("case_id")).where(match)


def _postgresql(wanted: list[str], closed: bool) -> Select[tuple[int]]:
    query = " & ".join(f"'{without_accents(word)}':*" for word in wanted)
    # The very words of the index: only then it is used.
    words = words_expression("open_words || ' ' || closed_words" if closed else "open_words")
    found = text(f"{words} @@ to_tsquery('simple', :found_words)").bindparams(found_words=query)
    # Found first and put in order then: planners think that a word begins many words, and would go through
    # the cases one by one, taking each apart again.
    every = select(CaseSearch.case_id).where(found).cte("found").prefix_with("MATERIALIZED")
    return select(every.c.case_id)
