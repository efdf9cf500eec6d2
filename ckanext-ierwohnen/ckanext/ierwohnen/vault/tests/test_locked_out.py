"""Roles that must not open the protected store; what its own roles, its log and other sessions do not tell."""

from __future__ import annotations

import psycopg2
import pytest

from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.loading import load_stock

from .rival import CANARY, CANARY_STREET, Stage, leaks, told
from .stock import YEAR_END, batches


@pytest.fixture(scope="module")
def stage(store) -> Stage:
    return Stage.of(store)


def test_other_sessions_statements_are_not_to_be_seen(store, cluster, stage):
    spy = cluster.connect("vault_app")
    spy.autocommit = True
    with store.transaction() as cursor:
        cursor.execute("SELECT %s", (f"looking for {CANARY}",))
        assert not leaks(stage, told(spy, "SELECT query, state, backend_type FROM pg_stat_activity"))
    assert CANARY not in cluster.admin("SELECT query FROM pg_stat_activity WHERE usename LIKE 'vault%'")
    spy.close()


def test_the_servers_log_holds_no_value_and_no_statement(store, cluster, stage):
    hand = cluster.connect("vault_app")
    told(hand, f"SELECT '{CANARY}-abc'::int")
    told(hand, f"SELECT 1 / 0 /* {CANARY} */")
    hand.close()
    with pytest.raises(VaultError):
        load_stock(store, stage.clerk, stage.mine, YEAR_END, batches(5, floor_area=f"{CANARY}x"), purpose="p")
    log = cluster.server_log()
    assert CANARY not in log and CANARY_STREET not in log and stage.rival not in log
    assert "COPY" not in log


@pytest.mark.parametrize("role", ["ckan", "datastore_read"])
def test_ckans_and_the_datastores_roles_cannot_open_the_store(cluster, role):
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        cluster.connect(role)
    for wanted in ("vault_owner", "vault_app", "vault_engine"):
        connection = cluster.connect(role, "datastore")
        assert told(connection, f"SET ROLE {wanted}").startswith("refused 42501")
        connection.close()


@pytest.mark.parametrize("role", ["vault_app", "vault_engine", "vault_owner"])
def test_the_stores_roles_open_nothing_else(cluster, role):
    for database in ("ckan", "datastore"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            cluster.connect(role, database)


def test_the_owner_sees_no_row_and_cannot_change_the_ledger(cluster, stage):
    owner = cluster.connect("vault_owner")
    assert told(owner, "SELECT count(*) FROM vault.stock") == "[(0,)]"
    assert told(owner, f"SELECT count(*) FROM {stage.table}") == "[(0,)]"
    for sql in ("UPDATE vault.ledger SET purpose = 'x'", "DELETE FROM vault.ledger", "TRUNCATE vault.ledger CASCADE"):
        content = "SELECT count(*), md5(string_agg(hash::text, '' ORDER BY hash)) FROM vault.ledger"
        before = cluster.admin(content)
        told(owner, sql)
        assert cluster.admin(content) == before
    owner.close()


def test_even_the_administrator_meets_the_trigger(cluster):
    from installer.steps import StepFailed

    for sql in ("UPDATE vault.ledger SET purpose = 'x'", "DELETE FROM vault.ledger", "TRUNCATE vault.ledger"):
        with pytest.raises(StepFailed, match="only grows"):
            cluster.admin(sql)
