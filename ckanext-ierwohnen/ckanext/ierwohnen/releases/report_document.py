"""The report of a check as PDF, for the owners' people: what was agreed on and proved, by which rules, the table."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.releases import page
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cells import COUNTED
from ckanext.ierwohnen.releases.report_page import report_shown
from ckanext.ierwohnen.tables.wording import reader_language

MOST_ROWS = 500
"""Rows of a table that still makes a document; a longer one is in the release's files."""


def report_document(context: Context, release: dict[str, Any], approvals: list[dict[str, str]]) -> bytes | None:
    """The document; None for a release whose check was not passed, and for readers who get no report."""
    from ckanext.ierwohnen.look.document import as_pdf  # takes a while to load, and few need it

    report = report_shown(release)
    if report is None:
        return None
    table = page.table_of(context, release)
    html = tk.render(
        "ierwohnen/releases/report_document.html",
        {
            "release": release, "title": page.title_with_date(release), "report": report, "approvals": approvals,
            "state_word": page.state_word(release["state"]), "facts": page.facts_of(context, release),
            "counted": _counted(release), "table": table if len(table["rows"]) <= MOST_ROWS else None,
            "rows": len(table["rows"]),
        },
    )  # fmt: skip
    return as_pdf(html)


def _counted(release: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """Of each figure its title, and how many cells there are of each kind."""
    short = "en" if reader_language().startswith("en") else "de"
    found = release["report"]["cells"]
    return [
        (catalogue().figures[name].title[short], [found[name].get(kind, 0) for kind in COUNTED])
        for name in release["figures"]
        if name in found
    ]
