"""Reading a table by several queries as if by one: read again when the table was exchanged between them.

CKAN's DataStore asks for columns, rows, dictionary and number of rows one after the other. A publication swapped
in between would show the columns of one state with the rows of another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import Context

from ckanext.datastore.backend.postgres import get_read_engine, identifier

TRIES = 6
Read = TypeVar("Read")
# What a query says that asks one state for the columns of another; also in the words of CKAN's actions.
MISSED = (tk.ObjectNotFound, tk.ValidationError, sa.exc.ProgrammingError, sa.exc.InternalError)


def one_state(table: str, read: Callable[[], Read]) -> Read:
    """What `read` finds in one state of the table (or of its alias).

    The reader's rights are asked in `read`. Whatever it raises is raised, unless it comes from an exchange.

    :raises ValidationError: if the table is exchanged again and again
    """
    for _ in range(TRIES):
        before = _identity(table)
        try:
            found = read()
        except MISSED:
            if _identity(table) == before:
                raise
        else:
            if _identity(table) == before:
                return found
    text = tk._("A new version of this table is being put in place. Try again in a minute.")
    raise tk.ValidationError({"resource_id": [text]})


def _identity(table: str) -> int | None:
    """The number of the table in PostgreSQL's catalogue; each swap brings a new one, for its aliases too."""
    with get_read_engine().connect() as connection:
        return connection.scalar(sa.text("SELECT to_regclass(:name)::oid::bigint"), {"name": identifier(table)})


def _asked(data_dict: dict[str, Any]) -> str | None:
    """The table that an action of the DataStore is asked for; None where the action itself will complain."""
    table = data_dict.get("resource_id") or data_dict.get("id")
    return table if isinstance(table, str) and table and "\0" not in table and len(table) < 64 else None


def _in_one_state(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    table = _asked(data_dict)
    if table is None:
        return original(context, data_dict)
    return one_state(table, lambda: original({**context}, {**data_dict}))


@tk.chained_action
@tk.side_effect_free
def datastore_search(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    """Search a table of the DataStore; columns, rows and their number are those of one published state."""
    return _in_one_state(original, context, data_dict)


@tk.chained_action
@tk.side_effect_free
def datastore_info(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    """Describe a table of the DataStore; columns and dictionary are those of one published state."""
    return _in_one_state(original, context, data_dict)
