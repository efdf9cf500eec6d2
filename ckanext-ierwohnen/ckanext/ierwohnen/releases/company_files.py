"""A housing company's files and tables come in as stock and go out as releases, and in no other way.

An ordinary dataset of such an organization may describe something, but holds no file, no link and no table: whoever
uploads a list of dwellings there would publish it past every check. A company is who has, or ever had, stock in the
protected store, and who is named in `ierwohnen.companies`.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.releases.outside import is_release
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.door import keeps_stock
from ckanext.ierwohnen.vault.errors import VaultError

FIELDS = {
    "package_create": "owner_org", "package_update": "resources", "resource_create": "upload",
    "resource_update": "upload",
}  # fmt: skip
OF_PLUGINS = {
    "datastore": ("datastore_create", "datastore_upsert"),
    "ierwohnen_tables": ("ierwohnen_table_publish", "ierwohnen_delivery_create", "ierwohnen_version_restore"),
}


def actions() -> dict[str, Any]:
    """The actions to chain, of CKAN and of the plugins that are on."""
    theirs = {name: "resource_id" for plugin, names in OF_PLUGINS.items() if p.plugin_loaded(plugin) for name in names}
    return {name: _without_files(name, field) for name, field in (FIELDS | theirs).items()}


def is_company(organization: str) -> bool:
    """Whether an organization (id) is a housing company.

    :raises VaultError: if the store, which knows, does not answer
    """
    group = model.Group.get(organization)
    named = tk.aslist(tk.config.get("ierwohnen.companies") or "")
    if group is None or group.id in named or group.name in named:
        return group is not None
    try:
        return keeps_stock(vault.store(), str(group.id))
    except VaultError as error:
        if error.code != "not-set-up":
            raise
    return False


def _without_files(name: str, field: str) -> Any:
    @tk.chained_action
    def refusing(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
        """Refuse files in a company's ordinary dataset."""
        organization = _organization_with_files(name, data_dict)
        if organization:
            refusal = _refusal(organization)
            if refusal:
                tk.check_access(name, tk.fresh_context(context), {**data_dict})
                raise tk.ValidationError({field: [refusal]})
        return original(context, data_dict)

    refusing.__name__, refusing.__doc__ = name, f"`{name}`; a housing company's ordinary datasets hold no files."
    return refusing


def _refusal(organization: str) -> str:
    try:
        return say("company-files", reader_language()) if is_company(organization) else ""
    except VaultError as error:  # what may be a company's is not let in
        return error.message(reader_language())


def _organization_with_files(name: str, data_dict: dict[str, Any]) -> str:
    """The organization into whose ordinary dataset something would come that may hold data; else ""."""
    if name == "package_create":
        brings = data_dict.get("resources") or data_dict.get("state") == "draft"  # the form asks for files next
        return str(data_dict.get("owner_org") or "") if brings else ""
    package = _package(name, data_dict)
    if package is None or is_release(package):
        return ""
    if name == "package_update" and not _new(package, data_dict.get("resources")):
        return ""
    if name == "resource_update" and not _new(package, [data_dict]):
        return ""
    return str(package.owner_org or "")


def _package(name: str, data_dict: dict[str, Any]) -> model.Package | None:
    if name == "package_update":
        return _get(model.Package, data_dict.get("id") or data_dict.get("name"))
    wanted = data_dict.get("resource")
    if name == "resource_create" or (name == "datastore_create" and isinstance(wanted, dict)):
        return _get(model.Package, (data_dict if name == "resource_create" else wanted).get("package_id"))
    resource = _get(model.Resource, data_dict.get("id" if name == "resource_update" else "resource_id"))
    return model.Package.get(resource.package_id) if resource is not None else None


def _get(kind: Any, name: Any) -> Any:
    return kind.get(name) if isinstance(name, str) and name and storable(name) else None


def _new(package: model.Package, resources: Any) -> bool:
    """Whether one of the resources brings something that the dataset did not have."""
    known = {resource.id: resource for resource in package.resources}
    for given in resources if isinstance(resources, list) else []:
        old = known.get(given.get("id")) if isinstance(given, dict) else None
        if old is None or given.get("upload"):
            return True
        if old.url_type != "upload" and given.get("url", old.url) != old.url:
            return True
    return False
