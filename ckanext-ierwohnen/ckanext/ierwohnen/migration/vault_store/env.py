"""Runs the migrations of the protected store, in the connection that `vault/migrating.py` hands over."""

from __future__ import annotations

from alembic import context

if context.is_offline_mode():
    raise SystemExit("The protected store is migrated by `python -m ckanext.ierwohnen.vault upgrade`.")
context.configure(connection=context.config.attributes["connection"], version_table_schema="vault")
with context.begin_transaction():
    context.run_migrations()
