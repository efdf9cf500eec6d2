"""Years with a sign in the heading: `2023p` says that every figure of the column is preliminary."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import TYPED_NUMBER
from ckanext.ierwohnen.tables.changes import Apply, Change
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity

_WORDS = {"vorl": "p", "prel": "p", "gesch": "s", "esti": "s", "schä": "s", "beri": "r", "revi": "r", "korr": "r"}
_YEAR = re.compile(
    r"(?:^|.*[\s.])(?:19|20)[0-9]{2}(?:\s?(?P<status>[prs])|\s*[(\[,–-]?\s*"
    r"(?P<word>vorl(?:äufig\w*|\.)|preliminary|geschätzt\w*|gesch\.|schätzung|estimated|berichtigt\w*|revidiert\w*"
    r"|korrigiert\w*|revised)[)\]]?)$"
)
_BARE = f"^({TYPED_NUMBER}?[-+−]?[0-9][0-9.,' \u00a0\u202f]*)$"


@dataclass
class StatusOfHeading:
    """Columns (by place) with the sign of their heading, which goes to each plain number below."""

    names: tuple[str, ...]
    signs: dict[int, str]

    def start(self) -> Apply:
        """The same for each piece."""

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            for place, sign in self.signs.items():
                columns[place] = pc.replace_substring_regex(columns[place], _BARE, rf"\1 {sign}")
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """One hint for each column."""
        return [
            Problem("year_status", Severity.HINT, column=self.names[place], params={"sign": sign})
            for place, sign in self.signs.items()
        ]


def statuses_of_years(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """The headings that are years with a sign."""
    signs = {place: _sign(match) for place, name in enumerate(names) if (match := _YEAR.match(name))}
    return (StatusOfHeading(tuple(names), signs) if signs else None), names


def _sign(match: re.Match[str]) -> str:
    """`p`, `r` or `s`, for `2023p` as for `2023 (vorläufig)`."""
    word = match["word"] or ""
    return match["status"] or next(sign for begin, sign in _WORDS.items() if word.startswith(begin))
