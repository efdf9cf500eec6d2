"""What all pages of a company share: whose they are, and what is wrong with what was sent."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.vault.member_pages import group_of
from ckanext.ierwohnen.vault.readers import LOADING, READING, reader_of

RIGHT = "ierwohnen_stock_list"


def company_of(organization: str, right: str = RIGHT) -> dict[str, Any]:
    """The company whose pages these are, after the right to them was checked; 404 for everybody else, 403 for members.

    :return: `id`, `name`, `title`, and whether the reader `edits` its stock
    """
    group = group_of(organization, right)
    return {
        "id": group.id,
        "name": group.name,
        "title": group.title or group.name,
        "edits": group.id in reader_of(reader_context(), LOADING).organizations,
    }


def own_companies() -> list[dict[str, Any]]:
    """The organizations of which the reader is a member, by title."""
    found = [model.Group.get(one) for one in reader_of(reader_context(), READING).organizations]
    return sorted(({"name": one.name, "title": one.title or one.name} for one in found), key=lambda one: one["title"])


def messages(error: tk.ValidationError) -> list[str]:
    """What is wrong, as sentences."""
    found = []
    for texts in error.error_dict.values():
        found += [str(text) for text in texts] if isinstance(texts, list) else [str(texts)]
    return found
