"""Each plugin can be turned on alone beside CKAN's own, and a portal with none of ours works as well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from ckan.tests import factories

OURS = sorted(point.name for point in entry_points(group="ckan.plugins") if point.name.startswith("ierwohnen"))
STOCK = "datastore activity image_view text_view"


@pytest.fixture
def stock_dataset(clean_db, clean_index):
    """A dataset as a portal without any of ours holds it."""
    dataset = factories.Dataset(title="Mietspiegel", owner_org=factories.Organization()["id"])
    factories.Resource(package_id=dataset["id"], url="http://example.org/table.csv", format="CSV")
    return dataset


@pytest.mark.ckan_config("ckan.plugins", STOCK)
@pytest.mark.usefixtures("with_plugins")
@pytest.mark.parametrize("plugin", ["", *OURS])
def test_pages_of_a_stock_portal_with_one_plugin(plugin, stock_dataset):
    visit = Path(__file__).with_name("visit_alone.py")
    done = subprocess.run(
        [sys.executable, visit, f"{plugin} {STOCK}".strip(), stock_dataset["name"]],
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout.splitlines()[-1])
    assert set(answers.values()) == {200}, f"{answers}\n{done.stderr[-3000:]}"
