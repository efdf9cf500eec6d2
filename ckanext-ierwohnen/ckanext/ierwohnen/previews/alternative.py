"""Text alternatives made from the data: what a reader who cannot see the picture needs first."""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.previews.words import say


def summary(named: Sequence[tuple[str, Figure]], locale: str = "de") -> str:
    """Highest and lowest value with their units, how many have a value, are protected, have none.

    :param named: name of the unit and its figure
    """
    known = [(name, figure) for name, figure in named if figure.value is not None]
    if not known:
        return " ".join([say("nothing_to_show", locale), *_without(named, locale)])
    highest = max(known, key=lambda pair: pair[1].value or 0.0)
    lowest = min(known, key=lambda pair: pair[1].value or 0.0)
    if highest[1].value == lowest[1].value and len(known) > 1:
        extremes = [say("same", locale, value=highest[1].text)]
    else:
        extremes = [
            say("highest", locale, unit=highest[0], value=highest[1].text),
            say("lowest", locale, unit=lowest[0], value=lowest[1].text),
        ]
    reach = say("with_value", locale, with_value=len(known), total=len(named))
    return " ".join([*extremes, reach, *_without(named, locale)])


def map_words(title: str, named: Sequence[tuple[str, Figure]], locale: str = "de") -> str:
    """Text alternative of a map."""
    return f"{say('map_of', locale, title=title)} {summary(named, locale)}"


def _without(named: Sequence[tuple[str, Figure]], locale: str) -> list[str]:
    without = [figure.status for _, figure in named if figure.value is None]
    protected = sum(status is Status.SECRET for status in without)
    other = len(without) - protected
    return [
        say(code, locale, count=count)
        for code, count in (("protected_count", protected), ("none_count", other))
        if count
    ]
