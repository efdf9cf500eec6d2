"""Wires the releases into CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from ckan.types import AuthResult, Context

from ckanext.ierwohnen import look
from ckanext.ierwohnen.releases import actions, auth, cli, jobs, views


def _is_release(data_dict: dict[str, Any]) -> bool:
    job = data_dict.get("id")
    return isinstance(job, str) and job.startswith(jobs.JOB)


@tk.chained_action
@tk.side_effect_free
def job_show(next_action: Any, context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Checks of releases are followed like any job, by those alone who act for an owner."""
    if not _is_release(data_dict):
        return next_action(context, data_dict)
    tk.check_access("ierwohnen_job_show", context, data_dict)
    return actions.release_job(context, data_dict["id"])


@tk.chained_auth_function
@tk.auth_disallow_anonymous_access
def may_show_job(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Of checks the release itself decides: who may not know of it finds no such job."""
    return {"success": True} if _is_release(data_dict) else next_auth(context, data_dict)


@tk.blanket.blueprints([views.releases])
@tk.blanket.cli(cli.get_commands)
@tk.blanket.config_declarations
class ReleasesPlugin(p.SingletonPlugin, DefaultTranslation):
    """The only way out of the protected store."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        look.enable(config)

    # IActions, IAuthFunctions: the jobs' are those of the tables room, where it is turned on
    def get_actions(self) -> dict[str, Any]:
        return _ours(actions) | ({"ierwohnen_job_show": job_show} if p.plugin_loaded("ierwohnen_tables") else {})

    def get_auth_functions(self) -> dict[str, Any]:
        return _ours(auth) | ({"ierwohnen_job_show": may_show_job} if p.plugin_loaded("ierwohnen_tables") else {})


def _ours(module: Any) -> dict[str, Any]:
    return {name: function for name, function in vars(module).items() if name.startswith("ierwohnen_")}
