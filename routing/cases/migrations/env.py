"""Alembic's entry point; the connection comes from `routing.cases.database.migrate`."""

from alembic import context

from routing.cases import desk_models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=desk_models.Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
