"""Names in the rules that the data do not know: a misspelt one would switch a rule off in silence, so it is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from .errors import InputError
from .parameters import Parameters


def nearest(value: str, known: Collection[str]) -> str:
    """The known names that are most like the value, at most three; where none is, the first five."""
    folded: dict[str, list[str]] = {}
    for name in sorted(known):
        folded.setdefault(name.casefold(), []).append(name)
    like = get_close_matches(value.casefold(), folded, n=3, cutoff=0.6)
    found = [name for key in like for name in folded[key]][:3] or [*sorted(known)[:5]]
    more = ", …" if not like and len(known) > 5 else ""
    return ", ".join(found) + more or "–"


def require(key: str, value: str, known: Collection[str]) -> None:
    """Raise `InputError` naming the entry of the rules, the value and the nearest known ones."""
    if value not in known:
        raise InputError("name-unknown", key=key, value=value, nearest=nearest(value, known))


def top(owner: str, linked: Mapping[str, str]) -> str:
    """The last group above an owner; raises `InputError` if links form a circle."""
    path = [owner]
    while linked.get(path[-1], path[-1]) != path[-1]:
        path.append(linked[path[-1]])
        if path[-1] in path[:-1]:
            raise InputError("linked-cycle", owners=" → ".join(path))
    return path[-1]


def check_owners(parameters: Parameters, owners: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The declared coalitions by the groups that their members belong to.

    Raises `InputError` for a linked owner or a member that no record belongs to.
    """
    linked = parameters.linked
    bearing = {*owners, *linked.values()}
    for owner in linked:
        top(owner, linked)
        require("linked", owner, bearing)
    for coalition in parameters.coalitions:
        for member in coalition:
            require("coalitions", member, {*bearing, *linked})
    return tuple(tuple(dict.fromkeys(top(m, linked) for m in c)) for c in parameters.coalitions)


def check_consents(
    parameters: Parameters,
    measures: Collection[str],
    audiences: Collection[str],
    depths: Mapping[str, Collection[int]],
    columns: Collection[str],
    owners: Collection[str],
) -> tuple[str, ...]:
    """Owners with a consent but without a record here: a file of consents may serve several tables.

    Raises `InputError` for a measure, an audience, a column or a level that there is not. `depths`: the levels of each
    column that a table uses; `columns`: all columns of the records.
    """
    for consent in parameters.consents:
        require("consents: measure", consent.measure, {"*", *measures})
        require("consents: audience", consent.audience, audiences)
        for column, wanted in consent.levels.items():
            require("consents: levels", column, columns)
            beyond = sorted(set(wanted) - set(depths[column])) if column in depths else []
            if beyond:
                raise InputError("level-unknown", table="consents: levels", column=column, level=beyond[0])
    bearing = {top(o, parameters.linked) for o in owners}
    return tuple(dict.fromkeys(c.owner for c in parameters.consents if c.owner not in bearing))


def check_groups(
    groups: Mapping[str, Iterable[str]], columns: Collection[str], codes: Mapping[str, Collection[str]]
) -> None:
    """Raise `InputError` for a column that the data lack, or a category that the column's hierarchy lacks."""
    for column, categories in groups.items():
        require("group_disclosure", column, columns)
        for category in categories if column in codes else ():
            require(f"group_disclosure: {column}", category, codes[column])
