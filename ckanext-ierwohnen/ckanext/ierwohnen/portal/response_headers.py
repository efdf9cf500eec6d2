"""What every reply says to the browser, so that a file that somebody uploaded cannot act as a page of the portal."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Flask, Response, request

# Pages: no plug-ins, no foreign base, forms go to us only.
PAGE_POLICY = "object-src 'none'; base-uri 'self'; form-action 'self'"
FRAME_POLICY = "; frame-ancestors 'self'"
# Uploaded files: nothing in them runs, loads or sends.
FILE_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"


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
    return (request.endpoint or "").endswith("resource.download") or request.path.startswith("/uploads/")


def is_embeddable() -> bool:
    """Whether other sites may show the page in a frame, as they are invited to do with a view of a resource."""
    return (request.endpoint or "").endswith("resource.view")


def add_headers(response: Response) -> Response:
    """Add the headers that a reply does not have yet; files are always saved, never shown as pages."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if is_file():
        response.headers["Content-Security-Policy"] = FILE_POLICY
        if not request.path.startswith("/uploads/"):
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
