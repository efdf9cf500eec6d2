"""Jobs of this room and of releases/ are followed by `ierwohnen_job_show` of the tables room, where it is turned on.

Which job it is, its name says by how it begins; who may follow it, its room decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

SHOW = "ierwohnen_job_show"
Show = Callable[[Context, str], dict[str, Any]]


def ours(module: Any) -> dict[str, Any]:
    """The actions or rules of a module, by their names."""
    return {name: function for name, function in vars(module).items() if name.startswith("ierwohnen_")}


def followed(beginning: str, show: Show) -> dict[str, Any]:
    """The action that shows jobs whose names begin so by `show`, which refuses whom they do not concern."""

    @tk.chained_action
    @tk.side_effect_free
    def job_show(next_action: Any, context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
        """As `ierwohnen_job_show`, for the jobs of one more room."""
        if not _begins(data_dict, beginning):
            return next_action(context, data_dict)
        tk.check_access(SHOW, context, data_dict)
        return show(context, data_dict["id"])

    return {SHOW: job_show} if p.plugin_loaded("ierwohnen_tables") else {}


def may_follow(beginning: str) -> dict[str, Any]:
    """The rule beside it: the room itself decides, and who has no part in such a job finds none."""

    @tk.chained_auth_function
    @tk.auth_disallow_anonymous_access
    def may_show_job(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
        """Logged-in people may ask; what they find is decided where the job is shown."""
        return {"success": True} if _begins(data_dict, beginning) else next_auth(context, data_dict)

    return {SHOW: may_show_job} if p.plugin_loaded("ierwohnen_tables") else {}


def _begins(data_dict: dict[str, Any], beginning: str) -> bool:
    job = data_dict.get("id")
    return isinstance(job, str) and job.startswith(beginning)
