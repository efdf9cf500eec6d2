"""A housing company's files and tables come in as stock and go out as releases, and in no other way.

An ordinary dataset of such an organization may describe something, but holds no file, no link and no table: whoever
uploads a list of dwellings there would publish it past every check. A company is who has, or ever had, stock in the
protected store, and who is named in `ierwohnen.companies`; whose first stock is being loaded is treated like one.

Datasets and their resources are watched where they are stored (`company_lock.py`), whoever writes them. Here are the
actions that bring data elsewhere, and those by which an organization becomes a company: not before its files are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look.storable import stored
from ckanext.ierwohnen.releases import outside
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.door import keeps_stock
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.open_loads import open_loads

OF_PLUGINS = {
    "datastore": ("datastore_create", "datastore_upsert"),
    "ierwohnen_tables": ("ierwohnen_table_publish", "ierwohnen_delivery_create", "ierwohnen_version_restore"),
    "ierwohnen_places": ("ierwohnen_spatial_system_load", "ierwohnen_crosswalk_load"),
}
ORGANIZATIONS, PERSON = ("organization", "group"), "user"  # owners of files in CKAN's own store
BECOMING = ("ierwohnen_stock_check", "ierwohnen_stock_load")
MOST_NAMED = 10
Held = dict[model.Package | model.Group, list[model.Resource | model.File]]


def actions() -> dict[str, Any]:
    """The actions to chain, of CKAN and of the plugins that are on."""
    theirs = [name for plugin, names in OF_PLUGINS.items() if p.plugin_loaded(plugin) for name in names]
    becoming = BECOMING if p.plugin_loaded("ierwohnen_vault") else ()
    return {name: _without_files(name) for name in ("package_create", *theirs)} | {
        name: _not_before_files_are_gone(name) for name in becoming
    }


def is_company(organization: str) -> bool:
    """Whether an organization (id) is a housing company.

    :raises VaultError: if the store, which knows, does not answer
    """
    group = model.Group.get(organization)
    if group is None or is_named(group):
        return group is not None
    return has_stock_ever(str(group.id))


def named() -> set[str]:
    """Names (or ids) of the organizations that are companies whether they have stock or not."""
    return set(tk.aslist(tk.config.get("ierwohnen.companies") or ""))


def is_named(group: model.Group) -> bool:
    """Whether the operator has named an organization as a company."""
    return bool({group.id, group.name} & named())


def may_become(group: model.Group) -> bool:
    """Whether an organization may load a first stock: every one where the operator has named no companies."""
    return not named() or is_named(group) or has_stock_ever(str(group.id))


def refusal(organization: str) -> str:
    """Why nothing may come into an ordinary dataset of an organization that may hold data; "" if it may."""
    try:
        if is_company(organization):
            return say("company-files", reader_language())
        return say("company-loading", reader_language()) if _is_loading(organization) else ""
    except VaultError as error:  # what may be a company's is not let in
        return error.message(reader_language())


def is_published(package: model.Package) -> bool:
    """Whether a dataset is the outside of a release, by what the store says: a name alone can be given by anybody.

    :raises VaultError: if the store does not answer
    """
    return outside.is_release(package) and package.id in releases.outside(vault.store())


def held(organization: str) -> Held:
    """The files, links and tables in an organization's ordinary datasets, deleted datasets included, and the files of
    CKAN's own store that are its own, or a dataset's or resource's of it."""
    query = (
        model.Session.query(model.Resource, model.Package)
        .join(model.Package, model.Package.id == model.Resource.package_id)
        .filter(model.Package.owner_org == organization, model.Resource.state == model.State.ACTIVE)
        .order_by(model.Package.name, model.Resource.position)
    )
    found: Held = {}
    for resource, package in query:
        if not outside.is_release(package) or not is_published(package):
            found.setdefault(package, []).append(resource)
    packages = model.Session.query(model.Package).filter_by(owner_org=organization).order_by(model.Package.name)
    for holder, file in [*in_store(list(packages)), *_in_store_of(organization)]:
        found.setdefault(holder, []).append(file)
    return found


def in_store(packages: Sequence[model.Package]) -> list[tuple[model.Package, model.File]]:
    """The files of CKAN's own store that belong to datasets or their resources, deleted ones included.

    Their readers read these files. CKAN takes ids and names for owners.
    """
    ids = [package.id for package in packages]
    resources = model.Session.query(model.Resource).filter(model.Resource.package_id.in_(ids)).all()
    by_id = dict(zip(ids, packages, strict=True))
    holders = {name: by_id[one.package_id] for one in resources for name in (one.name, one.id)}
    holders |= {name: one for one in packages for name in (one.name, one.id)}
    found = _owned(model.FileOwner.owner_type.not_in((*ORGANIZATIONS, PERSON)), holders)
    return [(holders[owner], file) for owner, file in found]


def owners_of(owner: str) -> list[model.Package]:
    """The datasets that CKAN may take for the owner of a file when a dataset or resource is meant: by id or name."""
    resource, package = model.Resource, model.Package
    of_resources = sa.select(resource.package_id).where(sa.or_(resource.id == owner, resource.name == owner))
    meant = sa.or_(package.id == owner, package.name == owner, package.id.in_(of_resources))
    return list(model.Session.query(package).filter(meant))


def companies() -> list[model.Group]:
    """The organizations that are companies, by their names.

    :raises VaultError: if the store does not answer
    """
    groups = model.Session.query(model.Group).filter_by(is_organization=True).order_by(model.Group.name)
    return [group for group in groups if is_company(str(group.id))]


def warning(organization: str) -> str:
    """What an organization (id) has to be told of files that lie in its datasets; "" if there are none."""
    found = {holder: files for holder, files in held(organization).items() if holder.state != model.State.DELETED}
    return told(found) if found else ""


def told(found: Held) -> str:
    """That there are files, in which datasets, and how those of CKAN's own store are deleted."""
    names = [f"{holder.title or holder.name} ({len(files)})" for holder, files in found.items()]
    holds = say("company-holds", reader_language(), datasets=_first(names))
    names = stored_names(found)
    return f"{holds} {say('company-stored', reader_language(), files=_first(names))}" if names else holds


def stored_names(found: Held) -> list[str]:
    """The names and ids of those files that are in CKAN's own store."""
    return [f"{one.name} ({one.id})" for files in found.values() for one in files if isinstance(one, model.File)]


def _first(names: list[str]) -> str:
    more = [f"+ {len(names) - MOST_NAMED}"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def _in_store_of(organization: str) -> list[tuple[model.Group, model.File]]:
    group = model.Group.get(organization)
    names = {} if group is None else {group.id: group, group.name: group}
    return [(names[owner], file) for owner, file in _owned(model.FileOwner.owner_type.in_(ORGANIZATIONS), names)]


def _owned(kind: sa.ColumnElement[bool], owners: Iterable[str]) -> list[tuple[str, model.File]]:
    query = (
        model.Session.query(model.FileOwner.owner_id, model.File)
        .join(model.File, model.File.id == model.FileOwner.file_id)
        .filter(kind, model.FileOwner.owner_id.in_([one for one in owners if one]))
        .order_by(model.File.name, model.File.id)
    )
    return [(owner, file) for owner, file in query]


def has_stock_ever(organization: str) -> bool:
    """Whether an organization (id) has, or ever had, stock, be it still there or not.

    :raises VaultError: if the store does not answer
    """
    try:
        return keeps_stock(vault.store(), organization)
    except VaultError as error:
        if error.code != "not-set-up":
            raise
    return False


def _is_loading(organization: str) -> bool:
    """Whether a first stock is ordered, which makes a company of the organization as soon as it is loaded."""
    try:
        return bool(open_loads(vault.store(), organization))
    except VaultError as error:
        if error.code != "not-set-up":
            raise
    return False


def _without_files(name: str) -> Any:
    @tk.chained_action
    def refusing(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
        """Refuse files in a company's ordinary dataset."""
        for organization in _organizations(name, data_dict):
            refused = refusal(organization)
            if refused:
                tk.check_access(name, tk.fresh_context(context), {**data_dict})
                raise tk.ValidationError({"owner_org" if name == "package_create" else "resource_id": [refused]})
        return original(context, data_dict)

    refusing.__name__, refusing.__doc__ = name, f"`{name}`; a housing company's ordinary datasets hold no files."
    return refusing


def _no_company(group: model.Group) -> str:
    """Why an organization loads no stock; "" if it may."""
    try:
        return "" if may_become(group) else say("not-a-company", reader_language(), name=group.title or group.name)
    except VaultError as error:  # the store, which knows, does not answer
        return error.message(reader_language())


def _not_before_files_are_gone(name: str) -> Any:
    @tk.chained_action
    def refusing(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
        """Refuse the first stock of an organization that is none of the companies named, or has files in datasets."""
        tk.check_access(name, tk.fresh_context(context), {**data_dict})
        group = stored(model.Group, data_dict.get("organization"))
        if group is not None and (told := _no_company(group)):
            raise tk.ValidationError({"organization": [told]})
        if group is not None and (found := warning(str(group.id))) and not has_stock_ever(str(group.id)):
            raise tk.ValidationError({"upload": [found]})
        return original(context, data_dict)

    refusing.__name__, refusing.__doc__ = name, f"`{name}`; not before the organization's files are gone."
    return refusing


def _organizations(name: str, data_dict: dict[str, Any]) -> list[str]:
    """The organizations into whose ordinary datasets something would come that may hold data."""
    if name == "package_create":
        brings = data_dict.get("resources") or data_dict.get("state") == "draft"  # the form asks for files next
        return [str(data_dict.get("owner_org") or "")] if brings else []
    found = [package for package in _packages(name, data_dict) if package is not None and package.owner_org]
    return [str(package.owner_org) for package in found if not is_published(package)]


def _packages(name: str, data_dict: dict[str, Any]) -> list[model.Package | None]:
    if name == "ierwohnen_crosswalk_load":
        return [stored(model.Package, data_dict.get(one)) for one in ("from", "to")]
    if name == "ierwohnen_spatial_system_load":
        return [stored(model.Package, data_dict.get("id"))]
    wanted = data_dict.get("resource")
    if name == "datastore_create" and isinstance(wanted, dict):
        return [stored(model.Package, wanted.get("package_id"))]
    resource = stored(model.Resource, data_dict.get("resource_id"))
    return [model.Package.get(resource.package_id)] if resource is not None else []
