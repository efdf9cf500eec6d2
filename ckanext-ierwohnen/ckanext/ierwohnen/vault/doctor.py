"""Prove on a living store that its locks are shut: what was set is asked of the database itself, and doors are tried.

Each check gives what it found wrong, by name; nothing found is healthy. It runs as the portal's own role, so it tells
what the portal can tell, and needs no administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
import sqlalchemy as sa

from ckanext.ierwohnen.vault.capability import VARIABLE, Claims, sign
from ckanext.ierwohnen.vault.cluster import APPLICATION, ENGINE, OWNER, ROLES, SILENT
from ckanext.ierwohnen.vault.doctor_plans import told_by_messages, told_by_plans
from ckanext.ierwohnen.vault.doctor_texts import TEXTS
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.store import Cursor, Store

FUNCTIONS = {
    APPLICATION: {
        "own_stock", "own_summary", "own_version", "own_deletion", "own_ledger", "own_ledger_head", "own_delivery",
        "note", "open_load", "add_summary", "close_load", "delete_stock", "is_gone", "keeps_stock",
        "delivery_put", "delivery_take", "delivery_decide", "delivery_discard", "delivery_progress", "delivery_finish",
        "delivery_sweep", "release_prepare", "release_take", "release_expire", "release_list", "release_cells",
        "release_outside", "release_ended", "release_remind",
    },
    ENGINE: {
        "own_stock", "own_version", "note", "release_case", "release_progress", "release_history", "release_basis_of",
        "release_keep", "release_finish", "release_sources",
    },
}  # fmt: skip
_NAME = "doctor"  # as reader and organization; what it notes is rolled back
_SHOW = "SELECT set_config(%s, %s, true)"
_OURS = "n.nspname IN ('vault', 'vault_stock')"
_TABLES = f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS} AND c.relkind IN ('r', 'p')"
_TABLES_BY_RIGHT = _TABLES.replace("WHERE", ", unnest(%s) p WHERE")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. `found` names what is wrong; `unknown` says that it could not be looked at."""

    code: str
    found: tuple[str, ...] = ()
    unknown: bool = False

    @property
    def healthy(self) -> bool:
        """True if the check was made and found nothing."""
        return not self.found and not self.unknown

    def line(self, locale: str = "de") -> str:
        """The finding for people: what was looked at, what is wrong, what to do."""
        english = locale.startswith("en")
        what, remedy = TEXTS[self.code][english]
        if self.healthy:
            return f"✓ {what}"
        state = ("could not be examined" if english else "ließ sich nicht prüfen") if self.unknown else ""
        return f"✗ {what}: {state or ', '.join(self.found)}\n  → {remedy}"


def examine(url: str, key: str, strangers: Sequence[str] = ()) -> list[Finding]:
    """Make all checks.

    :param url: the portal's address of the store
    :param key: the portal's key
    :param strangers: addresses of other databases on the portal (CKAN's, the DataStore's): their roles must not get in
    :return: one finding a check; only the first, if the store does not answer
    """
    store = Store(url, key)
    try:
        with store.transaction() as cursor:
            cursor.execute("SELECT 1")
    except VaultError:
        return [Finding("answers", (sa.make_url(url).host or "localhost",))]
    found = [Finding("answers")]
    for code, check in _CHECKS.items():
        found.append(_made(store, code, check))
    found += _with_a_capability(url, key)
    found.append(Finding("strangers", tuple(_entering(url, strangers))))
    found.append(Finding("passwords", tuple(_without_password(url))))
    found.append(Finding("watched", tuple(_watching(url, strangers))))
    store.close()
    return found


def _made(store: Store, code: str, check: Callable[[Cursor], list[str]]) -> Finding:
    try:
        with store.transaction() as cursor:
            return Finding(code, tuple(sorted(check(cursor))))
    except VaultError:
        return Finding(code, unknown=True)


def _names(cursor: Cursor, sql: str, *values: object) -> list[str]:
    cursor.execute(sql, values or None)
    return [str(row[0]) for row in cursor.fetchall()]


def _powers(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND (rolsuper OR rolbypassrls OR rolcreaterole "
        "OR rolcreatedb OR rolreplication OR rolinherit) UNION SELECT needed FROM unnest(%s) AS needed "
        "WHERE needed NOT IN (SELECT rolname FROM pg_roles)",
        list(ROLES), list(ROLES),
    )  # fmt: skip


def _memberships(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        "SELECT m.rolname || ' → ' || r.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member "
        "JOIN pg_roles r ON r.oid = a.roleid WHERE (m.rolname = ANY (%s) OR r.rolname = ANY (%s)) AND NOT m.rolsuper",
        list(ROLES), list(ROLES),
    )  # fmt: skip


def _readers_of_all(cursor: Cursor) -> list[str]:
    """Roles that are no superusers but may read everything, or open every lock of rows."""
    return _names(
        cursor,
        "SELECT rolname FROM pg_roles r WHERE NOT rolsuper AND rolcanlogin AND (rolbypassrls OR EXISTS (SELECT FROM "
        "pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid WHERE a.member = r.oid AND g.rolname IN ("
        "'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_execute_server_program')))",
    )


def _may_connect(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        "SELECT coalesce(r.rolname, 'PUBLIC') || ' ' || x.privilege_type FROM pg_database d, "
        "aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x LEFT JOIN pg_roles r ON r.oid = x.grantee "
        "WHERE d.datname = current_database() AND coalesce(r.rolname, '') <> %s "
        "AND NOT (x.privilege_type = 'CONNECT' AND coalesce(r.rolname, '') = ANY (%s))",
        OWNER, [APPLICATION, ENGINE],
    )  # fmt: skip


def _can_connect(cursor: Cursor) -> list[str]:
    """The same by its effect, whatever way it came about."""
    return _names(
        cursor,
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL (%s) "
        "AND has_database_privilege(oid, current_database(), 'CONNECT')",
        list(ROLES),
    )


def _unlocked(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        f"SELECT c.oid::regclass {_TABLES} AND c.relname <> 'alembic_version' "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )


def _owned_by_others(cursor: Cursor) -> list[str]:
    return _names(cursor, f"SELECT c.oid::regclass {_TABLES} AND pg_get_userbyid(c.relowner) <> %s", OWNER)


def _policies(cursor: Cursor) -> list[str]:
    """There are policies for the owner's role alone, and of stock it reads what the caller's capability shows."""
    return _names(
        cursor,
        "SELECT tablename || ': ' || policyname FROM pg_policies WHERE schemaname IN ('vault', 'vault_stock') "
        "AND (roles <> ARRAY[%s]::name[] OR (schemaname = 'vault_stock' OR tablename IN ('stock', 'summary')) "
        "AND NOT (cmd = 'SELECT' AND qual !~* '\\mor\\M' "
        "AND qual ~ ' = ANY \\(\\( SELECT vault\\.visible_versions\\(\\)'))",
        OWNER,
    )


def _rights(cursor: Cursor) -> list[str]:
    """Rights on tables and columns: there are none, but to fill the table of a load until it is closed."""
    wrong: list[str] = []
    for role in (APPLICATION, ENGINE):
        wrong += _names(
            cursor,
            f"SELECT %s || ' ' || p || ' ' || c.oid::regclass {_TABLES_BY_RIGHT} "
            "AND has_any_column_privilege(%s, c.oid, p)",
            role, ["SELECT", "INSERT", "UPDATE", "REFERENCES"], role,
        )  # fmt: skip
        wrong += _names(
            cursor,
            f"SELECT %s || ' ' || p || ' ' || c.oid::regclass {_TABLES_BY_RIGHT} "
            "AND has_table_privilege(%s, c.oid, p)",
            role, ["DELETE", "TRUNCATE", "TRIGGER"], role,
        )  # fmt: skip
    return wrong


def _creators(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        "SELECT r.rolname || ' ' || n.nspname FROM pg_roles r, pg_namespace n WHERE r.rolname = ANY (%s) "
        "AND has_schema_privilege(r.oid, n.oid, 'CREATE') UNION SELECT rolname || ' TEMP' FROM pg_roles "
        "WHERE rolname = ANY (%s) AND has_database_privilege(oid, current_database(), 'TEMP')",
        [APPLICATION, ENGINE], [APPLICATION, ENGINE],
    )  # fmt: skip


def _functions(cursor: Cursor) -> list[str]:
    wrong = _names(
        cursor,
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
        "AND (pg_get_userbyid(p.proowner) <> %s OR p.proleakproof OR (p.prosecdef "
        "AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']))",
        OWNER,
    )
    for role, allowed in FUNCTIONS.items():
        wrong += _names(
            cursor,
            "SELECT %s || ' ' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname = 'vault' AND has_function_privilege(%s, p.oid, 'EXECUTE') AND p.proname <> ALL (%s)",
            role, role, list(allowed),
        )  # fmt: skip
    return wrong


def _foreign_objects(cursor: Cursor) -> list[str]:
    """Views, foreign tables and extensions are other ways to rows; there are none."""
    return _names(
        cursor,
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
        "UNION SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'",
    )


def _loud(cursor: Cursor) -> list[str]:
    wanted = [f"{role} {name}={value}" for role in ROLES for name, value in SILENT.items()]
    return _names(
        cursor,
        "SELECT w FROM unnest(%s) w EXCEPT SELECT r.rolname || ' ' || s FROM pg_db_role_setting d "
        "JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) s WHERE d.setdatabase = 0",
        wanted,
    ) + _names(
        cursor,
        "SELECT r.rolname || ' ' || s FROM pg_db_role_setting d JOIN pg_database b ON b.oid = d.setdatabase "
        "LEFT JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) s WHERE b.datname = current_database()",
    )


def _watchers(cursor: Cursor) -> list[str]:
    """Libraries of the server that record statements or their values; each brings settings that every role sees."""
    return _names(
        cursor,
        "SELECT DISTINCT split_part(name, '.', 1) FROM pg_settings WHERE split_part(name, '.', 1) = ANY (%s)",
        ["pg_stat_statements", "auto_explain", "pgaudit", "pg_stat_monitor", "pg_qualstats", "pg_wait_sampling"],
    )


def _locks(cursor: Cursor) -> list[str]:
    """Who sees the locks of all sees which tables are read together, and when."""
    return _names(
        cursor,
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) "
        "AND has_function_privilege(oid, 'pg_catalog.pg_lock_status()', 'EXECUTE')",
        [APPLICATION, ENGINE],
    )


def _statistics(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        "SELECT DISTINCT a.attname || ' of ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
        f"WHERE {_OURS} AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version' AND a.attnum > 0 "
        "AND NOT a.attisdropped AND a.attstattarget IS DISTINCT FROM 0",
    )


def _ledger_guards(cursor: Cursor) -> list[str]:
    return _names(
        cursor,
        "SELECT needed FROM unnest(ARRAY['only_grows', 'never_emptied']) needed, "
        "unnest(ARRAY['vault.ledger', 'vault.ledger_waiting']::regclass[]) ledger WHERE NOT EXISTS (SELECT "
        "FROM pg_trigger WHERE tgrelid = ledger AND tgname = needed AND tgenabled IN ('O', 'A'))",
    )


def _leftovers(cursor: Cursor) -> list[str]:
    """Tables of rows that belong to no version: nothing of ours leaves one."""
    return _names(
        cursor,
        f"SELECT c.oid::regclass {_TABLES} AND n.nspname = 'vault_stock' "
        "AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)",
    )


def _open_network(cursor: Cursor) -> list[str]:
    """A connection that leaves the machine has to be encrypted."""
    return _names(
        cursor,
        "SELECT host(inet_client_addr()) WHERE inet_client_addr() IS NOT NULL AND NOT inet_client_addr() <<= "
        "'127.0.0.0/8' AND inet_client_addr() <> '::1' AND NOT (SELECT ssl FROM pg_stat_ssl "
        "WHERE pid = pg_backend_pid())",
    )


_CHECKS: dict[str, Callable[[Cursor], list[str]]] = {
    "powers": _powers, "memberships": _memberships, "readers-of-all": _readers_of_all, "may-connect": _may_connect,
    "can-connect": _can_connect, "unlocked": _unlocked, "owned": _owned_by_others, "policies": _policies,
    "rights": _rights, "creators": _creators, "functions": _functions, "foreign": _foreign_objects, "loud": _loud,
    "watchers": _watchers, "statistics": _statistics, "ledger": _ledger_guards, "leftovers": _leftovers,
    "network": _open_network, "locks": _locks,
}  # fmt: skip


def _with_a_capability(url: str, key: str) -> list[Finding]:
    """A capability is signed, used and rolled back: the database takes it only if it knows the key."""
    connection = psycopg2.connect(url, connect_timeout=10)
    try:
        with connection.cursor(cursor_factory=Cursor) as cursor:
            cursor.execute("SELECT pg_backend_pid(), (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint")
            of_transaction = cursor.fetchone() or (0, 0)
            cursor.one(_SHOW, VARIABLE, sign(Claims(_NAME, note=[_NAME]), *of_transaction, key))
            entry = cursor.one("SELECT vault.note(%s, '', 'check', '', 'check')", _NAME)
            cursor.one(_SHOW, VARIABLE, sign(Claims(_NAME, see={_NAME: entry}), *of_transaction, key))
            try:
                plans = Finding("plans", tuple({*told_by_plans(cursor), *told_by_messages(cursor)}))
            except VaultError:
                plans = Finding("plans", unknown=True)
        return [Finding("key"), plans]
    except (psycopg2.Error, VaultError):
        return [Finding("key", (APPLICATION,)), Finding("plans", unknown=True)]
    finally:
        connection.rollback()
        connection.close()


def _entering(url: str, strangers: Sequence[str]) -> list[str]:
    """Whoever of the others really gets in when it tries."""
    return [
        sa.make_url(stranger).username or "?"
        for stranger in strangers
        if _enters(sa.make_url(stranger).set(**_place(url)))
    ]


def _watching(url: str, strangers: Sequence[str]) -> list[str]:
    """Whoever of the others sees the locks of the store, from any database of its server that lets it in."""
    found = []
    for address in map(sa.make_url, strangers):
        for database in _beside(address, str(sa.make_url(url).database)):
            sees = "SELECT has_function_privilege('pg_catalog.pg_lock_status()', 'EXECUTE')"
            found += [f"{address.username or '?'} in {database}"] * any(_asked(address.set(database=database), sees))
    return found


def _beside(address: sa.URL, store: str) -> list[str]:
    """The databases of the server to which a role may connect; none if the store is on another server."""
    names = "SELECT datname FROM pg_database WHERE datallowconn AND has_database_privilege(datname, 'CONNECT')"
    return _asked(address, f"{names} AND EXISTS (SELECT FROM pg_database WHERE datname = '{store}') ORDER BY datname")


def _asked(address: sa.URL, sql: str) -> list[Any]:
    """The first column of what a database answers; nothing if it lets nobody in."""
    try:
        connection = psycopg2.connect(address.set(drivername="postgresql").render_as_string(False), connect_timeout=5)
    except psycopg2.OperationalError:
        return []
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def _without_password(url: str) -> list[str]:
    return [role for role in ROLES if _enters(sa.make_url(url).set(username=role, password="not the password"))]


def _place(url: str) -> dict[str, object]:
    store = sa.make_url(url)
    return {"host": store.host, "port": store.port, "database": store.database}


def _enters(url: sa.URL) -> bool:
    try:
        psycopg2.connect(url.set(drivername="postgresql").render_as_string(False), connect_timeout=5).close()
        return True
    except psycopg2.OperationalError:
        return False
