"""What would let a refused release pass, or show more: other definitions, each tried in full. Pure.

For a house that is alone in its release: what a change gains tells about the cells that are kept secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ckanext.ierwohnen.confidential.errors import ConfidentialityError
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.place_tree import place_tree
from ckanext.ierwohnen.releases.refusal import CheckRefused

WORK = 2_400_000  # counted steps for all trials together


def advice(check: Check) -> list[dict[str, Any]]:
    """Changes that pass the check, those that show most first: `kind` (consent, coarser, without), `concerns` (level or
    dimension), `consent` (whether it takes the owner's consent as well), cells that show a number
    (`shown`) and that are kept `secret`; "–" and "x" are neither."""
    limits = replace(check.limits, work=WORK, spent=0)
    found = []
    for kind, concerns, definition in _changes(check):
        try:
            tried = replace(check, definition=definition, limits=limits).run()
        except (CheckRefused, ConfidentialityError):  # also what the machine cannot do: the refusal itself stands
            continue
        counts = tried.report["cells"].values()
        shown, secret = (sum(c[name] for c in counts) for name in ("shown", "secret"))
        if any(cell["value"] for cell in tried.cells):
            consent = set(check.definition.consents) < set(definition.consents)
            found.append({"kind": kind, "concerns": concerns, "consent": consent, "shown": shown, "secret": secret})
    return sorted(found, key=lambda a: (-a["shown"], a["secret"], a["kind"], a["concerns"]))


def _changes(check: Check) -> Iterator[tuple[str, str, Definition]]:
    """What is tried. A house alone shows nothing without its consent, so where that is missing it goes with all."""
    new = replace(check.definition, consents=check.definition.owners)
    if new != check.definition:
        yield "consent", "", new
    tree = place_tree(list(check.records.values()), new.level.partition("/")[0])
    if tree.depth(new.level):
        above = ("", *tree.levels)[sorted(tree.shown(new.level) or ())[-2]]
        yield "coarser", above, replace(new, level=above)
    for name in new.dimensions:
        yield "without", name, replace(new, dimensions=tuple(d for d in new.dimensions if d != name))
