"""The store is set up, migrated up and down, and again."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.vault import deliveries, migrating
from ckanext.ierwohnen.vault.capability import Claims, pads, sign
from ckanext.ierwohnen.vault.cluster import set_up_sql
from ckanext.ierwohnen.vault.doctor import examine
from ckanext.ierwohnen.vault.door import stock_table
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import note, read_ledger
from ckanext.ierwohnen.vault.ledger import verify
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.store import Store

from .rival import definition
from .stock import YEAR_END, batches, company


def test_setting_up_again_changes_nothing(cluster):
    before = cluster.admin("SELECT datname, datacl FROM pg_database WHERE datname = 'vault'")
    cluster.vault.create()
    cluster.vault.upgrade()
    assert cluster.admin("SELECT datname, datacl FROM pg_database WHERE datname = 'vault'") == before
    assert cluster.admin("SELECT version_num FROM vault.alembic_version").strip() == migrating.newest()


def test_down_and_up_while_empty_and_never_with_content(cluster):
    from installer.vault import Vault

    other = Vault(cluster.vault.python, cluster.vault.state, cluster.vault.steps, cluster.postgres, "vault_empty")
    other.create()
    other.upgrade()
    owner = other.environment()["IERWOHNEN_VAULT_OWNER_URL"]
    migrating.downgrade(owner, "base")
    assert cluster.admin("SELECT count(*) FROM pg_class WHERE relnamespace = 'vault'::regnamespace "
                         "AND relname <> 'alembic_version' AND relkind = 'r'", "vault_empty").strip() == "0"
    other.upgrade()
    store = Store(other.url, other.key)
    with store.transaction(Claims("a", note=["c1"])) as cursor:
        cursor.execute("SELECT vault.note('c1', '', 'read', '', 'test')")
    store.close()
    with pytest.raises(RuntimeError, match="ledger"):
        migrating.downgrade(owner, "base")
    cluster.postgres.drop_database("vault_empty")


def note_release(store: Store, reader: Reader, organization: str) -> None:
    """A release that its company prepares."""
    claims = Claims(reader.name, acting={organization: "analyst"})
    with store.transaction(claims) as cursor:
        cursor.one("SELECT vault.release_prepare(%s, %s)", organization, definition(organization).format())


def test_a_living_store_goes_down_and_up(cluster):
    """From the roles' rights on tables to functions and back: what was loaded before is read after."""
    from installer.vault import Vault

    other = Vault(cluster.vault.python, cluster.vault.state, cluster.vault.steps, cluster.postgres, "vault_living")
    other.create()
    other.upgrade()
    owner = other.environment()["IERWOHNEN_VAULT_OWNER_URL"]
    store, (org, clerk) = Store(other.url, other.key), company()
    load_stock(store, clerk, org, YEAR_END, batches(30), purpose="p")
    waits, _key = deliveries.put(store, clerk, org, YEAR_END, b"rows")
    note_release(store, clerk, org)
    migrating.downgrade(owner, "0014")
    told = "SELECT count(*) FROM vault.ledger WHERE action = 'release prepare'"
    assert cluster.admin(told, "vault_living").strip() == "1"  # what waited stands in the chain
    migrating.upgrade(owner, {})
    note_release(store, clerk, org)
    chain = read_ledger(store, clerk, org, "p")
    assert verify(chain).whole and [entry.action for entry in chain[-2:]] == ["release prepare", "ledger"]
    migrating.downgrade(owner, "0013")
    with store.transaction(Claims(clerk.name, see=note(store, clerk, [org], "read", "", "p"))) as cursor:
        assert cursor.one("SELECT count(*) FROM vault.stock") == 30
        assert cursor.one("SELECT count(*) FROM vault.own_version") == 1
    for _ in range(2):  # once more changes nothing
        other.upgrade()
    assert len(stock_table(store, clerk, org, purpose="p")) == 30
    assert deliveries.find(store, clerk, waits).state == "waiting"
    assert not [finding for finding in examine(other.url, other.key) if not finding.healthy]
    store.close()
    cluster.postgres.drop_database("vault_living")


def test_a_name_cannot_smuggle_sql():
    with pytest.raises(ValueError):
        set_up_sql('vault"; DROP TABLE x; --')


def test_python_and_postgres_agree_on_the_signature(cluster):
    import hashlib

    key = "ä" * 40  # longer than a block of HMAC, and not ASCII
    inner, outer = pads(key)
    text = sign(Claims("reader"), 1, 2, key)
    signature, payload = text[:64], text[65:].encode()
    assert hashlib.sha256(outer + hashlib.sha256(inner + payload).digest()).hexdigest() == signature


def test_a_weak_key_is_refused():
    with pytest.raises(VaultError, match="key-weak"):
        pads("short")


def test_a_store_that_does_not_answer_says_so_without_its_address():
    store = Store("postgresql://vault_app:secretword@127.0.0.1:1/vault", "k" * 40)
    with pytest.raises(VaultError) as refused, store.transaction():
        pass
    assert refused.value.code == "unreachable"
    assert "secretword" not in repr((refused.value, refused.value.__context__, store))
