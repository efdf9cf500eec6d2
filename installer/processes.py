"""Processes of our own: started in the background, known by a file with their number, stopped by that number only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from installer.place import Place
from installer.steps import StepFailed, last_lines

LONGEST_WAIT = 300.0
"""Seconds; a loaded machine may need minutes for what takes seconds otherwise."""


def started_at(pid: int) -> str | None:
    """When a process began, in the kernel's ticks, or None: tells it from a later one of the same number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else fields[19]


def descendants(pid: int) -> list[int]:
    """The numbers of a process's children, their children and so on."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text("utf-8").split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def in_session(number: int) -> list[int]:
    """The numbers of the processes of a session. The kernel gives its number to no other process while it has any.

    One whose first thread has ended holds its port until its last thread has.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text("utf-8", errors="replace")
            state, _, _, session = stat[stat.rindex(")") + 2 :].split()[:4]
            if int(session) == number and (state != "Z" or len(list((folder / "task").iterdir())) > 1):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@dataclass
class Process:
    """One service in the background."""

    place: Place
    name: str

    @property
    def pid_file(self) -> Path:
        return self.place.run / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        return self.place.log / f"{self.name}.log"

    def pid(self) -> int | None:
        """The number of the running process, or None."""
        try:
            number, began = self.pid_file.read_text("utf-8").split()
        except (OSError, ValueError):
            return None
        return int(number) if started_at(int(number)) == began else None

    def start(
        self,
        args: Sequence[str | Path],
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        kept: bool = True,
    ) -> None:
        """Start it in a session of its own, its output going to its log; nothing happens if it runs.

        :param kept: whether a keeper starts it again when it ends unbidden
        """
        if self.pid():
            return
        if kept:
            args = [sys.executable, "-IS", Path(__file__).with_name("keeper.py"), *args]
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [str(arg) for arg in args],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        self.pid_file.write_text(f"{child.pid} {started_at(child.pid)}", "utf-8")

    def wait(self, ready: Callable[[], bool], seconds: float = LONGEST_WAIT, patience: float = 15) -> None:
        """Wait until it answers, as long as it lives; where that takes long, say what is waited for.

        :param patience: seconds until the first word about it; each pause until the next is twice as long
        :raises StepFailed: when it ends or stays silent, with the last lines of its log
        """
        began = time.monotonic()
        while (waited := time.monotonic() - began) < seconds:
            if waited > patience:
                told = f"    waiting for the first answer of {self.name} for {waited:.0f} s (at most {seconds:.0f} s)"
                print(f"{told}; its log: {self.log}", file=sys.stderr, flush=True)
                patience *= 2
            if ready():
                return
            if not self.pid():
                raise StepFailed(f"{self.name} ended at once:\n{self.tail()}", f"See {self.log}, then run again.")
            time.sleep(0.1)
        problem = f"{self.name} did not answer within {seconds:.0f} s:\n{self.tail()}"
        raise StepFailed(problem, f"See {self.log}, then run again.")

    def tail(self, lines: int = 12) -> str:
        return last_lines(self.log.read_text("utf-8", errors="replace")[-20000:], lines) if self.log.exists() else ""

    def stop(self, sign: signal.Signals = signal.SIGTERM, seconds: float = 20) -> bool:
        """Ask it to end, and end it if it does not; afterwards its port is free.

        :return: whether it was running
        """
        pid = self.pid()
        leader = pid or self._dead_keeper()
        if pid:
            os.kill(pid, sign)
            until = time.monotonic() + seconds
            while self.pid() and time.monotonic() < until:
                _reap(pid)
                time.sleep(0.05)
            if self.pid():
                for number in [pid, *descendants(pid)]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(number, signal.SIGKILL)
        until = time.monotonic() + seconds
        while leader and in_session(leader) and time.monotonic() < until:
            _reap(leader)
            time.sleep(0.05)
        self.pid_file.unlink(missing_ok=True)
        return bool(pid)

    def _dead_keeper(self) -> int | None:
        """The number of a keeper that was killed: the kernel asks its service to end, which may take some seconds."""
        try:
            number = int(self.pid_file.read_text("utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return None if started_at(number) else number


def _reap(pid: int) -> None:
    """Take the exit code of our own child, so that it does not stay as a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
