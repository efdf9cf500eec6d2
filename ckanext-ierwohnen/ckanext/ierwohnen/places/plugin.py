"""Wires the places room into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.ierwohnen import look
from ckanext.ierwohnen.places import actions, auth, summary, views


@tk.blanket.actions(actions)
@tk.blanket.auth_functions(auth)
@tk.blanket.blueprints(views)
@tk.blanket.helpers({name: getattr(summary, name) for name in ("iw_spatial_system", "iw_accepts_boundaries")})
@tk.blanket.config_declarations
class PlacesPlugin(p.SingletonPlugin, DefaultTranslation):
    """Spatial systems, levels, units, keys and geometry."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)

    def update_config(self, config: Any) -> None:
        """Bring our templates and the common parts."""
        look.enable(config)
        tk.add_template_directory(config, "templates")
