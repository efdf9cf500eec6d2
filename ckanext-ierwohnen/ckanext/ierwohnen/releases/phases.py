"""The phases of a check as its owners see them: what is done, and since when; never how often or on how many cells.

The limits of the check are asked between its steps, which tells where it is. A phase is noted once and none comes back:
how many rounds of repair a release needs, and on how many cells, says something of the stock of others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ckanext.ierwohnen.confidential.limits import Limits

PROTECTING, ATTACKING = "protecting", "attacking"
_ORDER = ("", PROTECTING, ATTACKING)
_OF_STEP = {"exchange": PROTECTING, "audit": ATTACKING, "sums": ATTACKING}


@dataclass
class Followed(Limits):
    """Limits that tell of each new phase: `told` is called with its word."""

    told: Callable[[str], None] = field(default=lambda phase: None, repr=False)
    phase: str = ""

    def check(self, step: str) -> None:
        """As the limits do, and note the phase that begins with this step."""
        super().check(step)
        phase = _OF_STEP.get(step, "")
        if _ORDER.index(phase) > _ORDER.index(self.phase):
            self.phase = phase
            self.told(phase)
