"""Crosswalks that an office states: read from a table, checked against both systems, kept in CKAN's database.

No authorization here: callers have done it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import ckan.model as model
import sqlalchemy as sa

from ckanext.ierwohnen.places.crosswalk import Crosswalk, crosswalk_from_table
from ckanext.ierwohnen.places.crosswalk_file import Pair
from ckanext.ierwohnen.places.keys import LevelKeys, match_keys
from ckanext.ierwohnen.places.model import StoredCrosswalk


def find(old_id: str, new_id: str, old_level: str, new_level: str) -> StoredCrosswalk | None:
    """The stated crosswalk between two levels, by the ids of their datasets."""
    return model.Session.get(StoredCrosswalk, (old_id, new_id, old_level, new_level))


def into(new_id: str) -> list[tuple[StoredCrosswalk, str, str]]:
    """All stated crosswalks that lead into a system, with name and title of the dataset that they come from."""
    query = (
        sa.select(StoredCrosswalk, model.Package.name, model.Package.title)
        .join(model.Package, model.Package.id == StoredCrosswalk.from_id)
        .where(StoredCrosswalk.to_id == new_id, model.Package.state == "active")
        .order_by(model.Package.name, StoredCrosswalk.from_level)
    )
    return [tuple(row) for row in model.Session.execute(query)]


def check(pairs: Sequence[Pair], old: LevelKeys, new: LevelKeys) -> Crosswalk:
    """The crosswalk of the pairs, lost leading zeros put back; BoundaryError with what is wrong, by key."""
    olds = match_keys((source for source, _, _ in pairs), old)
    news = match_keys((target for _, target, _ in pairs), new)
    mended = [(olds.key_of(s) or s, news.key_of(t) or t, share) for s, t, share in pairs]
    return crosswalk_from_table(mended, set(old.units), set(new.units))


def replace(old_id: str, new_id: str, levels: tuple[str, str], crosswalk: Crosswalk, source: str) -> None:
    """Put a crosswalk in the place of the former one between these levels, in the running transaction."""
    remove(old_id, new_id, levels)
    model.Session.add(
        StoredCrosswalk(
            from_id=old_id, to_id=new_id, from_level=levels[0], to_level=levels[1], source=source,
            loaded=datetime.now(UTC), pairs=[[s.source, s.target, s.share] for s in crosswalk.shares],
        )
    )  # fmt: skip


def remove(old_id: str, new_id: str, levels: tuple[str, str]) -> bool:
    """Delete a stated crosswalk; False if there was none."""
    found = find(old_id, new_id, *levels)
    if found is not None:
        model.Session.delete(found)
        model.Session.flush()
    return found is not None
