"""PostgreSQL and Solr for one test, which may stop them: those of the test run belong to other tests, too."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.common import config

from ckanext.datastore.backend import postgres as datastore
from installer import solr as solr_module
from installer.place import Place
from installer.postgres import ADMIN, OWNER, Postgres, binaries
from installer.processes import descendants
from installer.solr import Solr
from installer.state import State
from installer.steps import Stamps, Steps

CORE = "ckan_test"
URLS = ("sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url")


class Servers:
    """A small cluster with copies of the test run's databases, and a search server with one core."""

    def __init__(self, folder: Path):
        self.place = Place(folder)
        folder.chmod(0o711)
        self.place.make_folders()
        shipped = Place()
        for name in ("venv", "solr/lib"):
            (self.place.root / name).symlink_to(shipped.root / name)
        for name in ("schemas", "installer"):
            (folder / name).symlink_to(shipped.checkout / name)
        self.steps = Steps(Stamps(self.place.stamps), self.place.log / "set-up.log", True)
        self.postgres = Postgres(self.place, State(self.place), self.steps, forgetful=False)
        self.solr = Solr(self.place, State(self.place), self.steps)

    def start(self) -> None:
        """Make and start both."""
        self.postgres.create()
        self.postgres.start()
        for role in (OWNER, "datastore_read"):
            self.postgres.ensure_role(role)
        self.solr.configure()
        self.solr.start()

    def copy(self, source: str) -> str:
        """Copy the database at an address; returns the address of the copy, for the same role."""
        old = sa.make_url(source)
        if not self.postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{old.database}'").strip():
            self.postgres.ensure_database(str(old.database))
            self.postgres.sql(f"GRANT CONNECT ON DATABASE {old.database} TO datastore_read")
            self._pour(source, str(old.database))
        return self.postgres.url(str(old.database), str(old.username))

    def _pour(self, source: str, database: str) -> None:
        options = ["-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", ADMIN]
        secret = {"PATH": "/usr/bin:/bin", "PGPASSWORD": self.postgres.state.secret("postgres_admin")}
        dump = subprocess.Popen([binaries() / "pg_dump", "-d", source], stdout=subprocess.PIPE)
        subprocess.run(
            [binaries() / "psql", "-X", *options, "-d", database], stdin=dump.stdout, env=secret, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        assert dump.wait() == 0

    def crash_postgres(self) -> None:
        """Stop PostgreSQL as a power cut would: nothing is brought to its end; it recovers at its start."""
        self.postgres.process.stop(signal.SIGQUIT)

    def start_postgres(self) -> None:
        """Start it again, and forget the connections of this process, which do not know yet that they are dead."""
        self.postgres.start()
        model.meta.engine.dispose()
        for engine in datastore._engines.values():
            engine.dispose()

    def crash_solr(self) -> None:
        """Kill Solr, its keeper first, which would start it again; its port stays its own."""
        keeper = int(self.solr.process.pid() or 0)
        for number in [keeper, *descendants(keeper)]:
            os.kill(number, signal.SIGKILL)
        self.solr.stop()

    def crash_both(self) -> None:
        """Kill both, as a power cut would."""
        self.crash_postgres()
        self.crash_solr()

    def start_both(self) -> None:
        """Start both again."""
        self.start_postgres()
        self.solr.start()

    def stop(self) -> None:
        """Stop and delete all."""
        self.solr.stop()
        self.postgres.remove()
        shutil.rmtree(self.place.checkout, ignore_errors=True)


@contextmanager
def own_servers(patch: Any) -> Iterator[Servers]:
    """Let CKAN in this process work on servers of its own, with all that is in its databases now."""
    patch.setattr(solr_module, "CORES", (CORE,))
    servers = Servers(Path(tempfile.mkdtemp(prefix="ierwohnen-servers-")))
    before = {name: config[name] for name in (*URLS, "solr_url")}
    engine = model.meta.engine
    try:
        servers.start()
        _use({name: servers.copy(before[name]) for name in URLS} | {"solr_url": servers.solr.url(CORE)})
        yield servers
    finally:
        _use(before, engine)
        servers.stop()


def _use(addresses: dict[str, str], engine: sa.Engine | None = None) -> None:
    model.Session.remove()
    datastore._dispose_engines()
    config.update(addresses)
    if engine is None:
        engine = sa.create_engine(addresses["sqlalchemy.url"])
    elif model.meta.engine is not engine:
        model.meta.engine.dispose()
    model.init_model(engine)
    backend = datastore.DatastorePostgresqlBackend.get_active_backend()
    backend.write_url, backend.read_url = addresses["ckan.datastore.write_url"], addresses["ckan.datastore.read_url"]
