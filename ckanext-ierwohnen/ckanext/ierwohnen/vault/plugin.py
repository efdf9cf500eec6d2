"""Wires the vault into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.ierwohnen.look import own_origin, runtime_options, sent_texts
from ckanext.ierwohnen.vault import actions, auth, cli, quiet_jobs, unkept
from ckanext.ierwohnen.vault.followed_jobs import followed, may_follow, ours
from ckanext.ierwohnen.vault.in_memory import kept_in_memory
from ckanext.ierwohnen.vault.quiet_logs import quiet_logs


@tk.blanket.cli(cli.get_commands)
@tk.blanket.config_declarations
class VaultPlugin(p.SingletonPlugin, DefaultTranslation):
    """The protected store: a company's own stock and its ledger."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        quiet_logs()

    def update_config_schema(self, schema: Any) -> Any:
        return runtime_options.only_editable(schema)

    # IMiddleware
    def make_middleware(self, app: Any, config: Any) -> Any:
        app.request_class = kept_in_memory(app.request_class)
        unkept.follow(app)
        own_origin.guard(app)
        sent_texts.guard(app)
        return app

    # IActions, IAuthFunctions
    def get_actions(self) -> dict[str, Any]:
        return ours(actions) | followed(actions.JOB, actions.stock_job) | quiet_jobs.actions()

    def get_auth_functions(self) -> dict[str, Any]:
        return ours(auth) | may_follow(actions.JOB)
