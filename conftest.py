"""Fixtures for the tests of all rooms."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent

# Not `tests.fixtures`: CKAN's own folder `tests` may stand in the way of that name.
sys.path[:0] = [str(CHECKOUT / "tests"), str(CHECKOUT)]
# The second process of a whole run works on databases, a search core, a queue and files of its own.
if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
    os.environ.update(json.loads(os.environ["IERWOHNEN_TEST_BESIDE"]))

pytest_plugins = [
    "fixtures.plugins_anew", "fixtures.live_portal", "fixtures.browser", "fixtures.side_by_side", "fixtures.mailbox",
    "fixtures.own_titles",
]  # fmt: skip


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("IERWOHNEN_REAL_DATA", CHECKOUT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set IERWOHNEN_REAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def reset_db(reset_db: Callable[[], None]) -> Callable[[], None]:
    """CKAN's fixture, which makes CKAN's own tables only, and then the tables and columns of the loaded plugins."""
    from ckan import model, plugins
    from ckan.cli.db import _run_migrations, current_revision
    from ckan.common import config

    migrated: set[str] = set()

    def reset() -> None:
        if not model.repo.tables_created_and_initialised:
            migrated.clear()  # CKAN will drop all tables now
        reset_db()
        for plugin in config["ckan.plugins"]:
            if plugin not in migrated and plugins.plugin_loaded(plugin):
                if current_revision(plugin) is not None:
                    _run_migrations(plugin)
                migrated.add(plugin)

    return reset
