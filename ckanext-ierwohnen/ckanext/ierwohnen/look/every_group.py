"""All organizations or groups of a portal: CKAN lists those with their details 25 at a time, whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk


def every_group(action: str, context: Any) -> Iterator[dict[str, Any]]:
    """Each of `organization_list` or `group_list` with its details, as the reader of the context may see them."""
    offset = 0
    while found := tk.get_action(action)(dict(context), {"all_fields": True, "offset": offset}):
        yield from found
        offset += len(found)
