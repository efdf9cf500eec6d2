"""Which figure a file itself says its columns are, against what they were published as.

The next delivery of a table means what the published one means, and a person's choice outlasts the file's own words.
But a file that says something else than the last one did (title "Haushalte" above the column "Wert" of a table of
inhabitants) is another table under the same headings. No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.column_facts import words_of
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.periods import without_period
from ckanext.ierwohnen.tables.recognition import subject
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName, Role

TAKEN_OVER = ("role_as_before", "role_as_other_years")
OTHER = "role_other_figure"
UNSURE = 0.5
TITLE = "~"
SHARED = 0.5  # share of the words of two titles that must be the same
_STATES = {"vorlaeufig", "endgueltig", "geprueft", "berichtigt", "preliminary", "final", "revised", "tabelle", "table"}


def said_figures(table: OfficeTable, fresh: Iterable[ColumnRole]) -> dict[str, str | None]:
    """What a file says, without anything known before: the indicator by subject of the heading, the same for all years.

    Where the heading leaves it to the title ("Wert", "2024"), the title's words behind `TITLE` stand for a figure that
    is no indicator.
    """
    said: dict[str, str | None] = {}
    titled = _title(table)
    for role in fresh:
        if role.role == Role.INDICATOR:
            name = subject(role.column)
            own = role.indicator or (titled if words.NEUTRAL.issuperset(words_of(name)) else None)
            said[name] = own if said.get(name, own) == own else None
    return said


def as_the_file_says(
    proposed: Sequence[ColumnRole],
    fresh: Sequence[ColumnRole],
    now: Mapping[str, str | None],
    last: Mapping[str, str | None] | None,
    indicators: Iterable[IndicatorName],
    title: str = "",
) -> list[ColumnRole]:
    """The proposal, in which columns that the file says to be another figure are that one, and not at all sure.

    :param fresh: what would be proposed if nothing had been published before
    :param now: what the file says (`said_figures`)
    :param last: what the last published delivery said itself; None if that is not known any more
    :param title: of the file, to be quoted
    """
    titles = {name.code: {"de": name.title("de"), "en": name.title("en")} for name in indicators}
    return [
        _other(role, own, title, titles) if _contradicts(role, now, last or {}) else role
        for role, own in zip(proposed, fresh, strict=True)
    ]


def _contradicts(role: ColumnRole, now: Mapping[str, str | None], last: Mapping[str, str | None]) -> bool:
    name = subject(role.column)
    said, before = now.get(name), last.get(name)
    if role.role != Role.INDICATOR or role.reason not in TAKEN_OVER or not said or said == role.indicator:
        return False
    if said.startswith(TITLE):
        return before is not None and not _same_title(said, before)
    return said != before


def _same_title(one: str, other: str) -> bool:
    ours, theirs = ({*text.removeprefix(TITLE).split()} for text in (one, other))
    return other.startswith(TITLE) and len(ours & theirs) > SHARED * len(ours | theirs)


def _title(table: OfficeTable) -> str | None:
    told = {word for line in table.title for word in words_of(without_period(line.text))}
    told = {word for word in told if len(word) > 3 and not word.isdigit()} - words.NEUTRAL - words.PERIOD - _STATES
    return TITLE + " ".join(sorted(told)) if told else None


def _other(role: ColumnRole, own: ColumnRole, title: str, titles: Mapping[str, Mapping[str, str]]) -> ColumnRole:
    params = {
        "now": titles.get(own.indicator or "", {"de": title, "en": title}),
        "before": titles.get(role.indicator or "", {"de": role.column, "en": role.column}),
    }
    period = own.period or role.period
    return replace(own, period=period, reason=OTHER, reason_params=params, confidence=UNSURE)
