"""The organization of a company stays one, active, and with its people, until its stock is deleted and its releases are
withdrawn; one that the configuration names stays as long as it is named there.

Without its members nobody could delete or withdraw anything: the figures would stay with their readers, and the
dwellings in the store. And the rules of who acts for a company, and of its people's own accounts, rest on who belongs
to its organization. So it is neither deleted nor purged nor set aside (as a draft), under whatever name CKAN has an
action for it, and its memberships are not taken out of the database. No organization becomes a mere group, and no group
an organization: people get roles there by other rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.storable import stored
from ckanext.ierwohnen.releases import kept_names
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.door import keeps_stock, stock_versions
from ckanext.ierwohnen.vault.errors import VaultError

ENDS = ("organization_delete", "organization_purge", "group_delete", "group_purge")
"""CKAN's actions for groups take organizations as well."""
KIND = ("is_organization", "type")
STORED = ("state", *KIND)
"""What makes an organization one that people act for."""


def guards() -> dict[str, Any]:
    """The rules to chain: they refuse before CKAN has touched anything."""
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


def refusals(group: model.Group, before: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Field and reason for which an organization or a group may not be stored as it is now.

    :param before: the columns `STORED` as they are; None for a new one
    """
    if before is None:
        return
    for field in KIND:
        if (getattr(group, field) or "") != (before[field] or ""):
            yield field, say("kind-kept", reader_language())
    if group.state not in (model.State.ACTIVE, before["state"]) and (refused := refusal(str(group.id))):
        yield "state", refused


def refused_losses(deleted: Any) -> Iterator[tuple[str, str]]:
    """The same of what is about to be taken out of the database: organizations, and who belongs to them."""
    groups = {str(one.id) for one in deleted if isinstance(one, model.Group)}
    groups |= {str(one.group_id) for one in deleted if isinstance(one, model.Member) and one.table_name == "user"}
    yield from (("id", refused) for one in sorted(groups) if (refused := refusal(one)))


def _guard(name: str) -> Any:
    def guarded(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """Refuse the end of an organization that has something in the store, to sysadmins as well."""
        allowed = {"success": True}
        if not authz.is_sysadmin(context.get("user")):
            allowed = next_auth(context, data_dict)
        group = stored(model.Group, data_dict.get("id"))
        refused = refusal(str(group.id)) if allowed["success"] and group is not None else ""
        return {"success": False, "msg": refused} if refused else allowed

    guarded.__name__ = name
    return tk.chained_auth_function(tk.auth_sysadmins_check(guarded))
