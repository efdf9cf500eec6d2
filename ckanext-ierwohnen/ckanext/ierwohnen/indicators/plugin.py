"""Wires the indicators room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class IndicatorsPlugin(p.SingletonPlugin):
    """The indicators room."""
