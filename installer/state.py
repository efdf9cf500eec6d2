"""What set-up has chosen for this checkout and keeps: ports, secrets, accounts. Files for the owner's eyes only."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.place import Place

ROLES = (
    "publisher",
    "planner",
    "company_analyst_1",
    "company_analyst_2",
    "company_approver",
    "company_approver_2",
    "alliance_partner",
    "sysadmin",
)
# Below the range from which Linux takes ports for outgoing connections, so that none is taken by chance.
PRIVATE_PORTS = range(20000, 30000)
DEMO_PORT = 5000


def write_private(file: Path, content: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as target:
        target.write(content)
    draft.replace(file)


def port_free(port: int) -> bool:
    """Whether nothing on this machine listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@dataclass
class State:
    """Ports and secrets of this checkout, read from and written to its private folder."""

    place: Place

    @property
    def file(self) -> Path:
        return self.place.root / "state.json"

    def read(self) -> dict[str, Any]:
        return json.loads(self.file.read_text("utf-8")) if self.file.exists() else {}

    def write(self, values: dict[str, Any]) -> None:
        write_private(self.file, json.dumps(values, indent=2) + "\n")

    def get(self, key: str) -> Any:
        return self.read().get(key)

    def set(self, key: str, value: Any) -> None:
        self.write({**self.read(), key: value})

    def port(self, name: str) -> int | None:
        """The port kept for a service, or None before one was chosen."""
        return self.read().get("ports", {}).get(name)

    def set_port(self, name: str, port: int) -> int:
        values = self.read()
        values.setdefault("ports", {})[name] = port
        self.write(values)
        return port

    def free_port(self, name: str) -> int:
        """The port kept for a service if it is free, otherwise another free one, which is kept from now on.

        The search begins at a place of the checkout's own, so that two checkouts rarely meet even while one is stopped.
        """
        kept = self.port(name)
        if kept and port_free(kept):
            return kept
        taken = set(self.read().get("ports", {}).values())
        start = int(self.place.identity, 16) % len(PRIVATE_PORTS)
        for step in range(len(PRIVATE_PORTS)):
            port = PRIVATE_PORTS[(start + step) % len(PRIVATE_PORTS)]
            if port not in taken and port_free(port):
                return self.set_port(name, port)
        raise OSError("no free port between 20000 and 29999")

    def web_port(self, wanted: int | None) -> int:
        """The portal's own port: the wanted one, the kept one, 5000, or the next that is free."""
        first = wanted or self.port("web") or DEMO_PORT
        if wanted:
            return self.set_port("web", wanted)
        for port in range(first, first + 1000):
            if port_free(port):
                return self.set_port("web", port)
        raise OSError(f"no free port from {first} on")

    def secret(self, name: str) -> str:
        """A secret of this checkout, made when first asked for; letters and digits only."""
        values = self.read()
        known = values.setdefault("secrets", {})
        if name not in known:
            known[name] = secrets.token_hex(24)
            self.write(values)
        return known[name]

    def accounts(self) -> dict[str, dict[str, str | None]]:
        """The account of each role; tokens are None until the portal has made them."""
        file = self.place.accounts
        return json.loads(file.read_text("utf-8")) if file.exists() else {}

    def ensure_accounts(self) -> None:
        """Give each role a name and a password, once."""
        known, accounts = self.accounts(), {}
        for role in ROLES:
            name, password = role.replace("_", "-"), secrets.token_urlsafe(12)
            accounts[role] = known.get(role) or {"name": name, "password": password, "token": None}
        write_private(self.place.accounts, json.dumps(accounts, indent=2) + "\n")
