"""What Alembic runs a migration in: the connection, and its open transaction, that `schema.py` hands over. Never run by hand."""

from alembic import context

from opportune.adapters.stores.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
