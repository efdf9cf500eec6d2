"""Who prepares and who approves is for the portal's administration to say: an organization's admins give no such role.

Four eyes need two people. Whoever may appoint could make a second account of its own, prepare with one and approve with
the other, and nobody inside the company would see it. An organization may become a company at any time, with the people
that it has by then: where the operator has named no companies, the rule holds in every organization. Where some are
named, it holds in these and wherever stock is. Admins take readers in, lower roles and take people out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.addresses import asked_by
from ckanext.ierwohnen.look.storable import stored
from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

RANKS = {"editor": 1, "admin": 2}  # roles that act; all others are 0
OTHER_MEMBERS = ("package", "group")  # that are no people
BY_NAME = ("organization_member_create", "group_member_create", "user_invite")
_GROUPS = ("organization_create", "organization_update", "organization_patch",
           "group_create", "group_update", "group_patch")  # fmt: skip


def actions() -> dict[str, Any]:
    """The action to chain; `invitations` chains the other one of CKAN's form."""
    return {"organization_member_create": organization_member_create}


@tk.chained_action
def organization_member_create(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Take somebody in as asked, or say on the page why not."""
    with told_on_the_form("organization_member_create", context, data_dict):
        return original(context, data_dict)


@contextmanager
def told_on_the_form(name: str, context: Context, data_dict: dict[str, Any]) -> Iterator[None]:
    """On CKAN's form for members, which knows wrong input only, a role that is not one's own to give is wrong input.

    Elsewhere it stays a refusal of rights. Whether somebody may change members at all the form has asked before.
    """
    try:
        yield
    except tk.NotAuthorized:
        refused = refusal(name, context, data_dict) if asked_by(".member_new") else ""
        if not refused:
            raise
        raise tk.ValidationError({"role": [refused]}) from None


def offered(group: str, person: str, roles: list[dict[str, str]]) -> list[dict[str, str]]:
    """Those of CKAN's roles that the reader may give somebody in an organization; if not all, with what they do."""
    context: Context = {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}
    may = [
        one for one in roles
        if not refusal("organization_member_create", context, {"id": group, "username": person, "role": one["value"]})
    ]  # fmt: skip
    if len(may) == len(roles):
        return roles
    return [{**one, "text": tk._("Member (reads)")} if one["value"] == "member" else one for one in may]


def guards() -> dict[str, Any]:
    """The rules to chain; those for datasets ask `refusal` as well."""
    return {name: _guard(name) for name in BY_NAME}


def refusal(name: str, context: Context, data_dict: dict[str, Any]) -> str:
    """Why somebody may not give the roles that an action gives; "" if it gives none, or a sysadmin does."""
    user = context.get("user")
    if user and authz.is_sysadmin(user):
        return ""
    for named, person, capacity in _given(name, data_dict):
        group = stored(model.Group, named)
        if RANKS.get(str(capacity), 0) > _rank(name, group, stored(model.User, person)) and not _is_office(group):
            return say("role-given", reader_language())
    return ""


def _guard(name: str) -> Any:
    def guarded(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """Refuse roles that are not one's own to give."""
        allowed = next_auth(context, data_dict)
        refused = refusal(name, context, data_dict) if allowed["success"] else ""
        return {"success": False, "msg": refused} if refused else allowed

    guarded.__name__ = name
    return tk.chained_auth_function(guarded)


def _given(name: str, data_dict: dict[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Organization, person and role, as an action names them."""
    if name == "member_create" and data_dict.get("object_type") not in OTHER_MEMBERS:  # CKAN takes "User", too
        yield data_dict.get("id"), data_dict.get("object"), data_dict.get("capacity")
    elif name == "user_invite":
        yield data_dict.get("group_id"), None, data_dict.get("role")
    elif name in BY_NAME:
        yield data_dict.get("id"), data_dict.get("username"), data_dict.get("role")
    elif name in _GROUPS:
        users = data_dict.get("users")
        for one in users if isinstance(users, list) else ():
            if isinstance(one, dict):
                group = None if name.endswith("_create") else data_dict.get("id") or data_dict.get("name")
                for person in [who for who in (one.get("id"), one.get("name")) if who is not None] or [None]:
                    yield group, person, one.get("capacity")


def _rank(name: str, group: model.Group | None, person: model.User | None) -> int:
    """What somebody is there already; in a mere group, which owns and reads nothing, everything may be given."""
    if _is_mere_group(group) if group is not None else name == "group_create":
        return max(RANKS.values())
    if group is None or person is None:
        return 0
    found = model.Session.query(model.Member.capacity).filter_by(
        group_id=group.id, table_name="user", table_id=person.id, state="active"
    )
    return max((RANKS.get(str(row[0]), 0) for row in found), default=0)


def _is_mere_group(group: model.Group) -> bool:
    """Whether a group is no organization, nor was a company's."""
    try:
        return not group.is_organization and not company_files.is_company(str(group.id))
    except VaultError:  # the store, which knows, does not answer
        return False


def _is_office(group: model.Group | None) -> bool:
    """Whether an organization has no stock and gets none as long as the operator does not name it as a company."""
    try:
        return group is not None and not company_files.may_become(group)
    except VaultError:  # the store, which knows, does not answer
        return False
