"""Hard limits of time, memory and counted work: reached, they end the work with an error; they never change a result.

Work is counted in steps of the solver, which are as many on a fast machine as on a slow one: what is to depend on how
much a release takes depends on these, never on a clock.

`Limits.check` is called between steps. The command also arms a guard (`Limits.arm`): a thread that ends the whole
process if a single step (a large program of the solver, a large sum) goes past a limit.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import highspy

from .errors import LimitError

Setting = bool | int | float | str  # of the solver
EVERY = 0.2  # seconds between two looks at the memory, which cost a system call
ASIDE = 2048.0  # megabytes that libraries set aside without using them
EACH = 10  # steps that are counted for what lies between two looks at the limits
INTERIOR = 20  # for one step of an interior point method
WIDE = 2_000  # columns of a program, each step of which counts once; twice as many count twice
GRACE = 2.0  # seconds that a step may take beyond the limit before the process is ended


@dataclass
class Limits:
    """seconds: wall-clock time from the creation of this object; megabytes: resident memory of the process; work:
    counted steps, None for any number; spent: those that were taken."""

    seconds: float = 3600.0
    megabytes: float = 8000.0
    work: int | None = None
    spent: int = 0
    started: float = field(default_factory=time.monotonic)
    next_look: float = 0.0
    _done: threading.Event = field(default_factory=threading.Event, repr=False)

    def check(self, step: str) -> None:
        """Raise `LimitError` if a limit is passed."""
        self.spent += EACH
        if self.work is not None and self.spent > self.work:
            raise LimitError("too-much-work", work=self.work, step=step)
        now = time.monotonic()
        if now - self.started > self.seconds:
            raise LimitError("too-little-time", seconds=f"{self.seconds:.6g}", step=step)
        if now < self.next_look:
            return
        self.next_look = now + EVERY
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
        if peak > self.megabytes:
            raise LimitError("too-little-memory", megabytes=round(self.megabytes))

    def solved(self, solver: highspy.Highs) -> None:
        """Count the steps that a solver took to solve its program."""
        told = solver.getInfo()
        steps = max(told.simplex_iteration_count, 0) + INTERIOR * max(told.ipm_iteration_count, 0)
        self.spent += steps * (1 + solver.getNumCol() // WIDE)

    def remaining(self) -> float:
        """Seconds that are left, at least a little (a solver takes no zero)."""
        return max(0.01, self.seconds - (time.monotonic() - self.started))

    def arm(self, leave: Callable[[LimitError | None], None]) -> None:
        """Guard the process from now on: past a limit, call `leave` with the error and end with exit code 2 at once.

        Allocations far beyond the limit of memory fail as well, before the machine begins to swap. An interrupt
        that a long step of the solver does not let through ends the process too (`leave` with None, exit code 130).
        """
        with contextlib.suppress(ValueError, OSError):
            most = int((2 * self.megabytes + ASIDE) * 2**20)
            resource.setrlimit(resource.RLIMIT_DATA, (most, resource.RLIM_INFINITY))
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.default_int_handler)
        heard, tell = os.pipe()
        os.set_blocking(tell, False)
        signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
        threading.Thread(target=self._guard, args=(leave, heard), daemon=True).start()

    def disarm(self) -> None:
        """The work is done, only writing is left: from now on nothing ends the process half way."""
        self._done.set()

    def _guard(self, leave: Callable[[LimitError | None], None], heard: int) -> None:
        interrupted = None
        while not self._done.is_set():
            if select.select([heard], [], [], EVERY)[0]:
                os.read(heard, 64)
                interrupted = interrupted or time.monotonic()
            error, code = None, 2
            if interrupted and time.monotonic() - interrupted > GRACE:
                code = 130
            elif time.monotonic() - self.started > self.seconds + GRACE:
                error = LimitError("too-little-time", seconds=f"{self.seconds:.6g}", step="–")
            elif _resident() > self.megabytes * 1.05:
                error = LimitError("too-little-memory", megabytes=round(self.megabytes))
            else:
                continue
            if not self._done.is_set():
                leave(error)
                os._exit(code)


def _resident() -> float:
    """Megabytes of memory that the process holds now; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
