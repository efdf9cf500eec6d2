"""The page of conspicuous units, and its table as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.ierwohnen.indicators import alert_page
from ckanext.ierwohnen.indicators.active import watch_at
from ckanext.ierwohnen.indicators.alert_lookup import Noticed, as_rows, find_alerts
from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context

alerts = without_nul(Blueprint("ierwohnen_alerts", __name__))

AT_LEAST = (1, 2, 3, 4)  # indicators at once, to choose from
CSV_COLUMNS = (
    "unit", "name", "state", "code", "kind", "period", "value", "status", "limit", "since", "slope", "city_slope", "n",
    "p",
)  # fmt: skip


@alerts.get("/ierwohnen/auffaellig", endpoint="index")
def index() -> str:
    """Which units to look at, why, since when."""
    noticed, at_least = _asked()
    listed = alert_page.shown(noticed, at_least)
    last = alert_page.pages(listed)
    asked = tk.request.args.get("page", "")
    page = min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    return tk.render(
        "ierwohnen_indicators/conspicuous.html",
        {
            "noticed": noticed,
            "year": noticed.findings.year,
            "levels": noticed.levels,
            "level_title": dict(noticed.levels).get(noticed.level or "", ""),
            "at_least": at_least,
            "choices": AT_LEAST,
            "groups": alert_page.groups(noticed, listed, page),
            "page": page,
            "pages": [
                tk.h.url_for("ierwohnen_alerts.index", **_arguments(noticed, at_least), page=number)
                for number in range(1, last + 1)
            ],
            "count": len(listed),
            "all_units": len(noticed.names),
            "thresholds": alert_page.thresholds(noticed),
            "table": alert_page.table(noticed, listed),
            "map": alert_page.where(reader_context(), noticed),
            "new": _names(noticed, "new"),
            "gone": _names(noticed, "gone"),
            "watch_at": watch_at(),
            "without": [noticed.names.get(unit, unit) for unit in noticed.findings.without],
            "csv": tk.h.url_for("ierwohnen_alerts.as_csv", **_arguments(noticed, at_least)),
        },
    )


@alerts.get("/ierwohnen/auffaellig.csv", endpoint="as_csv")
def as_csv() -> Response:
    """One row for each reason: UTF-8, commas, numbers with a point."""
    noticed, at_least = _asked()
    listed = {alert.unit for alert in alert_page.shown(noticed, at_least)}
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(row for row in as_rows(noticed) if row["unit"] in listed)
    name = f"auffaellig-{noticed.findings.year or 'leer'}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)


def _asked() -> tuple[Noticed, int]:
    args = tk.request.args
    year = args.get("period", "")[:4]
    at_least = args.get("at_least", "1")
    try:
        if args.get("system"):  # an empty page would look like "nothing conspicuous"
            tk.get_action("ierwohnen_spatial_system_show")(reader_context(), {"id": args["system"]})
        noticed = find_alerts(
            reader_context(), args.get("system") or None, args.get("level") or None,
            int(year) if year.isascii() and year.isdigit() else None,
        )  # fmt: skip
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404, tk._("There is no such spatial level here."))
    return noticed, int(at_least) if at_least in map(str, AT_LEAST) else 1


def _arguments(noticed: Noticed, at_least: int) -> dict[str, Any]:
    return {"system": noticed.system, "level": noticed.level, "period": noticed.findings.year, "at_least": at_least}


def _names(noticed: Noticed, what: str) -> list[str]:
    return [noticed.names.get(unit, unit) for unit in noticed.changes[what]]
