"""Keeps one service running: `python3 keeper.py PROGRAM [ARGUMENT …]`.

A service that ends unbidden is started again, after 1, 2, 4 … at most 30 seconds. One that ends within its first
five seconds has failed to start: then the keeper ends too, so that set-up can say so. On SIGTERM it passes the signal
on and waits. Should the keeper itself be killed, the kernel ends the service.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

FAILED_START = 5.0
LONG_LIFE = 60.0
LONGEST_PAUSE = 30.0
PR_SET_PDEATHSIG = 1


class Keeper:
    """Starts a program again and again until it is told to stop."""

    def __init__(self, args: list[str]) -> None:
        self.args = args
        self.child: subprocess.Popen[bytes] | None = None
        self.stopping = False

    def stop(self, *_: object) -> None:
        """Pass the wish to end on to the service."""
        self.stopping = True
        if self.child and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.child.terminate()

    def run(self) -> int:
        """Keep the service running.

        :return: the exit code of its last life
        """
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        pause, lives = 1.0, 0
        while True:
            began = time.monotonic()
            self.child = subprocess.Popen(self.args, preexec_fn=_end_with_parent)
            if self.stopping:  # the signal came between two lives
                self.child.terminate()
            code = self.child.wait()
            lived = time.monotonic() - began
            if self.stopping or (lives == 0 and lived < FAILED_START):
                return code
            lives += 1
            pause = 1.0 if lived > LONG_LIFE else min(pause * 2, LONGEST_PAUSE)
            print(f"[keeper] ended with code {code} after {lived:.0f} s; again in {pause:.0f} s", flush=True)
            until = time.monotonic() + pause
            while time.monotonic() < until and not self.stopping:
                time.sleep(0.1)
            if self.stopping:
                return code


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(Keeper(sys.argv[1:]).run())
