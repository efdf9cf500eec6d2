"""Answers to questions that the search index or the DataStore cannot answer, without their inner workings."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchQueryError
from ckan.types import Context

LIST = "_table_metadata"
_OF_SOLR = "SOLR returned an error"


def actions() -> dict[str, Any]:
    """The actions to chain."""
    of_tables = {"datastore_search": datastore_search} if p.plugin_loaded("datastore") else {}
    return {"package_search": package_search} | of_tables


@tk.chained_action
@tk.side_effect_free
def package_search(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Without what CKAN tells of a search that the index refuses: the whole query, labels of rights, Solr's errors."""
    try:
        return original(context, data_dict)
    except SearchQueryError:  # a sentence of CKAN's own
        raise
    except SearchError as error:
        if not str(error).startswith(_OF_SOLR):
            raise
        told = tk._("This search cannot be carried out. Look at what it is sorted and filtered by.")
        raise SearchError(told) from None


@tk.chained_action
@tk.side_effect_free
def datastore_search(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """CKAN's list of all tables is nobody's to read: it names those of private datasets as well."""
    if LIST in map(str, (data_dict.get("id"), data_dict.get("resource_id"))) and not context.get("ignore_auth"):
        raise tk.ObjectNotFound(tk._('Resource "{id}" was not found.').format(id=LIST))
    return original(context, data_dict)
