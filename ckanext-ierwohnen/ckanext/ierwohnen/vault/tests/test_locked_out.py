"""Roles that must not open the protected store; what its own roles, its log and other sessions do not tell."""

from __future__ import annotations

import io
from contextlib import closing

import psycopg2
import pytest

from ckanext.ierwohnen.releases.store import alone
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import read_ledger
from ckanext.ierwohnen.vault.ledger import verify
from ckanext.ierwohnen.vault.loading import load_stock

from .rival import CANARY, CANARY_STREET, Stage, definition, leaks, told
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


@pytest.mark.parametrize("database", ["datastore", "postgres", "template1", "made_later"])
def test_other_databases_show_no_locks_of_the_store(cluster, database):
    """Else every role of the server would see which companies' tables a check reads together."""
    if database == "made_later":
        cluster.admin("CREATE DATABASE made_later")
    try:
        for role in ("datastore_read", "ckan"):
            with closing(cluster.connect(role, database)) as spy:
                spy.autocommit = True
                for sql in ("SELECT * FROM pg_locks", "SELECT pg_lock_status()"):
                    assert "permission denied for function pg_lock_status" in told(spy, sql)
    finally:
        if database == "made_later":
            cluster.admin("DROP DATABASE made_later")


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


def test_a_step_that_is_left_open_holds_nobody_elses_ledger(store, cluster, stage):
    """Who prepares a release names its owners; they go on reading their own stock, and their chains stay whole."""
    claims = Claims(stage.clerk.name, acting={stage.mine: "analyst"})
    prepared = definition(stage.mine, stage.rival).format()
    with store.transaction(claims) as cursor:
        cursor.one("SELECT vault.release_prepare(%s, %s)", stage.mine, prepared)
        with store.transaction(Claims(stage.rival_clerk.name, note=[stage.rival])) as other:
            other.execute("SET LOCAL lock_timeout = '2s'")
            other.one("SELECT vault.note(%s, '', 'read', '', 'p')", stage.rival)
    for organization, reader in ((stage.mine, stage.clerk), (stage.rival, stage.rival_clerk)):
        chain = read_ledger(store, reader, organization, "p")
        assert verify(chain).whole
        assert [entry.action for entry in chain if entry.action != "read"][-2:] == ["release prepare", "ledger"]


def test_locks_name_nobody(store, cluster, stage):
    """Loading holds nothing that bears a company's name, even to an administrator."""
    advisory = "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory'"
    with store.transaction(Claims(stage.clerk.name, load=stage.mine, purpose="p")) as cursor:
        new = cursor.one("SELECT vault.open_load()")
        cursor.copy_expert(f"COPY vault_stock.s_{new.replace('-', '')} (dwelling) FROM STDIN", io.StringIO("W1\n"))
        cursor.one("SELECT vault.close_load(%s, '2022-12-31', '{}')", new)
        assert not cluster.admin(advisory).strip()
    with alone(store, "F-2026-AAAAAA"):
        (number,) = cluster.admin(advisory).split()
        hashed = cluster.admin("SELECT hashtextextended('release outside F-2026-AAAAAA', 0)")
        assert int(number) % 2**64 != int(hashed) % 2**64


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
    _waiting(cluster, stage)
    for ledger in ("vault.ledger", "vault.ledger_waiting"):
        content = f"SELECT count(*), md5(string_agg(one::text, '' ORDER BY one::text)) FROM {ledger} one"
        before = cluster.admin(content)
        for sql in (f"UPDATE {ledger} SET purpose = 'x'", f"DELETE FROM {ledger}", f"TRUNCATE {ledger} CASCADE"):
            told(owner, sql)
            assert cluster.admin(content) == before
    owner.close()


def test_even_the_administrator_meets_the_trigger(cluster, stage):
    from installer.steps import StepFailed

    _waiting(cluster, stage)
    for ledger in ("vault.ledger", "vault.ledger_waiting"):
        for sql in (f"UPDATE {ledger} SET purpose = 'x'", f"DELETE FROM {ledger}", f"TRUNCATE {ledger}"):
            with pytest.raises(StepFailed, match="only grows"):
                cluster.admin(sql)


def _waiting(cluster, stage) -> None:
    """An entry that waits for the company's next one."""
    values = f"('{stage.rival}', 'r', '', 'release prepare', 'F-2026-AAAAAA', 'p')"
    cluster.admin(
        "INSERT INTO vault.ledger_waiting (organization, reader, reader_organization, action, subject, purpose) "
        f"VALUES {values}"
    )
