"""Files of downloads that were made already, kept below CKAN's storage path until their table changes.

Each file's name says of which state of the table it is. Two readers who want the same file at once wait for one making.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import ckan.plugins.toolkit as tk

log = logging.getLogger(__name__)


def folder() -> Path:
    """Where the files lie; no page serves this folder."""
    root = tk.config.get("ckan.storage_path")
    if not root:
        raise tk.ValidationError({"format": [tk._("This portal makes no downloads: ckan.storage_path is not set.")]})
    return Path(root) / "ierwohnen" / "downloads"


def limit() -> int:
    """How many bytes all kept files may take together."""
    return int(tk.config.get("ierwohnen.tables.downloads_mb")) << 20


def there(resource_id: str, name: str) -> Path | None:
    """The file `name` (`STATE_FORMAT`) of a resource, if it was made already; notes that it was wanted."""
    path = folder() / resource_id / name
    try:
        os.utime(path)
    except FileNotFoundError:
        return None
    return path


@contextmanager
def making(resource_id: str) -> Iterator[Path]:
    """Be the only one who makes files of a resource; gives a scratch folder that goes away afterwards."""
    place = folder() / resource_id
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in place.glob(".making-*"):  # by a process that was killed; nobody else is making now
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=place) as scratch:
            yield Path(scratch)


def keep(resource_id: str, name: str, made: Path) -> Path:
    """Keep a file that was made; those of other states of the table go."""
    path = folder() / resource_id / name
    made.replace(path)
    _drop_old(path.parent, name)
    _keep_within(limit(), path)
    return path


def remove(resource_ids: Iterable[str]) -> None:
    """Forget the files of resources."""
    with suppress(tk.ValidationError):
        for resource_id in resource_ids:
            if resource_id and "/" not in resource_id and not resource_id.startswith("."):
                shutil.rmtree(folder() / resource_id, ignore_errors=True)


def _drop_old(place: Path, name: str) -> None:
    """Remove files of other states of the table, in any format; whoever is reading one reads on."""
    state = name.partition("_")[0]
    for other in place.glob("[!.]*"):
        if not other.name.startswith(f"{state}_"):
            other.unlink(missing_ok=True)


def _keep_within(most: int, new: Path) -> None:
    """Remove the files that nobody wanted for longest, until the rest fits; never the new one."""
    files = [path for path in folder().glob("*/[!.]*") if path.is_file()]
    sizes = []
    for path in files:
        with suppress(FileNotFoundError):
            sizes.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in sizes)
    for _, size, path in sorted(sizes):
        if total <= most:
            return
        if path != new:
            path.unlink(missing_ok=True)
            total -= size
            log.info("Removed the kept download %s to stay within %s bytes", path.name, most)
