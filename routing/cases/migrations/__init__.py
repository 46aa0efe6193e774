"""The history of the schema, run by `routing.cases.database.migrate`."""
