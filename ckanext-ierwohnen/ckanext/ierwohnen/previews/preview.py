"""The preview of a resource or an indicator: controls, tabs, the figures of the open tab. One for all pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews.ask import ALSO, DIMENSION, MOST_ALSO, Ask
from ckanext.ierwohnen.previews.chart_data import earlier_period
from ckanext.ierwohnen.previews.chart_kinds import ChartKind
from ckanext.ierwohnen.previews.chart_part import ChartPart, chart_of, kind_of, kinds_of
from ckanext.ierwohnen.previews.classes import OFFERED, Method
from ckanext.ierwohnen.previews.parts import (
    MapPart,
    TablePart,
    address_of,
    category_label,
    classed,
    compared_period,
    dimension_label,
    map_of,
    shown_date,
    table_of,
)
from ckanext.ierwohnen.previews.plain_table import plain_table
from ckanext.ierwohnen.previews.resource_sight import ResourceSight
from ckanext.ierwohnen.previews.shape import CITY
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.stock_table import Lacking
from ckanext.ierwohnen.previews.unit_table import UnitTable
from ckanext.ierwohnen.previews.words import say
from ckanext.ierwohnen.tables.readings import COARSER

TABLE = "table"
ONLY = ("map", "chart", TABLE)
MOST_OFFERED = 300
"""Units of which a select is offered twice more, for the lines of a course."""


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

    title: str
    here: str
    ask: Ask
    large: str = ""
    """The page on which the figures have most room, with what is asked."""
    fragment: str = ""
    """Where scripts fetch this preview for another choice."""
    along: str = ""
    """Selectors of other parts of the page that change with the choice."""
    level: int = 3
    """Level of the headings of figures on the page."""
    resource_id: str | None = None
    """Of a resource, for its files."""
    copy_from: str = ""
    """Where the table is found as text with all its rows."""
    controls: list[Control] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    map: MapPart | None = None
    chart: ChartPart | None = None
    table: TablePart | None = None
    rows: UnitTable | None = None
    map_controls: list[Control] = field(default_factory=list)
    chart_controls: list[Control] = field(default_factory=list)
    embed: str = ""
    area: tuple[str, str] | None = None
    """Spatial system and level of the shown units, for the way to their profiles."""

    source: str = ""
    """Who published the data, and under which licence."""
    note: str = ""
    """That the asked date does not exist, and which one is shown instead."""
    why: str = ""
    """Why nothing of what is asked can be shown, and what would help."""

    @property
    def page(self) -> str:
        """Address of the page without the place on it: where the form of the controls goes."""
        return self.here.partition("#")[0]

    @property
    def embed_code(self) -> str:
        """What the operator of another site copies into a page."""
        frame = 'width="100%" height="640" style="border:0" loading="lazy"'
        return f'<iframe src="{escape(self.embed)}" title="{escape(self.title)}" {frame}></iframe>'

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return any((self.map, self.chart, self.table, self.rows))

    def kept(self, *names: str) -> list[tuple[str, str]]:
        """What a form that asks for these names must carry along as hidden fields."""
        return [(name, text) for name, text in self.ask.but().pairs() if name not in names]

    def to(self, **changes: object) -> str:
        """The address of this page with other wishes (for links of the template)."""
        return address_of(self.here, self.ask.but(**changes))


def preview_of(
    sight: Sight, *, here: str, only: str | None = None, level: int = 3, whole: bool = False, along: str = ""
) -> Preview:
    """Make the preview of what a reader sees (`sight.look_at` has asked for the reader's rights).

    :param here: the page's own address, with the place on it (`/dataset/x#vorschau`)
    :param only: "map", "chart" or "table" for a view of one figure; None for tabs
    :param level: of the headings of figures
    :param whole: whether the page is fetched again for another choice, not the preview alone
    :param along: selectors of other parts of such a page that change with the choice
    """
    ask = sight.ask
    made = Preview(sight.title, here, ask, source=sight.source(), level=level, along=along)
    _fill_addresses(made, sight, whole)
    if not shows_units(sight):
        _fill_plain(made, sight, only)
        made.why = "" if made.any else why_nothing(sight, only)
        return made
    made.note = _note(sight)
    open_ = only or (TABLE if ask.view == TABLE and not sight.table_at else "figures")
    made.controls = _controls(sight)
    made.area = (sight.area.system, sight.area.level) if sight.area else None
    if open_ in ("map", "figures"):
        made.map = map_of(sight, here)
        made.map_controls = _map_controls(sight) if made.map else []
    if open_ in ("chart", "figures"):
        _fill_chart(made, sight)
    if open_ == TABLE or not (made.map or made.chart):
        made.table = table_of(sight, here)
    if only is None and not sight.table_at:
        made.tabs = _tabs(sight, made)
    if sight.public:
        made.embed = _embed(sight, only)
    return made


def _fill_addresses(made: Preview, sight: Sight, whole: bool) -> None:
    query = f"?{asked}" if (asked := sight.ask.query()) else ""
    made.large = sight.large and sight.large + query
    made.copy_from = sight.address("whole_table") + query
    if isinstance(sight, ResourceSight):
        made.resource_id = sight.resource["id"]
    made.fragment = made.page if whole else sight.address("fragment")


def _note(sight: Sight) -> str:
    if sight.no_such_date is None:
        return ""
    asked = format_date(sight.no_such_date, locale=sight.locale)
    shown = shown_date(sight)
    if not shown:
        return tk._("There are no values for %(asked)s; these have no date.") % {"asked": asked}
    return tk._("There are no values for %(asked)s; shown are those for %(shown)s.") % {"asked": asked, "shown": shown}


def why_nothing(sight: Sight, only: str | None) -> str:
    """Why a view of one figure stays empty, and what would help."""
    if only == "map":
        return tk._(
            "A map needs a column with the keys of a spatial system and a column with figures. Who publishes the table "
            "can say in its data dictionary which columns these are."
        )
    return {
        Lacking.COLUMNS: tk._(
            "A chart needs a column with dates or years (type date, or named year) and a column with numbers. Who "
            "publishes the table can give the columns their types and meanings in its data dictionary."
        ),
        Lacking.ONE_ROW_A_DATE: tk._(
            "A chart of this table would need one row for each date, with numbers for at least two dates. If several "
            "rows belong to one date, the data dictionary must say which columns tell them apart."
        ),
        Lacking.FEWER_ROWS: tk._("The table has too many rows for a chart. Its rows stand in the table view."),
        None: tk._("The table of this resource is empty, or its columns have no meaning yet."),
    }[sight.lacking]


def shows_units(sight: Sight) -> bool:
    """Whether the table of a sight is one of units; otherwise it is shown as it is stored."""
    return sight.figures and sight.choice is not None and sight.choice.level is not None


def _embed(sight: Sight, only: str | None) -> str:
    """The address for a frame on another site, with the figure as it is shown now."""
    chosen = {"only": only} if only else {}
    address = sight.address("embed", _external=True, **chosen)
    query = sight.ask.but(resource=None, view_id=None, q=None).query()
    return f"{address}?{query}" if query else str(address)


def _fill_chart(made: Preview, sight: Sight) -> None:
    made.chart = chart_of(sight, made.here)
    made.chart_controls = _chart_controls(sight, made.chart.kind) if made.chart else []


def _fill_plain(made: Preview, sight: Sight, only: str | None) -> None:
    """A table without units: its course if it has one, and its rows."""
    if sight.figures and only != TABLE:
        made.controls = _controls(sight)
        _fill_chart(made, sight)
    if isinstance(sight, ResourceSight) and sight.possible.table and only in (None, TABLE):
        ask = sight.ask
        made.rows = plain_table(
            sight.context, sight.resource["id"], sight.meanings, sort=ask.sort, page=ask.page, locale=sight.locale,
            find=ask.find,
        )  # fmt: skip


def _controls(sight: Sight) -> list[Control]:
    """Selects for what there is more than one of; the indicator of a table is always named."""
    choice, locale = sight.choice, sight.locale
    assert choice is not None and sight.subject is not None
    found = []
    if isinstance(sight, ResourceSight):
        indicators = [_option(one.code, _named(one.name, one.unit), choice.indicator) for one in sight.subjects]
        found.append(Control("indicator", tk._("Indicator"), indicators))
    if len(choice.periods) > 1:
        found.append(Control("period", tk._("Reference date"), _dates(choice.periods, choice.period, locale)))
    if len(choice.levels) > 1:
        own = {CITY: sight.names.whole, COARSER: say("coarser", locale)}
        titles = {**own, **(sight.around.titles if sight.around else {})}
        levels = [_option(one, titles.get(one, one), choice.level or CITY) for one in choice.levels]
        found.append(Control("level", tk._("Spatial level"), levels))
    for name, texts in choice.categories.items():
        if len(texts) > 1:
            options = [_option(text, category_label(sight, name, text), choice.dimensions[name]) for text in texts]
            found.append(Control(DIMENSION + name, dimension_label(sight, name), options))
    return found


def _map_controls(sight: Sight) -> list[Control]:
    """How the map is drawn: its classes, and a second date beside it."""
    choice, asked = sight.choice, sight.ask.classes
    assert choice is not None
    words = {
        Method.ROUNDED: tk._("same number of units each"),
        Method.NATURAL: tk._("natural breaks"),
        Method.EQUAL: tk._("same width each"),
        Method.PRETTY: tk._("round bounds"),
    }
    ways = [_option("", tk._("as defined"), None), *(_option(way.value, words[way], asked) for way in OFFERED)]
    found = [Control("classes", tk._("Classes"), ways)]
    others = [period for period in choice.periods if period != choice.period]
    if others:
        none = _option("", tk._("no other date"), None)
        dates = _dates(others, compared_period(sight), sight.locale)
        found.append(Control("compare", tk._("Compare with"), [none, *dates]))
    return found


def _chart_controls(sight: Sight, kind: ChartKind) -> list[Control]:
    """Which chart is shown, and what the kind needs besides."""
    titles = {
        ChartKind.COURSE: tk._("Trend"),
        ChartKind.RANKING: tk._("Ranking"),
        ChartKind.CHANGE: tk._("Change"),
        ChartKind.MULTIPLES: tk._("Trend of each unit"),
        ChartKind.COMPOSITION: tk._("Composition"),
        ChartKind.PYRAMID: tk._("Population pyramid"),
        ChartKind.SCATTER: tk._("Two indicators"),
    }
    kinds = kinds_of(sight)
    found = []
    if len(kinds) > 1:
        found.append(Control("chart", tk._("Chart"), [_option(one.value, titles[one], kind.value) for one in kinds]))
    if kind is ChartKind.COURSE:
        found += _lines_controls(sight)
    if kind is ChartKind.SCATTER and (second := sight.second) is not None and sight.subject is not None:
        others = [one for one in sight.subjects if one.code != sight.subject.code]
        options = [_option(one.code, _named(one.name, one.unit), second.code) for one in others]
        found.append(Control("against", tk._("Second indicator"), options))
    if kind is ChartKind.COMPOSITION and len(sight.splits) > 1:
        chosen = sight.splits[0]
        options = [_option(name, dimension_label(sight, name), chosen) for name in sorted(sight.splits)]
        found.append(Control("split", tk._("Divided by"), options))
    if kind is ChartKind.CHANGE and sight.choice is not None and sight.choice.period is not None:
        periods = sight.choice.periods
        past = periods[: periods.index(sight.choice.period)]
        found.append(Control("compare", tk._("Since"), _dates(past, earlier_period(sight), sight.locale)))
    return found


def _lines_controls(sight: Sight) -> list[Control]:
    """Which units the course shows beside the chosen one; the chosen one too where no map lets choose it."""
    names = sight.names.units
    if not 2 <= len(names) <= MOST_OFFERED:
        return []
    units = sorted(names, key=lambda key: names[key])

    def offered(name: str, label: str, chosen: str | None) -> Control:
        options = [_option("", "–", None), *(_option(key, names[key], chosen) for key in units)]
        return Control(name, label, options)

    own = (
        []
        if sight.area and sight.area.ground
        else [offered("unit", tk._("Area"), sight.choice.unit if sight.choice else None)]
    )
    beside = [*sight.ask.also, *[None] * MOST_ALSO][:MOST_ALSO]
    labels = [tk._("compared with"), *[tk._("and with")] * (MOST_ALSO - 1)]
    return [*own, *(offered(ALSO, label, key) for label, key in zip(labels, beside, strict=True))]


def _dates(periods: Sequence[str], chosen: str | None, locale: str) -> list[dict[str, Any]]:
    return [_option(one, format_date(one, locale=locale), chosen) for one in reversed(periods)]


def _named(name: str, unit: str | None) -> str:
    return f"{name} ({unit})" if unit else name


def _option(value: str, text: str, chosen: str | None) -> dict[str, Any]:
    return {"value": value, "text": text, "selected": value == chosen}


def _tabs(sight: Sight, made: Preview) -> list[Tab]:
    """`Karte und Verlauf`, `Tabelle`: the first names what the resource can be drawn as."""
    charted = kind_of(sight)
    mapped = made.map is not None or (made.table is not None and bool(classed(sight)))
    first = _first_tab(mapped, charted)
    if first is None:
        return []
    on = sight.ask.view == TABLE
    return [
        Tab(first, address_of(made.here, sight.ask.but(view=None, sort=None)), not on),
        Tab(tk._("Table"), address_of(made.here, sight.ask.but(view=TABLE, sort=None)), on),
    ]


def _first_tab(mapped: bool, charted: ChartKind | None) -> str | None:
    if charted is None:
        return tk._("Map") if mapped else None
    if charted is ChartKind.COURSE:
        return tk._("Map and trend") if mapped else tk._("Trend")
    if charted is ChartKind.RANKING:
        return tk._("Map and ranking") if mapped else tk._("Ranking")
    return tk._("Map and chart") if mapped else tk._("Chart")
