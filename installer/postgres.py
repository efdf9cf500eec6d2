"""PostgreSQL with a data folder of our own, run by an unprivileged user on a private port of the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from installer.place import Place
from installer.processes import Process
from installer.state import State
from installer.steps import StepFailed, Steps

ADMIN = "portal_admin"
OWNER = "ckan"
READER = "datastore_read"
# In tests nothing has to survive a power cut.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "300",  # two test processes and a served portal have used up 100; an idle one costs little
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "jit": "off",  # CKAN's queries are short; compiling them costs more than it gains
    "timezone": "UTC",
}


def binaries() -> Path:
    """The folder of the newest installed PostgreSQL.

    :raises StepFailed: when there is none
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    if not found:
        raise StepFailed("PostgreSQL is not installed", "Run ./portal demo or ./portal test, which install it.")
    return found[-1].parent


def passable(folder: Path, user: str) -> bool:
    """Whether the user may walk down to the folder."""
    entry = pwd.getpwnam(user)
    check = subprocess.run(
        ["/usr/bin/test", "-x", str(folder)], user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], check=False
    )
    return check.returncode == 0


@dataclass
class Postgres:
    """One cluster of databases."""

    place: Place
    state: State
    steps: Steps
    name: str = "postgres"
    forgetful: bool = False

    @property
    def user(self) -> str | None:
        """Who runs it: ourselves, or Debian's user `postgres` when we are root (PostgreSQL refuses to run as root)."""
        return "postgres" if os.geteuid() == 0 else None

    @property
    def process(self) -> Process:
        return Process(self.place, self.name)

    @property
    def folder(self) -> Path:
        """The data folder: in the checkout, or under /var/lib where the checkout is closed to the database's user."""
        kept = self.state.get(f"{self.name}_folder")
        return Path(kept) if kept else self.place.root / self.name

    @property
    def port(self) -> int:
        return self.state.port(self.name) or 0

    @property
    def identity(self) -> str:
        """Changes whenever the databases are made anew; steps done in them depend on it."""
        return self.state.get(f"{self.name}_id") or ""

    def exists(self) -> bool:
        """Whether the data folder was made to its end."""
        return bool(self.identity)

    def create(self) -> None:
        """Make the data folder, once; a half-made one is thrown away first."""
        folder = self.place.root / self.name
        if self.user and not passable(self.place.root, self.user):
            folder = Path("/var/lib/ierwohnen-portal") / self.place.identity / self.name
            self.steps.say(f"    {self.place.root} is closed to the user {self.user}: the data folder is {folder}")
        self.remove()
        if folder != self.place.root / self.name:
            self.state.set(f"{self.name}_folder", str(folder))
        folder.mkdir(parents=True, mode=0o700)
        if self.user:
            shutil.chown(folder, self.user, self.user)
        password = folder / "password"
        password.write_text(self.state.secret("postgres_admin"), "utf-8")
        password.chmod(0o600)
        if self.user:
            shutil.chown(password, self.user, self.user)
        data = folder / "data"
        options = ("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.steps.command(
            [binaries() / "initdb", "-D", data, "-U", ADMIN, *options],
            "Run the same command again.",
            user=self.user,
            cwd=Path("/"),
        )
        password.unlink()
        self.state.set(f"{self.name}_id", uuid.uuid4().hex)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if self.process.pid() and self.answers():
            return
        self.process.stop(signal.SIGINT)
        self.state.free_port(self.name)
        settings = {**SETTINGS, "port": str(self.port), **(FORGETFUL if self.forgetful else {})}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self.process.start(
            [binaries() / "postgres", "-D", self.folder / "data", *options],
            user=self.user,
            cwd=Path("/"),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            kept=False,  # the postmaster mends its own children
        )
        self.process.wait(self.answers)

    def answers(self) -> bool:
        """Whether the server takes connections."""
        check = [str(binaries() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(check, check=False).returncode == 0

    def stop(self) -> bool:
        return self.process.stop(signal.SIGINT)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        values = self.state.read()
        for key in (f"{self.name}_folder", f"{self.name}_id"):
            values.pop(key, None)
        self.state.write(values)

    def sql(self, script: str, database: str = "postgres") -> str:
        """Run SQL as the administrator; the first error ends it.

        :return: the rows, one a line, fields separated by |
        """
        options = f"-X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p {self.port} -U {ADMIN} -d {database}"
        password = self.state.secret("postgres_admin")
        return self.steps.command(
            [binaries() / "psql", *options.split()],
            f"See {self.process.log}, then run again.",
            stdin=script,
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": password, "PGCLIENTENCODING": "UTF8"},
            cwd=Path("/"),
        )

    def ensure_role(self, role: str) -> None:
        """A role that may log in with the secret of this checkout, and nothing else."""
        password = self.state.secret(f"postgres_{role}")
        exists = self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'").strip()
        verb = "ALTER" if exists else "CREATE"
        self.sql(f"{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'")

    def ensure_database(self, name: str) -> None:
        """A database owned by CKAN's role, closed to everybody else."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").strip():
            self.sql(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")
            self.sql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")

    def drop_database(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, database: str, role: str = OWNER) -> str:
        """The address of a database for SQLAlchemy, secret included."""
        return f"postgresql://{role}:{self.state.secret(f'postgres_{role}')}@127.0.0.1:{self.port}/{database}"
