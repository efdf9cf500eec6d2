"""Accounts that act for a company, or read for the alliance, are their people's own: nobody acts as one unnoticed.

CKAN lets sysadmins make API tokens for others, read the hash of a password, set another password and put the old hash
back, and rename accounts. With two accounts of a company one person would have four eyes. A password that a sysadmin
sets stays possible, for whom no mail reaches: its owner notices.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases.kept_names import kept
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

OWN = {"name": "account-name", "password_hash": "account-hash"}
"""What only the account itself changes, if anybody → what others are told."""


def acts(user: model.User) -> bool:
    """Whether an account has, or ever had, a role in a company or in an organization that the rules name.

    Former roles count: a sysadmin could take one away for a moment. While the store does not answer, every account
    with a role does.
    """
    query = (
        model.Session.query(model.Group)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .filter(model.Member.table_name == "user", model.Member.table_id == user.id, model.Group.is_organization)
    )
    organizations = query.distinct().all()
    try:
        names = kept()
        named = any({one.id, one.name} & names.keys() for one in organizations)
        return named or any(company_files.is_company(str(one.id)) for one in organizations)
    except VaultError:
        return bool(organizations)


def auth_functions() -> dict[str, Any]:
    """The rules to chain."""
    return {"api_token_create": api_token_create}


def actions() -> dict[str, Any]:
    """The actions to chain."""
    return {"user_update": user_update, "user_show": user_show}


@tk.chained_auth_function
@tk.auth_sysadmins_check
def api_token_create(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """A token of such an account is made by itself alone."""
    user = _user(data_dict.get("user"))
    if user is not None and _of_another(context, user):
        return {"success": False, "msg": say("account-token", reader_language(), name=user.name)}
    return {"success": True} if authz.is_sysadmin(context.get("user")) else next_auth(context, data_dict)


@tk.chained_action
def user_update(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Nobody else renames such an account or sets a password's hash."""
    user = _user(data_dict.get("id"))
    changed = [one for one in OWN if data_dict.get(one) and data_dict[one] != getattr(user, one, None)]
    if user is not None and changed and not context.get("ignore_auth") and _of_another(context, user):
        tk.check_access("user_update", tk.fresh_context(context), {**data_dict})
        raise tk.ValidationError({one: [say(OWN[one], reader_language(), name=user.name)] for one in changed})
    return original(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def user_show(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """The hash of such an account's password is not told."""
    found = original(context, data_dict)
    if "password_hash" in found and not context.get("ignore_auth"):
        user = _user(found.get("id"))
        if user is not None and _of_another(context, user):
            del found["password_hash"]
    return found


def _of_another(context: Context, user: model.User) -> bool:
    return str(context.get("user") or "") not in (user.name, user.id) and acts(user)


def _user(name: Any) -> model.User | None:
    return model.User.get(name) if isinstance(name, str) and name and storable(name) else None
