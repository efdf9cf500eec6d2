"""What other rooms give to this one, since arrows go down only: `releases` implements it, `indicators` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from ckan.plugins.interfaces import Interface
from ckan.types import Context

if TYPE_CHECKING:
    from ckanext.ierwohnen.indicators.sources import Source


class ILimitedTables(Interface):
    """Knows tables with indicators that are for some readers only, and therefore stand outside of the DataStore."""

    def limited_tables(self, context: Context) -> list[Source]:
        """The tables that this reader may see now (``limited`` is set), newest first; nothing for all others.

        Asked for every request: what it says is kept nowhere.
        """
        return []

    def made_of(self) -> tuple[dict[str, tuple[str, tuple[str, ...], str]], bool]:
        """Of datasets that are public, by id: the reference date, whose dwellings they tell of, and the number by
        which people call them.

        Asked once after each change of a dataset. The second is False if it could not be found out for sure now.
        """
        return {}, True

    def limited_readings(self, context: Context, table: str) -> pd.DataFrame | None:
        """The readings of such a table, columns as ``tables.readings`` gives them with special rows and cells.

        The reading is on record before it is answered. None if it is no table of this plugin's, or not (any more) one
        that the reader may see.
        """
        return None
