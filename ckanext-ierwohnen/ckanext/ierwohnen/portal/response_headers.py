"""What every reply says to the browser: nothing that somebody wrote or uploaded acts there as the portal itself."""

from __future__ import annotations

import posixpath
import re

import ckan.plugins.toolkit as tk
from flask import Flask, Response, request

from ckanext.ierwohnen.look.addresses import asked_by

# Pages: scripts from the portal's own files only, none within a page; no plug-ins, no foreign base, forms go to us.
PAGE_POLICY = "script-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
FRAME_POLICY = "; frame-ancestors 'self'"
# Uploaded files: nothing in them runs, loads or sends.
FILE_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"

SCRIPTS = re.compile(r"(java|ecma|live|j)script")  # in each type of content that browsers run
OWN_FILES = ("static", "webassets.index")  # endpoints


def protect(app: Flask) -> None:
    """Let the application's replies carry the headers."""
    app.before_request(keep_token_replies_private)
    app.after_request(add_headers)


def keep_token_replies_private() -> None:
    """CKAN would mark replies to requests with an API token as public: a shared cache could hand them to others."""
    if request.headers.get(tk.config["apitoken_header_name"]) or request.headers.get("Authorization"):
        request.environ["__no_cache__"] = True


def is_file() -> bool:
    """Whether the reply is something that somebody uploaded."""
    return asked_by("resource.download") or _is_public_upload()


def _is_public_upload() -> bool:
    """Whether it is a logo or the like, however its path is written."""
    return posixpath.normpath("/" + request.path.lstrip("/")).startswith("/uploads/")


def is_foreign_script(response: Response) -> bool:
    """Whether a reply is a script that is no file of the portal: an upload, or JSONP, which runs what its reader wrote.

    It is sent as text, which no browser runs: else the policy of pages would let it act as the portal's own.
    """
    return bool(SCRIPTS.search(response.mimetype or "")) and (is_file() or request.endpoint not in OWN_FILES)


def is_embeddable() -> bool:
    """Whether other sites may show the page in a frame, as they are invited to do with a view of a resource."""
    return asked_by("resource.view")


def add_headers(response: Response) -> Response:
    """Add the headers that a reply does not have yet; files are always saved, never shown as pages."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if is_foreign_script(response):
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
    if is_file():
        response.headers["Content-Security-Policy"] = FILE_POLICY
        if not _is_public_upload():
            attach(response)
    else:
        policy = PAGE_POLICY + ("" if is_embeddable() else FRAME_POLICY)
        response.headers.setdefault("Content-Security-Policy", policy)
    return response


def attach(response: Response) -> None:
    """Turn `inline` into `attachment`, the file's name kept."""
    disposition = response.headers.get("Content-Disposition", "")
    _, semicolon, name = disposition.partition(";")
    if response.status_code < 300 and not disposition.startswith("attachment"):
        response.headers["Content-Disposition"] = f"attachment{semicolon}{name}"
