"""What other rooms ask of spatial systems: keys and geometry, for a reader, with the reader's rights.

Authorization comes first and is asked every time; only what is read afterwards is cached, by the system's
revision.
"""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan import authz
from ckan.types import Context

from ckanext.ierwohnen.places import store
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.places.model import StoredSystem
from ckanext.ierwohnen.places.simplify import Detail


def may_read(context: Context, dataset_id: str) -> bool:
    """True if the reader of ``context`` may see the dataset to which a system belongs."""
    user = context.get("user", "")
    own: Context = {"user": user, "ignore_auth": bool(context.get("ignore_auth"))}
    # CKAN's own rule asks for the account itself, which only a web request puts into the context.
    own["auth_user_obj"] = context.get("auth_user_obj") or (model.User.get(user) if user else None)
    try:
        return bool(authz.is_authorized("package_show", own, {"id": dataset_id})["success"])
    except tk.ObjectNotFound:
        return False


def readable_system(context: Context, name_or_id: str) -> tuple[model.Package, StoredSystem]:
    """The dataset and its loaded system; ObjectNotFound alike if it is not there and if it is not for this
    reader.
    """
    package = model.Package.get(name_or_id) if name_or_id else None
    if package is not None and may_read(context, package.id):
        system = store.system_of(package.id)
        if system is not None:
            return package, system
    raise tk.ObjectNotFound(tk._("Spatial system not found"))


def readable_level_keys(context: Context) -> list[LevelKeys]:
    """Keys of every level of every system that the reader may see: newest boundary date first, coarse to
    fine.
    """
    found: list[LevelKeys] = []
    for dataset_id, name, revision in store.all_systems():
        if may_read(context, dataset_id):
            found += _level_keys(dataset_id, name, revision)
    return found


def level_keys_of(system: StoredSystem) -> tuple[LevelKeys, ...]:
    """Keys of every level of a system that the caller has found readable, coarse to fine."""
    package = model.Package.get(system.dataset_id)
    return _level_keys(system.dataset_id, package.name if package else system.dataset_id, system.revision)


def geometry(context: Context, system: str, level: str, detail: str = "fine") -> dict[str, Any]:
    """GeoJSON FeatureCollection (EPSG:4326) of a level; feature id is the key, properties key, name, parent.

    The answer is shared with other callers: do not change it. Raises ObjectNotFound if system, level or
    detail does not exist for this reader.
    """
    _, stored = readable_system(context, system)
    return stored_geometry(stored.dataset_id, stored.revision, level, _detail(detail))


def geometry_bytes(stored: StoredSystem, level: str, detail: str) -> bytes:
    """Gzipped GeoJSON of a level of a system that the caller has found readable; ObjectNotFound if there is
    none.
    """
    return _body(stored.dataset_id, stored.revision, level, _detail(detail))


def _detail(detail: str) -> str:
    if detail not in list(Detail):
        raise tk.ObjectNotFound(tk._("Detail not found; there are: {details}").format(details=", ".join(Detail)))
    return str(detail)


@lru_cache(maxsize=64)
def _level_keys(dataset_id: str, name: str, revision: str) -> tuple[LevelKeys, ...]:
    stored = store.system_of(dataset_id)
    if stored is None:
        return ()
    return tuple(
        LevelKeys(
            name, level.code, level.title, stored.boundary_date,
            MappingProxyType(store.unit_names(dataset_id, level.code)), level.title_en, level.parent or "",
            MappingProxyType(store.unit_parents(dataset_id, level.code)),
        )
        for level in store.levels_of(dataset_id)
    )  # fmt: skip


@lru_cache(maxsize=32)
def _body(dataset_id: str, revision: str, level: str, detail: str) -> bytes:
    body = store.geometry_of(dataset_id, level, detail)
    if body is None:
        raise tk.ObjectNotFound(tk._("Spatial level not found"))
    return body


@lru_cache(maxsize=16)
def stored_geometry(dataset_id: str, revision: str, level: str, detail: str) -> dict[str, Any]:
    """GeoJSON of a level of a system that the caller has found readable, with its present revision."""
    return json.loads(gzip.decompress(_body(dataset_id, revision, level, detail)))
