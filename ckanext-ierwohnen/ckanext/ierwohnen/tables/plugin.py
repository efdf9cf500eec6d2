"""Wires the tables room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class TablesPlugin(p.SingletonPlugin):
    """The tables room."""
