"""Who acts for which company: members of the organization themselves. A sysadmin's rights reach no stock."""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.vault.reader import Reader

READING = ("member", "editor", "admin")
LOADING = ("editor", "admin")


def reader_of(context: Context, capacities: tuple[str, ...] = READING) -> Reader:
    """The reader behind a call: nobody, or a person with the companies in which it has one of the capacities."""
    return reader_named(context.get("user") or "", capacities)


def reader_named(name: str, capacities: tuple[str, ...] = READING) -> Reader:
    """The same by the account's name, asked anew: rights may have gone since a job was made."""
    user = model.User.get(name) if name else None
    if user is None or not user.is_active or user.sysadmin:
        return Reader(user.name if user else "anonymous")
    query = (
        model.Session.query(model.Group.id)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .filter(model.Member.table_name == "user", model.Member.table_id == user.id, model.Member.state == "active")
        .filter(model.Member.capacity.in_(capacities), model.Group.state == "active", model.Group.is_organization)
    )
    return Reader(user.name, frozenset(row[0] for row in query))
