"""The company's ledger as a page and as files: each reading of its own data, and whether the chain is whole."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.ierwohnen.company import csv_file
from ckanext.ierwohnen.company.frame import company_of, messages
from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.numbers import format_date, only_digits
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.releases.roles import called, title_of
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import ledger_words
from ckanext.ierwohnen.vault.journal import HOUSEKEEPING
from ckanext.ierwohnen.vault.ledger import Entry, export
from ckanext.ierwohnen.vault.member_pages import private

ledger = without_nul(
    Blueprint("ierwohnen_ledger", __name__, url_prefix="/ierwohnen/bestand/<organization>/protokoll")
)
ledger.after_request(private)
ROWS = 25
ALL = 10_000_000


def index(organization: str) -> str:
    """Who did what with the company's data, the newest first; the chain is verified each time."""
    about = company_of(organization, "ierwohnen_ledger_list")
    asked = {name: tk.request.args[name] for name in ("from", "to", "known") if tk.request.args.get(name)}
    number = tk.request.args.get("page", "1")
    page = max(1, int(number)) if only_digits(number) and len(number) < 7 else 1
    errors: list[str] = []
    try:
        found = _ledger(about, asked)
    except tk.ValidationError as error:
        errors = messages(error)
        found = _ledger(about, {})
    every = bool(errors or tk.request.args.get("alle"))
    newest = [one for one in found["results"][::-1] if every or one["action"] not in HOUSEKEEPING]
    return tk.render(
        "ierwohnen/company/ledger.html",
        {
            "company": about, "errors": errors, "asked": asked, "count": found["count"], "chain": found["chain"],
            "every": every, "left_out": found["count"] - len(newest),
            "page": page, "pages": max(1, -(-len(newest) // ROWS)),
            "entries": [_shown(entry) for entry in newest[(page - 1) * ROWS : page * ROWS]],
        },
    )  # fmt: skip


def as_csv(organization: str) -> Response:
    """All entries for a spreadsheet: in words, and beside them as the ledger holds them."""
    about = company_of(organization, "ierwohnen_ledger_list")
    head = [tk._("Number"), tk._("Time (UTC)"), tk._("Person"), tk._("Account"), tk._("Organization"), tk._("What"),
            tk._("What (ledger entry)"), tk._("Of what"), tk._("Of what (ledger entry)"), tk._("Purpose"),
            tk._("Purpose (ledger entry)"), tk._("Hash")]  # fmt: skip
    rows = []
    for entry in _ledger(about, {}, tk._("export of the ledger"))["results"]:
        shown = _shown(entry)
        rows.append((
            entry["number"], entry["at"], shown["who"], entry["reader"], shown["organization"], shown["what"],
            entry["action"], shown["subject"], entry["subject"], shown["purpose"][0], entry["purpose"], entry["hash"],
        ))  # fmt: skip
    return csv_file.as_csv(head, rows, f"protokoll-{about['name']}.csv")


def as_lines(organization: str) -> Response:
    """All entries exactly, as the command that verifies the chain reads them."""
    about = company_of(organization, "ierwohnen_ledger_list")
    entries = _ledger(about, {}, tk._("export of the ledger"))["results"]
    text = export(Entry(**entry) for entry in entries)
    return csv_file.download(text, "application/jsonl", f"protokoll-{about['name']}.jsonl")


def _ledger(about: dict[str, Any], asked: dict[str, str], purpose: str = "") -> dict[str, Any]:
    data = {"organization": about["id"], "limit": ALL, "purpose": purpose or tk._("page of the ledger")}
    return tk.get_action("ierwohnen_ledger_list")(reader_context(), data | asked)


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    person = called(entry["reader"])
    automatic = ledger_words.reader(entry["reader"], reader_language()) if person == entry["reader"] else ""
    return {
        "number": entry["number"],
        "at": tk.h.iw_moment(entry["at"]),
        "who": automatic or person,
        "account": "" if automatic else entry["reader"],
        "organization": ", ".join(title_of(one) for one in entry["reader_organization"].split()) or "–",
        "what": _word(entry["action"]),
        "subject": _subject(entry["subject"]),
        "purpose": ledger_words.purpose(entry["purpose"], reader_language()),
    }


def _subject(subject: str) -> str:
    """What was read, in words: the ledger holds it as it was noted, whoever reads it."""
    kind, _, days = subject.partition(" ")
    try:
        shown = ", ".join(format_date(dt.date.fromisoformat(day), locale=reader_language()) for day in days.split())
    except ValueError:
        shown = ""
    told = tk._("stock of {dates}").format(dates=shown) if kind == "stock" and shown else ""
    return told or ledger_words.subject(subject, reader_language())


def _word(action: str) -> str:
    words = {
        "load": tk._("loaded"), "replace": tk._("replaced"), "delete": tk._("deleted"), "read": tk._("read"),
        "list": tk._("list read"), "ledger": tk._("ledger read"), "release read": tk._("release read"),
        "release prepare": tk._("release prepared"), "release join": tk._("joined a release"),
        "release approve": tk._("release approved"), "release publish": tk._("release published"),
        "release reject": tk._("release turned down"), "release withdraw": tk._("release withdrawn"),
        "release check": tk._("release checked"), "release pass": tk._("release passed the check"),
        "release refuse": tk._("release refused by the check"), "release supersede": tk._("release superseded"),
        "release expire": tk._("release expired"),
    }  # fmt: skip
    return words.get(action, action)


ledger.add_url_rule("", view_func=index)
ledger.add_url_rule("/alle.csv", view_func=as_csv)
ledger.add_url_rule("/alle.jsonl", view_func=as_lines)
