"""Where everything lies: the checkout, and the one folder in it that holds all that set-up makes."""

from __future__ import annotations

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from installer.steps import StepFailed

CHECKOUT = Path(__file__).resolve().parent.parent
PARTS = Path(__file__).resolve().parent / "files"


@dataclass(frozen=True)
class Place:
    """A checkout and its private folder `.portal`."""

    checkout: Path = CHECKOUT

    @property
    def root(self) -> Path:
        """The one folder that holds all that set-up makes; ignored by git."""
        return self.checkout / ".portal"

    @property
    def identity(self) -> str:
        """A short name for this checkout, the same at every run."""
        return hashlib.sha256(str(self.checkout).encode()).hexdigest()[:10]

    @property
    def venv(self) -> Path:
        return self.root / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def ckan(self) -> Path:
        return self.venv / "bin" / "ckan"

    @property
    def solr(self) -> Path:
        return self.root / "solr"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def stamps(self) -> Path:
        return self.root / "stamps"

    @property
    def accounts(self) -> Path:
        return self.root / "accounts.json"

    def make_folders(self) -> None:
        """Create the private folder and its parts, readable by the owner and passable for the database's user."""
        self.root.mkdir(mode=0o711, exist_ok=True)
        owner = self.root.stat().st_uid
        if owner != os.geteuid():
            name = pwd.getpwuid(owner).pw_name
            raise StepFailed(
                f"the portal of this checkout belongs to {name}, and you are {pwd.getpwuid(os.geteuid()).pw_name}",
                f"Run ./portal as {name}; or let {name} run ./portal remove first.",
            )
        for folder in (self.log, self.run, self.stamps, self.solr):
            folder.mkdir(mode=0o700, exist_ok=True)
