"""What an address may hold, and which page it is of."""

from __future__ import annotations

from flask import Blueprint, abort, has_request_context, request


def without_nul(pages: Blueprint) -> Blueprint:
    """Let these pages answer 404 to an address with a NUL character: no name holds one, and PostgreSQL takes none."""
    pages.before_request(_refuse)
    return pages


def _refuse() -> None:
    texts = [request.path, *(text for pair in request.args.items(multi=True) for text in pair)]
    if any("\0" in text for text in texts):
        abort(404)


def asked_by(*endings: str) -> bool:
    """Whether a page asks whose endpoint ends so (`resource.download`); no page does in jobs and commands."""
    return has_request_context() and (request.endpoint or "").endswith(endings)
