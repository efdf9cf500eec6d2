"""What a browser sends with a reader's login comes from the portal's own pages, or it is refused.

A page elsewhere can send a form here, and the browser adds the cookie of the login: `SameSite=Lax` keeps it from pages
of other sites, not from another port of the host nor from another name under the city's domain. CKAN asks such requests
for a token, but forgets to for good, and for everybody, once somebody without an account or with an API token used the
same address (CVE-2026-41255; CKAN 2.12.0 still does). So what the browser says of the origin counts: no page can change
it. Requests with an API token are free, since no page elsewhere can add one, and so are programs that say nothing of
where they come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from flask import Flask, Response, current_app, g, jsonify, make_response, request

from ckanext.ierwohnen.look.api_answers import refusal
from ckanext.ierwohnen.look.text import text

# HEAD is none of them: CKAN runs any action by HEAD, those that change something too.
READING = ("GET", "OPTIONS")
NAME = "ierwohnen_own_origin"
CKANS_FIRST = "ckan_before_request"
MESSAGE = (
    "This request came from a page outside the portal, with your login. It was refused, and nothing was changed. "
    "Use the portal's own pages; programs use an API token."
)


def guard(app: Flask) -> None:
    """Let the application refuse such requests; several plugins may ask for it."""
    if NAME not in app.extensions:
        # The configuration's address as it stands now: what somebody changes later makes nobody one of us.
        app.extensions[NAME] = origin_of(tk.config["ckan.site_url"])
        # Right after CKAN has found out who asks: nothing has read yet what was sent.
        functions = app.before_request_funcs.setdefault(None, [])
        names = [getattr(function, "__name__", "") for function in functions]
        place = names.index(CKANS_FIRST) + 1 if CKANS_FIRST in names else len(names)
        functions.insert(place, refuse_others)


def refuse_others() -> Response | None:
    """Answer 403 to a request that would change something, bears a login's cookie and comes from elsewhere."""
    if request.method in READING or not logged_in_by_cookie():
        return None
    if not comes_from_elsewhere(dict(request.headers), own_origins()):
        return None
    request.environ["__no_cache__"] = True
    if not request.path.startswith("/api/"):
        return tk.abort(403, text(MESSAGE))
    return make_response(jsonify(refusal({"__type": "Authorization Error", "message": text(MESSAGE)})), 403)


def logged_in_by_cookie() -> bool:
    """Whether the reader is known by the browser's login, and not by an API token."""
    return bool(tk.current_user.is_authenticated) and not g.get("login_via_auth_header")


def own_origins() -> set[str]:
    """The portal's address, and the one asked for; by https as well, which a server before the portal may speak."""
    return {
        current_app.extensions[NAME],
        *(origin_of(f"{scheme}://{request.host}") for scheme in (request.scheme, "https")),
    }


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, written as browsers write them; empty if it is none."""
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = port is None or port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")


def comes_from_elsewhere(headers: Mapping[str, str], own: set[str]) -> bool:
    """Whether a request's headers name another origin than the portal's own.

    `Origin` decides; where it is missing or hidden (`null`), `Sec-Fetch-Site`; without that, `Referer`.
    """
    origin, site, referer = (headers.get(name, "") for name in ("Origin", "Sec-Fetch-Site", "Referer"))
    if origin and origin != "null":
        return origin_of(origin) not in own
    if site:
        return site != "same-origin" and (bool(origin) or site != "none")
    if origin or not referer:
        return bool(origin)
    return origin_of(referer) not in own
