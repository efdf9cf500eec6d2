"""Runs the migrations of a room in CKAN's database, with a version table of their own: the body of each `env.py`."""

from __future__ import annotations

from logging.config import fileConfig
from typing import Any

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool


def run(plugin: str) -> None:
    """Print the statements of the plugin's migrations, or carry them out, as alembic was asked to."""
    config = context.config
    if config.config_file_name:
        # Loggers that exist already keep working: this also runs inside tests and the web server.
        fileConfig(config.config_file_name, disable_existing_loggers=False)
    options: dict[str, Any] = {"target_metadata": metadata, "version_table": f"{plugin}_alembic_version"}
    if context.is_offline_mode():
        context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True, **options)
        _migrate()
        return
    section = config.get_section(config.config_ini_section) or {}
    connectable = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(connection=connection, **options)
        _migrate()


def _migrate() -> None:
    with context.begin_transaction():
        context.run_migrations()
