"""The page of due deliveries in the dashboard of those who publish."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.pagination import Page
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.ierwohnen.catalogue import offices
from ckanext.ierwohnen.catalogue.delivery_list import Standing
from ckanext.ierwohnen.catalogue.page import term
from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context

deliveries = without_nul(Blueprint("ierwohnen_deliveries", __name__))
ROWS = 50


def index() -> str | Response:
    """Which tables of one's offices are due, late or just delivered."""
    if tk.current_user.is_anonymous:
        return tk.redirect_to("user.login", came_from=tk.h.url_for("ierwohnen_deliveries.index"))
    context: Any = reader_context()
    args = tk.request.args
    asked = {name: args[name] for name in ("organization", "standing") if args.get(name)}
    page = tk.h.get_page_number(args)
    try:
        found = tk.get_action("ierwohnen_delivery_list")(context, {**asked, "limit": ROWS, "offset": (page - 1) * ROWS})
    except (tk.NotAuthorized, tk.ValidationError):
        return tk.redirect_to("ierwohnen_deliveries.index")
    return tk.render(
        "ierwohnen/catalogue/deliveries.html",
        {
            "user_dict": {"name": tk.current_user.name},
            "entries": [_entry(one) for one in found["results"]],
            "counts": found["counts"],
            "all": sum(found["counts"].values()),
            "chosen": asked,
            "organizations": offices.organizations(context),
            "standings": [{"value": one.value, "text": _title(one), "tone": TONES[one]} for one in Standing],
            "page": Page(found["results"], page, ROWS, found["count"], presliced_list=True, url=tk.h.pager_url),
        },
    )


TONES = {Standing.overdue: "overdue", Standing.due: "due", Standing.soon: "current", Standing.recent: "current",
         Standing.current: "current"}  # fmt: skip


def _title(standing: Standing) -> str:
    titles = {
        Standing.overdue: tk._("overdue"),
        Standing.due: tk._("due"),
        Standing.soon: tk._("due within 30 days"),
        Standing.recent: tk._("just delivered"),
        Standing.current: tk._("up to date"),
    }
    return titles[standing]


def _entry(found: dict[str, Any]) -> dict[str, Any]:
    standing = Standing(found["standing"])
    days = abs(found["days_late"])
    late = tk.ungettext("%(num)d day late", "%(num)d days late", days) % {"num": days}
    left = tk.ungettext("in %(num)d day", "in %(num)d days", days) % {"num": days}
    return {
        **found,
        "title": _title(standing),
        "cycle": term("frequencies", found["frequency"]),
        "when": late if found["days_late"] > 0 else left if days else tk._("today"),
    }


deliveries.add_url_rule("/dashboard/deliveries", view_func=index, endpoint="index")
