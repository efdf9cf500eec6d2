"""Titles that say what is seen: one sentence of what, where and when."""

from __future__ import annotations

from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.previews.course import Line
from ckanext.ierwohnen.previews.periods import ordered, year_of
from ckanext.ierwohnen.previews.subject import Subject
from ckanext.ierwohnen.previews.words import by_level, say


def course_title(
    name: str, place: str, line: Line | None, subject: Subject, periods: list[str], locale: str = "de"
) -> str:
    """`Leerstandsquote in Neuwald: gestiegen von 8,1 % (2015) auf 9,4 % (2025)`.

    Without two values of the line it only names the time.

    :param name: what is shown
    :param place: whose course `line` is
    :param periods: all dates of the chart; where each is of another year, years stand for them
    """
    yearly = len({year_of(period) for period in periods}) == len(set(periods))

    def written(period: str) -> str:
        return year_of(period) if yearly else format_date(period, locale=locale)

    known = line.known() if line else []
    where = say("in_unit", locale, name=name, unit=place) if place else name
    if len(known) < 2:
        line_of_time = ordered(periods)
        return say("span_title", locale, name=where, first=written(line_of_time[0]), last=written(line_of_time[-1]))
    texts = [
        format_number(value, precision=subject.wish.precision, unit=subject.unit, signed=subject.wish.signed,
                      locale=locale)
        for _, value in (known[0], known[-1])
    ]  # fmt: skip
    rise = known[-1][1] - known[0][1]
    code = "same_title" if texts[0] == texts[1] else ("rose_title" if rise > 0 else "fell_title")
    dates = {"first_date": written(known[0][0]), "last_date": written(known[-1][0])}
    return say(code, locale, name=where, first=texts[0], last=texts[1], **dates)


def multiples_title(name: str, level: str, periods: list[str], locale: str = "de") -> str:
    """`Leerstandsquote nach Stadtteilen, 2015 bis 2025`."""
    line = ordered(periods)
    first, last = (year_of(line[at]) for at in (0, -1))
    return say("span_title", locale, name=by_level(name, level, locale), first=first, last=last)


def per_level(name: str, level: str, locale: str = "de") -> str:
    """`Leerstandsquote und Wohnungen je Stadtteil`."""
    return say("per_level", locale, name=name, level=level if locale.startswith("de") else level.lower())
