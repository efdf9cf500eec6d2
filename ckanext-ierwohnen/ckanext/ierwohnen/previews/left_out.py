"""Which units a chart cannot draw, said beside the drawing: whoever is not drawn must not be thought away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ckanext.ierwohnen.previews.words import level_in_plural, say

MOST_NAMED = 8


def left_out(
    names: Mapping[str, str], drawn: Collection[str], *, level: str, dates: Sequence[str] = (), locale: str = "de",
    course: bool = False,
) -> str:  # fmt: skip
    """`18 von 24 Stadtteilen; ohne Wert für 31.12.2025: Altstadt, Königsholz.` Empty where all are drawn.

    :param names: what each unit is called, by key
    :param drawn: the keys of the units that are drawn
    :param dates: the dates at which a unit needs a value, as they are written
    :param course: a unit needs values at any two dates
    """
    missing = sorted(name for key, name in names.items() if key not in drawn)
    if not missing:
        return ""
    rest = len(missing) - MOST_NAMED
    listed = ", ".join(missing[:MOST_NAMED])
    if rest > 0:
        listed = say("and_more", locale, names=listed, count=rest)
    share = {"drawn": len(names) - len(missing), "total": len(names), "level": level_in_plural(level, locale)}
    known = [date for date in dates if date]
    if not known:
        return say("left_out_course" if course else "left_out", locale, names=listed, **share)
    when = say("or", locale, first=known[0], second=known[1]) if len(known) > 1 else known[0]
    return say("left_out_at", locale, names=listed, dates=when, **share)
