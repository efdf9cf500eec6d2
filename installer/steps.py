"""Steps of set-up: shown with progress and time, skipped while what they depend on is unchanged."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class StepFailed(Exception):
    """A step that could not be done: what went wrong, and the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def digest(*parts: str | bytes | Path) -> str:
    """Hash texts and files (a folder with all its files), to see whether a step's ground has changed."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            files = sorted(file for file in part.rglob("*") if file.is_file()) if part.is_dir() else [part]
            for file in files:
                total.update(str(file).encode() + b"\0")
                total.update(file.read_bytes() if file.exists() else b"absent")
        else:
            total.update((part.encode() if isinstance(part, str) else part) + b"\0")
    return total.hexdigest()


@dataclass
class Stamps:
    """Small files that say which step was done on which ground."""

    folder: Path

    def valid(self, name: str, ground: str) -> bool:
        file = self.folder / name
        return file.exists() and file.read_text("utf-8") == ground

    def set(self, name: str, ground: str) -> None:
        """Written under another name first: a killed run leaves either the old stamp or the new one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{name}.new"
        draft.write_text(ground, "utf-8")
        draft.replace(self.folder / name)

    def clear(self, *names: str) -> None:
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


@dataclass
class Steps:
    """Runs steps one after the other and tells about each: number, title, time."""

    stamps: Stamps
    log: Path
    quiet: bool = False
    count: int = 0
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def run(self, name: str, title: str, act: Callable[[], object], ground: str | None = None) -> bool:
        """Do one step, unless its stamp says that it is done on this very ground.

        :param name: short name, also the name of the stamp
        :param ground: what the step depends on, hashed; None for a step to be done at each start
        :return: whether anything was done
        :raises StepFailed: with the name of the step put before the problem
        """
        if ground is not None and self.stamps.valid(name, ground):
            return False
        self.count += 1
        self.say(f"[{self.count}] {title} …")
        start = time.monotonic()
        try:
            act()
        except StepFailed as failure:
            raise StepFailed(f"Step “{name}” ({title}): {failure.problem}", failure.remedy) from failure
        except OSError as failure:
            remedy = "Look at disk space and file permissions, then run the same command again."
            raise StepFailed(f"Step “{name}” ({title}): {failure}", remedy) from failure
        if ground is not None:
            self.stamps.set(name, ground)
        self.say(f"    done in {time.monotonic() - start:.1f} s")
        return True

    def command(
        self,
        args: Sequence[str | Path],
        remedy: str,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        stdin: str | None = None,
        user: str | None = None,
    ) -> str:
        """Run a program whose output goes to the set-up log; a failure shows its last lines.

        :return: what it printed on standard output
        :raises StepFailed: when the program is missing or ends with an error
        """
        words = [str(arg) for arg in args]
        try:
            result = subprocess.run(
                words,
                env=env,
                cwd=cwd,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        except FileNotFoundError as missing:
            raise StepFailed(f"{words[0]} was not found", remedy) from missing
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(words)}\n{result.stdout}{result.stderr}\n")
        self._check(words, result.returncode, result.stderr or result.stdout, remedy)
        return result.stdout

    def follow(self, args: Sequence[str | Path], remedy: str, env: dict[str, str] | None = None) -> None:
        """Run a program that takes long, and show each line of its standard output as it comes.

        :raises StepFailed: when it ends with an error
        """
        words = [str(arg) for arg in args]
        with self.log.open("a+", encoding="utf-8", errors="replace") as log:
            log.write(f"$ {' '.join(words)}\n")
            log.flush()
            begin = log.seek(0, 2)
            none, pipe = subprocess.DEVNULL, subprocess.PIPE
            with subprocess.Popen(words, env=env, stdin=none, stdout=pipe, stderr=log, errors="replace") as child:
                for line in child.stdout or ():
                    log.write(line)
                    log.flush()
                    self.say(f"    {line.rstrip()}")
            log.seek(begin)
            told = log.read()
        self._check(words, child.returncode, told, remedy)

    def _check(self, words: list[str], code: int, told: str, remedy: str) -> None:
        if code:
            raise StepFailed(
                f"{Path(words[0]).name} ended with code {code}:\n{last_lines(told)}",
                f"{remedy}\n  The whole output is in {self.log}",
            )


def last_lines(text: str, count: int = 12) -> str:
    """The end of a program's output, indented for the terminal."""
    lines: Iterable[str] = [line for line in text.splitlines() if line.strip()][-count:]
    return "\n".join(f"    {line}" for line in lines)
