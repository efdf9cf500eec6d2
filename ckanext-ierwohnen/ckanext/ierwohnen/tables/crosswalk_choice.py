"""The choice to convert a table to other boundaries: kept and sent among the repairs, one for a table.

`{"action": "crosswalk", "from": "berlin-2006", "to": "berlin-2021", "level": "plr"}`; optional are `column` (of the
keys), `basis` (what the shares are measured by, see `ierwohnen_crosswalk_show`) and `rules` (column → `sum` or `none`,
for columns of which the catalogue does not say how they add up).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.ierwohnen.tables.repairs import RepairWrong

ACTION = "crosswalk"
NEEDED = ("from", "to", "level")
OWN_RULES = ("sum", "none")


@dataclass(frozen=True)
class CrosswalkChoice:
    """From which system to which a table goes over, at which level."""

    source: str
    target: str
    level: str
    column: str | None = None
    basis: str | None = None
    rules: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> CrosswalkChoice:
        """Take the choice as it is sent; RepairWrong if a part is missing."""
        rules = given.get("rules") or {}
        texts = [given.get(name) for name in NEEDED]
        wrong = not isinstance(rules, Mapping) or any(rule not in OWN_RULES for rule in rules.values())
        if wrong or not all(isinstance(text, str) and text for text in texts):
            raise RepairWrong("repair_incomplete", {"action": ACTION, "needed": ", ".join((*NEEDED, "rules"))})
        column, basis = given.get("column") or None, given.get("basis") or None
        return cls(str(given["from"]), str(given["to"]), str(given["level"]), column, basis, dict(rules))

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is kept."""
        kept = {"action": ACTION, "from": self.source, "to": self.target, "level": self.level,
                "column": self.column, "basis": self.basis, "rules": dict(self.rules)}  # fmt: skip
        return {name: value for name, value in kept.items() if value}


def is_crosswalk(given: Mapping[str, Any]) -> bool:
    """True for the choice to convert."""
    return given.get("action") == ACTION


def chosen(repairs: Iterable[Mapping[str, Any]]) -> CrosswalkChoice | None:
    """The choice among repairs, the last one if there are several; RepairWrong if it is incomplete."""
    found = [one for one in repairs if is_crosswalk(one)]
    return CrosswalkChoice.of(found[-1]) if found else None


def with_crosswalk(kept: Iterable[Mapping[str, Any]], offer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The kept repairs with this choice in the place of an earlier one, whose rules for columns it takes over."""
    listed = list(kept)
    before = chosen(listed)
    same = before and (before.source, before.target) == (offer.get("from"), offer.get("to"))
    rules = {**(before.rules if before and same else {}), **(offer.get("rules") or {})}
    basis = offer.get("basis") or (before.basis if before and same else None)
    new = CrosswalkChoice.of({**offer, "rules": rules, "basis": basis})
    return [*(dict(one) for one in listed if not is_crosswalk(one)), new.as_dict()]
