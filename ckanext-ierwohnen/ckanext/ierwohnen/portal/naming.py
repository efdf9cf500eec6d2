"""What CKAN's groups are called in this portal: topics."""

from __future__ import annotations

from collections.abc import Callable

import ckan.plugins.toolkit as tk


def _words() -> dict[str, str]:
    """CKAN's purposes (see `h.humanize_entity_type`) and the words for them."""
    topics, topic = tk._("Topics"), tk._("Topic")
    return {
        "add link": tk._("Add topic"),
        "add association link": tk._("Add to topic"),
        "breadcrumb": topics,
        "content tab": topics,
        "create label": tk._("Create topic"),
        "create title": tk._("Create topic"),
        "default label": topic,
        "delete confirmation": tk._("Are you sure you want to delete this topic?"),
        "edit label": tk._("Edit topic"),
        "facet label": topics,
        "form label": topic,
        "main nav": topics,
        "view label": tk._("View topic"),
        "my label": tk._("My topics"),
        "no any objects": tk._("There are no topics yet."),
        "no associated label": tk._("This dataset belongs to no topic."),
        "no description": tk._("There is no description of this topic."),
        "page title": topics,
        "save label": tk._("Save topic"),
        "search placeholder": tk._("Search topics"),
        "search_placeholder": tk._("Search topics"),
        "update label": tk._("Save topic"),
        "you not member": tk._("You are not a member of any topic."),
    }


@tk.chained_helper
def humanize_entity_type(
    following: Callable[..., str | None], entity_type: str, object_type: str, purpose: str
) -> str | None:
    """CKAN's function, with "topic" for its plain groups."""
    if entity_type == "group" and object_type == "group":
        return _words().get(purpose) or following(entity_type, object_type, purpose)
    return following(entity_type, object_type, purpose)
