"""Accounts that act for a company, or read for the alliance, are their people's own: nobody acts as one unnoticed.

CKAN lets sysadmins make API tokens for others, set their passwords, read the hash of a password and put the old one
back, change the address to which a link for a new password goes, and rename accounts. With two accounts of a company
one person would have four eyes. Whom no mail reaches gets a new account, which the company's list and ledger show.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.storable import stored
from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases.kept_names import kept
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

SECRET = {"password": "password", "password1": "password", "password2": "password", "password_hash": "password_hash"}
"""Fields by which a password is set → the one whose refusal is told."""
KEPT = {"name": "account-name", "email": "account-email"}
"""What stays as it is, unless the account itself changes it → what others are told."""


def acts(user: model.User) -> bool:
    """Whether an account has, or ever had, a role in a company or in an organization that the rules name.

    Former roles count, and roles in what is deleted: a sysadmin could take one away for a moment. While the store does
    not answer, every account with a role does.
    """
    query = (
        model.Session.query(model.Group)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .filter(model.Member.table_name == "user", model.Member.table_id == user.id)
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
    user = stored(model.User, data_dict.get("user"))
    if user is not None and _of_another(context, user):
        return {"success": False, "msg": say("account-token", reader_language(), name=user.name)}
    return {"success": True} if authz.is_sysadmin(context.get("user")) else next_auth(context, data_dict)


@tk.chained_action
def user_update(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Nobody else renames such an account, changes its address or sets its password."""
    user = stored(model.User, data_dict.get("id"))
    given = {one: data_dict[one] or "" for one in KEPT if one in data_dict}
    changed = {one: KEPT[one] for one, value in given.items() if value != (getattr(user, one, None) or "")}
    changed |= {shown: "account-password" for one, shown in SECRET.items() if data_dict.get(one)}
    if user is not None and changed and not context.get("ignore_auth") and _of_another(context, user):
        tk.check_access("user_update", tk.fresh_context(context), {**data_dict})
        raise tk.ValidationError({one: [say(told, reader_language(), name=user.name)] for one, told in changed.items()})
    return original(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def user_show(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """The hash of such an account's password is not told."""
    found = original(context, data_dict)
    if "password_hash" in found and not context.get("ignore_auth"):
        user = stored(model.User, found.get("id"))
        if user is not None and _of_another(context, user):
            del found["password_hash"]
    return found


def own_password(name: str) -> str:
    """Why nobody but its owner sets an account's password; empty for accounts that act for no company."""
    user = stored(model.User, name)
    return say("account-password", reader_language(), name=user.name) if user is not None and acts(user) else ""


def _of_another(context: Context, user: model.User) -> bool:
    return str(context.get("user") or "") not in (user.name, user.id) and acts(user)
