"""The preview of a resource: controls, tabs and the figures of the open tab. One for pages, views and embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews.ask import DIMENSION, Ask
from ckanext.ierwohnen.previews.parts import (
    ChartPart,
    MapPart,
    TablePart,
    address_of,
    chart_of,
    classed,
    dimension_label,
    map_of,
    table_of,
)
from ckanext.ierwohnen.previews.plain_table import plain_table
from ckanext.ierwohnen.previews.shape import chart_kind
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.unit_table import UnitTable

TABLE = "table"
ONLY = ("map", "chart", TABLE)


@dataclass(frozen=True)
class Control:
    """A select of the bar."""

    name: str
    label: str
    options: list[dict[str, Any]]


@dataclass(frozen=True)
class Tab:
    """One way to see the resource."""

    title: str
    href: str
    on: bool


@dataclass
class Preview:
    """Everything that the template shows; parts that are not open or not possible are None."""

    resource_id: str
    title: str
    here: str
    ask: Ask
    controls: list[Control] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    map: MapPart | None = None
    chart: ChartPart | None = None
    table: TablePart | None = None
    rows: UnitTable | None = None

    @property
    def page(self) -> str:
        """Address of the page without the place on it: where the form of the controls goes."""
        return self.here.partition("#")[0]

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return any((self.map, self.chart, self.table, self.rows))

    def to(self, **changes: object) -> str:
        """The address of this page with other wishes (for links of the template)."""
        return address_of(self.here, self.ask.but(**changes))


def preview_of(sight: Sight, *, here: str, only: str | None = None) -> Preview:
    """Make the preview of what a reader sees (`sight.look_at` has asked for the reader's rights).

    :param here: the page's own address, with the place on it (`/dataset/x#vorschau`)
    :param only: "map", "chart" or "table" for a view of one figure; None for tabs
    """
    ask = sight.ask
    title = str(sight.resource.get("name") or sight.package.get("title") or "")
    made = Preview(sight.resource["id"], title, here, ask)
    if not sight.figures or sight.choice is None or sight.choice.level is None:
        _fill_plain(made, sight, only)
        return made
    open_ = only or (TABLE if ask.view == TABLE else "figures")
    made.controls = _controls(sight)
    if open_ in ("map", "figures"):
        made.map = map_of(sight, here)
    if open_ in ("chart", "figures"):
        made.chart = chart_of(sight, here)
    if open_ == TABLE or not (made.map or made.chart):
        made.table = table_of(sight, here)
    if only is None:
        made.tabs = _tabs(sight, made)
    return made


def _fill_plain(made: Preview, sight: Sight, only: str | None) -> None:
    """A table without units: its course if it has one, and its rows."""
    if sight.figures and only != TABLE:
        made.controls = _controls(sight)
        made.chart = chart_of(sight, made.here)
    if sight.possible.table and only in (None, TABLE):
        ask = sight.ask
        made.rows = plain_table(
            sight.context, sight.resource["id"], sight.meanings, sort=ask.sort, page=ask.page, locale=sight.locale
        )


def _controls(sight: Sight) -> list[Control]:
    """Selects for what there is more than one of; the indicator is always named."""
    choice, locale = sight.choice, sight.locale
    assert choice is not None and sight.subject is not None
    indicators = [_option(one.code, _named(one.name, one.unit), choice.indicator) for one in sight.subjects]
    found = [Control("indicator", tk._("Indicator"), indicators)]
    if len(choice.periods) > 1:
        dates = [_option(one, format_date(one, locale=locale), choice.period) for one in reversed(choice.periods)]
        found.append(Control("period", tk._("Reference date"), dates))
    if len(choice.levels) > 1:
        found.append(
            Control("level", tk._("Spatial level"), [_option(one, one, choice.level) for one in choice.levels])
        )
    for name, texts in choice.categories.items():
        if len(texts) > 1:
            options = [_option(text, text or "–", choice.dimensions[name]) for text in texts]
            found.append(Control(DIMENSION + name, dimension_label(sight, name), options))
    return found


def _named(name: str, unit: str | None) -> str:
    return f"{name} ({unit})" if unit else name


def _option(value: str, text: str, chosen: str | None) -> dict[str, Any]:
    return {"value": value, "text": text, "selected": value == chosen}


def _tabs(sight: Sight, made: Preview) -> Sequence[Tab] | list[Tab]:
    """`Karte und Verlauf`, `Tabelle`: the first names what the resource can be drawn as."""
    kind = chart_kind(sight.here)
    mapped = made.map is not None or (made.table is not None and classed(sight) is not None)
    titles = {
        (True, "course"): tk._("Map and trend"),
        (True, "ranking"): tk._("Map and ranking"),
        (True, None): tk._("Map"),
        (False, "course"): tk._("Trend"),
        (False, "ranking"): tk._("Ranking"),
    }
    first = titles.get((mapped, kind))
    if first is None:
        return []
    on = sight.ask.view == TABLE
    return [
        Tab(first, address_of(made.here, sight.ask.but(view=None, sort=None)), not on),
        Tab(tk._("Table"), address_of(made.here, sight.ask.but(view=TABLE, sort=None)), on),
    ]
