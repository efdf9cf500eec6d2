"""Files written whole or not at all, and never beside those of another run."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import signal
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

PART = ".part"
MARK = ".unfinished"


def write_together(
    files: Mapping[Path, str], *, confidential: Collection[Path] = (), before: Collection[Path] = ()
) -> None:
    """Write all files, or none; the first is the result, the others belong to it.

    Each is written beside its place. Then the files of the last run that belong to the result are put aside, the new
    result is moved to its place, and the others follow. So whenever the process is killed, no file stands beside that
    of another run: at worst the result stands alone, with a mark that it does (`unfinished`), and hidden `.part`
    files, which the next run that writes the same file takes away.

    `confidential`: files that can be read by their owner only. `before`: new files that have to be there before the
    result is. Raises `OSError`; then all is as it was.
    """
    result, *others = [p for p in files if p not in before]
    for path in files:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with contextlib.ExitStack() as open_files:
        parts = open_files.enter_context(_parts())
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _tidy(path)
            parts[path] = _beside(path, text, open_files)
            if path not in confidential:
                os.chmod(parts[path], 0o666 & ~_umask())
        if others:
            parts[_mark(result)] = _beside(result, "", open_files)
        old = {p: _beside(p, "", open_files) for p in others if p.exists()}
        parts |= {part: part for part in old.values()}
        _move(parts, result, others, before, old)


@contextlib.contextmanager
def alone(*folders: Path) -> Iterator[None]:
    """No other run that asks for one of the folders is here meanwhile; it waits. For a file that is read, extended and
    written again. Makes a folder that there is not. A file system that locks no folders (NFS) lets all in.
    """
    with contextlib.ExitStack() as held:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            place = os.open(folder, os.O_RDONLY)
            held.callback(os.close, place)
            with contextlib.suppress(OSError):
                fcntl.flock(place, fcntl.LOCK_EX)
        yield


def _move(
    parts: Mapping[Path, Path],
    result: Path,
    others: Collection[Path],
    before: Collection[Path],
    old: Mapping[Path, Path],
) -> None:
    """`parts`: what is to be moved, by place; `old`: where to put aside what stands there."""
    lacking = unfinished(result)
    with _undisturbed():
        done: list[tuple[Path, Path]] = []
        try:
            for path in before:
                os.replace(parts[path], path)
                done.append((path, parts[path]))
            if others:
                os.replace(parts[_mark(result)], _mark(result))
            for path, part in old.items():
                os.replace(path, part)
                done.append((part, path))
            os.replace(parts[result], result)
        except BaseException:
            for now, then in reversed(done):
                os.replace(now, then)
            if others and not lacking:
                _mark(result).unlink(missing_ok=True)
            raise
        for path in others:
            os.replace(parts[path], path)
        _mark(result).unlink(missing_ok=True)


@contextlib.contextmanager
def _parts() -> Iterator[dict[Path, Path]]:
    """Hidden files that are gone in the end, whatever happens."""
    made: dict[Path, Path] = {}
    try:
        yield made
    finally:
        for part in made.values():
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """An interrupt waits for no one here: a few moves of files are soon over."""
    before = {}
    with contextlib.suppress(ValueError):  # not the main thread: interrupts do not come here
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before[name] = signal.signal(name, signal.SIG_IGN)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _beside(path: Path, text: str, open_files: contextlib.ExitStack) -> Path:
    """A hidden file beside a path, in use until the end. Raises `OSError` of this path; then there is none."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PART, dir=path.parent)
        file = os.fdopen(handle, "w", encoding="utf-8", newline="")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(text)
            file.flush()
            if text:
                os.fsync(file.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # what could not be written before cannot be now
                file.close()
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    open_files.enter_context(file)
    return Path(name)


def _mark(path: Path) -> Path:
    return path.with_name(f".{path.name}{MARK}")


def unfinished(path: Path) -> bool:
    """A run was killed after it had written this table, but not all that belongs to it (reasons, report)."""
    try:
        with _mark(path).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # there is none, or its process is still at work
        return False
    return True


def _tidy(path: Path) -> None:
    """Take away what a process that was killed has left beside a file: parts that nobody holds any more."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{PART}"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
