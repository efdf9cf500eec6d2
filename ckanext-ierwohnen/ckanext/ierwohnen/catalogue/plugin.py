"""Wires the catalogue room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class CataloguePlugin(p.SingletonPlugin):
    """The catalogue room."""
