"""What all pages of a company share: whose they are, and what is wrong with what was sent."""

from __future__ import annotations

import time
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases.company_files import is_company, may_become
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.member_pages import group_of
from ckanext.ierwohnen.vault.readers import LOADING, READING, reader_of

RIGHT = "ierwohnen_stock_list"
AGAIN = 60.0  # seconds
_COMPANIES: dict[str, tuple[bool, float]] = {}  # organization → whether it is one, and when that was asked


def company_of(organization: str, right: str = RIGHT) -> dict[str, Any]:
    """The company whose pages these are, after the right to them was checked; 404 for everybody else, 403 for members.

    :return: `id`, `name`, `title`, and whether the reader `edits` its stock
    """
    group = group_of(organization, right)
    return {
        "id": group.id,
        "name": group.name,
        "title": group.title or group.name,
        "edits": group.id in reader_of(reader_context(), LOADING).organizations,
    }


def own_companies() -> list[dict[str, Any]]:
    """The organizations of which the reader is a member, by title, and whether they are `known` to be companies; none
    that cannot become one."""
    found = [model.Group.get(one) for one in reader_of(reader_context(), READING).organizations]
    found = [one for one in found if may_become(one)]
    told = [{"name": one.name, "title": one.title or one.name, "known": _is_company(one.id)} for one in found]
    return sorted(told, key=lambda one: one["title"])


def own_company_page() -> str:
    """Address of the reader's housing company, or of the choice among several; "" for whoever is in none."""
    if not tk.current_user.is_authenticated:
        return ""
    context = reader_context()
    return once(("own company", context["user"]), lambda: _page_of(context))


def _page_of(context: Context) -> str:
    mine = [one for one in reader_of(context, READING).organizations if _is_company(one)]
    if len(mine) != 1:
        return str(tk.h.url_for("ierwohnen_company.index")) if mine else ""
    return str(tk.h.url_for("ierwohnen_company.overview", organization=model.Group.get(mine[0]).name))


def _is_company(organization: str) -> bool:
    """Whether it is a company; whoever once had stock stays one, and of others it is asked once a minute."""
    now = time.monotonic()
    known, asked = _COMPANIES.get(organization, (False, -AGAIN))
    if known or now - asked < AGAIN:
        return known
    try:
        found = is_company(organization)
    except VaultError:
        return False
    _COMPANIES[organization] = (found, now)
    return found


def job_of(error: tk.ValidationError) -> str:
    """The load that is in the way; "" if it is something else."""
    return str((error.error_dict.get("job") or [""])[0])


def messages(error: tk.ValidationError) -> list[str]:
    """What is wrong, as sentences."""
    found = []
    for name, texts in error.error_dict.items():
        if name == "job":
            continue
        found += [str(text) for text in texts] if isinstance(texts, list) else [str(texts)]
    return found
