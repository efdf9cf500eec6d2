"""The facet "freshness": current, due, overdue. The index holds the days on which a dataset becomes due and overdue, so
the states are right on every day without indexing anything anew; a filter by state becomes a range of days.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError

from ckanext.ierwohnen.catalogue.freshness import State, dataset_freshness
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.look.reader import reader_context

FACET = "vocab_iw_freshness"
DUE, OVERDUE = "vocab_iw_due", "vocab_iw_overdue"
STATES = (State.current, State.due, State.overdue)
GRACE = 30
_FILTER = re.compile(rf'{FACET}:"(\w+)"')


def days(dataset: dict[str, Any], today: date) -> dict[str, str]:
    """The days for the index; empty where nothing can fall due."""
    found = dataset_freshness(dataset, today)
    if found.due is None or found.state is State.ended:
        return {}
    cycle = vocabulary("frequencies").find(dataset.get("frequency"))
    grace = int(cycle.more.get("grace_days", GRACE)) if cycle else GRACE
    first = found.due + timedelta(days=1)
    return {DUE: first.isoformat(), OVERDUE: (first + timedelta(days=grace)).isoformat()}


def as_range(state: str, today: date) -> str:
    """The state as a condition on the days; of an unknown state one that nothing meets."""
    until, from_tomorrow = f"[* TO {today.isoformat()}]", f"[{(today + timedelta(days=1)).isoformat()} TO *]"
    return {
        State.current: f"{DUE}:{from_tomorrow}",
        State.due: f"({DUE}:{until} AND {OVERDUE}:{from_tomorrow})",
        State.overdue: f"{OVERDUE}:{until}",
    }.get(State(state) if state in set(State) else State.unknown, f'{DUE}:"none"')


def before_search(search_params: dict[str, Any], today: date) -> dict[str, Any]:
    """Put ranges of days in the place of states, and take out the facet that the index does not know."""

    def ranged(text: Any) -> Any:
        return _FILTER.sub(lambda found: as_range(found[1], today), text) if isinstance(text, str) else text

    for name in ("fq", "fq_list", "q"):
        given = search_params.get(name)
        if given:
            search_params[name] = [ranged(one) for one in given] if isinstance(given, list) else ranged(given)
    asked = search_params.get("facet.field")
    if isinstance(asked, list) and FACET in asked:
        search_params["facet.field"] = [name for name in asked if name != FACET]
        search_params.setdefault("extras", {})[FACET] = True
    return search_params


def after_search(search_results: dict[str, Any], search_params: dict[str, Any]) -> dict[str, Any]:
    """The counts of the states among what was found, where the facet was asked for."""
    if not (search_params.get("extras") or {}).get(FACET) or "search_facets" not in search_results:
        return search_results
    if not search_results["count"]:
        return search_results
    counts = {state: _count(search_params, state) for state in STATES}
    items = [{"name": state.value, "display_name": _word(state), "count": counts[state]} for state in STATES]
    items = [item for item in items if item["count"]]
    search_results["search_facets"][FACET] = {"title": FACET, "items": items}
    search_results["facets"][FACET] = {item["name"]: item["count"] for item in items}
    return search_results


def _count(search_params: dict[str, Any], state: State) -> int:
    given = search_params.get("fq") or []
    filters = [*(given if isinstance(given, list) else [given]), *(search_params.get("fq_list") or [])]
    asked = {
        "q": search_params.get("q") or "*:*",
        "fq_list": [*filters, as_range(state.value, date.today())],
        "rows": 0,
        "facet": "false",
        "include_private": not any("+capacity:public" in one for one in filters),
    }
    for name in ("defType", "qf", "mm", "tie"):
        if search_params.get(name):
            asked[name] = search_params[name]
    context: Any = reader_context()
    try:
        return int(tk.get_action("package_search")(context, asked)["count"])
    except SearchError:
        return 0


def _word(state: State) -> str:
    return str(tk.h.iw_chip("freshness", state.value)["word"])
