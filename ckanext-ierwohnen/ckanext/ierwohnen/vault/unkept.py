"""Keeping answers that not everybody may see out of every cache, of proxies and of browsers.

Marked is the request, by whatever reads protected data or belongs to pages that do; the application's answer is made so
at the end, since CKAN would call it public.
"""

from __future__ import annotations

from flask import Flask, Response, has_request_context, request

from ckanext.ierwohnen.vault.in_memory import PATHS

NO_CACHE = "__no_cache__"  # what CKAN looks for before it calls an answer public
NO_STORE = "ierwohnen.no_store"


def keep_out_of_caches() -> None:
    """Let no cache keep the answer to the request that is going on, if there is one."""
    if has_request_context():
        request.environ[NO_CACHE] = request.environ[NO_STORE] = True


def follow(app: Flask) -> None:
    """See to the answers of an application. CKAN's own function comes after ours, since it was named before."""
    app.after_request(unkept)


def unkept(response: Response) -> Response:
    """An answer as caches may have it: unchanged, or not at all."""
    if PATHS.search(request.path):
        keep_out_of_caches()
    if request.environ.get(NO_STORE):
        response.headers["Cache-Control"] = "private, no-store"
    return response
