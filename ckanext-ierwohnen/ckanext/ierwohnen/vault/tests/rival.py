"""An attacker's own company and a rival whose stock has a value found nowhere else; what SQL in hand tells of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psycopg2

from ckanext.ierwohnen.vault.capability import VARIABLE, Claims, sign
from ckanext.ierwohnen.vault.journal import note
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.store import Store

from .stock import YEAR_END, batches, company

CANARY = "4711.93"
CANARY_STREET = "Kanarienvogelgasse"
# The catalogue tells everybody which versions there are: whoever has SQL in hand asks for all of them.
EVERY = (
    "(SELECT array_agg(substr(relname, 3)::uuid) FROM pg_class WHERE relnamespace = 'vault_stock'::regnamespace "
    r"AND relname LIKE 's\_%')"
)


def stock(versions: str = EVERY) -> str:
    """The stock of these versions, as a role of the store asks for it."""
    return (
        f"vault.own_stock({versions}, ARRAY['version', 'dwelling', 'street', 'floor', 'vacant', 'net_cold_rent']) "
        "AS s (version uuid, dwelling text, street text, floor integer, vacant boolean, net_cold_rent numeric)"
    )


STOCK, RIVALS = stock(), stock("ARRAY['{version}'::uuid]")
SUMS = f"unnest({EVERY}) AS v, LATERAL vault.own_summary(v) AS content"


@dataclass
class Stage:
    mine: str
    clerk: Any
    rival: str
    rival_clerk: Any
    version: str

    @classmethod
    def of(cls, store: Store) -> Stage:
        (mine, clerk), (rival, rival_clerk) = company(), company()
        load_stock(store, clerk, mine, YEAR_END, batches(20), purpose="p")
        units = f'{{"s/q": "{CANARY_STREET}"}}'
        rows = batches(3000, rent=CANARY, street=CANARY_STREET, units=units)
        loaded = load_stock(store, rival_clerk, rival, YEAR_END, rows, purpose="p")
        return cls(mine, clerk, rival, rival_clerk, loaded.version)

    @property
    def table(self) -> str:
        return f"vault_stock.s_{self.version.replace('-', '')}"

    @property
    def sums(self) -> str:
        return f"vault_stock.a_{self.version.replace('-', '')}"


def definition(*owners: str, replaces: str | None = None) -> str:
    """A release of these owners as the portal has it prepared, with places for names."""
    whole = {
        "title": "t", "owners": owners, "reference_date": "2024-12-31", "figures": ["dwellings"], "level": "",
        "dimensions": [], "audience": {"kind": "organizations", "organizations": owners}, "purpose": "why",
        "agreement": "a", "valid_until": "2099-12-31", "consents": [], "replaces": replaces, "lead": "",
        "decide_by": None,
    }  # fmt: skip
    return json.dumps(whole).replace("{", "{{").replace("}", "}}").replace("<name>", "{0}")


def told(connection: Any, sql: str) -> str:
    """Everything that a statement gives away: rows, notices, or the error with all its parts."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = repr(cursor.fetchall()) if cursor.description else cursor.statusmessage
    except psycopg2.Error as error:
        parts = (error.diag.message_primary, error.diag.message_detail, error.diag.context, error.diag.message_hint)
        rows = f"refused {error.pgcode} {parts}"
    finally:
        notices = "".join(connection.notices)
        connection.rollback()
    return rows + notices


def as_mine(store: Store, cluster: Any, stage: Stage, sql: str) -> str:
    """The same inside a transaction that rightly sees the attacker's own company: an injection into a query."""
    entries = note(store, stage.clerk, [stage.mine], "read", "", "p")
    connection = cluster.connect("vault_app")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint")
        text = sign(Claims(stage.clerk.name, see=entries), *cursor.fetchone(), cluster.vault.key)
        cursor.execute("SELECT set_config(%s, %s, true)", (VARIABLE, text))
        cursor.execute(f"SELECT count(*), (SELECT count(*) FROM {SUMS}) FROM {STOCK}")
        assert cursor.fetchone() == (20, 1)
    answer = told(connection, sql)
    connection.close()
    return answer


def leaks(stage: Stage, answer: str) -> bool:
    return any(word in answer for word in (CANARY, CANARY_STREET, stage.rival))
