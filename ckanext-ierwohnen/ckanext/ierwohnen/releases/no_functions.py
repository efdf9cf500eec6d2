"""Nobody, sysadmins neither, brings program code into the DataStore.

CKAN lets sysadmins make functions there and bind them to tables: they run with the rights of the DataStore's owner, and
so write any table, that of a release as well. Nobody needs them here, so there are none.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language

REFUSED = ("datastore_function_create", "datastore_function_delete", "datastore_run_triggers")
_BOUND = """
    SELECT c.relname FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgname <> 'zfulltext' ORDER BY c.relname
"""


def auth_functions() -> dict[str, Any]:
    """The rules to chain, if there is a DataStore."""
    return {name: _refusing(name) for name in REFUSED} if p.plugin_loaded("datastore") else {}


def binds(name: str, data_dict: dict[str, Any]) -> bool:
    """Whether an action binds functions to a table."""
    return name == "datastore_create" and bool(data_dict.get("triggers"))


def bound() -> list[str]:
    """The tables of the DataStore to which functions are bound, from whatever time, but for CKAN's own."""
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().connect() as connection:
        return [str(row[0]) for row in connection.execute(sa.text(_BOUND))]


def _refusing(name: str) -> Any:
    def refusing(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """Refuse everybody, with the reason."""
        return {"success": False, "msg": say("no-functions", reader_language())}

    refusing.__name__ = name
    return tk.chained_auth_function(tk.auth_sysadmins_check(refusing))
