"""Organizations that the configuration names keep their names, and nobody else takes one.

The alliance and the city's rules name organizations. Were one of them renamed or deleted, an organization that took the
freed name would read what was agreed for another, or count as linked in its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import Context

from ckanext.ierwohnen.confidential.errors import ConfidentialityError
from ckanext.ierwohnen.confidential.parameters import read_parameters
from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

ALLIANCE, RULES = "ierwohnen.alliance", "ierwohnen.releases.rules"
MAKING = ("organization_create", "group_create")


def kept() -> dict[str, str]:
    """Names (or ids) of organizations → the option that names them.

    :raises VaultError: `rules-broken`
    """
    file = tk.config.get(RULES)
    try:
        rules = read_parameters(Path(file)) if file else None
    except ConfidentialityError as error:
        raise VaultError("rules-broken", what=error.text(reader_language())) from None
    names: list[str] = []
    if rules is not None:
        names = [*rules.linked, *rules.linked.values(), *(one for together in rules.coalitions for one in together)]
    return dict.fromkeys(names, RULES) | dict.fromkeys(tk.aslist(tk.config.get(ALLIANCE) or ""), ALLIANCE)


def refused_end(group: model.Group) -> str:
    """Why an organization may not be deleted; "" if it may."""
    return _refused(lambda names: _said("name-kept", names, str(group.name), str(group.id)))


def refused_name(before: str | None, name: str) -> str:
    """Why an organization may not be called so any more, or from now on; "" if it may.

    :param before: what it was called; None for one that comes back from deletion
    """
    return _refused(lambda names: _said("name-kept", names, before or "") or _said("name-taken", names, name))


def actions() -> dict[str, Any]:
    """The actions to chain."""
    return {name: _making(name) for name in MAKING}


def _making(action: str) -> Any:
    @tk.chained_action
    def making(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
        """Leave the names that the configuration knows to sysadmins, who set the portal up."""
        user = context.get("user")
        trusted = context.get("ignore_auth") or (user and authz.is_sysadmin(user))
        refused = {
            "id": _refused_id(str(data_dict.get("id") or "")),
            "name": "" if trusted else refused_name(None, str(data_dict.get("name") or "")),
        }
        told = {field: [text] for field, text in refused.items() if text}
        if told:
            tk.check_access(action, tk.fresh_context(context), {**data_dict})
            raise tk.ValidationError(told)
        return original(context, data_dict)

    making.__name__, making.__doc__ = action, f"`{action}`; names of the configuration are a sysadmin's to give."
    return making


def _refused_id(wanted: str) -> str:
    """Why a new organization may not get an id; "" if it may: its ledger and its releases would come with it."""
    try:
        return say("id-taken", reader_language()) if wanted and company_files.has_stock_ever(wanted) else ""
    except VaultError as error:  # the store, which knows, does not answer
        return error.message(reader_language())


def _said(code: str, names: dict[str, str], *meant: str) -> str:
    found = next((name for name in meant if name in names), None)
    return "" if found is None else say(code, reader_language(), name=found, place=names[found])


def _refused(wanted: Any) -> str:
    try:
        return str(wanted(kept()))
    except VaultError as error:  # as long as nobody knows which names are kept, all are
        return error.message(reader_language())
