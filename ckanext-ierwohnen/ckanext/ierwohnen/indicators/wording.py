"""The words for the coded parts of a definition; English here, German in the room's own gettext catalogue."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def _(message: str) -> str:
    """Mark for extraction; translated when shown."""
    return message


WORDS = {
    "space.sum": _("Values are added up."),
    "space.ratio": _("Computed anew from the added-up parts, never as a mean of ratios."),
    "space.weighted_mean": _("Mean, weighted by what it refers to."),
    "space.median": _("A median does not add up; larger areas are not shown."),
    "space.none": _("Does not add up; larger areas are not shown."),
    "time.stock": _("Stock on a date"),
    "time.flow": _("Events over a period"),
    "direction.more": _("more"),
    "direction.less": _("less"),
    "direction.neither": "",
    "level.block": _("block"),
    "level.statistical_district": _("statistical district"),
    "level.quarter": _("quarter"),
    "level.city_district": _("city district"),
    "level.municipality": _("municipality"),
    "level.county": _("county"),
    "how.read": _("from the table"),
    "how.computed": _("by its formula"),
    "how.added_up": _("from smaller areas"),
    "how.at_least": _("from smaller areas, as a lower bound"),
    "statistic.z_score": _("Distance from the mean in standard deviations"),
    "statistic.min_max": _("Place between lowest (0) and highest (100)"),
    "refused.no_percent_of_change": _("A change or a standardized figure has no change in percent and no index."),
    "refused.base_needed": _("An index needs a base year: base=2015."),
    "refused.only_flows_add_up": _("Only events over a period are added up over years, not stocks on a date."),
    "refused.only_counts_per_1000": _("Only numbers of things or persons are given per 1,000."),
    "refused.per_needs_a_count": _("Per 1,000 of what? Name an indicator that adds up, such as population."),
    "told.z_score": _(
        "Distance from the mean of all areas of this level and date in standard deviations (divisor n). "
        "Areas without number stand outside."
    ),
    "told.min_max": _(
        "0 is the lowest, 100 the highest value of all areas of this level and date. "
        "Areas without number stand outside."
    ),
    "told.rank": _(
        "1 is the highest value of all areas of this level and date; equal values share the better rank. "
        "Areas without number stand outside."
    ),
    "told.percentile": _(
        "Percent of all areas of this level and date with a lower value, and half of those with the same. "
        "Areas without number stand outside."
    ),
    "state.act": _("Act"),
    "state.watch": _("Watch"),
    "state.trend": _("Against the trend"),
    "state.act.rule": _("an indicator or more reaches the threshold “act”"),
    "state.watch.rule": _("{number} indicators or more reach the threshold “watch”"),
    "state.trend.rule": _("an indicator worsens while the city does not, or faster than in the city"),
    "where.act": _("act"),
    "where.watch": _("watch"),
    "where.trend": _("against the trend"),
    "where.none": _("not conspicuous"),
    "where.without": _("a value is missing"),
    "rule.sources": _(
        "Of several tables with the same value the preferred dataset counts, then the table published last."
    ),
    "rule.releases": _(
        "Releases of different companies are not mixed: a public one goes before one for some readers only, "
        "then the one with most owners counts."
    ),
}


def statistic(name: str) -> str:
    """The name of a statistic, in the reader's language."""
    return tk._(WORDS.get(f"statistic.{name}", name))


def words(key: str) -> str:
    """The words of a key, in the reader's language; empty where there are none."""
    found = WORDS.get(key)
    return tk._(found) if found else ""  # gettext answers an empty text with the head of its catalogue


def explain(how: str) -> str:
    """How a value came about, in the reader's language."""
    return tk._(WORDS[f"how.{how}"])
