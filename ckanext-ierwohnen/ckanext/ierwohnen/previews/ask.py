"""What a reader asks of a figure, as it stands in the address: the same link shows the same figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urlencode

DIMENSION = "d_"
ALSO = "with"
MOST_ALSO = 2
LONGEST = 200
TEXTS = (
    "indicator", "period", "level", "unit", "view", "chart", "against", "split", "classes", "compare", "sort", "find",
    "system", "source", "resource", "view_id", "q",
)  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """The wishes of one address; None where it leaves the choice to us.

    `dimensions` holds the chosen category by name of the dimension (`?d_geschlecht=insgesamt`).
    `chart` is a kind of chart, `against` the second indicator of a scatter plot, `split` the dimension of a
    composition, `classes` a way to find the classes of a map, `compare` a second date for a map beside it.
    `also` (`?with=`, repeated) are units to draw beside the chosen one. `sort` is a column of the table, with `-`
    before it for the other direction; `find` narrows its rows; `page` counts from 1. `system` and `source` say which
    boundaries and which table count for an indicator. The last three belong to the pages on which figures stand (the
    resource of a dataset, the view of a resource, the words in the table of an indicator) and are carried along.
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
    system: str | None = None
    source: str | None = None
    resource: str | None = None
    view_id: str | None = None
    q: str | None = None
    page: int = 1
    also: tuple[str, ...] = ()
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Ask:
        """Read the query of an address; what is empty, too long or no number counts as not asked."""
        plain = {name: text for name in TEXTS if (text := arguments.get(name, "").strip()) and len(text) <= LONGEST}
        number = arguments.get("page", "")
        page = max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1
        chosen = {
            name[len(DIMENSION) :]: text
            for name in arguments
            if name.startswith(DIMENSION) and (text := arguments[name].strip()) and len(text) <= LONGEST
        }
        return cls(**plain, page=page, also=_several(arguments, ALSO), dimensions=chosen)

    def but(self, **changes: object) -> Ask:
        """The same wishes with some changed; another sorting or figure begins again on page 1."""
        if "page" not in changes:
            changes["page"] = 1
        return replace(self, **changes)  # type: ignore[arg-type]

    def pairs(self) -> list[tuple[str, str]]:
        """What is asked, as names and texts of an address or of the hidden fields of a form."""
        pairs = [(one.name, getattr(self, one.name)) for one in fields(self) if one.name in TEXTS]
        pairs += [(ALSO, text) for text in self.also]
        pairs += [("page", str(self.page))] if self.page > 1 else []
        pairs += [(DIMENSION + name, text) for name, text in sorted(self.dimensions.items())]
        return [(name, text) for name, text in pairs if text]

    def query(self) -> str:
        """The query of the address, without `?`; empty if nothing is asked."""
        return urlencode(self.pairs())


def _several(arguments: Mapping[str, str], name: str) -> tuple[str, ...]:
    """All texts of a name that may be repeated; a plain dictionary holds one."""
    given = arguments.getlist(name) if hasattr(arguments, "getlist") else [arguments.get(name, "")]
    texts = dict.fromkeys(text.strip() for text in given)
    return tuple(text for text in texts if text and len(text) <= LONGEST)[:MOST_ALSO]
