"""Wires the portal room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class PortalPlugin(p.SingletonPlugin):
    """The portal room."""
