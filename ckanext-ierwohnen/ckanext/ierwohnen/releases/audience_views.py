"""A release for those who may read it: by its number where datasets are, as a file, and as a card of the search.

What a reader may not know of is answered like what does not exist, by the same page.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, current_app
from werkzeug.wrappers import Response as AnyResponse

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.releases import files, outside, page
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.auth import release_of
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.member_pages import private

numbers = without_nul(Blueprint("ierwohnen_release_numbers", __name__))
KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MOST_CARDS = 100


numbers.after_request(private)


@numbers.get("/ierwohnen/freigabe/<id>")
def alone(id: str) -> AnyResponse:
    """The address with one letter less."""
    return tk.redirect_to("ierwohnen_releases.read", id=id)


@numbers.get("/dataset/F-<rest>")
def dataset(rest: str) -> Any:
    """The page of a release by its number; to whoever may not know of it, what any unknown dataset is."""
    try:
        found = release_of(reader_context(), {"id": f"F-{rest}"})
    except tk.ObjectNotFound:
        return current_app.view_functions["dataset.read"](package_type="dataset", id=f"F-{rest}")
    return tk.redirect_to("ierwohnen_releases.read", id=found.number)


@numbers.get("/dataset/freigabe-f-<rest>")
def public(rest: str) -> Any:
    """The dataset of a public release; where there was one, that it is gone and what came after it."""
    name = outside.PREFIX + rest
    if not outside.exists(name) and (gone := _gone(rest)) is not None:
        return tk.render("ierwohnen/releases/gone.html", {"number": f"F-{rest.upper()}", **gone}), 404
    return current_app.view_functions["dataset.read"](package_type="dataset", id=name)


@numbers.get("/ierwohnen/freigaben/<id>/tabelle.<ending>")
def table(id: str, ending: str) -> Any:
    """The figures as a file, through the door by which the page has them; it stands in the ledgers as such."""
    if ending not in KINDS:
        return tk.abort(404)
    context = reader_context()
    try:
        wish = {"id": id, "purpose": tk._("download as {kind}").format(kind=ending.upper())}
        found = tk.get_action("ierwohnen_release_show")(context, wish)
        definition = release_of(context, {"id": id}).definition
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    if not found["cells"]:
        return tk.abort(404)
    cells = [{**one, "figure": one["indicator"], **_value(one["figure"])} for one in found["cells"]]
    columns, rows = outside.table(definition, cells, outside.Places.of(definition))
    if ending == "csv":
        body = files.csv_of(columns, rows)
    else:
        facts = [(tk._("Release"), found["number"]), (tk._("Title"), found["title"]), *page.facts_of(found)]
        body = files.xlsx_of(columns, rows, facts, (tk._("Table"), tk._("Details")))
    answer = Response(body, mimetype=KINDS[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="{found["number"]}.{ending}"'
    return answer


def _value(figure: dict[str, Any]) -> dict[str, Any]:
    return {"value": figure["value"], "status": figure["status"]}


def _gone(rest: str) -> dict[str, Any] | None:
    """What may be said of a public release that is gone: that it was there, and the public one in its place."""
    try:
        store = settings.store()
        ended = [one for one, out in releases.outside(store).items() if not out]
        gone = next((one for one in ended if releases.new_number(one)[-6:] == rest[-6:].upper()), None)
        if gone is None:
            return None
        now = [one for one in releases.releases(store, outside.ANYBODY) if one.definition.replaces == gone]
    except VaultError:
        return None
    after = now[0] if now else None
    return {"after": after and {"name": outside.name_of(after.number), "title": after.definition.title}}


def cards(words: str) -> list[dict[str, Any]]:
    """Releases for some readers only that this reader may see and whose title, purpose or number has all words."""
    context = reader_context()
    if not context.get("user"):
        return []
    asked = {"state": "published", "limit": MOST_CARDS}
    found = tk.get_action("ierwohnen_release_list")(context, asked)["results"]
    parts = words.casefold().split()
    chosen = [
        one for one in found
        if one["audience"]["kind"] != "public"
        and all(part in f"{one['title']} {one['purpose']} {one['number']}".casefold() for part in parts)
    ]  # fmt: skip
    return [{**one, "shown_for": page.audience_words(one["audience"])} for one in chosen]
