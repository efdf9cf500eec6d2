"""The whole: which steps lead from a bare machine to a running portal, and to a machine on which the tests can run."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from installer import packages, python_env
from installer.instance import Instance
from installer.place import Place
from installer.postgres import Postgres
from installer.processes import Process
from installer.redis import Redis
from installer.solr import Solr
from installer.state import State, write_private
from installer.steps import Stamps, StepFailed, Steps, digest


@dataclass
class Portal:
    """Everything of one checkout."""

    place: Place = field(default_factory=Place)
    quiet: bool = False

    @cached_property
    def state(self) -> State:
        return State(self.place)

    @cached_property
    def steps(self) -> Steps:
        return Steps(Stamps(self.place.stamps), self.place.log / "set-up.log", self.quiet)

    @cached_property
    def postgres(self) -> Postgres:
        return Postgres(self.place, self.state, self.steps)

    @cached_property
    def test_postgres(self) -> Postgres:
        return Postgres(self.place, self.state, self.steps, "test-postgres", forgetful=True)

    @cached_property
    def solr(self) -> Solr:
        return Solr(self.place, self.state, self.steps)

    @cached_property
    def redis(self) -> Redis:
        return Redis(self.place, self.state)

    def _instance(self, name: str, postgres: Postgres, suffix: str, redis_database: int) -> Instance:
        return Instance(
            self.place, self.state, self.steps, postgres, self.solr, self.redis, name, suffix, redis_database
        )

    @cached_property
    def demo(self) -> Instance:
        """The portal for people."""
        return self._instance("portal", self.postgres, "", 0)

    @cached_property
    def test(self) -> Instance:
        """Databases and core for tests inside pytest; serves no pages."""
        return self._instance("test", self.test_postgres, "_test", 1)

    @cached_property
    def test_beside(self) -> Instance:
        """The same once more, for the second process of a whole run."""
        return self._instance("test-beside", self.test_postgres, "_test_beside", 3)

    @cached_property
    def live(self) -> Instance:
        """A second portal, for tests in a browser."""
        return self._instance("live", self.test_postgres, "_live", 2)

    @contextlib.contextmanager
    def alone(self, name: str, problem: str) -> Iterator[None]:
        """Hold a lock of this checkout.

        :raises StepFailed: when another run holds it
        """
        with (self.place.root / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as busy:
                raise StepFailed(problem, "Wait until it has ended, then run again.") from busy
            yield

    def install(self, test: bool = False) -> None:
        """Everything that comes from the network, and what is made of it once."""
        wanted = packages.SERVER + (packages.TEST if test else ())
        self.install_packages(wanted)
        self.install_python(test)
        if not self.solr.library.exists():
            self.steps.stamps.clear("solr-jars", "solr-conf")
        self.steps.run("solr-jars", "Solr from Maven Central", self.solr.fetch, self.solr.fetch_ground())
        if self.steps.run("solr-conf", "Solr cores for German text", self.solr.configure, self.solr.conf_ground()):
            self.solr.stop()

    def install_packages(self, wanted: tuple[str, ...]) -> None:
        """Debian packages; asks dpkg each time, since somebody may have removed one."""
        if packages.missing(wanted):
            self.steps.run("packages", "Debian packages", lambda: packages.install(self.steps, wanted))

    def install_python(self, test: bool = False) -> None:
        """The virtual environment alone."""
        if python_env.outdated(self.place):
            self.steps.stamps.clear("python", "python-test")
        extras = "server,test,oracle" if test else "server"
        self.steps.run(
            "python-test" if test else "python",
            f"Python packages ({extras})",
            lambda: python_env.install(self.steps, self.place, extras),
            python_env.ground(self.place, extras),
        )
        self.steps.run(
            "translations",
            "Translations",
            lambda: python_env.compile_translations(self.steps, self.place),
            digest(*python_env.translation_files(self.place)),
        )

    def start_services(self, postgres: Postgres) -> None:
        """PostgreSQL, Redis and Solr."""
        if not postgres.exists():
            self.steps.run(f"{postgres.name}-create", "A data folder for PostgreSQL", postgres.create)
        for name, title, part in (
            (postgres.name, "PostgreSQL", postgres),
            ("redis", "Redis", self.redis),
            ("solr", "Solr", self.solr),
        ):
            if not (part.process.pid() and part.answers()):
                self.steps.run(f"{name}-start", f"Start {title}", part.start)

    def prepare(self, instance: Instance) -> None:
        """Databases, tables and rights of one instance, as far as they are not there."""
        made = digest(instance.postgres.identity, *instance.databases, instance.vault.database)
        self.steps.run(
            f"{instance.name}-databases", "Databases", instance.create_databases, instance.databases_ground()
        )
        instance.configure()
        self.steps.run(
            f"{instance.name}-tables", "Tables in the databases", instance.upgrade, instance.migrations_ground()
        )
        self.steps.run(
            f"{instance.name}-rights", "Rights of the DataStore's reader", instance.set_permissions, made
        )

    def ensure_accounts(self, instance: Instance) -> None:
        """An accounts file with a password for each role, and the administrator in the portal."""
        self.state.ensure_accounts()
        if instance.accounts != self.place.accounts and not instance.accounts.exists():
            write_private(instance.accounts, self.place.accounts.read_text("utf-8"))
        self.steps.run(
            f"{instance.name}-sysadmin",
            "The administrator's account",
            instance.ensure_sysadmin,
            digest(instance.postgres.identity, *instance.databases),
        )

    def served_files(self) -> list[Path]:
        """The files that a running web server has read."""
        kinds = (".py", ".html", ".yaml", ".yml", ".json", ".css", ".js", ".txt")
        found = [
            file
            for folder in (self.place.checkout / "ckanext-ierwohnen", self.place.checkout / "schemas")
            for file in folder.rglob("*")
            if file.suffix in kinds and "tests" not in file.parts
        ]
        return sorted(found)

    def city_sources(self) -> list[Path]:
        """The files that make the demonstration city; none while there is no command to load it."""
        room = self.place.checkout / "ckanext-ierwohnen" / "ckanext" / "ierwohnen" / "demo"
        if not (room / "cli.py").exists():
            return []
        return sorted(
            file for file in room.rglob("*") if file.suffix in (".py", ".yaml") and "tests" not in file.parts
        )

    def processes(self) -> list[Process]:
        """Every process that may run, in the order of stopping."""
        parts = [part for instance in (self.demo, self.live) for part in instance.processes]
        services = (self.solr.process, self.redis.process)
        return [*parts, *services, self.postgres.process, self.test_postgres.process]

    def stop(self) -> list[str]:
        """Stop all; says which were running."""
        stopped = [name for instance in (self.demo, self.live) for name in instance.stop()]
        for part in (self.solr, self.redis, self.postgres, self.test_postgres):
            if part.stop():
                stopped.append(part.process.name)
        return stopped

    def remove(self) -> None:
        """Delete everything that set-up has made in this checkout."""
        self.postgres.remove()
        self.test_postgres.remove()
        shutil.rmtree(self.place.root)

    def reset(self) -> None:
        """Delete the portal's data; what was installed stays, and so do ports and accounts."""
        self.demo.stop()
        self.solr.stop()
        self.redis.stop()
        self.postgres.remove()
        for folder in (self.demo.storage, self.redis.folder, self.solr.home):
            shutil.rmtree(folder, ignore_errors=True)
        self.steps.stamps.clear("solr-conf", "portal-city")
        self.place.accounts.unlink(missing_ok=True)

