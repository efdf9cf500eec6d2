"""Map, chart and table come by themselves when a table is published with meanings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from gettext import translation
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.datapreview import add_views_to_resource
from ckan.types import Context

from ckanext.ierwohnen.previews.resource_sight import figures_of

log = logging.getLogger(__name__)

VIEWS = ("ierwohnen_map_view", "ierwohnen_chart_view", "ierwohnen_table_view")


def in_portals_language() -> Callable[[str], str]:
    """Translates into the portal's own language: a title is stored for all readers, also by a job without a reader."""
    language = str(tk.config.get("ckan.locale_default") or "en")
    folder = Path(__file__).parent / "i18n"
    return translation("ckanext-ierwohnen_previews", folder, [language], fallback=True).gettext


def add_default_views(context: Context, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Add the views that suit a published table and are not there yet; returns those that were added.

    Only for tables whose columns have meanings: any other table is none of our business until its owner adds
    a view.
    """
    if not resource.get("datastore_active") or not resource.get("package_id"):
        return []
    allowed = figures_of(context, resource["id"])
    wanted = [view for view in VIEWS if p.plugin_loaded(view)]
    if not wanted or not (allowed.map or allowed.chart):
        return []
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    try:
        return add_views_to_resource(tk.fresh_context(context), resource, package, wanted)
    except tk.NotAuthorized:
        log.info("No default views for %s: its publisher may not add views", resource["id"])
        return []
