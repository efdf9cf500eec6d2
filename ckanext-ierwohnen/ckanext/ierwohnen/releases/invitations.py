"""An invitation that cannot be sent leaves nothing behind, and nobody is invited twice.

CKAN makes account and membership first and writes the mail then; what takes the account back again is refused to the
organization's admin, so that it stays.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look.forgotten import forget
from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.releases.roles_given import told_on_the_form
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language

log = logging.getLogger(__name__)


def actions() -> dict[str, Any]:
    """The action to chain."""
    return {"user_invite": user_invite}


@tk.chained_action
def user_invite(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Invite whom nobody has invited yet, or leave everything as it was."""
    with told_on_the_form("user_invite", context, data_dict):
        tk.check_access("user_invite", tk.fresh_context(context), {**data_dict})
    email = str(data_dict.get("email") or "").strip()
    with holding.hold(f"invitation of {email.lower()}"):
        return _invite(original, context, data_dict, email)


def _invite(original: Any, context: Context, data_dict: dict[str, Any], email: str) -> Any:
    before = _accounts(email)
    if any(user.state != model.State.DELETED for user in before):
        raise tk.ValidationError({"email": [say("invited-already", reader_language())]})
    known = {user.id for user in before}
    try:
        return original(context, data_dict)
    except Exception as error:
        model.Session.rollback()
        made = [user for user in _accounts(email) if user.id not in known]
        if not made:
            raise
        for user in made:
            _forget(user)
        log.warning("an invitation was not sent: %s", type(error).__name__)
        raise tk.ValidationError({"email": [say("invitation-unsent", reader_language())]}) from None


def _accounts(email: str) -> list[model.User]:
    """The accounts with an address, however it is written."""
    if not email or not storable(email):
        return []
    return list(model.Session.query(model.User).filter(sa.func.lower(model.User.email) == email.lower()))


def _forget(user: model.User) -> None:
    number = str(user.id)
    for row in (model.Member, model.Dashboard):
        key = row.table_id if row is model.Member else row.user_id
        model.Session.query(row).filter(key == number).delete()
    forget(number)
    model.Session.delete(user)
    model.Session.commit()
