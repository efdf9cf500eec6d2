"""An organization that the configuration names does not end, nor a company's before its stock is deleted and its
releases are withdrawn.

Without its members nobody could do either: the figures would stay with their readers, and the dwellings in the store.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.releases import kept_names
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.door import keeps_stock, stock_versions
from ckanext.ierwohnen.vault.errors import VaultError

ENDS = ("organization_delete", "organization_purge")


def guards() -> dict[str, Any]:
    """The rules to chain."""
    return {name: _guard(name) for name in ENDS}


def refusal(organization: str) -> str:
    """Why an organization (id) may not end yet; "" if it may. The look at its stock is in its ledger."""
    group = model.Group.get(organization)
    if group is not None and (kept := kept_names.refused_end(group)):
        return kept
    portal = Actor("portal", {organization: "member"})
    try:
        store = vault.store()
        there = any(one.owned and one.state == State.PUBLISHED for one in releases.releases(store, portal))
        if not there and keeps_stock(store, organization):
            there = bool(stock_versions(store, portal.reader, organization, purpose="Ende der Organisation"))
    except VaultError as error:
        return "" if error.code == "not-set-up" else error.message(reader_language())
    return say("company-end", reader_language()) if there else ""


def _guard(name: str) -> Any:
    def guarded(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """Refuse the end of an organization that has something in the store, to sysadmins as well."""
        allowed = {"success": True}
        if not authz.is_sysadmin(context.get("user")):
            allowed = next_auth(context, data_dict)
        wanted = str(data_dict.get("id") or "")
        group = model.Group.get(wanted) if storable(wanted) else None
        if not allowed["success"] or group is None or not group.is_organization:
            return allowed
        refused = refusal(str(group.id))
        return {"success": False, "msg": refused} if refused else allowed

    guarded.__name__ = name
    return tk.chained_auth_function(tk.auth_sysadmins_check(guarded))
