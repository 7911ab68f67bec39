"""How alembic runs the revisions here: on the connection and in the transaction it is handed (schema.py)."""

from alembic import context

from exchange.adapters.history.tables import schema

context.configure(connection=context.config.attributes["connection"], target_metadata=schema, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
