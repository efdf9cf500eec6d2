"""Whose stock may go into a release: housing companies', and nobody else's. The store's secrets stay out of it.

Who has stock is nobody else's business, so it is not asked here of others: the operator names the companies
(`ierwohnen.companies`), an entry in the catalogue or a release that one may know of tells of more. Where no companies
are named, an organization whose ordinary datasets hold files is an office: companies' hold none.
"""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.roles import actor_of
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.vault import settings as vault


def known_owners(context: Context) -> set[str]:
    """Organizations (ids) of which everybody may know that they have stock: by their entry in the catalogue, or since
    the reader knows a release of theirs. Who else has some, the protected store does not tell."""
    packages = model.Session.query(model.Package.owner_org).filter_by(type="stock-data", state="active", private=False)
    seen = releases.releases(vault.store(), actor_of(context))
    return {owner for (owner,) in packages} | {owner for one in seen for owner in _told(one)}


def _told(release: releases.Release) -> set[str]:
    """The owners of which a release tells that they have stock: not those who were merely named and have not joined."""
    if release.state == State.PREPARED:
        return set(release.definition.owners) - set(release.case.open) if release.owned else set()
    return set(release.definition.owners) if release.owned or release.state == State.PUBLISHED else set()


def may_own(group: model.Group, known: set[str]) -> bool:
    """Whether another organization may be named as an owner of stock.

    :param known: as `known_owners` gives them
    """
    if group.id in known or company_files.is_named(group):
        return True
    return not company_files.named() and not company_files.held(str(group.id))
