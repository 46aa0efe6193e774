"""Triggers and index that keep the words and goals of a case ready to be searched, whoever writes.

Words everybody at the desk may read (`open_words`) stand apart from messages and contact details
(`closed_words`), so that nobody finds a case by words that they may not read.
"""

from __future__ import annotations

from alembic import op

# What is worth finding: what residents and staff said; the chatbot says the same to everybody.
_OPEN = """
    {new}.reference || ' ' || {new}.plan || ' ' || coalesce({new}.neighbourhood, '') || ' ' ||
    coalesce({new}.parties, '') || ' ' || coalesce({new}.help, '') || ' ' || coalesce({new}.phase, '')
"""
_CLOSED = """
    coalesce((SELECT coalesce(c.name, '') || ' ' || coalesce(c.email, '') || ' ' || coalesce(c.phone, '')
              FROM contact c WHERE c.case_id = {case}.id), '') || ' ' ||
    coalesce((SELECT {concat} FROM message m
              WHERE m.conversation_id = {case}.conversation_id AND m.sender IN ('inwoner', 'medewerker')), '')
"""
_SQLITE_CONCAT = "group_concat(m.text, ' ')"
_POSTGRESQL_CONCAT = "string_agg(m.text, ' ' ORDER BY m.number)"
_WORDS = "reference, plan, neighbourhood, parties, help, phase, conversation_id"

# Letters with an accent are found without it, as SQLite's own splitter does.
_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"


def words_expression(columns: str) -> str:
    """What PostgreSQL's index stands on; a search must use the very same expression.

    Its own splitter keeps mail addresses and numbers with dashes in one piece, so they are taken apart first.
    """
    plain = f"translate(lower({columns}), '{_ACCENTED}', '{_PLAIN}')"
    return f"to_tsvector('simple', regexp_replace({plain}, '[!-/:-@\\[-`{{-~]+', ' ', 'g'))"


def without_accents(text: str) -> str:
    """The words of a query as the index of PostgreSQL has them."""
    return text.lower().translate(str.maketrans(_ACCENTED, _PLAIN))


def create() -> None:
    """Fills the tables from what is there, and keeps them right from now on."""
    if op.get_bind().dialect.name == "postgresql":
        _create_postgresql()
    else:
        _create_sqlite()


def drop() -> None:
    """Takes triggers and index away."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("zaak", "contact", "message"):
            op.execute(f"DROP TRIGGER {table}_words ON {table}")
            op.execute(f"DROP FUNCTION {table}_words()")
        return
    for trigger in _sqlite_triggers():
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE case_fts")


def _create_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE case_fts USING fts5(open_words, closed_words, content='case_search', "
        "content_rowid='case_id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
    )
    for name, body in _sqlite_triggers().items():
        op.execute(f"CREATE TRIGGER {name} {body}")
    _fill(
        _SQLITE_CONCAT,
        "SELECT z.id, CAST(json_extract(g.value, '$.goal') AS INTEGER) FROM zaak z, json_each(z.goals) g",
    )


def _fill(concat: str, goals: str) -> None:
    words = f"{_OPEN.format(new='z')}, {_CLOSED.format(case='z', concat=concat)}"
    op.execute(
        f"INSERT INTO case_search (case_id, open_words, closed_words) SELECT z.id, {words} FROM zaak z"
    )
    op.execute(f"INSERT INTO case_goal (case_id, goal) SELECT DISTINCT * FROM ({goals}) AS found")


def _sqlite_triggers() -> dict[str, str]:
    closed = _CLOSED.format(case="z", concat=_SQLITE_CONCAT)
    again = (
        "UPDATE case_search SET closed_words = (SELECT {closed} FROM zaak z WHERE z.id = case_id) "
        "WHERE {which};"
    )
    goals = (
        "INSERT INTO case_goal (case_id, goal) SELECT DISTINCT NEW.id, "
        "CAST(json_extract(value, '$.goal') AS INTEGER) FROM json_each(NEW.goals);"
    )
    of_contact = again.format(closed=closed, which="case_id = {row}.case_id")
    of_message = again.format(
        closed=closed, which="case_id IN (SELECT id FROM zaak WHERE conversation_id = {row}.conversation_id)"
    )
    new_open, new_closed = _OPEN.format(new="NEW"), _CLOSED.format(case="NEW", concat=_SQLITE_CONCAT)
    columns = "rowid, open_words, closed_words"
    delete = (
        f"INSERT INTO case_fts (case_fts, {columns}) "
        "VALUES ('delete', OLD.case_id, OLD.open_words, OLD.closed_words);"
    )
    insert = f"INSERT INTO case_fts ({columns}) VALUES (NEW.case_id, NEW.open_words, NEW.closed_words);"
    return {
        "case_search_fts_insert": f"AFTER INSERT ON case_search BEGIN {insert} END",
        "case_search_fts_update": f"AFTER UPDATE ON case_search BEGIN {delete} {insert} END",
        "case_search_fts_delete": f"AFTER DELETE ON case_search BEGIN {delete} END",
        "zaak_words_insert": f"AFTER INSERT ON zaak BEGIN INSERT INTO case_search "
        f"(case_id, open_words, closed_words) VALUES (NEW.id, {new_open}, {new_closed}); {goals} END",
        "zaak_words_update": f"AFTER UPDATE OF {_WORDS} ON zaak BEGIN UPDATE case_search SET "
        f"open_words = {new_open}, closed_words = {new_closed} WHERE case_id = NEW.id; END",
        "zaak_goals_update": f"AFTER UPDATE OF goals ON zaak BEGIN "
        f"DELETE FROM case_goal WHERE case_id = NEW.id; {goals} END",
        "contact_words_insert": f"AFTER INSERT ON contact BEGIN {of_contact.format(row='NEW')} END",
        "contact_words_update": f"AFTER UPDATE ON contact BEGIN {of_contact.format(row='NEW')} END",
        "contact_words_delete": f"AFTER DELETE ON contact BEGIN {of_contact.format(row='OLD')} END",
        "message_words_insert": "AFTER INSERT ON message WHEN NEW.sender IN ('inwoner', 'medewerker') "
        f"BEGIN {of_message.format(row='NEW')} END",
        "message_words_update": f"AFTER UPDATE OF text ON message BEGIN {of_message.format(row='NEW')} END",
        "message_words_delete": f"AFTER DELETE ON message BEGIN {of_message.format(row='OLD')} END",
    }  # fmt: skip


def _create_postgresql() -> None:
    for column, name in (("open_words", "open"), ("open_words || ' ' || closed_words", "all")):
        op.execute(
            f"CREATE INDEX fts_case_search_{name} ON case_search USING gin ({words_expression(column)})"
        )
    closed = _CLOSED.format(case="z", concat=_POSTGRESQL_CONCAT)
    again = "UPDATE case_search s SET closed_words = {closed} FROM zaak z WHERE z.id = s.case_id AND {which};"
    new_closed = _CLOSED.format(case="NEW", concat=_POSTGRESQL_CONCAT)
    _postgresql_trigger("zaak", "INSERT OR UPDATE", f"""
        IF TG_OP = 'INSERT' OR ({_changed(_WORDS)}) THEN
            INSERT INTO case_search (case_id, open_words, closed_words)
            VALUES (NEW.id, {_OPEN.format(new="NEW")}, {new_closed})
            ON CONFLICT (case_id) DO UPDATE
            SET open_words = excluded.open_words, closed_words = excluded.closed_words;
        END IF;
        IF TG_OP = 'INSERT' OR ({_changed("goals")}) THEN
            DELETE FROM case_goal WHERE case_id = NEW.id;
            INSERT INTO case_goal (case_id, goal)
            SELECT DISTINCT NEW.id, (g->>'goal')::integer FROM jsonb_array_elements(NEW.goals) g;
        END IF;
    """)  # fmt: skip
    _postgresql_trigger("contact", "INSERT OR UPDATE OR DELETE", f"""
        {again.format(closed=closed, which="s.case_id = coalesce(NEW.case_id, OLD.case_id)")}
    """)  # fmt: skip
    _postgresql_trigger("message", "INSERT OR UPDATE OF text OR DELETE", f"""
        IF TG_OP <> 'INSERT' OR NEW.sender IN ('inwoner', 'medewerker') THEN
            {again.format(closed=closed,
                          which="z.conversation_id = coalesce(NEW.conversation_id, OLD.conversation_id)")}
        END IF;
    """)  # fmt: skip
    _fill(
        _POSTGRESQL_CONCAT, "SELECT z.id, (g->>'goal')::integer FROM zaak z, jsonb_array_elements(z.goals) g"
    )


def _changed(columns: str) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns.split(", "))


def _postgresql_trigger(table: str, events: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_words() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {body} RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_words AFTER {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_words()"
    )
