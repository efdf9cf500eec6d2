"""What the columns of a published table mean, read from CKAN's data dictionary."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.look.within_page import once

from .meaning import ColumnMeaning, keys, meaning

__all__ = ["ColumnMeaning", "column_meanings", "keys", "meaning"]


def column_meanings(context: Context, resource_id: str) -> list[ColumnMeaning]:
    """The columns of a resource's table, in order; the reader's right to see the resource is checked first.

    Raises NotAuthorized, or ObjectNotFound where the resource has no table.
    """


    def ask() -> list[ColumnMeaning]:
        info = tk.get_action("datastore_info")(
            tk.fresh_context(context), {"id": resource_id, "include_meta": False, "include_fields_schema": False}
        )
        return [meaning(column) for column in info["fields"] if not column["id"].startswith("_")]

    return once(("columns", context.get("user"), context.get("ignore_auth", False), resource_id), ask)
