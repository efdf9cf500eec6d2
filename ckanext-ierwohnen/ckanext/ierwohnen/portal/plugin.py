"""Wires the portal room into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
from flask import Blueprint

from ckanext.ierwohnen import look
from ckanext.ierwohnen.look.views import look as look_pages


class PortalPlugin(p.SingletonPlugin):
    """Home page, search in groups, navigation and the theme that all pages share."""

    p.implements(p.IConfigurer)
    p.implements(p.IBlueprint)

    def update_config(self, config: Any) -> None:
        """Add the parts and this room's templates and theme."""
        look.enable(config)

    def get_blueprint(self) -> list[Blueprint]:
        """Pages of this room, and the page of parts."""
        return [look_pages]
