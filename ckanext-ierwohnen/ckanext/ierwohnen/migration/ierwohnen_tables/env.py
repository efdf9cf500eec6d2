"""Runs the migrations of the tables room in CKAN's database, with a version table of their own."""

from __future__ import annotations

from logging.config import fileConfig
from pathlib import Path

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

config = context.config
if config.config_file_name:
    # Loggers that exist already keep working: this also runs inside tests and the web server.
    fileConfig(config.config_file_name, disable_existing_loggers=False)

NAME = Path(__file__).parent.name
OPTIONS = {"target_metadata": metadata, "version_table": f"{NAME}_alembic_version"}


def run_offline() -> None:
    """Print the statements."""
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Carry the statements out."""
    section = config.get_section(config.config_ini_section) or {}
    connectable = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
