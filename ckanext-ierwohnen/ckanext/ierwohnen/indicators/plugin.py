"""Wires the indicators room into CKAN."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.tables.interfaces import ITableIndicators
from ckanext.ierwohnen.tables.roles import IndicatorName


@tk.blanket.config_declarations
class IndicatorsPlugin(p.SingletonPlugin):
    """The catalogue of figures, and values from published tables."""

    p.implements(ITableIndicators)

    # ITableIndicators

    def table_indicators(self) -> list[IndicatorName]:
        """The names by which columns of office tables are recognised."""
        return active_catalogue().names()
