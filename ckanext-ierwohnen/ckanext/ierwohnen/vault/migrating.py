"""Bring the store's tables up to date and hand it the keys that capabilities are signed with; as the owner's role."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from ckanext.ierwohnen.vault.capability import pads
from ckanext.ierwohnen.vault.cluster import APPLICATION, ENGINE

FOLDER = Path(__file__).parent.parent / "migration" / "vault_store"
SIGNING_ROLES = (APPLICATION, ENGINE)


def upgrade(url: str, keys: Mapping[str, str], revision: str = "head") -> None:
    """Run the migrations in one transaction and store the keys.

    :param url: address with the owner's role
    :param keys: role → its key, of at least 32 characters; roles that are not named keep theirs
    """
    engine = sa.create_engine(url, hide_parameters=True, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('vault migration', 0))")
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS vault")
        command.upgrade(_config(connection), revision)
        for role, key in keys.items():
            _store_key(connection, role, key)


def downgrade(url: str, revision: str) -> None:
    """Go back; refused where that would lose entries of the ledger or stock."""
    engine = sa.create_engine(url, hide_parameters=True, poolclass=sa.NullPool)
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def newest() -> str:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def _store_key(connection: sa.Connection, role: str, key: str) -> None:
    if role not in SIGNING_ROLES:
        raise ValueError(f"no role signs as {role!r}")
    inner, outer = pads(key)
    connection.execute(
        sa.text(
            "INSERT INTO vault.signing_key VALUES (:role, :inner, :outer) "
            "ON CONFLICT (role) DO UPDATE SET inner_pad = :inner, outer_pad = :outer"
        ),
        {"role": role, "inner": inner, "outer": outer},
    )


def _config(connection: sa.Connection | None) -> Config:
    config = Config(str(FOLDER / "alembic.ini"))
    config.attributes["connection"] = connection
    return config
