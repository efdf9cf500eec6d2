"""Hard limits of time and memory: reached, they end the work with an error; they never change a result."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field

from .errors import LimitError

EVERY = 0.2  # seconds between two looks at the memory, which cost a system call


@dataclass
class Limits:
    """seconds: wall-clock time from the creation of this object; megabytes: resident memory of the
    process."""

    seconds: float = 3600.0
    megabytes: float = 8000.0
    started: float = field(default_factory=time.monotonic)
    next_look: float = 0.0

    def check(self, step: str) -> None:
        """Raise `LimitError` if a limit is passed."""
        now = time.monotonic()
        if now - self.started > self.seconds:
            raise LimitError("too-little-time", seconds=round(self.seconds), step=step)
        if now < self.next_look:
            return
        self.next_look = now + EVERY
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
        if peak > self.megabytes:
            raise LimitError("too-little-memory", megabytes=round(self.megabytes))

    def remaining(self) -> float:
        """Seconds that are left, at least a little (a solver takes no zero)."""
        return max(0.01, self.seconds - (time.monotonic() - self.started))
