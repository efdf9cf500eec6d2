"""What the portal knows of places already, for somebody who loads boundaries: with that person's rights only."""

from __future__ import annotations

import ckan.model as model
from ckan.common import config
from ckan.types import Context

from ckanext.ierwohnen.places import lookup, store
from ckanext.ierwohnen.places.boundaries import Boundaries
from ckanext.ierwohnen.places.displaced import KnownPlaces, tell_displaced, tell_far_from_others
from ckanext.ierwohnen.places.findings import Finding
from ckanext.ierwohnen.places.whereabouts import region_of, tell_first_place, tell_outside

CONFIRMABLE = ("units_elsewhere", "units_elsewhere_crs", "place_elsewhere", "place_outside_region")
REGION_OPTION = "ierwohnen.places.region"


def compare_places(
    context: Context, package: model.Package, boundaries: Boundaries, confirmed: bool
) -> list[Finding]:
    """What there is to say about boundaries that lie elsewhere than what is known: their own earlier state, the
    systems that the person may read, and those of the same organization.
    """
    readable = [dataset_id for dataset_id, _, _ in store.all_systems() if lookup.may_read(context, dataset_id)]
    ids = list(dict.fromkeys([package.id, *readable]))
    known = [
        KnownPlaces(system.title, system.boundary_date.isoformat(), level.code, units, own=dataset_id == package.id)
        for dataset_id in ids
        if (system := store.system_of(dataset_id)) is not None
        for level in store.levels_of(dataset_id)
        if (units := store.unit_places(dataset_id, level.code))
    ]
    told = tell_displaced(boundaries, known, confirmed)
    told = told or tell_outside(boundaries, region_of(config.get(REGION_OPTION)), confirmed)
    if told or package.owner_org is None:
        return told
    siblings = [model.Package.get(dataset_id) for dataset_id in ids]
    others = {
        system.title: tuple(system.extent)
        for sibling in siblings
        if sibling is not None and sibling.owner_org == package.owner_org
        and (system := store.system_of(sibling.id)) is not None
    }  # fmt: skip
    return tell_far_from_others(boundaries, others, confirmed) if others else tell_first_place(boundaries)
