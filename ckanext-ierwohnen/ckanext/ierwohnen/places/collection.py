"""The units of a level with their geometry, as a key under which what is made of them is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Collection:
    """A collection of features that is known by its system, revision and level: equal ones are worked on once."""

    system: str
    revision: str
    level: str
    features: dict[str, Any] = field(compare=False, hash=False)
