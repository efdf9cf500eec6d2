"""Wires the indicators room into CKAN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.ierwohnen import look
from ckanext.ierwohnen.indicators import actions, alert_views, auth, sources, views, weights
from ckanext.ierwohnen.indicators.active import active_catalogue, check_preferred
from ckanext.ierwohnen.places.interfaces import ICrosswalkWeights
from ckanext.ierwohnen.tables.interfaces import ITableIndicators

# Actions after which a table may feed other indicators than before, or pages say something else of it. CKAN tells of
# datasets before it writes them (below); told again afterwards, nothing that was read in between is kept.
CHANGING = (
    *("datastore_create", "datastore_delete", "datastore_upsert", "datastore_records_delete"),
    *("package_create", "package_update", "package_delete", "dataset_purge", "package_owner_org_update"),
    *("resource_create", "resource_update", "resource_delete"),
    *("bulk_update_public", "bulk_update_private", "bulk_update_delete"),
    *("organization_update", "organization_delete", "organization_purge"),
    "ierwohnen_spatial_system_load",
    *("ierwohnen_release_publish", "ierwohnen_release_withdraw"),  # what was computed from them leaves the memory
)


@tk.blanket.config_declarations
@tk.blanket.actions(actions)
@tk.blanket.auth_functions(auth)
@tk.blanket.blueprints([views.indicators, alert_views.alerts])
class IndicatorsPlugin(p.SingletonPlugin, DefaultTranslation):
    """The catalogue of figures, and values from published tables."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.ITranslation)
    p.implements(p.ISignal)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IResourceController, inherit=True)
    p.implements(ITableIndicators)
    p.implements(ICrosswalkWeights)

    # ITranslation
    def i18n_directory(self) -> str:
        return str(Path(__file__).parent / "i18n")

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "ierwohnen_indicators")
        look.enable(config)

    # IConfigurable
    def configure(self, config: Any) -> None:
        check_preferred()
        active_catalogue()  # a faulty file of the city's stops the start, with file and line

    # ITableIndicators
    def table_indicators(self) -> list[Any]:
        return active_catalogue().names()

    # ICrosswalkWeights
    def crosswalk_bases(self, context: Any, systems: tuple[str, str], level: str) -> list[str]:
        return weights.bases(context, systems, level)

    def crosswalk_weights(self, context: Any, basis: str, systems: tuple[str, str], level: str) -> Any:
        return weights.points(context, basis, systems, level)

    # ISignal, IPackageController, IResourceController: what feeds an indicator may have changed
    def get_signal_subscriptions(self) -> Any:
        return {tk.signals.action_succeeded: [{"sender": name, "receiver": _table_changed} for name in CHANGING]}

    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        sources.changed()

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        sources.changed()

    def after_dataset_delete(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        sources.changed()

    def after_resource_create(self, context: Any, resource: dict[str, Any]) -> None:
        sources.changed()

    def after_resource_update(self, context: Any, resource: dict[str, Any]) -> None:
        sources.changed()

    def after_resource_delete(self, context: Any, resources: Any) -> None:
        sources.changed()


def _table_changed(sender: str, **details: Any) -> None:
    sources.changed()
