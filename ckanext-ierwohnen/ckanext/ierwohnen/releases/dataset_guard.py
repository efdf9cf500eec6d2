"""Nobody but this room writes the dataset of a public release: its figures are those that were checked and approved.

Every rule of CKAN that lets people write datasets, resources, tables, views or memberships asks here first, sysadmins
included, who are asked nothing elsewhere. The room itself writes as the portal, without being asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.addresses import asked_by
from ckanext.ierwohnen.look.storable import storable, stored
from ckanext.ierwohnen.releases import no_functions, roles_given
from ckanext.ierwohnen.releases.outside import PREFIX, is_release
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language

CORE = (
    "package_create", "package_update", "package_patch", "package_revise", "package_delete", "package_change_state",
    "package_owner_org_update", "package_resource_reorder", "dataset_purge", "package_collaborator_create",
    "package_collaborator_delete", "package_relationship_create", "package_relationship_update",
    "package_relationship_delete", "package_create_default_resource_views", "resource_create", "resource_update",
    "resource_patch", "resource_delete", "resource_create_default_resource_views", "resource_view_create",
    "resource_view_update", "resource_view_delete", "resource_view_reorder", "resource_view_clear",
    "bulk_update_private", "bulk_update_public", "bulk_update_delete", "member_create", "member_delete", "group_create",
    "group_update", "group_patch", "organization_create", "organization_update", "organization_patch",
)  # fmt: skip
OF_PLUGINS = {
    "activity": ("activity_create",),
    "datastore": (
        "datastore_create", "datastore_upsert", "datastore_delete", "datastore_records_delete",
    ),
    "ierwohnen_tables": (
        "ierwohnen_table_publish", "ierwohnen_delivery_create", "ierwohnen_delivery_delete",
        "ierwohnen_version_restore",
    ),
    "ierwohnen_places": ("ierwohnen_spatial_system_load", "ierwohnen_crosswalk_load", "ierwohnen_crosswalk_delete"),
}  # fmt: skip
_OPEN = ("package_create", "package_update")  # that CKAN asks of people without an account as well
_NAMING = ("id", "name", "package_id", "resource_id", "subject", "object", "object_id", "to")
_NESTED = ("update", "package", "resource")
_LISTS = ("datasets", "packages")
PAGES_OF_FILES = ("_resource.new", "_resource.views", "_resource.edit_view")
"""Pages of CKAN that take only refusals for an answer: they refuse what is there for others alike."""


def guards() -> dict[str, Any]:
    """The rules to chain, of CKAN and of the plugins that are on."""
    names = [*CORE, *(name for plugin, theirs in OF_PLUGINS.items() if p.plugin_loaded(plugin) for name in theirs)]
    return {name: _guard(name) for name in names} | {"package_show": package_show}


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_show(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The dataset of a release that is not out (yet, or any more) looks like one that is not there."""
    package = model.Package.get(str(data_dict.get("id") or "")) if storable(str(data_dict.get("id") or "")) else None
    package = package or context.get("package")
    if package is not None and is_release(package) and (package.state != "active" or package.private):
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return next_auth(context, data_dict)


def _guard(name: str) -> Any:
    def guarded(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """Refuse what would change the dataset of a release; everything else as before."""
        if _takes_name(name, data_dict) or any(is_release(package) for package in _packages(name, context, data_dict)):
            return {"success": False, "msg": say("guarded", reader_language())}
        if no_functions.binds(name, data_dict):
            return {"success": False, "msg": say("no-functions", reader_language())}
        if authz.is_sysadmin(context.get("user")):
            return {"success": True}
        if refused := roles_given.refusal(name, context, data_dict):
            return {"success": False, "msg": refused}
        try:
            return next_auth(context, data_dict)
        except tk.ObjectNotFound:
            if not asked_by(*PAGES_OF_FILES):
                raise
            return {"success": False}

    guarded.__name__ = name
    decorated = tk.chained_auth_function(tk.auth_sysadmins_check(guarded))
    return tk.auth_allow_anonymous_access(decorated) if name in _OPEN else decorated


def _takes_name(name: str, data_dict: dict[str, Any]) -> bool:
    """Whether a dataset would be called like those of releases, and so pass for one."""
    changed = data_dict.get("update") if name == "package_revise" else data_dict
    wanted = changed.get("name") if isinstance(changed, dict) and name.startswith("package_") else None
    return isinstance(wanted, str) and wanted.lower().startswith(PREFIX)


def _packages(name: str, context: Context, data_dict: dict[str, Any]) -> Iterator[model.Package]:
    """The datasets that may be meant, by whatever names them: themselves, a resource or a view.

    All of them: somebody could call a dataset like the id of another one's resource or view.
    """
    for given in _given(data_dict):
        view = stored(model.ResourceView, given) if name.startswith("resource_view") else None
        resources = [stored(model.Resource, given), view and model.Resource.get(view.resource_id)]
        found = [stored(model.Package, given), *(model.Package.get(one.package_id) for one in resources if one)]
        yield from (package for package in found if package is not None)
    if name == "resource_view_clear":
        yield from _with_views(data_dict.get("view_types"))
    if context.get("package") is not None:
        yield context["package"]


def _with_views(types: Any) -> Iterator[model.Package]:
    """The datasets of releases with views of some types; of any if none are named."""
    resource, view = model.Resource, model.ResourceView
    query = model.Session.query(model.Package).filter(model.Package.name.startswith(PREFIX))
    query = query.join(resource, resource.package_id == model.Package.id).join(view, view.resource_id == resource.id)
    yield from query.filter(view.view_type.in_(types)) if types and isinstance(types, list) else query


def _given(data_dict: dict[str, Any]) -> Iterator[Any]:
    yield from (data_dict.get(field) for field in _NAMING)
    for field in _NESTED:
        if isinstance(data_dict.get(field), dict):
            yield from (data_dict[field].get(one) for one in ("id", "name", "package_id"))
    for field in _LISTS:
        listed = data_dict.get(field)
        for one in listed if isinstance(listed, list) else [listed]:
            yield from (one.get("id"), one.get("name")) if isinstance(one, dict) else (one,)
