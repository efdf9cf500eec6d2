"""Whether everybody may see a resource: what caches may keep, and what other sites may embed."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.reader import nobody


def is_public(resource_id: str) -> bool:
    """Whether a reader without an account may see the resource."""
    anonymous = nobody()
    try:
        tk.check_access("resource_show", anonymous, {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True
