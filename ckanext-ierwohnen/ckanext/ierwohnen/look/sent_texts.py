"""What is sent to an action can be stored, or it is refused before any action sees it.

PostgreSQL takes no NUL character and no half of a character (`"\\ud800"` in JSON), and each place that forgets it
answers with a failure of the server. So the Action API asks once, for all actions, CKAN's as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, jsonify, make_response, request

from ckanext.ierwohnen.look.api_answers import refusal
from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.look.text import text

NAME = "ierwohnen_sent_texts"
ENDPOINT = "api.action"
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
MESSAGE = (
    "This holds a character that cannot be stored: NUL (U+0000) or half of a character (U+D800 to U+DFFF). "
    "Send it without."
)


def guard(app: Flask) -> None:
    """Let the application refuse such requests; several plugins may ask for it."""
    if NAME not in app.extensions:
        app.extensions[NAME] = True
        app.before_request(refuse_unstorable)


def refuse_unstorable() -> Response | None:
    """Answer 409 to a request to an action with such a text; the answer names the parameter."""
    if request.endpoint != ENDPOINT:
        return None
    for name, value in _sent():
        if not can_be_stored([name, value]):
            shown = name if 0 < len(name) < 100 and storable(name) else "message"
            return make_response(jsonify(refusal({"__type": "Validation Error", shown: [text(MESSAGE)]})), 409)
    return None


def can_be_stored(value: Any) -> bool:
    """Whether all texts in a value can be stored, those in JSON that is sent as a text as well."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += [*one, *one.values()]
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, str):
            if not storable(one):
                return False
            if _ESCAPED.search(one):
                rest.append(_of_json(one))
    return True


def _sent() -> Iterator[tuple[str, Any]]:
    """Parameters with their values, wherever CKAN reads them from: the address, a form, or JSON, also as a form."""
    yield from request.args.items(multi=True)
    yield from request.form.items(multi=True)
    if not request.form and not request.files:
        body = request.get_data(as_text=True)
        found = _of_json(body) if _ESCAPED.search(body) else None
        yield from found.items() if isinstance(found, dict) else [("", found)]


def _of_json(written: str) -> Any:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):  # whoever reads it says so
        return None
