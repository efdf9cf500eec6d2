"""Actions of the places room: spatial systems, their units and geometry, and loading them.

A system that the reader may not see is answered exactly like one that does not exist.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.places import conversion, crosswalk_loading, load_jobs, loading, lookup, schema, store
from ckanext.ierwohnen.places.model import StoredSystem, StoredUnit

__all__ = [
    "ierwohnen_crosswalk_delete",
    "ierwohnen_crosswalk_load",
    "ierwohnen_crosswalk_show",
    "ierwohnen_spatial_system_list",
    "ierwohnen_spatial_system_load",
    "ierwohnen_spatial_system_load_show",
    "ierwohnen_spatial_system_show",
    "ierwohnen_unit_geometry",
    "ierwohnen_unit_list",
]


@tk.side_effect_free
def ierwohnen_spatial_system_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Spatial systems that the reader may see, newest boundary date first.

    :param limit: how many at most (default 100)
    :param offset: how many to leave out at the beginning
    """
    tk.check_access("ierwohnen_spatial_system_list", context, data_dict)
    asked = _validated(data_dict, schema.system_list(), context)
    readable = [found for found in store.all_systems() if lookup.may_read(context, found[0])]
    chosen = readable[asked["offset"] : asked["offset"] + asked["limit"]]
    systems = [(name, store.system_of(dataset_id)) for dataset_id, name, _ in chosen]
    return [_system(name, system) for name, system in systems if system is not None]


@tk.side_effect_free
def ierwohnen_spatial_system_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One spatial system: title, boundary date, source, extent, levels with their number of units.

    :param id: name or id of the dataset
    """
    _check_readable("ierwohnen_spatial_system_show", context, data_dict)
    asked = _validated(data_dict, schema.system_show(), context)
    reader = (context.get("user"), context.get("ignore_auth", False))
    return once(("system", *reader, asked["id"]), lambda: _system_of(context, asked["id"]))


def _system_of(context: Context, name_or_id: str) -> dict[str, Any]:
    package, system = lookup.readable_system(context, name_or_id)
    return _system(package.name, system)


@tk.side_effect_free
def ierwohnen_unit_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Units of a system: level, key, name, parent, area in m², a middle point inside (longitude, latitude).

    :param system: name or id of the dataset
    :param level: code of one level (default: all)
    :param parent: key of the parent unit
    :param limit: how many at most (default 1000)
    :param offset: how many to leave out at the beginning
    """
    _check_readable("ierwohnen_unit_list", context, data_dict)
    asked = _validated(data_dict, schema.unit_list(), context)
    _, system = lookup.readable_system(context, asked["system"])
    level = asked.get("level") or None
    if level and level not in {found.code for found in store.levels_of(system.dataset_id)}:
        raise tk.ObjectNotFound(tk._("Spatial level not found"))
    units = store.units_of(system.dataset_id, level, asked.get("parent") or None, asked["limit"], asked["offset"])
    return [_unit(unit) for unit in units]


@tk.side_effect_free
def ierwohnen_unit_geometry(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """GeoJSON of all units of a level in EPSG:4326; neighbours share their borders at every detail.

    :param system: name or id of the dataset
    :param level: code of the level
    :param detail: ``full``, ``fine`` (default) or ``coarse``
    """
    _check_readable("ierwohnen_unit_geometry", context, data_dict)
    asked = _validated(data_dict, schema.unit_geometry(), context)
    return lookup.geometry(context, asked["system"], asked["level"], asked["detail"])


@tk.side_effect_free
def ierwohnen_crosswalk_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Which units of one system went into which of another, with shares that add up to 1 for each old unit.

    :param from: name or id of the dataset of the old system
    :param to: name or id of the dataset of the new system
    :param from_level: level of the old units (default: the finest level whose code both systems have)
    :param to_level: level of the new units (default: as ``from_level``)
    :param basis: ``table`` (what an office states), ``area``, or weights: ``dwellings``, ``population`` … (default: the
        stated table if there is one, else the area)
    :returns: ``pairs`` (from, to, share), ``basis``, ``bases`` (what there is), ``quality`` (units, moved_whole, split,
        split_share), ``findings``
    """
    _check_readable("ierwohnen_crosswalk_show", context, data_dict)
    asked = _validated(data_dict, schema.crosswalk_show(), context)
    return conversion.show(
        context, asked["from"], asked["to"], asked.get("from_level") or None, asked.get("to_level") or None,
        asked.get("basis") or None,
    )  # fmt: skip


def ierwohnen_crosswalk_load(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Store the crosswalk that an office states between two systems, in the place of an earlier one.

    :param from: name or id of the dataset of the old system
    :param to: name or id of the dataset of the new system
    :param from_level: level of the old units (default: the finest level whose code both systems have)
    :param to_level: level of the new units (default: as ``from_level``)
    :param upload: CSV with old key, new key and share (``alt;neu;Anteil``); without shares each goes over whole
    :param pairs: instead of a file ``[{"from": key, "to": key, "share": 0.62}, …]``
    :param source: who states it, for readers
    :returns: ``from``, ``to``, ``pairs`` (their number), ``quality``, ``findings``
    :raises ValidationError: under ``crosswalk``, with the keys and shares that are wrong; nothing is changed then
    """
    asked = _crosswalk_asked("ierwohnen_crosswalk_load", context, data_dict)
    return crosswalk_loading.load(context, asked, data_dict.get("upload"))


def ierwohnen_crosswalk_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Forget the crosswalk that an office stated; crosswalks are computed by area then.

    :param from: name or id of the dataset of the old system
    :param to: name or id of the dataset of the new system
    :param from_level: level of the old units (default: the finest level whose code both systems have)
    :param to_level: level of the new units (default: as ``from_level``)
    :returns: ``{"deleted": true}``, or false if there was none
    """
    asked = _crosswalk_asked("ierwohnen_crosswalk_delete", context, data_dict)
    return {"deleted": crosswalk_loading.delete(context, asked)}


def _crosswalk_asked(action: str, context: Context, data_dict: DataDict) -> dict[str, Any]:
    _check_readable("ierwohnen_crosswalk_show", context, data_dict)
    tk.check_access(action, context, data_dict)
    return _validated(data_dict, schema.crosswalk_load(), context)


def ierwohnen_spatial_system_load(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Read boundary files by their description and put them in the place of what the dataset had.

    Nothing is changed if anything is wrong: then a ValidationError says what, under ``boundaries``.

    :param id: name or id of a dataset of type ``spatial-system``
    :param description: the YAML description, as text
    :param resources: ids of resources of the dataset that hold the files
    :param upload: a file; more as ``upload_2``, ``upload_3`` …
    :param check_only: read and check, but store nothing
    :param confirm_place: true says that units which the portal knows far from here have been placed rightly; asked for
        by an error under ``confirm_place``
    :param background: true leaves the work to a job, false waits for it (default: by the size of the files)
    :returns: ``id``, ``stored``, ``levels`` with number of units, ``findings`` (code, severity, message); where the
        work goes on in the background ``id``, ``stored`` (false) and ``job``, to be followed with
        ``ierwohnen_spatial_system_load_show``
    """
    _check_readable("ierwohnen_spatial_system_show", context, data_dict)
    tk.check_access("ierwohnen_spatial_system_load", context, data_dict)
    asked = _validated(data_dict, schema.system_load(), context)
    uploads = [data_dict[name] for name in sorted(data_dict) if name.startswith("upload") and data_dict[name]]
    return loading.load(
        context, asked["id"], asked["description"], asked.get("resources") or [], uploads, asked["check_only"],
        asked.get("background"), asked["confirm_place"],
    )  # fmt: skip


@tk.side_effect_free
def ierwohnen_spatial_system_load_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """How far the loading of boundaries in the background is, and what came of it. For those who may edit the dataset.

    :param id: the ``job`` that ``ierwohnen_spatial_system_load`` gave
    :returns: ``state`` (waiting, running, interrupted, done, failed), ``step``, ``step_text``, ``done`` of ``total``
        (0 if not known), ``check_only``, ``findings`` (code, severity, message), ``result`` as of loading at once
    """
    tk.check_access("ierwohnen_spatial_system_load_show", context, data_dict)
    asked = _validated(data_dict, schema.load_show(), context)
    load = load_jobs.find(asked["id"])
    if load is None:
        raise tk.ObjectNotFound(tk._("There is no such job."))
    return load_jobs.show(load, loading.locale())


def _check_readable(action: str, context: Context, data_dict: DataDict) -> None:
    """Authorizes; to those who may not read, a hidden system looks like none."""
    given = [data_dict[name] for name in ("id", "system", "from", "to") if data_dict.get(name)]
    if any(not isinstance(name, str) or "\0" in name for name in given):
        raise tk.ObjectNotFound(tk._("Spatial system not found"))
    try:
        tk.check_access(action, context, data_dict)
    except tk.ValidationError as nameless:
        needed = {"ierwohnen_spatial_system_show": ["id"], "ierwohnen_crosswalk_show": ["from", "to"]}
        fields = [name for name in needed.get(action, ["system"]) if not data_dict.get(name)]
        raise tk.ValidationError({name: [tk._("Missing value")] for name in fields}) from nameless
    except tk.NotAuthorized as refused:
        raise tk.ObjectNotFound(tk._("Spatial system not found")) from refused


def _validated(data_dict: DataDict, rules: dict[str, Any], context: Context) -> dict[str, Any]:
    data, errors = tk.navl_validate(dict(data_dict), rules, context)
    if errors:
        raise tk.ValidationError(errors)
    return data


def _system(name: str, system: StoredSystem) -> dict[str, Any]:
    return {
        "id": name,
        "dataset_id": system.dataset_id,
        "title": system.title,
        "title_en": system.title_en,
        "boundary_date": system.boundary_date.isoformat(),
        "source": system.source,
        "licence": system.licence,
        "revision": system.revision,
        "loaded": system.loaded.isoformat(timespec="seconds"),
        "extent": system.extent,
        "levels": [
            {
                "code": level.code,
                "title": level.title,
                "title_en": level.title_en,
                "parent": level.parent,
                "units": level.units,
            }
            for level in store.levels_of(system.dataset_id)
        ],
    }


def _unit(unit: StoredUnit) -> dict[str, Any]:
    return {
        "level": unit.level,
        "key": unit.key,
        "name": unit.name,
        "parent": unit.parent,
        "area": unit.area,
        "centroid": [unit.longitude, unit.latitude],
    }
