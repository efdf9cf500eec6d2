"""What other rooms give to this one, since arrows go down only: `indicators` implements it, `tables` asks."""

from __future__ import annotations

from ckan.plugins.interfaces import Interface

from .roles import IndicatorName


class ITableIndicators(Interface):
    """Names the indicators that a column of an office table may hold."""

    def table_indicators(self) -> list[IndicatorName]:
        """The indicators of a catalogue with the names under which offices write them."""
        return []
