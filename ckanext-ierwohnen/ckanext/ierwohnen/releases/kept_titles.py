"""Nobody passes for another organization: people know the readers and owners of a release by their titles.

No organization gets a title, or a name, by which people know another one, whoever gives it. What a company is called,
or one that the alliance and the rules name, is for the portal's sysadmins to say: its own admins approve releases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import Context

from ckanext.ierwohnen.look.storable import stored
from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases.kept_names import kept
from ckanext.ierwohnen.releases.look_alikes import named, odd_sign, outline
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

SHOWN = ("title", "name")
STORED = (*SHOWN, "state", "is_organization")
"""What decides under which titles an organization is seen."""


def actions() -> dict[str, Any]:
    """The actions to chain, in which CKAN's patches end; the one for groups takes organizations as well."""
    return {name: _updating(name) for name in ("organization_update", "group_update")}


def refusals(session: Any, group: model.Group, before: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Field and reason for which what an organization is called now may not be stored.

    :param before: the columns `STORED` as they are; None for a new one
    """
    if group.state == model.State.DELETED or not group.is_organization:
        return
    seen = before is not None and before["state"] != model.State.DELETED and before["is_organization"]
    told = {field: str(getattr(group, field) or "") for field in SHOWN}
    new = {field: text for field, text in told.items() if text and not (seen and before and text == before[field])}
    if not new:
        return
    for field, text in new.items():
        if sign := odd_sign(text):
            yield field, _said("title-sign", sign=named(sign))
    others = session.query(model.Group.title, model.Group.name).filter(
        model.Group.is_organization, model.Group.state != model.State.DELETED, model.Group.id != group.id
    )
    known = {outline(one): str(other.title or other.name) for other in others for one in other if one}
    for field, text in new.items():
        if outline(text) in known:
            yield field, _said("title-taken", name=text, other=known[outline(text)])


def _updating(action: str) -> Any:
    @tk.chained_action
    def updating(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
        """Leave what companies and those of the rules are called to sysadmins."""
        group = stored(model.Group, data_dict.get("id"))
        user = context.get("user")
        trusted = context.get("ignore_auth") or (user and authz.is_sysadmin(user))
        if group is not None and not trusted and _renames(group, data_dict) and _is_guarded(group):
            tk.check_access(action, tk.fresh_context(context), {**data_dict})
            raise tk.ValidationError({"title": [_said("title-kept", name=group.title or group.name)]})
        return original(context, data_dict)

    updating.__name__, updating.__doc__ = action, f"`{action}`; a company's title is a sysadmin's to change."
    return updating


def _renames(group: model.Group, data_dict: dict[str, Any]) -> bool:
    """Whether people would know the organization by another title than before."""
    title, name = (data_dict.get(field, getattr(group, field)) for field in SHOWN)
    return str(title or name) != str(group.title or group.name)


def _is_guarded(group: model.Group) -> bool:
    """Whether an organization is a company or may become one, or is named in the alliance or the rules."""
    try:
        return bool(group.is_organization) and (
            company_files.may_become(group) or bool({group.id, group.name} & kept().keys())
        )
    except VaultError:  # as long as nobody knows, it may be
        return True


def _said(code: str, **params: str) -> str:
    return say(code, reader_language(), **params)
