"""Who has an account, and where it belongs, is not told to everybody.

CKAN answers anonymous readers of `organization_list_for_user` with the organizations and the role of whomever they
name, and tells by different errors which accounts there are: people of forty companies and their trustee among them.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz
from ckan.types import AuthResult, Context

COUNTED = (
    "user_follower_count", "followee_count", "user_followee_count", "dataset_followee_count", "group_followee_count",
    "organization_followee_count",
)  # fmt: skip
LOGGED_IN = ("followee_list", "am_following_user")


@tk.chained_helper
def organizations_available(original: Any, *args: Any, **options: Any) -> list[dict[str, Any]]:
    """The same for pages, which show an account without its organizations to others."""
    try:
        return original(*args, **options)
    except tk.NotAuthorized:
        return []


def auth_functions() -> dict[str, Any]:
    """The rules to chain."""
    return {name: _of_accounts(name) for name in COUNTED}


def actions() -> dict[str, Any]:
    """The actions to chain."""
    return {name: _logged_in(name) for name in LOGGED_IN} | {"organization_list_for_user": organization_list_for_user}


@tk.chained_action
@tk.side_effect_free
def organization_list_for_user(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """One's own organizations; those of others are told to sysadmins."""
    wanted, user = data_dict.get("id"), context.get("user")
    if wanted and not context.get("ignore_auth") and not (user and _may_ask(user, wanted)):
        raise tk.NotAuthorized(tk._("Only your own organizations are listed."))
    return original(context, data_dict)


def _may_ask(user: str, wanted: Any) -> bool:
    own = (user, authz.get_user_id_for_username(user, allow_none=True))
    return wanted in own or authz.is_sysadmin(user)


def _of_accounts(name: str) -> Any:
    def told(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """People with an account, as with everything that is told of accounts."""
        if not context.get("user"):
            return {"success": False, "msg": tk._("Log in to see this.")}
        return next_auth(context, data_dict)

    told.__name__ = name
    return tk.chained_auth_function(tk.auth_allow_anonymous_access(told))


def _logged_in(name: str) -> Any:
    @tk.chained_action
    @tk.side_effect_free
    def asked(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
        """People with an account, whomever they ask for."""
        if not context.get("user") and not context.get("ignore_auth"):
            raise tk.NotAuthorized(tk._("Log in to see this."))
        return original(context, data_dict)

    asked.__name__, asked.__doc__ = name, f"`{name}`; people with an account alone are told of accounts."
    return asked
