"""The people of an organization, as the account of each has it now."""

from __future__ import annotations

from collections.abc import Iterable

from ckan import model


def people_of(organization: str, capacities: Iterable[str]) -> list[tuple[model.User, str]]:
    """Who has one of these capacities in it, by name, with the capacity; who left or was deleted is not among them.

    :param organization: its id
    :param capacities: of CKAN's: "admin", "editor", "member"
    """
    query = (
        model.Session.query(model.User, model.Member.capacity)
        .join(model.Member, model.Member.table_id == model.User.id)
        .filter(model.Member.table_name == "user", model.Member.state == "active")
        .filter(model.Member.group_id == organization, model.Member.capacity.in_(list(capacities)))
        .filter(model.User.state == "active")
        .order_by(model.User.name)
    )
    return [(user, str(capacity)) for user, capacity in query]
