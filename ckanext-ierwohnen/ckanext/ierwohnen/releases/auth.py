"""Who may do what with a release. One that the reader may not know looks like one that does not exist, to everybody.

Sysadmins are asked like everybody, and act for no company.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.roles import actor_of, organization_id
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.errors import VaultError

ACTING, APPROVING = (ANALYST, APPROVER), (APPROVER,)


def release_of(context: Context, data_dict: dict[str, Any]) -> Release:
    """The release that is asked for.

    :raises ObjectNotFound: if the reader may not know of it, whether it exists or not
    """
    actor, name = actor_of(context), str(data_dict.get("id") or "")
    try:
        return once(("release", actor.name, name), lambda: releases.find(settings.store(), actor, name))
    except VaultError as error:
        sentence = error.message(reader_language())
    raise tk.ObjectNotFound(sentence)


def _for_owner(context: Context, data_dict: dict[str, Any], roles: tuple[str, ...]) -> AuthResult:
    release = release_of(context, data_dict)
    organization = organization_id(str(data_dict.get("organization") or ""))
    actor = actor_of(context)
    if not release.owned or organization not in release.definition.owners or organization not in actor.roles:
        return {"success": False, "msg": say("not-owner", reader_language())}
    if actor.roles[organization] not in roles:
        return {"success": False, "msg": say("role", reader_language())}
    return {"success": True}


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_prepare(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors and admins of the company."""
    organization = organization_id(str(data_dict.get("organization") or ""))
    role = actor_of(context).roles.get(organization or "")
    if role is None:
        raise tk.ObjectNotFound(tk._("Organization not found"))
    return {"success": True} if role in ACTING else {"success": False, "msg": say("role", reader_language())}


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_join(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors and admins of an owner."""
    return _for_owner(context, data_dict, ACTING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_check(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors and admins of an owner."""
    return _for_owner(context, data_dict, ACTING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_approve(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Admins of an owner; never who prepared or joined it."""
    return _for_owner(context, data_dict, APPROVING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_reject(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors and admins of an owner."""
    return _for_owner(context, data_dict, ACTING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_publish(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Admins of an owner."""
    return _for_owner(context, data_dict, APPROVING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_release_withdraw(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors and admins of an owner; one owner is enough."""
    return _for_owner(context, data_dict, ACTING)


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def ierwohnen_release_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Owners, and once it is published its audience."""
    release_of(context, data_dict)
    return {"success": True}


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def ierwohnen_release_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody, of what they may know."""
    return {"success": True}
