"""Wires the indicators room into CKAN."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk


@tk.blanket.config_declarations
class IndicatorsPlugin(p.SingletonPlugin):
    """The catalogue of figures, and values from published tables."""
