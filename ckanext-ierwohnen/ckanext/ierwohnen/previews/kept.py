"""Previews that were made before, kept by each process for readers without an account.

A preview is shown again while nothing changed that it shows: no table, dataset or data dictionary (one counter in Redis
tells of all of them) and no spatial system. Whether everybody may see the resource is asked each time. After five
minutes it is made anew in any case, since the names of organizations stand in it too.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context
from markupsafe import Markup
from redis.exceptions import RedisError

from ckanext.ierwohnen.indicators.sources import version
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.previews.public import is_public
from ckanext.ierwohnen.tables.meanings import column_meanings

MOST, SECONDS = 64, 300
_kept: OrderedDict[Hashable, tuple[float, Markup, tuple[str, ...]]] = OrderedDict()
_lock = Lock()


def shown_again(resource_id: str, only: str | None, place: str, make: Callable[[], Markup]) -> Markup:
    """What `make` renders for this page, or what it rendered before; its assets are asked for again."""
    key = _key(resource_id, only, place)
    if key is None:
        return make()
    with _lock:
        found = _kept.get(key)
    if found is not None and found[0] > time.monotonic():
        for name in found[2]:
            tk.h.include_asset(name)
        return found[1]
    before = _assets()
    made = make()
    with _lock:
        _kept[key] = (time.monotonic() + SECONDS, made, tuple(sorted(_assets() - before)))
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made


def _key(resource_id: str, only: str | None, place: str) -> Hashable | None:
    """What a preview depends on; None where it is made for this reader alone, or changes would not be told."""
    if not p.plugin_loaded("ierwohnen_indicators") or tk.current_user.is_authenticated or not is_public(resource_id):
        return None
    try:
        stamp = version()
        systems = sorted({one.system for one in column_meanings(_nobody(), resource_id) if one.system})
        ground = tuple((system, _revision(system)) for system in systems)
    except (RedisError, tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    return (tk.config["ckan.site_id"], resource_id, only, place, locale(), tk.request.full_path, stamp, ground)


def _revision(system: str) -> str:
    """The state of a spatial system; empty where it is not for everybody."""
    try:
        return str(tk.get_action("ierwohnen_spatial_system_show")(_nobody(), {"id": system})["revision"])
    except (tk.ObjectNotFound, tk.NotAuthorized, KeyError):
        return ""


def _nobody() -> Context:
    return {"user": "", "auth_user_obj": None}  # type: ignore[typeddict-item]


def _assets() -> set[str]:
    """Names of the assets that the page has asked for so far."""
    return set(getattr(tk.g, "_webassets", {}).get("included", ()))
