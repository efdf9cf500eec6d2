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
}


def explain(how: str) -> str:
    """How a value came about, in the reader's language."""
    return tk._(WORDS[f"how.{how}"])
