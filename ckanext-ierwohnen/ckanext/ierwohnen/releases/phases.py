"""The phases of a check as its owners see them: what is done, and since when; never how often or on how many cells.

The limits of the check are asked between its steps, which tells where it is. A phase is noted once and none comes back:
how many rounds of repair a release needs, and on how many cells, says something of the stock of others. There the check
ends, too, if nobody wants it any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ckanext.ierwohnen.confidential.limits import Limits

EVERY = 1.0  # seconds between two looks whether the check is still wanted
FOR_ANOTHER = "waiting"  # noted while a check that shares something with this one has to end
READING, CHECKING, PROTECTING, ATTACKING = "reading", "checking", "protecting", "attacking"
PHASES = (READING, CHECKING, PROTECTING, ATTACKING)  # of each check, in this order
ADVISING = "advising"  # after a refusal, for a house alone
_ORDER = ("", PROTECTING, ATTACKING)
_OF_STEP = {"exchange": PROTECTING, "audit": ATTACKING, "sums": ATTACKING}


class Stopped(Exception):
    """The release has come to its end while it was checked: turned down, or out of time."""


@dataclass
class Followed(Limits):
    """Limits that tell of each new phase: `told` is called with its word; `wanted` is asked whether to go on."""

    told: Callable[[str], None] = field(default=lambda phase: None, repr=False)
    wanted: Callable[[], bool] = field(default=lambda: True, repr=False)
    phase: str = ""
    next_question: float = 0.0

    def check(self, step: str) -> None:
        """As the limits do, and note the phase that begins with this step.

        :raises Stopped: if the check is not wanted any more
        """
        super().check(step)
        now = time.monotonic()
        if now >= self.next_question:
            self.next_question = now + EVERY
            if not self.wanted():
                raise Stopped
        phase = _OF_STEP.get(step, "")
        if _ORDER.index(phase) > _ORDER.index(self.phase):
            self.phase = phase
            self.told(phase)
