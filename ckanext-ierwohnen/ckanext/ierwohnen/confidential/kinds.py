"""What gathered cells are there for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What cells are there for. `listed`: they stand in a table of a release; `ruled`: the rules speak about them, for
    somebody who sees the tables may see them or reckon them out; `change`: the difference of two deliveries; `fresh`:
    the release in preparation lists them; `given`: taken as known to everybody; `net`: what others have of it may be
    negative; `crossed`: they lie where tables cross; `unpeopled`: nobody knows who else has records there."""

    listed: bool = True
    ruled: bool = True
    change: bool = False
    fresh: bool = False
    given: bool = False
    net: bool = False
    crossed: bool = False
    unpeopled: bool = False


LISTED, ECHO, TIED = Kind(), Kind(listed=False), Kind(listed=False, ruled=False)
GIVEN = Kind(listed=False, ruled=False, given=True)
CROSSED = Kind(listed=False, ruled=False, crossed=True, unpeopled=True)
FLAGS = ("listed", "ruled", "change", "fresh", "given", "net", "crossed", "unpeopled")
