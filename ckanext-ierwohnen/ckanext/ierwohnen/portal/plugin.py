"""Wires the portal room into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from flask import Blueprint

from ckanext.ierwohnen import look
from ckanext.ierwohnen.look import own_origin, runtime_options, sent_texts
from ckanext.ierwohnen.look.views import look as look_pages
from ckanext.ierwohnen.portal import (
    accounts_told,
    actions,
    auth,
    cache,
    help_texts,
    plain_errors,
    response_headers,
    template_functions,
    views,
)


@tk.blanket.config_declarations
class PortalPlugin(p.SingletonPlugin, DefaultTranslation):
    """Home page, search in groups, navigation and the theme that all pages share."""

    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IBlueprint)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.ITemplateHelpers)
    p.implements(p.ITranslation)
    p.implements(p.ISignal)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        """Add the parts first, so that the theme of this room comes after them."""
        look.enable(config)
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "ierwohnen_portal")

    def update_config_schema(self, schema: Any) -> Any:
        """Few options change while the portal runs."""
        return runtime_options.only_editable(schema)

    # IMiddleware
    def make_middleware(self, app: Any, config: Any) -> Any:
        """Protective headers on every reply; no acting from pages elsewhere."""
        response_headers.protect(app)
        own_origin.guard(app)
        sent_texts.guard(app)
        return app

    # IBlueprint
    def get_blueprint(self) -> list[Blueprint]:
        """Pages of this room, and the page of parts."""
        return [views.portal, look_pages]

    # IActions
    def get_actions(self) -> dict[str, Any]:
        """Search in groups; what CKAN's own actions tell less of."""
        ours = {"ierwohnen_search_suggest": actions.ierwohnen_search_suggest}
        return ours | accounts_told.actions() | plain_errors.actions() | help_texts.actions()

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        """Who may search, and who is told of accounts."""
        return {"ierwohnen_search_suggest": auth.ierwohnen_search_suggest} | accounts_told.auth_functions()

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        """Functions of this room's templates, and of CKAN's that tell of accounts."""
        return template_functions.functions() | {"organizations_available": accounts_told.organizations_available}

    # ISignal
    def get_signal_subscriptions(self) -> dict[Any, Any]:
        """After a change the prepared public parts are stale."""
        return {tk.signals.action_succeeded: [cache.forget_after]}
