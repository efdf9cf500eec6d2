"""Hard limits of time and memory: reached, they end the work with an error; they never change a result."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field

from .errors import LimitError


@dataclass
class Limits:
    """seconds: wall-clock time from the creation of this object; megabytes: resident memory of the
    process."""

    seconds: float = 3600.0
    megabytes: float = 8000.0
    started: float = field(default_factory=time.monotonic)

    def check(self, step: str) -> None:
        """Raise `LimitError` if a limit is passed."""
        if time.monotonic() - self.started > self.seconds:
            raise LimitError("too-little-time", seconds=round(self.seconds), step=step)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
        if peak > self.megabytes:
            raise LimitError("too-little-memory", megabytes=round(self.megabytes))

    def remaining(self) -> float:
        """Seconds that are left, at least a little (a solver takes no zero)."""
        return max(0.01, self.seconds - (time.monotonic() - self.started))
