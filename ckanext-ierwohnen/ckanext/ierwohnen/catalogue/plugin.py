"""Wires the catalogue room into CKAN."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import yaml
from ckan.common import config as active_config
from ckan.lib.plugins import DefaultTranslation

from ckanext.ierwohnen import look
from ckanext.ierwohnen.catalogue import (
    actions,
    arrivals,
    auth,
    cli,
    entity_names,
    facets,
    form,
    freshness_facet,
    page,
    past_activities,
    views,
)
from ckanext.ierwohnen.catalogue.dataset_types import configure_dcat, configure_scheming
from ckanext.ierwohnen.catalogue.validators import VALIDATORS
from ckanext.ierwohnen.tables.interfaces import ITablePublished


@tk.blanket.actions(actions)
@tk.blanket.auth_functions(auth)
@tk.blanket.blueprints([views.deliveries])
@tk.blanket.cli([cli.ierwohnen_deliveries])
class CataloguePlugin(p.SingletonPlugin, DefaultTranslation):
    """Dataset types, vocabularies, facets, DCAT-AP.de and the dataset's page."""

    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurer)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IValidators)
    p.implements(p.ITranslation)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ISignal)
    p.implements(ITablePublished, inherit=True)

    # IConfigDeclaration
    def declare_config_options(self, declaration, key):
        declaration.load_dict(yaml.safe_load(Path(__file__).with_name("config_declaration.yaml").read_text("utf-8")))
        # Scheming reads its options in its own update_config, which may come before ours: CKAN asks plugins in
        # reverse order, and our templates need us ahead of scheming. Declarations come before all of them.
        configure_scheming(active_config)
        configure_dcat(active_config)

    # ITranslation
    def i18n_directory(self):
        return str(Path(__file__).parent / "i18n")

    # IConfigurer
    def update_config(self, config):
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "ierwohnen_catalogue")
        look.enable(config)

    # ITemplateHelpers
    def get_helpers(self):
        return {**form.HELPERS, **page.HELPERS, **entity_names.HELPERS}

    # IValidators
    def get_validators(self):
        return dict(VALIDATORS)

    # IFacets
    def dataset_facets(self, facets_dict, package_type):
        return facets.with_ours(facets_dict)

    def organization_facets(self, facets_dict, organization_type, package_type):
        return facets.with_ours(facets_dict)

    def group_facets(self, facets_dict, group_type, package_type):
        return facets.with_ours(facets_dict)

    # IPackageController
    def before_dataset_index(self, pkg_dict):
        return facets.index(pkg_dict)

    def before_dataset_search(self, search_params):
        return freshness_facet.before_search(search_params, date.today())

    def after_dataset_search(self, search_results, search_params):
        return freshness_facet.after_search(facets.name_items(search_results), search_params)

    def after_dataset_show(self, context, pkg_dict):
        page.name_licence(pkg_dict)

    # ISignal
    def get_signal_subscriptions(self):
        return past_activities.subscriptions()

    # ITablePublished
    def after_table_published(self, context, resource_id):
        arrivals.note(context, resource_id)
