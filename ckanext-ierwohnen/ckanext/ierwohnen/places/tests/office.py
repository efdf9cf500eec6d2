"""An office with an empty spatial system, and how its people ask the portal."""

from __future__ import annotations

from types import SimpleNamespace

import ckan.model as model
from ckan.tests import factories, helpers

from ckanext.ierwohnen.places import lookup
from ckanext.ierwohnen.places.tests import towns

YAML = towns.YAML.replace("FILE", "q.gpkg")

_people: dict[str, dict] = {}


def people():
    """An editor and the organization, made once: hashing passwords and making organizations is slow."""
    if not _people or model.User.get(_people["editor"]["id"]) is None:
        editor = factories.UserWithToken()
        organization = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])
        _people.update(editor=editor, organization=organization, stranger=factories.User(), admin=factories.Sysadmin())
    return _people


def make_office(dataset_type="spatial-system"):
    known = people()
    dataset = factories.Dataset(
        type=dataset_type, owner_org=known["organization"]["id"], title="Musterstadt", boundary_date="2020-01-01"
    )
    return SimpleNamespace(**known, dataset=dataset, name=dataset["name"])


def close(office):
    if model.Package.get(office.dataset["id"]):
        helpers.call_action("dataset_purge", {"user": office.admin["name"]}, id=office.dataset["id"])


def load(office, upload, **parameters):
    asked = {"id": office.dataset["id"], "description": YAML, "upload": upload, **parameters}
    return helpers.call_action(
        "ierwohnen_spatial_system_load", {"user": office.editor["name"], "ignore_auth": False}, **asked
    )


def ask(action, user="", /, **parameters):
    return helpers.call_action(action, {"user": user, "ignore_auth": False}, **parameters)


def own_keys(office, user=""):
    return [keys for keys in lookup.readable_level_keys({"user": user}) if keys.system == office.name]


def make_private(office):
    helpers.call_action("package_patch", {"user": office.editor["name"]}, id=office.dataset["id"], private=True)
