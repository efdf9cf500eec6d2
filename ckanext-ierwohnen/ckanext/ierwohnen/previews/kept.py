"""Parts of a dataset's page that were made before, kept by each process for readers without an account.

A part is shown again while nothing changed that it shows: no table, dataset or data dictionary (one counter in Redis
tells of all of them), no spatial system, and not the day, on which depends what is overdue. Whether everybody may see
the dataset, each of its tables and the boundaries is asked every time, before anything kept is looked up, and the
answers are part of the key. After five minutes a part is made anew in any case.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from markupsafe import Markup
from redis.exceptions import RedisError

from ckanext.ierwohnen.indicators.sources import version
from ckanext.ierwohnen.indicators.workspace import Kept
from ckanext.ierwohnen.look.reader import nobody
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.places import lookup
from ckanext.ierwohnen.tables.meanings import column_meanings

SECONDS = 300
MOST = 16_000_000  # letters that a process keeps
INSIDE = "ierwohnen_part_is_made"

_parts = Kept(MOST, lambda kept: len(kept[0]), stamped=True)
_systems = Kept(1000, stamped=True)


def shown_again(part: str, dataset: dict[str, Any], make: Callable[[], Markup], *, by_address: bool = False) -> Markup:
    """What `make` renders for this page, or what it rendered before; its assets are asked for again.

    :param part: tells the parts of a page apart
    :param dataset: as `package_show` gave it to this reader
    :param by_address: whether the part also depends on the page's address and what is asked in it
    """
    if getattr(tk.g, INSIDE, False):  # a part within a part is kept with it
        return make()
    state = _state(dataset)
    if state is None:
        return make()
    stamp, *rest = state
    address = tk.request.full_path if by_address else ""
    text, assets = _parts.get((stamp, part, address, *rest), lambda: _made(make))
    for name in assets:
        tk.h.include_asset(name)
    return text


def kept_part(part: str, dataset: dict[str, Any], by_address: bool = False, *, caller: Callable[[], Markup]) -> Markup:
    """For templates: `{% call h.iw_kept("columns", pkg) %} … {% endcall %}`; see `shown_again`."""
    return shown_again(part, dataset, caller, by_address=by_address)


def _made(make: Callable[[], Markup]) -> tuple[Markup, tuple[str, ...]]:
    before = _assets()
    setattr(tk.g, INSIDE, True)
    try:
        made = Markup(make())
    finally:
        setattr(tk.g, INSIDE, False)
    return made, tuple(sorted(_assets() - before))


def _state(dataset: dict[str, Any]) -> tuple[Hashable, ...] | None:
    """What every part of a dataset depends on; None where it is made for this reader alone.

    The dataset's own time of change is part of it, since the counter may move before a change is written.
    """
    if not p.plugin_loaded("ierwohnen_indicators") or tk.current_user.is_authenticated:
        return None
    if dataset.get("private") or dataset.get("state") != "active":
        return None
    try:
        return once(("kept", dataset["id"], dataset.get("metadata_modified")), lambda: _asked(dataset))
    except (RedisError, tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None


def _asked(dataset: dict[str, Any]) -> tuple[Hashable, ...] | None:
    stamp = (version(), int(time.time() // SECONDS))
    if not _may("package_show", dataset["id"]) or _may("package_update", dataset["id"]):
        return None
    tables = [one["id"] for one in dataset.get("resources") or [] if one.get("datastore_active")]
    seen = tuple((one, _may("datastore_info", one)) for one in tables)
    systems = {str(dataset.get("spatial_system") or "")}.union(*(_systems_of(stamp, one) for one, may in seen if may))
    ground = tuple((system, _revision(system)) for system in sorted(systems) if system)
    about = (tk.config["ckan.site_id"], dataset["id"], dataset.get("metadata_modified"))
    return stamp, *about, locale(), date.today(), seen, ground


def _systems_of(stamp: Hashable, resource_id: str) -> frozenset[str]:
    """The spatial systems that a table names; its dictionary stays the same while the stamp does."""
    return _systems.get(
        (stamp, resource_id),
        lambda: frozenset(str(one.system) for one in column_meanings(nobody(), resource_id) if one.system),
    )


def _revision(system: str) -> str:
    """The state of a spatial system; empty where it is not for everybody."""
    if not p.plugin_loaded("ierwohnen_places"):
        return ""
    try:
        package, stored = lookup.readable_system(nobody(), system)
    except tk.ObjectNotFound:
        return ""
    return f"{stored.revision} {package.metadata_modified}"


def _may(action: str, ident: str) -> bool:
    """Whether somebody without an account may do it."""
    try:
        tk.check_access(action, nobody(), {"id": ident})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _assets() -> set[str]:
    """Names of the assets that the page has asked for so far."""
    return set(getattr(tk.g, "_webassets", {}).get("included", ()))
