"""Whose dwellings a release tells of, in words. A figure of two companies must not pass for one of all."""

from __future__ import annotations

from collections.abc import Iterable

import ckan.plugins.toolkit as tk
from ckan import model

MOST_NAMED = 3


def owners_told(owners: Iterable[str], first: str | None = None) -> str:
    """`A und B`, `42 Wohnungsunternehmen (A, B und 40 weitere)`; empty without owners.

    :param owners: ids of organizations
    :param first: the one that is named before the others
    """
    ids = list(dict.fromkeys(owners))
    if not ids:
        return ""
    known = model.Session.query(model.Group.id, model.Group.title, model.Group.name).filter(model.Group.id.in_(ids))
    titles = {id: title or name for id, title, name in known}
    named = [titles[one] for one in sorted(titles, key=lambda one: (one != first, str(titles[one]).casefold()))]
    if len(ids) <= MOST_NAMED and len(named) == len(ids):
        return _listed(named)
    number = tk._("{number} housing companies").format(number=len(ids))
    if not named:  # nobody knows them any more
        return number
    more = len(ids) - len(named[:2])
    return f"{number} ({_listed([*named[:2], tk._('{number} more').format(number=more)])})"


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return tk._("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])
