"""Earlier releases as a check reads them from the store, of all dates, and whether more have passed since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.past import Past, connected, related, seen_by, seen_by_owners
from ckanext.ierwohnen.releases.states import Step, exposed
from ckanext.ierwohnen.releases.store import agreed, case_of

Ask = Callable[..., Any]  # a query and its values → the first field of the answer


@dataclass(frozen=True)
class Earlier:
    """What hangs together with a new release by common owners.

    `same`: those of its date that do so within it; `others`: all others, also those of its date to which only a chain
    through another date leads; `counters`: source → how many releases of it had passed.
    """

    definition: Definition
    same: Sequence[Past]
    others: Sequence[Past]
    counters: dict[str, int]

    @classmethod
    def of(cls, definition: Definition, ask: Ask) -> Earlier:
        """What the store knows now."""
        counters, found = {}, []
        for source in sorted({definition.source, *ask("SELECT vault.release_sources()")}):
            history = ask("SELECT vault.release_history(%s)", source)
            counters[source] = history["counter"]
            found += _passed(history)
        same = related(definition, found)
        known = {p.id for p in same}
        others = [p for p in connected(definition, found) if p.id not in known]
        return cls(definition, same, others, counters)

    @property
    def shared(self) -> frozenset[str]:
        """What two checks that could meet have in common: the new release's date, or an owner of these or of it."""
        owners = {o for d in (self.definition, *(p.definition for p in self._known)) for o in d.owners}
        return frozenset({self.definition.source, *owners})

    @property
    def _known(self) -> list[Past]:
        return [*self.same, *self.others]

    def outdated(self, ask: Ask) -> bool:
        """Whether any release has passed since."""
        return any(
            ask("SELECT vault.release_history(%s) -> 'counter'", source) != self.counters.get(source, 0)
            for source in {self.definition.source, *ask("SELECT vault.release_sources()")}
        )

    def overtaken(self, ask: Ask) -> bool:
        """Whether a release that hangs together with these has passed since, also of a date of which there was none.

        Those of the new release's own date are left to the store, which counts them itself.
        """
        known, new = self._known, []
        for source in {*ask("SELECT vault.release_sources()")} - {self.definition.source}:
            if ask("SELECT vault.release_history(%s) -> 'counter'", source) != self.counters.get(source, 0):
                new += _passed(ask("SELECT vault.release_history(%s)", source))
        ids = {p.id for p in known}
        return any(p.id not in ids for p in connected(self.definition, [*known, *new]))


def _passed(history: dict[str, Any]) -> list[Past]:
    return [p for stored in history["releases"] if (p := _past(stored))]


def _past(stored: dict[str, Any]) -> Past | None:
    definition, case = agreed(stored["definition"], stored["steps"]), case_of(stored)
    who = exposed(case)
    if who == "nobody":
        return None
    audience = seen_by_owners(definition) if who == "owners" else seen_by(definition)
    if audience is None:
        return None
    passed = next(dt.datetime.fromisoformat(step["at"]) for step in stored["steps"] if step["step"] == Step.PASS)
    versions, patterns = tuple(stored["versions"]), stored["patterns"]
    return Past(stored["id"], definition, audience, versions, patterns, who == "waiting", passed)
