"""A backup is restored as documented: rows, ledger and locks are there again."""

from __future__ import annotations

import os
import subprocess

import pytest

from ckanext.ierwohnen.vault.doctor import examine
from ckanext.ierwohnen.vault.door import stock_table
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import read_ledger
from ckanext.ierwohnen.vault.ledger import verify
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.store import Store
from installer.postgres import ADMIN, binaries
from installer.vault import Vault

from .stock import YEAR_END, batches, company


def tool(cluster, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    postgres = cluster.postgres
    environment = {**os.environ, "PGPASSWORD": postgres.state.secret("postgres_admin")}
    place = ("-h", "127.0.0.1", "-p", str(postgres.port), "-U", ADMIN)
    return subprocess.run(
        [str(binaries() / name), *place, *words], env=environment, capture_output=True, text=True, check=True
    )


def test_dump_and_restore(cluster, store, tmp_path):
    org, clerk = company()
    load_stock(store, clerk, org, YEAR_END, batches(30), purpose="p")
    before = read_ledger(store, clerk, org, "before the backup")
    dump = str(tmp_path / "vault.dump")
    tool(cluster, "pg_dump", "-Fc", "-d", "vault", "-f", dump)

    restored = Vault(cluster.vault.python, cluster.vault.state, cluster.vault.steps, cluster.postgres, "vault_restored")
    restored.create()
    tool(cluster, "pg_restore", "--no-comments", "-d", "vault_restored", dump)
    second = Store(restored.url, cluster.vault.key)
    try:
        assert len(stock_table(second, clerk, org, purpose="after")) == 30
        entries = read_ledger(second, clerk, org, "after")
        assert verify(entries, (before[-1].number, before[-1].hash)).code == "compared"
        with pytest.raises(VaultError):
            stock_table(second, company()[1], org, purpose="p")
        assert not [finding for finding in examine(restored.url, cluster.vault.key) if not finding.healthy]
    finally:
        second.close()
        cluster.postgres.drop_database("vault_restored")
