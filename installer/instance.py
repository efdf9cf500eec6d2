"""One running portal: its databases, search core, queues, files, web server and job workers."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from installer import config
from installer.place import PARTS, Place
from installer.postgres import OWNER, READER, Postgres
from installer.processes import Process
from installer.redis import Redis
from installer.solr import Solr
from installer.state import State, write_private
from installer.steps import Steps, digest
from installer.vault import Vault

CHECKS = "checks"  # the queue of releases' checks, which may take long: a worker of its own takes it
CKAN_REMEDY = "Run the same command again; if it fails again, ./portal demo --reset starts with an empty portal."


@dataclass
class Instance:
    """A portal on services that several may share."""

    place: Place
    state: State
    steps: Steps
    postgres: Postgres
    solr: Solr
    redis: Redis
    name: str  # "portal", "test", "test-beside" or "live"
    suffix: str  # of its databases and its search core
    redis_database: int

    @property
    def folder(self) -> Path:
        """Files of its own."""
        return self.place.root if self.name == "portal" else self.place.root / self.name

    @property
    def ini(self) -> Path:
        return self.folder / "ckan.ini"

    @property
    def storage(self) -> Path:
        return self.folder / "files"

    @property
    def web(self) -> Process:
        return Process(self.place, "web" if self.name == "portal" else f"{self.name}-web")

    @property
    def jobs(self) -> Process:
        return Process(self.place, "jobs" if self.name == "portal" else f"{self.name}-jobs")

    @property
    def checks(self) -> Process:
        """The worker that checks releases, so that loads and other jobs need not wait for one."""
        return Process(self.place, "checks" if self.name == "portal" else f"{self.name}-checks")

    @property
    def processes(self) -> tuple[Process, ...]:
        """What serves this portal, in the order of stopping."""
        return self.web, self.jobs, self.checks

    @property
    def port_name(self) -> str:
        return "web" if self.name == "portal" else f"{self.name}-web"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.state.port(self.port_name) or config_port(self.name)}"

    @property
    def databases(self) -> tuple[str, str]:
        return f"ckan{self.suffix}", f"datastore{self.suffix}"

    @property
    def vault(self) -> Vault:
        """The protected store."""
        return Vault(self.place.python, self.state, self.steps, self.postgres, f"vault{self.suffix}")

    def addresses(self) -> config.Addresses:
        ckan, datastore = self.databases
        return config.Addresses(
            site_id=self.name,
            site_url=self.url,
            database=self.postgres.url(ckan),
            datastore_write=self.postgres.url(datastore),
            datastore_read=self.postgres.url(datastore, READER),
            solr=self.solr.url(f"ckan{self.suffix}"),
            redis=self.redis.url(self.redis_database),
            storage=self.storage,
            vault=self.vault.url,
            vault_key=self.vault.key,
            vault_engine=self.vault.engine_url,
            vault_engine_key=self.vault.engine_key,
        )

    def configure(self) -> None:
        """Write the configuration file for the ports of this start."""
        self.folder.mkdir(mode=0o711, exist_ok=True)
        self.storage.mkdir(mode=0o700, exist_ok=True)
        secrets = {name: self.state.secret(f"{self.name}_{name}") for name in ("session", "csrf", "token")}
        write_private(self.ini, config.ini(self.addresses(), secrets))

    def environment(self) -> dict[str, str]:
        """What `ckan`, `python` and the services of this instance see."""
        path = f"{self.place.venv / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        ini = {"CKAN_INI": str(self.ini)} if self.ini.exists() else {}
        return {**config.clean_environment(), "PATH": path, **ini}

    def create_databases(self) -> None:
        """Roles and empty databases."""
        for role in (OWNER, READER):
            self.postgres.ensure_role(role)
        for database in self.databases:
            self.postgres.ensure_database(database)
        datastore = self.databases[1]
        self.postgres.sql(f"GRANT CONNECT ON DATABASE {datastore} TO {READER}")
        self.vault.create()

    def upgrade(self) -> None:
        """CKAN's migrations, those of our plugins, and the protected store's."""
        self.run_ckan("db", "upgrade")
        self.vault.upgrade()

    def set_permissions(self) -> None:
        """Make the reader of the DataStore a reader only, by CKAN's own script."""
        script = self.run_ckan("datastore", "set-permissions")
        self.postgres.sql(script[script.index("\\connect") :] if "\\connect" in script else script)

    def run_ckan(self, *args: str) -> str:
        return self.steps.command([self.place.ckan, *args], CKAN_REMEDY, env=self.environment())

    def databases_ground(self) -> str:
        """What roles and databases depend on: their names, and what the protected store asks of its administrator."""
        asked = self.place.checkout / "ckanext-ierwohnen" / "ckanext" / "ierwohnen" / "vault" / "cluster.py"
        return digest(self.postgres.identity, *self.databases, self.vault.database, asked)

    def migrations_ground(self) -> str:
        """What the databases' tables depend on: the databases themselves and every migration."""
        source = self.place.checkout / "ckanext-ierwohnen" / "ckanext" / "ierwohnen"
        files = sorted(source.glob("**/migration/*/versions/*.py"))
        pins = (self.place.checkout / "constraints.txt").read_text("utf-8").splitlines()
        ckan = next((pin for pin in pins if pin.startswith("ckan==")), "")
        return digest(self.postgres.identity, self.name, ckan, " ".join(config.PLUGINS), *files)

    def ensure_sysadmin(self) -> None:
        """The administrator's account and token."""
        self.steps.command(
            [self.place.python, PARTS / "ensure_sysadmin.py", self.accounts], CKAN_REMEDY, env=self.environment()
        )

    def load_city(self) -> None:
        """Fill this portal with the demonstration city, by the demo room's own command."""
        args: list[str | Path] = [self.place.ckan, "ierwohnen-demo", "load", "--accounts", self.accounts]
        self.steps.follow(args, CKAN_REMEDY, env=self.environment())

    @property
    def accounts(self) -> Path:
        return self.folder / "accounts.json"

    def start(self, workers: int = 2) -> None:
        """Start the web server and the job workers and wait for the first answer."""
        if not self.web.pid():
            address = self.url.removeprefix("http://")
            options = f"--bind {address} --workers {workers} --threads 4 --timeout 300 --graceful-timeout 10"
            options += " --no-control-socket" + (" --worker-tmp-dir /dev/shm" if Path("/dev/shm").is_dir() else "")
            self.web.start(
                [self.place.venv / "bin" / "gunicorn", *options.split(), "--chdir", PARTS, "wsgi:application"],
                env=self.environment(),
            )
        if not self.jobs.pid():
            self.jobs.start([self.place.ckan, "jobs", "worker"], env=self.environment())
        if not self.checks.pid():
            self.checks.start([self.place.ckan, "jobs", "worker", CHECKS], env=self.environment())
        self.web.wait(self.answers)

    def answers(self) -> bool:
        """Whether the portal answers, as itself and not another one on its port."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/3/action/status_show", timeout=60) as reply:
                return self.web.pid() is not None and json.load(reply).get("success") is True
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def stop(self) -> list[str]:
        """Stop web server and workers; says which were running."""
        return [process.name for process in self.processes if process.stop(signal.SIGTERM)]


def config_port(name: str) -> int:
    """The port named in a configuration before one is chosen."""
    return 5000 if name == "portal" else 5001
