"""Wires the company's pages into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.ierwohnen import look
from ckanext.ierwohnen.company import actions, auth, entry, frame, ledger_views, stock_views
from ckanext.ierwohnen.vault.followed_jobs import ours


@tk.blanket.blueprints([stock_views.company, ledger_views.ledger])
class CompanyPlugin(p.SingletonPlugin, DefaultTranslation):
    """A housing company's own pages."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.ISignal)
    p.implements(p.ITemplateHelpers)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        look.enable(config)

    # ISignal
    def get_signal_subscriptions(self) -> Any:
        return entry.subscriptions()

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {"iw_own_company": frame.own_company_page}

    # IActions, IAuthFunctions
    def get_actions(self) -> dict[str, Any]:
        return ours(actions)

    def get_auth_functions(self) -> dict[str, Any]:
        return ours(auth)
