"""The live portal of the tests: opened with the demonstration city in it, fresh for each run."""

from __future__ import annotations

import json
import shutil

from installer.instance import Instance
from installer.portal import Portal
from installer.state import write_private


def open_portal() -> Instance:
    """Make the live portal anew and serve it, empty. Runs inside a test run, whose services are up.

    :raises StepFailed: when a part does not start
    """
    portal = Portal(quiet=True)
    live = portal.live
    live.stop()
    for database in (*live.databases, live.vault.database):
        live.postgres.drop_database(database)
    shutil.rmtree(live.folder, ignore_errors=True)
    portal.state.free_port(live.port_name)
    live.create_databases()
    live.configure()
    portal.solr.clear(f"ckan{live.suffix}")
    portal.redis.ask(f"SELECT {live.redis_database}", "FLUSHDB")
    live.upgrade()
    live.set_permissions()
    portal.state.ensure_accounts()
    accounts = json.loads(portal.place.accounts.read_text("utf-8"))
    for account in accounts.values():
        account["token"] = None  # a token of the demonstration portal is worth nothing here
    write_private(live.accounts, json.dumps(accounts, indent=2))
    live.ensure_sysadmin()
    live.start()
    return live


def close(instance: Instance) -> None:
    """Stop serving; the data stays for a look until the next run."""
    instance.stop()
