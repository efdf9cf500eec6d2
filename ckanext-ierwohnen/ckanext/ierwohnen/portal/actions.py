"""Actions of the portal room."""

from __future__ import annotations

import time
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.portal import cache, candidates, schema
from ckanext.ierwohnen.portal.suggest import Candidate, rank

ORDER = ("unit", "indicator", "dataset", "organization", "topic")
REMEMBER_SECONDS = 60
_remembered: dict[tuple[str, str, str], tuple[float, list[Candidate]]] = {}


@tk.side_effect_free
def ierwohnen_search_suggest(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Proposals for what somebody types, in groups, best first: only what the reader may see.

    :param q: what was typed; spelling is forgiven (ß or ss, umlauts or two letters, one slip)
    :param limit: at most so many per group (1 to 50, default 5)
    :param kinds: groups to give, of unit, indicator, dataset, organization, topic (default: all)

    :returns: ``{"q", "groups": [{"kind", "title", "count", "items": [{"label", "pieces", "note", "href"}]}]}``;
        ``pieces`` is the label cut into ``[text, marked]``. Empty groups are left out.
    """
    tk.check_access("ierwohnen_search_suggest", context, data_dict)
    data, errors = tk.navl_validate(data_dict, schema.search_suggest(), context)
    if errors:
        raise tk.ValidationError(errors)
    reader = {"user": context.get("user", ""), "auth_user_obj": context.get("auth_user_obj")}
    kinds = data.get("kinds") or ORDER
    found = [_group(kind, reader, data["q"], data["limit"]) for kind in ORDER if kind in kinds]
    found.sort(key=lambda group: group[0])  # what only resembles the question comes last
    return {"q": data["q"], "groups": [group for _, group in found if group["items"]]}


def group_title(kind: str) -> str:
    """Heading of a group."""
    return {
        "unit": tk._("Places"),
        "indicator": tk._("Indicators"),
        "dataset": tk._("Datasets"),
        "organization": tk._("Organizations"),
        "topic": tk._("Topics"),
    }[kind]


def _group(kind: str, reader: dict[str, Any], query: str, limit: int) -> tuple[bool, dict[str, Any]]:
    """Whether all of a group only resembles what was typed, and the group."""
    if kind == "dataset":
        limited = candidates.releases(reader, query)
        found, count = candidates.datasets(reader, query, limit)
        found, count = [*limited, *found], count + len(limited)
    else:
        found = rank(query, _candidates(kind, reader), 1000)
        count = len(found)
    items = [proposal.as_dict() for proposal in found[:limit]]
    guessed = kind != "dataset" and all(proposal.match.guessed for proposal in found)
    return guessed, {"kind": kind, "title": group_title(kind), "count": count, "items": items}


def _candidates(kind: str, reader: dict[str, Any]) -> list[Candidate]:
    """Candidates of a kind; those of an anonymous reader are remembered for a minute, others' never."""
    if reader["user"]:
        return candidates.all_of(kind, reader)
    key = (kind, locale(), cache.version())
    made, kept = _remembered.get(key, (0.0, []))
    if time.monotonic() - made > REMEMBER_SECONDS:
        kept = candidates.all_of(kind, cache.public_context())
        for old in [old for old in _remembered if old[2] != key[2]]:
            del _remembered[old]
        _remembered[key] = (time.monotonic(), kept)
    return kept
