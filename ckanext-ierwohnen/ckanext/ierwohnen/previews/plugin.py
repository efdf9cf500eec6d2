"""Wires the previews room into CKAN: page parts and figures by address, and one view type for each figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from ckan.types import Context
from flask import Blueprint

from ckanext.ierwohnen import look
from ckanext.ierwohnen.previews import default_views, indicator_views, template_functions, views
from ckanext.ierwohnen.previews.resource_sight import figures_of

PLUGINS = ("ierwohnen_previews", *default_views.VIEWS)


class _Figures(DefaultTranslation, p.SingletonPlugin):
    """What each of our plugins needs to show figures; any of them can be turned on alone."""

    p.implements(p.IConfigurer, inherit=True)
    p.implements(p.ITranslation, inherit=True)
    p.implements(p.IBlueprint, inherit=True)
    p.implements(p.ITemplateHelpers, inherit=True)

    def update_config(self, config: Any) -> None:
        look.enable(config)
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "ierwohnen_previews")

    def i18n_domain(self) -> str:
        return "ckanext-ierwohnen_previews"

    def get_blueprint(self) -> list[Blueprint]:
        return [views.figure, indicator_views.indicator_figure] if self._is_first() else []

    def get_helpers(self) -> dict[str, Any]:
        return template_functions.FUNCTIONS if self._is_first() else {}

    def _is_first(self) -> bool:
        """Several of us may be on; the first one brings what may be there only once."""
        return self.name == next(name for name in PLUGINS if p.plugin_loaded(name))


class PreviewsPlugin(_Figures):
    """Figures on pages and by address; adds the views below when a table is published."""

    p.implements(p.IResourceController, inherit=True)

    def after_resource_create(self, context: Context, resource: dict[str, Any]) -> None:
        default_views.add_default_views(context, resource)

    def after_resource_update(self, context: Context, resource: dict[str, Any]) -> None:
        default_views.add_default_views(context, resource)


class _FigureView(_Figures):
    """A resource view of one figure."""

    p.implements(p.IResourceView, inherit=True)
    figure = ""
    icon = ""

    def _title(self, _: Callable[[str], str]) -> str:
        raise NotImplementedError

    def info(self) -> dict[str, Any]:
        return {
            "name": f"ierwohnen_{self.figure}_view",
            "title": self._title(tk._),
            "default_title": self._title(default_views.in_portals_language()),
            "icon": self.icon,
            "iframed": False,
            "always_available": False,
            "requires_datastore": True,
        }

    def can_view(self, data_dict: dict[str, Any]) -> bool:
        resource = data_dict["resource"]
        if not resource.get("datastore_active") or not resource.get("id"):
            return False
        return bool(getattr(figures_of(template_functions.reader(), resource["id"], stock=True), self.figure))

    def setup_template_variables(self, context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
        place = f"view-{data_dict['resource_view'].get('id', 'new')}"
        made = template_functions.made_preview(data_dict["resource"]["id"], self.figure, place)
        return {"preview": made, "only": self.figure, "place": place}

    def view_template(self, context: Context, data_dict: dict[str, Any]) -> str:
        return "ierwohnen/previews/view.html"


class MapViewPlugin(_FigureView):
    """The map of a table, as a resource view."""

    figure, icon = "map", "map"

    def _title(self, _: Callable[[str], str]) -> str:
        return _("Map")


class ChartViewPlugin(_FigureView):
    """The chart of a table, as a resource view."""

    figure, icon = "chart", "chart-line"

    def _title(self, _: Callable[[str], str]) -> str:
        return _("Chart")


class TableViewPlugin(_FigureView):
    """A table with its signs explained, as a resource view."""

    figure, icon = "table", "table"

    def _title(self, _: Callable[[str], str]) -> str:
        return _("Table")
