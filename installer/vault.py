"""The protected store of one instance: roles, a database of its own, tables, keys."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from installer.config import clean_environment
from installer.postgres import Postgres
from installer.state import State
from installer.steps import Steps

OWNER, APPLICATION, ENGINE = "vault_owner", "vault_app", "vault_engine"
REMEDY = "Run the same command again; ./portal logs set-up tells more."


@dataclass
class Vault:
    """A database that only its own roles may open. The owner's password is used here and nowhere in the portal."""

    python: str | Path
    state: State
    steps: Steps
    postgres: Postgres
    database: str

    @property
    def url(self) -> str:
        """The address for the portal."""
        return self.postgres.url(self.database, APPLICATION)

    @property
    def key(self) -> str:
        """The key with which the portal signs what a transaction may see."""
        return self.state.secret(f"{self.database}_key")

    @property
    def engine_url(self) -> str:
        """The address for the jobs that check releases."""
        return self.postgres.url(self.database, ENGINE)

    @property
    def engine_key(self) -> str:
        """The key with which these jobs sign what a transaction may see."""
        return self.state.secret(f"{self.database}_engine_key")

    def create(self) -> None:
        """Roles, passwords, the database, and who may connect."""
        self.postgres.sql(self._run("roles", "--database", self.database))
        for role in (OWNER, APPLICATION, ENGINE):
            self.postgres.ensure_role(role)

    def upgrade(self) -> None:
        """Tables, functions, rights and keys, as the owner."""
        self._run("upgrade")

    def environment(self) -> dict[str, str]:
        """What the store's own command needs."""
        return {
            "IERWOHNEN_VAULT_OWNER_URL": self.postgres.url(self.database, OWNER),
            "IERWOHNEN_VAULT_KEY": self.key,
            "IERWOHNEN_VAULT_ENGINE_KEY": self.engine_key,
        }

    def _run(self, *words: str) -> str:
        path = {key: value for key, value in os.environ.items() if key == "PYTHONPATH"}
        environment = {**clean_environment(), **path, **self.environment()}
        return self.steps.command(
            [self.python, "-m", "ckanext.ierwohnen.vault", *words], REMEDY, env=environment, cwd=Path("/")
        )
