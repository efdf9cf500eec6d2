"""Figures of one unit: where it lies in its city, and who lives there by age and sex."""

from __future__ import annotations

from collections.abc import Callable

import ckan.plugins.toolkit as tk
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.indicators.sources import readable_sources
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.chart_kinds import AGES, SEXES, ChartKind
from ckanext.ierwohnen.previews.chart_part import ChartPart, chart_of
from ckanext.ierwohnen.previews.locator import locator_svg
from ckanext.ierwohnen.previews.resource_sight import look_at
from ckanext.ierwohnen.previews.sight import Area, area_of
from ckanext.ierwohnen.previews.words import say
from ckanext.ierwohnen.tables.meanings import column_meanings

PEOPLE = "population"


def locator_of(
    context: Context, system: str, level: str, chosen: tuple[str, ...], *, link: Callable[[str], str], locale: str
) -> Markup | None:
    """The level with the chosen units marked; None where it has no boundaries or the reader may not see it."""
    area = area_of(context, system, level, locale)
    return located(area, chosen, link=link, locale=locale) if area is not None else None


def located(area: Area, chosen: tuple[str, ...], *, link: Callable[[str], str], locale: str) -> Markup | None:
    """The same of a level that is at hand; None where it has no boundaries."""
    if area.ground is None:
        return None
    names = [unit.name for unit in area.ground.units if unit.key in chosen]
    words = say("lies_in", locale, units=", ".join(names), level=area.title, year=area.boundary_year)
    if not names:
        words = say("choose_from", locale, level=area.title, year=area.boundary_year)
    return Markup(locator_svg(area.ground, alternative=words, chosen=chosen, link=link, locale=locale))


def pyramid_of(context: Context, system: str, level: str, unit: str, *, here: str, locale: str) -> ChartPart | None:
    """The population pyramid of a unit, from the newest table with age groups and sex that this reader may see."""
    for source in readable_sources(context, {PEOPLE}):
        if system not in source.systems or level not in source.levels:
            continue
        try:
            named = {one.dimension for one in column_meanings(context, source.resource_id)}
            if not {AGES, SEXES} <= named:
                continue
            ask = Ask(indicator=PEOPLE, level=level, unit=unit, chart=str(ChartKind.PYRAMID))
            sight = look_at(context, source.resource_id, ask, locale)
        except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
            continue
        if sight.choice is None or sight.choice.unit != unit:
            continue
        part = chart_of(sight, here)
        if part is not None and part.kind is ChartKind.PYRAMID:
            return part
    return None
