"""What all pages of a company share: whose they are, who may open them, and that nobody keeps a copy."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.wrappers import Response

from ckanext.ierwohnen.vault.readers import LOADING, READING, reader_of

RIGHT = "ierwohnen_stock_list"


def context() -> Any:
    """The reader of this request, anew for each action."""
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else "", "auth_user_obj": tk.current_user}


def private(response: Response) -> Response:
    """No proxy and no browser keeps a page that not everyone may see."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def company_of(organization: str, right: str = RIGHT) -> dict[str, Any]:
    """The company whose pages these are, after the right to them was checked; 404 for everybody else, 403 for members.

    :return: `id`, `name`, `title`, and whether the reader `edits` its stock
    """
    try:
        tk.check_access(right, context(), {"organization": organization})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Page not found"))
    except tk.NotAuthorized as refused:
        if not tk.current_user.is_authenticated:
            return tk.abort(404, tk._("Page not found"))
        return tk.abort(403, str(refused))
    group = model.Group.get(organization)
    return {
        "id": group.id,
        "name": group.name,
        "title": group.title or group.name,
        "edits": group.id in reader_of(context(), LOADING).organizations,
    }


def own_companies() -> list[dict[str, Any]]:
    """The organizations of which the reader is a member, by title."""
    found = [model.Group.get(one) for one in reader_of(context(), READING).organizations]
    return sorted(({"name": one.name, "title": one.title or one.name} for one in found), key=lambda one: one["title"])


def messages(error: tk.ValidationError) -> list[str]:
    """What is wrong, as sentences."""
    found = []
    for texts in error.error_dict.values():
        found += [str(text) for text in texts] if isinstance(texts, list) else [str(texts)]
    return found
