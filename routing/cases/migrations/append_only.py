"""Triggers that keep a table append-only, whoever writes to it."""

from __future__ import annotations

from alembic import op

_SQLITE = """
CREATE TRIGGER {table}_no_{what} BEFORE {event} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def protect(table: str) -> None:
    """Makes the database refuse to change or delete rows of a table with the primary key `id`.

    SQLite's batch mode builds a new table without triggers: a step that uses it ends with this as well.
    """
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql(table)
    else:
        _protect_sqlite(table)


def _protect_postgresql(table: str) -> None:
    op.execute(_POSTGRESQL_FUNCTION)
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _protect_sqlite(table: str) -> None:
    # INSERT OR REPLACE deletes the older row without its delete trigger, hence the third one.
    replaces = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
    for what, event, when in (
        ("update", "UPDATE", ""),
        ("delete", "DELETE", ""),
        ("replace", "INSERT", replaces),
    ):
        op.execute(_SQLITE.format(table=table, what=what, event=event, when=when))
