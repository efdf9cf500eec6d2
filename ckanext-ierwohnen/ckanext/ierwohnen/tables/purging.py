"""Chained actions: what CKAN purges takes our tables and files with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from . import removal


@tk.chained_action
def dataset_purge(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    """Purge a dataset, then the DataStore tables, files, deliveries and jobs of its resources."""
    resource_ids = removal.resources_of(str(data_dict.get("id") or ""))
    result = original(context, data_dict)  # authorizes first; nothing is removed if it refuses
    removal.remove(resource_ids)
    return result
