"""A PostgreSQL of its own for the store's tests: set up as `./portal` does it, and with an administrator to look on."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ckanext.ierwohnen.vault.store import Store

pytest.importorskip("installer.vault", reason="the store's tests run in a checkout")

ENGINE_KEY = "e" * 40


@dataclass(frozen=True)
class Cluster:
    """A server with a vault beside databases as CKAN has them."""

    postgres: Any
    vault: Any

    def url(self, role: str, database: str | None = None) -> str:
        return self.postgres.url(database or self.vault.database, role)

    def connect(self, role: str, database: str | None = None) -> Any:
        """A bare connection: SQL in hand."""
        return psycopg2.connect(self.url(role, database), connect_timeout=5)

    def admin(self, sql: str, database: str | None = None) -> str:
        return self.postgres.sql(sql, database or self.vault.database)

    def server_log(self) -> str:
        return self.postgres.process.log.read_text("utf-8", "replace")


@contextmanager
def temporary_cluster(forgetful: bool = True) -> Iterator[Cluster]:
    """A server with a vault, gone afterwards; the benchmark uses it as well."""
    from installer.place import Place
    from installer.postgres import OWNER, READER, Postgres
    from installer.state import State
    from installer.steps import Stamps, Steps
    from installer.vault import Vault

    folder = Path(tempfile.mkdtemp(prefix="ierwohnen-vault-"))
    folder.chmod(0o755)
    place = Place(folder)
    place.make_folders()
    state = State(place)
    steps = Steps(Stamps(place.stamps), place.log / "set-up.log", quiet=True)
    postgres = Postgres(place, state, steps, forgetful=forgetful)
    try:
        postgres.create()
        postgres.start()
        for role in (OWNER, READER):
            postgres.ensure_role(role)
        for database in ("ckan", "datastore"):
            postgres.ensure_database(database)
        postgres.sql(f"GRANT CONNECT ON DATABASE datastore TO {READER}")
        vault = Vault(sys.executable, state, steps, postgres, "vault")
        vault.create()
        vault.upgrade()
        yield Cluster(postgres, vault)
    finally:
        postgres.remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Once for a run; tests take organizations of their own."""
    with temporary_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def store(cluster: Cluster) -> Iterator[Store]:
    """The store as the portal sees it."""
    store = Store(cluster.vault.url, cluster.vault.key)
    yield store
    store.close()
