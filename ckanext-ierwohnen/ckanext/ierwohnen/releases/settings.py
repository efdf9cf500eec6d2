"""The releases as the portal is configured: the city's rules, who the alliance is, the engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.confidential.errors import ConfidentialityError
from ckanext.ierwohnen.confidential.parameters import Parameters, default_parameters, read_parameters
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases.engine import Engine
from ckanext.ierwohnen.releases.roles import organization_id
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError


def alliance() -> frozenset[str]:
    """The ids of the organizations that share agreed figures.

    :raises VaultError: `rules-broken` if one of them does not exist
    """
    return frozenset(_id(name) for name in tk.aslist(tk.config.get("ierwohnen.alliance") or ""))


def parameters() -> Parameters:
    """The city's rules, companies by their id.

    :raises VaultError: `rules-broken` if the file is wrong or names, as a company or as its group, an organization that
        does not exist or is not active: two companies would count as unlinked
    """
    file = tk.config.get("ierwohnen.releases.rules")
    try:
        found = read_parameters(Path(file)) if file else default_parameters()
    except ConfidentialityError as error:
        raise VaultError("rules-broken", what=error.text("de")) from None
    return replace(
        found,
        linked={_id(name): _id(group) for name, group in found.linked.items()},
        coalitions=tuple(tuple(_id(name) for name in c) for c in found.coalitions),
        consents=(),  # an owner consents in the release itself, where a second person looks at it
    )


def engine() -> Engine:
    """The release engine, for the worker.

    :raises VaultError: `engine-not-set-up`, `rules-broken`
    """
    return Engine(vault.engine(), vault.keys(), parameters(), places=_public_places())


def _public_places() -> dict[str, frozenset[str]]:
    """Level, "system/level" → keys of its places, of all systems that everybody may see."""
    return {f"{one.system}/{one.level}": frozenset(one.units) for one in readable_level_keys({"user": ""})}


def _id(name: str) -> str:
    found = organization_id(name)
    if found is None:
        raise VaultError("rules-broken", what=name)
    return found
