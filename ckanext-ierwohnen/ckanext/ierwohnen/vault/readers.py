"""Who acts for which company: members of the organization themselves. A sysadmin's rights reach no stock."""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.vault.reader import Reader

READING = ("member", "editor", "admin")
LOADING = ("editor", "admin")


def reader_of(context: Context, capacities: tuple[str, ...] = READING) -> Reader:
    """The reader behind a call: nobody, or a person with the companies in which it has one of the capacities."""
    return reader_named(context.get("user") or "", capacities)


def reader_named(name: str, capacities: tuple[str, ...] = READING) -> Reader:
    """The same by the account's name, asked anew: rights may have gone since a job was made."""
    account, found = memberships(name)
    return Reader(account, frozenset(organization for organization, capacity in found if capacity in capacities))


def memberships(name: str) -> tuple[str, list[tuple[str, str]]]:
    """The account as the ledger shows it, and the organizations it acts for, each with its capacity there.

    Asked once for a page, since several parts of it need it, and each time for everything else.
    """
    return once(("memberships", name), lambda: _memberships(name))


def _memberships(name: str) -> tuple[str, list[tuple[str, str]]]:
    user = model.User.get(name) if name else None
    if user is None or not user.is_active or user.sysadmin:
        return (user.name if user else "anonymous"), []
    query = (
        model.Session.query(model.Group.id, model.Member.capacity)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .filter(model.Member.table_name == "user", model.Member.table_id == user.id, model.Member.state == "active")
        .filter(model.Member.capacity.in_(READING), model.Group.state == "active", model.Group.is_organization)
    )
    return user.name, [(str(row[0]), str(row[1])) for row in query]
