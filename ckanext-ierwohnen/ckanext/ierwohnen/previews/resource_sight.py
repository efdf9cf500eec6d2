"""A resource as its figures see it: what its columns mean, and the readings for what is asked.

This is where the room meets the portal: authorization is asked first (CKAN's for the resource, places' for the
geometry), then data is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.origin import origin
from ckanext.ierwohnen.previews.public import is_public
from ckanext.ierwohnen.previews.shape import (
    CITY,
    UNASSIGNED,
    Possible,
    choose_indicator,
    of_categories,
    possible,
)
from ckanext.ierwohnen.previews.sight import MOST_ROWS, Sight, subject_of, symbol_of
from ckanext.ierwohnen.previews.stock_table import MOST_ROWS as STOCK_ROWS
from ckanext.ierwohnen.previews.stock_table import Lacking, stock_of, stock_readings, stock_subjects
from ckanext.ierwohnen.previews.subject import Subject, plain_subject
from ckanext.ierwohnen.previews.sums import with_sums
from ckanext.ierwohnen.tables.meanings import ColumnMeaning, column_meanings
from ckanext.ierwohnen.tables.readings import readings


@dataclass
class ResourceSight(Sight):
    """The table of a resource. Made by `look_at`."""

    resource: dict[str, Any] = field(default_factory=dict)
    package: dict[str, Any] = field(default_factory=dict)

    def address(self, endpoint: str, **parameters: Any) -> str:
        return str(tk.h.url_for(f"ierwohnen_figure.{endpoint}", resource_id=self.resource["id"], **parameters))

    @property
    def large(self) -> str:
        return self.address("page")

    @cached_property
    def public(self) -> bool:
        return is_public(self.resource["id"])

    def source(self, rows: Callable[[], pd.DataFrame] | None = None) -> str:
        return self._source

    def row_source(self, unit: str, level: str, period: str | None) -> str:
        return self._source

    @cached_property
    def _source(self) -> str:
        return origin([self.package], self.locale)

    @cached_property
    def all_now(self) -> pd.DataFrame:
        """Readings of all indicators of the table at the shown date."""
        assert self.choice is not None
        rows = readings(self.context, self.resource["id"], period=self.choice.period, specials=True)
        rows = with_sums(rows, {one.code for one in self.subjects if one.additive})
        rows = of_categories(rows, self.choice.dimensions)
        return rows[rows["level"].isin([self.choice.level, CITY])]

    def own_names(self) -> dict[str, str]:
        """Names from the table itself, where one of its columns holds them."""
        by_role = {str(one.role): one.name for one in reversed(self.meanings)}
        if "key" not in by_role or "name" not in by_role:
            return {}
        found = tk.get_action("datastore_search")(
            tk.fresh_context(self.context),
            {
                "resource_id": self.resource["id"],
                "fields": [by_role["key"], by_role["name"]],
                "distinct": True,
                "limit": 10_000,
                "include_total": False,
            },
        )
        return {str(row[by_role["key"]]): str(row[by_role["name"]]) for row in found["records"]}


def look_at(context: Context, resource_id: str, ask: Ask, locale: str) -> ResourceSight:
    """See a resource for a reader.

    :raises NotAuthorized: if the reader may not see it; ObjectNotFound: if it or its table does not exist
    """
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    meanings = [one.told(locale) for one in column_meanings(context, resource_id)]
    allowed = possible(meanings)
    title = str(resource.get("name") or package.get("title") or "")
    sight = ResourceSight(
        context, locale, ask, title, allowed, meanings, only_date=_only_date(package), resource=resource,
        package=package, partial=any(one.partial for one in meanings),
    )  # fmt: skip
    if (allowed.map or allowed.chart) and _rows(context, resource_id) <= MOST_ROWS:
        _choose(sight)
    elif not (allowed.map or allowed.chart):
        _choose_stock(sight)
    return sight


def figures_of(context: Context, resource_id: str, *, stock: bool = False) -> Possible:
    """Which figures a resource allows; none where it has no table that this reader may see.

    :param stock: a chart also for a table that nobody described, where it has a date and numbers
    """
    try:
        meanings = column_meanings(context, resource_id)
        allowed = possible(meanings)
        return replace(allowed, chart=allowed.chart or (stock and stock_of(meanings) is not None))
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return Possible(map=False, chart=False, table=False)


def _choose(sight: ResourceSight) -> None:
    sight.subjects = _subjects(sight.meanings, sight.locale)
    codes = [one.code for one in sight.subjects]
    code = choose_indicator(sight.ask.indicator, codes, (one.code for one in sight.subjects if one.relative))
    sight.subject = next(one for one in sight.subjects if one.code == code)
    rows = readings(sight.context, sight.resource["id"], indicator=code, specials=True)
    rows = rows[rows["level"] != UNASSIGNED]
    sight.course = with_sums(rows, {code} if sight.subject.additive else ())
    if len(sight.course):
        sight.choose(code)


def _choose_stock(sight: ResourceSight) -> None:
    """The course of a table that nobody described; without one `lacking` says what would help."""
    stock = stock_of(sight.meanings)
    if stock is None:
        sight.lacking = Lacking.COLUMNS
        return
    subjects = stock_subjects(stock)
    subject = next((one for one in subjects if one.code == sight.ask.indicator), subjects[0])
    wanted = {"resource_id": sight.resource["id"], "fields": [stock.date.name, subject.code], "limit": STOCK_ROWS}
    found = tk.get_action("datastore_search")(tk.fresh_context(sight.context), wanted)
    if int(found.get("total") or 0) > STOCK_ROWS:
        sight.lacking = Lacking.FEWER_ROWS
        return
    course = stock_readings(stock, found["records"], subject.code)
    if course is None:
        sight.lacking = Lacking.ONE_ROW_A_DATE
        return
    sight.stock, sight.subjects, sight.subject, sight.course = True, subjects, subject, course
    sight.choose(subject.code)


def _rows(context: Context, resource_id: str) -> int:
    found = tk.get_action("datastore_search")(
        tk.fresh_context(context), {"resource_id": resource_id, "limit": 0, "total_estimation_threshold": 1000}
    )
    return int(found.get("total") or 0)


def _subjects(meanings: Sequence[ColumnMeaning], locale: str) -> list[Subject]:
    """The indicators of a table, each once (a wide table has a column per date), in the order of its columns."""
    found: dict[str, Subject] = {}
    for one in meanings:
        code = one.indicator or one.name
        if str(one.role) == "indicator" and code not in found:
            found[code] = _subject(one, code, locale)
    return list(found.values())


def _subject(meaning: ColumnMeaning, code: str, locale: str) -> Subject:
    definition = active_catalogue().find(meaning.indicator)
    if definition is None:
        symbol = symbol_of(meaning.unit or "", locale)
        return plain_subject(code, meaning.label, symbol, meaning.precision, locale, counted=_counts(meaning.unit))
    return subject_of(definition, locale, meaning.precision)


def _only_date(package: dict[str, Any]) -> str | None:
    """The date of a table without a column of dates: its dataset's, where that is of one date only."""
    first, last = package.get("temporal_start"), package.get("temporal_end")
    return str(last) if last and first == last else None


def _counts(unit: str | None) -> bool:
    """Whether things are counted in this unit, as far as the vocabulary knows it."""
    counted = [term for term in vocabulary("units").terms if term.more.get("dimension") == "count"]
    return bool(unit) and any(unit in (term.code, *term.label.values()) for term in counted)
