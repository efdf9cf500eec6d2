"""What other rooms give to this one, since arrows go down only: `indicators` implements it, `tables` asks."""

from __future__ import annotations

from ckan.plugins.interfaces import Interface
from ckan.types import Context

from .roles import IndicatorName


class ITableIndicators(Interface):
    """Names the indicators that a column of an office table may hold."""

    def table_indicators(self) -> list[IndicatorName]:
        """The indicators of a catalogue with the names under which offices write them."""
        return []


class ITablePublished(Interface):
    """Is told when a table was published; `catalogue` notes by it that a delivery came."""

    def after_table_published(self, context: Context, resource_id: str) -> None:
        """A new version of the table is in place. May be called twice for one version."""
