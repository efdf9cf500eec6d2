"""Who acts in which role: members of a company's organization, by their capacity there. A sysadmin acts for nobody.

Editors are analysts, admins are approvers (and may do what analysts do); rules and store keep the four eyes.
"""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look.people import people_of
from ckanext.ierwohnen.look.storable import stored
from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases.look_alikes import outline
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.vault.readers import memberships

MEMBER = "member"
_CAPACITIES = {"admin": APPROVER, "editor": ANALYST, "member": MEMBER}


def actor_of(context: Context) -> Actor:
    """The person behind a call, with a role in each organization; asked anew each time, since memberships end."""
    name, found = memberships(str(context.get("user") or ""))
    ranked = sorted(found, key=lambda one: list(_CAPACITIES).index(one[1]), reverse=True)  # the most rights at last
    account = model.User.get(name) if found else None
    roles = {organization: _CAPACITIES[capacity] for organization, capacity in ranked}
    return Actor(name, roles, str(account.id) if account else "")


def actors_of(organization: str) -> list[tuple[model.User, Actor]]:
    """The people of an organization with their role in it, by name; sysadmins are not among them."""
    return [
        (user, Actor(user.name, {organization: _CAPACITIES[capacity]}, user.id))
        for user, capacity in people_of(organization, _CAPACITIES)
        if not user.sysadmin
    ]


def organization_id(name: str) -> str | None:
    """The id of an organization by its id or name; None if there is none."""
    group = stored(model.Group, name)
    return str(group.id) if group is not None and group.is_organization and group.state == "active" else None


def title_of(organization: str) -> str:
    """What people call an organization."""
    group = model.Group.get(organization)
    return organization if group is None else titled(group)


def titled(group: model.Group) -> str:
    """The title of an organization, with its name where another one has a title that looks the same."""
    title = str(group.title or group.name)
    return f"{title} ({group.name})" if group.id in once("titles of several", _of_same_title) else title


def _of_same_title() -> frozenset[str]:
    """The organizations, deleted ones included, that people could take for another one by what these are called."""
    known: dict[str, set[str]] = {}
    for one in model.Session.query(model.Group.id, model.Group.title, model.Group.name).filter_by(is_organization=True):
        for title in {outline(one.title or one.name), outline(one.name)}:
            known.setdefault(title, set()).add(one.id)
    return frozenset(one for alike in known.values() if len(alike) > 1 for one in alike)


def called(account: str) -> str:
    """What the person behind an account is called now."""
    user = model.User.get(account)
    return str(user.display_name) if user is not None else account


def person_of(account: str) -> str:
    """The same, and the account: everybody chooses a name, and so may take another's."""
    name = called(account)
    return name if name == account else f"{name} ({account})"
