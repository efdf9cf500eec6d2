"""What stands above a table, against what stood above the one published last.

The same headings can hold another figure, if only the title says so: "Warmmiete nach Stadtteilen" above a column that
is called Kaltmiete still, "Angaben in DM" above one in euro. No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.column_facts import words_of
from ckanext.ierwohnen.tables.declared_signs import legend_signs
from ckanext.ierwohnen.tables.measures import scale_in
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.periods import without_period

STATES = {"vorlaeufig", "endgueltig", "geprueft", "berichtigt", "preliminary", "final", "revised", "tabelle", "table"}
_FILLING = {
    "nach", "angaben", "sowie", "oder", "beim", "eine", "einer", "eines", "stadt", "stand", "seit", "jahr", "blatt",
    "seite", "teil", "with", "from",
}  # fmt: skip
_ALIKE = 5  # letters that a word of a title and one of a heading begin with: Stadtteilen, Stadtteil
MOST = 300


def stated_title(table: OfficeTable) -> str:
    """The lines above a table that say what it holds, as one text; those of a legend, a source or a print do not."""
    lines = (line.text for line in table.title)
    told = (text for text in lines if not words_of(text) & words.BOOKKEEPING and not legend_signs([text]))
    return " – ".join(text for text in told if _telling(text))[:MOST]


def another_title(now: str, before: str | None, headings: Iterable[str]) -> bool:
    """True if a title says something else than the last one stated; where there was none, than the headings.

    Dates, and words that tell nothing of the figures, may differ; a file without a title says nothing else.

    :param before: the title stated last, empty if there never was one, None if that is not known
    """
    if before is None or not (told := _telling(now)):
        return False
    if known := _telling(before):
        return told != known
    named = {word for heading in headings for word in (*words_of(heading), *_telling(heading))}
    return any(not any(_alike(word, other) for other in named) for word in told)


def _telling(text: str) -> set[str]:
    """The words of a title that say which figures, of whom and in what unit."""
    bare = without_period(text)
    told = words_of(bare) - words.NEUTRAL - words.PERIOD - STATES - _FILLING
    units = {f"in {said}" for said in (words.unit_in(bare), scale_in(bare)) if said}
    return {word for word in told if not word.isdigit() and len(word) > 3} | units


def _alike(word: str, other: str) -> bool:
    if word.startswith("in ") or min(len(word), len(other)) < _ALIKE:
        return word == other
    return word[:_ALIKE] == other[:_ALIKE]
