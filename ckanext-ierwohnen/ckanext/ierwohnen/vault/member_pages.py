"""What pages of protected data share: who may open them, and that nobody keeps a copy."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.vault.unkept import keep_out_of_caches


def group_of(organization: str, right: str) -> model.Group:
    """The organization whose page it is, after the right to it was checked.

    404 for whoever may not know of it, 403 for its members without that right.
    """
    try:
        tk.check_access(right, reader_context(), {"organization": organization})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Page not found"))
    except tk.NotAuthorized as refused:
        if not tk.current_user.is_authenticated:
            return tk.abort(404, tk._("Page not found"))
        return tk.abort(403, str(refused))
    return model.Group.get(organization)


def private(response: Response) -> Response:
    """No proxy and no browser keeps a page that not everyone may see."""
    keep_out_of_caches()
    response.headers["Referrer-Policy"] = "same-origin"
    return response
