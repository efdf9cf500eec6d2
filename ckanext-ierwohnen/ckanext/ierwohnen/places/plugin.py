"""Wires the places room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class PlacesPlugin(p.SingletonPlugin):
    """The places room."""
