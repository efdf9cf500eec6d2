"""Wires the demo room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class DemoPlugin(p.SingletonPlugin):
    """The demo room."""
