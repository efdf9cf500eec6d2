"""Wires the tables room into CKAN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from ckan.types import Context, Schema

from ckanext.datastore.interfaces import IDataDictionaryForm
from ckanext.ierwohnen import look

from . import actions, auth, dictionary, helpers, presenting, removal, version_views, views, withheld
from .exports import dump
from .exports.views import downloads


@tk.blanket.actions(actions)
@tk.blanket.auth_functions(auth)
@tk.blanket.helpers(helpers)
@tk.blanket.blueprints([views.tables, version_views.states, downloads, withheld.gate, dump.guard])
@tk.blanket.config_declarations
class TablesPlugin(DefaultTranslation, p.SingletonPlugin):
    """Reading office tables, the role of each column, publishing into the DataStore."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.ISignal)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IUploader, inherit=True)
    p.implements(IDataDictionaryForm, inherit=True)

    # IConfigurer

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "ierwohnen_tables")
        look.enable(config)

    # ITranslation

    def i18n_directory(self) -> str:
        """Not in the distribution's folder: each room has its own."""
        return str(Path(__file__).parent / "i18n")

    # IDataDictionaryForm

    def update_datastore_create_schema(self, schema: Schema) -> Schema:
        return dictionary.create_schema(schema)

    def update_datastore_info_field(self, field: dict[str, Any], plugin_data: dict[str, Any]) -> dict[str, Any]:
        return dictionary.info_field(field, plugin_data)

    # IPackageController, IUploader: readers see one state, also while CKAN's metadata do not follow it yet

    def after_dataset_show(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        presenting.show([pkg_dict])

    def after_dataset_search(self, search_results: dict[str, Any], search_params: dict[str, Any]) -> dict[str, Any]:
        presenting.show(search_results["results"])
        return search_results

    def get_resource_uploader(self, data_dict: dict[str, Any]) -> Any:
        return presenting.uploader(data_dict)

    # ISignal: what was published goes with its resource, once the deletion is committed

    def get_signal_subscriptions(self) -> dict[Any, Any]:
        subscriber = {"sender": "package_update", "receiver": removal.after_update}
        return {tk.signals.action_succeeded: [subscriber]}
