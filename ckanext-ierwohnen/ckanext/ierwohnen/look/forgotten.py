"""How CKAN's stream of activities forgets a dataset: each activity holds it as it was then, with all its metadata."""

from __future__ import annotations

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model

_GONE = sa.text(
    "DELETE FROM activity WHERE object_id = :id OR (activity_type LIKE '%package' "
    "AND NOT EXISTS (SELECT FROM package WHERE package.id = activity.object_id))"
)


def forget(package_id: str) -> None:
    """Delete a dataset's activities, and those of datasets that are gone already, in the transaction that is going on.

    With the purge in one transaction: after a death in between nobody would find the activities again.
    """
    if p.plugin_loaded("activity"):
        model.Session.execute(_GONE, {"id": package_id})
