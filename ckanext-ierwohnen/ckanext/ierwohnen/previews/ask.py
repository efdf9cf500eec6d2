"""What a reader asks of a figure, as it stands in the address: the same link shows the same figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urlencode

DIMENSION = "d_"
LONGEST = 200
TEXTS = (
    "indicator", "period", "level", "unit", "view", "chart", "against", "split", "classes", "compare", "sort", "find",
)  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """The wishes of one address; None where it leaves the choice to us.

    `dimensions` holds the chosen category by name of the dimension (`?d_geschlecht=insgesamt`).
    `chart` is a kind of chart, `against` the second indicator of a scatter plot, `split` the dimension of a
    composition, `classes` a way to find the classes of a map, `compare` a second date for a map beside it.
    `sort` is a column of the table, with `-` before it for the other direction; `find` narrows its rows; `page` counts
    from 1.
    """

    indicator: str | None = None
    period: str | None = None
    level: str | None = None
    unit: str | None = None
    view: str | None = None
    chart: str | None = None
    against: str | None = None
    split: str | None = None
    classes: str | None = None
    compare: str | None = None
    sort: str | None = None
    find: str | None = None
    page: int = 1
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Ask:
        """Read the query of an address; what is empty, too long or no number counts as not asked."""
        plain = {
            name: text
            for name in TEXTS
            if (text := arguments.get(name, "").strip()) and len(text) <= LONGEST
        }
        number = arguments.get("page", "")
        page = max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1
        chosen = {
            name[len(DIMENSION) :]: text
            for name in arguments
            if name.startswith(DIMENSION) and (text := arguments[name].strip()) and len(text) <= LONGEST
        }
        return cls(**plain, page=page, dimensions=chosen)

    def but(self, **changes: object) -> Ask:
        """The same wishes with some changed; another sorting or figure begins again on page 1."""
        if "page" not in changes:
            changes["page"] = 1
        return replace(self, **changes)  # type: ignore[arg-type]

    def pairs(self) -> list[tuple[str, str]]:
        """What is asked, as names and texts of an address or of the hidden fields of a form."""
        pairs = [(one.name, getattr(self, one.name)) for one in fields(self) if one.name not in ("page", "dimensions")]
        pairs += [("page", str(self.page))] if self.page > 1 else []
        pairs += [(DIMENSION + name, text) for name, text in sorted(self.dimensions.items())]
        return [(name, text) for name, text in pairs if text]

    def query(self) -> str:
        """The query of the address, without `?`; empty if nothing is asked."""
        return urlencode(self.pairs())
