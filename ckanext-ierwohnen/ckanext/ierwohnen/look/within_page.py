"""Asking once for what several parts of one page need, such as the columns of its table.

Kept for one GET of a page and no longer: nothing that a page shows can change under it, and nothing goes to another
reader. In jobs, commands, the Action API and requests that write, everything is asked each time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import Blueprint, g, has_request_context, request

KEPT = "ierwohnen_within_page"
Answer = TypeVar("Answer")


def begin() -> None:
    """Forget what another request left, and keep from here on if this one is for a page."""
    end()
    if request.method == "GET" and "/api/" not in request.path:
        setattr(g, KEPT, {})


def end(_problem: BaseException | None = None) -> None:
    """Forget."""
    g.pop(KEPT, None)


def keep_within_pages(blueprint: Blueprint) -> None:
    """Have `once` keep answers while a page is made."""
    blueprint.before_app_request(begin)
    blueprint.teardown_app_request(end)


def shared(key: Hashable, make: Callable[[], Answer]) -> Answer | None:
    """What the parts of one page share and add to: the thing itself, made for the first of them; None in all that is no
    page.
    """
    kept = g.get(KEPT) if has_request_context() else None
    if kept is not None and key not in kept:
        kept[key] = make()
    return None if kept is None else kept[key]


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask`, asked once per page for a key; each caller gets a copy. What is raised is not kept.

    :param key: says who asks for what; with the reader's name where the answer depends on rights
    """
    kept = g.get(KEPT) if has_request_context() else None
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    return copy.deepcopy(kept[key])
