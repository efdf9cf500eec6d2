"""A small city in CKAN for the tests of actions and pages."""

from __future__ import annotations

import ckan.model as model
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.indicators import sources
from ckanext.ierwohnen.indicators.tests.published import NAMES, SYSTEM
from ckanext.ierwohnen.indicators.tests.small_city import make_city


@pytest.fixture
def city(with_plugins, migrate_db_for):
    """A sysadmin and an organization with a spatial system of 1 city, 2 districts, 4 quarters.

    It is loaded once, since that is slow; what a test publishes is removed after it.
    """
    for plugin in ("activity", "ierwohnen_places", "ierwohnen_tables"):
        migrate_db_for(plugin)
    if model.Package.get(SYSTEM) is None:
        made = factories.Sysadmin()["name"], factories.Organization()["id"]
        make_city(*made, SYSTEM)
    system = model.Package.get(SYSTEM)
    yield model.User.get(system.creator_user_id).name, system.owner_org
    for name in NAMES:
        if model.Package.get(name) is not None:
            call_action("dataset_purge", id=name)
    sources.changed()
