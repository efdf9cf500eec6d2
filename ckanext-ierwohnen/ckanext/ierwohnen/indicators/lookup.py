"""Values of indicators for a reader: from the tables that the reader may see, cached until one of them changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue, preferred
from ckanext.ierwohnen.indicators.choice import is_called, ordered, preference
from ckanext.ierwohnen.indicators.columns import earlier
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.derived import Derivation, derived, population
from ckanext.ierwohnen.indicators.mixing import can_be_had
from ckanext.ierwohnen.indicators.origins import Origins
from ckanext.ierwohnen.indicators.sources import Source
from ckanext.ierwohnen.indicators.trace import Step, Tracer
from ckanext.ierwohnen.indicators.values import TOTAL
from ckanext.ierwohnen.indicators.workspace import Workspace, cells_of, needed_codes, workspace
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.tables.meanings import column_meanings
from ckanext.ierwohnen.tables.roles import Role

COLUMNS = ["unit", "period", "value", "status", "how"]


@dataclass(frozen=True)
class Found:
    """Values of an indicator at a level.

    ``table``: columns unit, period, value, status, how; ``names``: name of each unit; ``sources``: the tables that
    may feed the figures, in the order in which they count (:func:`tables_behind` tells which ones do);
    ``preferred``: the dataset that the operator or the catalogue puts first; ``population``: of standardized figures,
    what each period is measured against; ``undated``: tables with readings that name no date and get none from their
    dataset, so that they count nowhere.
    """

    table: pd.DataFrame
    names: dict[str, str]
    sources: list[Source]
    system: str | None
    level: str | None
    level_title: str
    undated: tuple[Source, ...] = ()
    preferred: str | None = None
    population: list[dict[str, Any]] = field(default_factory=list)
    workspace: Workspace | None = None
    others: tuple[Source, ...] = ()
    """Tables that tell the indicator as well, but do not count, since they are of other companies."""
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    """What columns are called, by resource and name; for ways (:func:`with_labels`)."""


def find_values(
    context: Context,
    code: str,
    system: str | None = None,
    level: str | None = None,
    asked: Derivation | None = None,
    source: str | None = None,
) -> Found:
    """The values of an indicator for this reader.

    :param system: name of the spatial system; the one of the newest source if None
    :param level: code of the level, or ``city`` for the total; the finest that a source has if None
    :param asked: what to make of the values; the values themselves if None
    :param source: dataset name or resource id that counts alone for the indicators that it has; then the finest is its
    :raises ObjectNotFound: no such indicator, system, level or source for this reader
    """
    asked = asked or Derivation()
    catalogue = active_catalogue()
    indicator = catalogue.find(code)
    if indicator is None:
        raise tk.ObjectNotFound(tk._("Indicator not found"))
    codes = needed_codes(indicator.code, catalogue).union(*(needed_codes(c, catalogue) for c in asked.needs()))
    space = workspace(context, codes, system, level, source, indicator.code, asked.needs())
    alone = [s for s in space.sources if source and is_called(s, source)] if space else []
    if source and not alone:
        raise tk.ObjectNotFound(tk._("There is no table “{name}” with this indicator.").format(name=source))
    if space is None:
        return Found(pd.DataFrame(columns=COLUMNS), {}, [], system, level, "")
    level = level or space.finest_of(alone or space.sources)
    if level != TOTAL and level not in space.order:
        raise tk.ObjectNotFound(tk._("Spatial level not found"))
    own = ordered(space.sources, indicator.code, source, preferred(), catalogue)
    sources = [*own, *(s for s in space.sources if s not in own)]  # who states the figure itself comes first
    first = preference(indicator.code, preferred(), catalogue)
    first = first if first and any(is_called(s, first) for s in own) else None  # a name may be secret, too
    undated = space.values.readings.without_date(codes)  # type: ignore[union-attr]
    others = tuple(s for s in space.others if s not in sources and can_be_had(indicator, s.indicators, catalogue))
    found = Found(pd.DataFrame(), {}, sources, space.shown["id"], level, "", undated, first, others=others)
    found = replace(found, workspace=space)
    return _filled(found, space, indicator, level, asked)


def _filled(found: Found, space: Workspace, indicator: Indicator, level: str, asked: Derivation) -> Found:
    values = space.values
    if level == TOTAL and TOTAL not in space.order:
        total = values.total(indicator.code)
        return Found(**{**vars(found), "table": total, "names": {"": space.shown.get("title", "")}})
    table = derived(values, indicator, level, asked)
    if level == TOTAL and table.empty and asked.kind == "value":
        table = values.total(indicator.code).assign(unit=next(iter(values.system.units_of(level)), ""))
    names = {unit.key: unit.name for unit in values.system.units_of(level).values()}
    told = population(values, indicator, level, asked)
    title = values.system.level(level).named(locale())
    return Found(**{**vars(found), "table": table, "names": names, "level_title": title, "population": told})


def tables_behind(found: Found, code: str, cells: pd.DataFrame, asked: Derivation) -> list[frozenset[str]]:
    """Ids of the tables that each value really comes from, with those of the earlier figures that it is compared with.

    :param cells: rows of ``found.table``
    """
    if found.workspace is None or found.level is None:
        return [frozenset()] * len(cells)
    values, level = found.workspace.values, found.level
    origins = found.workspace.kept.get(("origins",), lambda: Origins(values))
    whole = level == TOTAL and (TOTAL not in found.workspace.order or not len(values.column(code, level)))
    made = []
    for unit, period in zip(cells["unit"].tolist(), cells["period"].tolist(), strict=True):
        tables = origins.of_total(code, period) if whole else origins.of(code, level, unit, period)
        for before in _compared_with(period, asked):
            tables |= origins.near(code, level, unit, before)
        for other in asked.needs():
            tables |= origins.near(other, level, unit, period)
        made.append(tables)
    return made


def _compared_with(period: str | None, asked: Derivation) -> list[str]:
    if not period:
        return []
    if asked.kind in ("change", "change_percent"):
        return [earlier(period, asked.years)]
    if asked.kind == "sum_over_years":
        return [earlier(period, back) for back in range(1, asked.years)]
    return [f"{asked.base}{period[4:]}"] if asked.kind == "index" else []


def ways(
    context: Context, found: Found, code: str, cells: list[tuple[str, str | None]], source: str | None = None
) -> list[Step | None]:
    """How values came about, down to the cells of tables.

    :param cells: unit and period of each value
    """
    if found.workspace is None or found.level is None:
        return [None] * len(cells)
    read = cells_of(context, found.workspace, needed_codes(code, active_catalogue()), source)
    tracer = Tracer(found.workspace.values, read)
    return [tracer.way(code, found.level, unit, period) for unit, period in cells]


def with_labels(context: Context, found: Found) -> Found:
    """The same with the labels of its tables' columns, where a way names them."""
    labels: dict[tuple[str, str], str] = {}
    for source in found.workspace.sources if found.workspace else ():
        labels |= {(source.resource_id, name): label for name, label in source.labels}
        if source.limited:
            continue
        with suppress(tk.ObjectNotFound, tk.NotAuthorized):
            columns = [one.told(locale()) for one in column_meanings(tk.fresh_context(context), source.resource_id)]
            for one in columns:
                labels |= {(source.resource_id, one.name): one.label}
                # A column of figures that stands for a class names the class, not the dimension.
                if one.dimension and one.role == Role.DIMENSION:
                    labels |= {(source.resource_id, one.dimension): one.label}
    return replace(found, labels=labels)
