"""Redis on a private port of the loopback, behind a password."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from installer.place import Place
from installer.processes import Process
from installer.state import State, write_private


@dataclass
class Redis:
    """Holds the job queue and short-lived data; its file is kept so that waiting jobs survive a stop."""

    place: Place
    state: State

    @property
    def process(self) -> Process:
        return Process(self.place, "redis")

    @property
    def folder(self) -> Path:
        return self.place.root / "redis"

    @property
    def port(self) -> int:
        return self.state.port("redis") or 0

    def start(self) -> None:
        """Start it and wait until it answers; the password is in a file, not among the arguments that all can see."""
        if self.process.pid() and self.answers():
            return
        self.process.stop()
        self.state.free_port("redis")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.state.secret("redis"),
            "dir": self.folder,
            "save": "60 1",
            "daemonize": "no",
            "databases": 16,
        }
        file = self.folder / "redis.conf"
        write_private(file, "".join(f"{key} {value}\n" for key, value in settings.items()))
        self.process.start(["/usr/bin/redis-server", file], env={**os.environ, "LC_ALL": "C.UTF-8"}, cwd=self.folder)
        self.process.wait(self.answers)

    def ask(self, *lines: str) -> list[str]:
        """Send commands after the password and return one line of answer for each."""
        answers = []
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line, line.makefile("rwb") as talk:
            for command in (f"AUTH {self.state.secret('redis')}", *lines):
                talk.write(command.encode() + b"\r\n")
                talk.flush()
                answers.append(talk.readline().decode().strip())
        return answers[1:]

    def answers(self) -> bool:
        try:
            return self.ask("PING") == ["+PONG"]
        except OSError:
            return False

    def stop(self) -> bool:
        return self.process.stop()

    def url(self, database: int) -> str:
        """The address for CKAN, secret included."""
        return f"redis://:{self.state.secret('redis')}@127.0.0.1:{self.port}/{database}"
