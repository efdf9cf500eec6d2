"""Wires the releases into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.ierwohnen import look
from ckanext.ierwohnen.indicators.interfaces import ILimitedTables
from ckanext.ierwohnen.releases import (
    actions,
    audience_views,
    auth,
    cli,
    company_end,
    company_files,
    company_lock,
    dataset_guard,
    dataset_words,
    indicator_tables,
    invitations,
    jobs,
    kept_names,
    kept_titles,
    no_functions,
    own_accounts,
    roles_given,
    views,
    waiting,
)
from ckanext.ierwohnen.releases.calendar import Calendar
from ckanext.ierwohnen.vault.followed_jobs import followed, may_follow, ours


@tk.blanket.blueprints([views.releases, audience_views.numbers])
@tk.blanket.cli(cli.get_commands)
@tk.blanket.config_declarations
class ReleasesPlugin(p.SingletonPlugin, DefaultTranslation):
    """The only way out of the protected store."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.ITemplateHelpers)
    p.implements(ILimitedTables)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        look.enable(config)
        company_lock.lock()

    # IMiddleware
    def make_middleware(self, app: Any, config: Any) -> Any:
        Calendar().follow(app)
        return app

    # IActions, IAuthFunctions
    def get_actions(self) -> dict[str, Any]:
        chained = company_files.actions() | kept_names.actions() | own_accounts.actions() | invitations.actions()
        chained |= roles_given.actions() | kept_titles.actions()
        return ours(actions) | followed(jobs.JOB, actions.release_job) | chained

    def get_auth_functions(self) -> dict[str, Any]:
        guards = dataset_guard.guards() | company_end.guards() | own_accounts.auth_functions()
        guards |= no_functions.auth_functions() | roles_given.guards()
        return ours(auth) | may_follow(jobs.JOB) | guards

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {
            "iw_release_cards": audience_views.cards, "iw_releases_waiting": waiting.waiting,
            "iw_release_notes": dataset_words.notes_in_english, "get_translated": dataset_words.get_translated,
            "iw_roles_to_give": roles_given.offered, "iw_own_password": own_accounts.own_password,
        }  # fmt: skip

    # ILimitedTables
    def limited_tables(self, context: Any) -> Any:
        return indicator_tables.tables(context)

    def made_of(self) -> Any:
        return indicator_tables.made_of()

    def limited_readings(self, context: Any, table: str) -> Any:
        return indicator_tables.table(context, table)
