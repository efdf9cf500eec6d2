"""Whether everybody may see a resource: what caches may keep, and what other sites may embed."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import Context


def is_public(resource_id: str) -> bool:
    """Whether a reader without an account may see the resource."""
    anonymous: Context = {"user": "", "auth_user_obj": None}  # type: ignore[typeddict-item]
    try:
        tk.check_access("resource_show", anonymous, {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True
