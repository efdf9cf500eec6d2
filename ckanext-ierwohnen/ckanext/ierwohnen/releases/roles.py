"""Who acts in which role: members of a company's organization, by their capacity there. A sysadmin acts for nobody.

Editors are analysts, admins are approvers (and may do what analysts do); rules and store keep the four eyes.
"""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.releases.states import ANALYST, APPROVER
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.vault.readers import reader_named

MEMBER = "member"
_CAPACITIES = {"admin": APPROVER, "editor": ANALYST, "member": MEMBER}


def actor_of(context: Context) -> Actor:
    """The person behind a call, with a role in each organization; asked anew each time, since memberships end."""
    name = str(context.get("user") or "")
    roles = {
        organization: role
        for capacity, role in reversed(_CAPACITIES.items())
        for organization in reader_named(name, (capacity,)).organizations
    }
    return Actor(reader_named(name).name, roles)


def organization_id(name: str) -> str | None:
    """The id of an organization by its id or name; None if there is none."""
    group = model.Group.get(name) if name else None
    return str(group.id) if group is not None and group.is_organization and group.state == "active" else None


def title_of(organization: str) -> str:
    """What people call an organization."""
    group = model.Group.get(organization)
    return str(group.title or group.name) if group is not None else organization
