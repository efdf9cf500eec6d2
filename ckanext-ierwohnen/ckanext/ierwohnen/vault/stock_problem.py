"""A problem of a company's table: of which kind, in which column, in how many cells; never a cell. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.ierwohnen.tables.problems import Severity
from ckanext.ierwohnen.vault.personal_column import PersonalColumn
from ckanext.ierwohnen.vault.record import fields
from ckanext.ierwohnen.vault.stock_repairs import remedies
from ckanext.ierwohnen.vault.stock_sentences import sentence

UNCHANGED = "unchanged"
_TOLD = ("change", "marks", "of", "twice", "above", "again")


@dataclass(frozen=True)
class StockProblem:
    """A problem of one kind in one column: how many cells, and the file's rows of the first.

    `params`: `field` of the record, `sheet` where it matters in which it stands, `change` against earlier stock, the
    `marks` of a yes/no column (`YesNo.told`), `of` how many dwellings it is, `twice` what tells rows of one number
    apart (`Doubles`), `above` whether addresses fit the rows above, `again` what was decided for the stock before.
    """

    code: str
    severity: Severity
    column: str = ""
    count: int = 1
    rows: tuple[int, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """The form in which it is kept until somebody reads it, in whichever language."""
        known = self.params.get("field")
        return {
            "code": self.code, "severity": str(self.severity), "column": self.column, "count": self.count,
            "rows": list(self.rows), "field": known.name if known else None, "sheet": self.params.get("sheet", ""),
            **{name: self.params.get(name) for name in _TOLD},
        }  # fmt: skip

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> StockProblem:
        """The problem that was kept."""
        params: dict[str, Any] = {"field": fields()[stored["field"]]} if stored.get("field") else {}
        params |= {name: stored[name] for name in ("sheet", *_TOLD) if stored.get(name)}
        severity, rows = Severity(stored["severity"]), tuple(stored["rows"])
        return cls(stored["code"], severity, stored["column"], stored["count"], rows, params)

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions give; `may`: how it can be decided for all its cells at once; `keys`: with which
        fields the numbers of dwellings would stand once; `left`: how many rows would be left out, `alike`: whether
        they are few and the same.
        """
        message, remedy = sentence(self.code, self.column, self.count, self.params, locale)
        known, twice = self.params.get("field"), self.params.get("twice")
        may = remedies(self.code, known.name if known else "") + ["above"] * bool(self.params.get("above"))
        return {
            "code": self.code, "severity": str(self.severity), "column": self.column, "count": self.count,
            "rows": list(self.rows), "message": message, "remedy": remedy, "may": may,
            **({"keys": list(twice["keys"]), "left": twice["left"], "alike": twice["alike"]} if twice else {}),
        }  # fmt: skip


class StockRefused(Exception):
    """The table has errors, somebody has to confirm something, or it is there already (`code`): nothing is loaded."""

    def __init__(
        self, problems: list[StockProblem], personal: list[PersonalColumn], code: str = "refused-table"
    ) -> None:
        super().__init__("the table has errors")
        self.problems, self.personal, self.code = problems, personal, code
