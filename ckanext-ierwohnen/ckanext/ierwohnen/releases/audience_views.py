"""A release for those who may read it: by its number where datasets are, as a file, and as a card of the search.

What a reader may not know of is answered like what does not exist, by the same page.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, current_app
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.signs import Status, label, vocabulary
from ckanext.ierwohnen.releases import files, outside, page
from ckanext.ierwohnen.releases.auth import release_of
from ckanext.ierwohnen.releases.gone import gone
from ckanext.ierwohnen.releases.rows import Places
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.member_pages import private
from ckanext.ierwohnen.vault.unkept import keep_out_of_caches

numbers = without_nul(Blueprint("ierwohnen_release_numbers", __name__))
KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MOST_CARDS = 100


class _Drawn(BaseConverter):
    """What is drawn of a number, and nothing with an ending: `….ttl` is CKAN's RDF of a dataset."""

    regex = r"\d{4}-[A-Za-z2-7]{6}"


numbers.after_request(private)
numbers.record_once(lambda setup: setup.app.url_map.converters.update(ierwohnen_drawn=_Drawn))


@numbers.get("/ierwohnen/freigabe/<id>")
def alone(id: str) -> AnyResponse:
    """The address with one letter less."""
    return tk.redirect_to("ierwohnen_releases.read", id=id)


@numbers.get("/dataset/<any('F', 'f'):letter>-<ierwohnen_drawn:rest>")
def dataset(letter: str, rest: str) -> Any:
    """The page of a release by its number; to whoever may not know of it, what any unknown dataset is."""
    number = f"F-{rest.upper()}"
    try:
        found = release_of(reader_context(), {"id": number})
    except tk.ObjectNotFound:
        if (ended := gone(number)) is not None:
            return ended
        return current_app.view_functions["dataset.read"](package_type="dataset", id=f"{letter}-{rest}")
    return tk.redirect_to("ierwohnen_releases.read", id=found.number)


@numbers.get("/dataset/freigabe-f-<ierwohnen_drawn:rest>")
def public(rest: str) -> Any:
    """The dataset of a public release; where there was one, that it is gone and what came after it."""
    name = outside.PREFIX + rest
    if not outside.exists(name) and (ended := gone(f"F-{rest.upper()}")) is not None:
        return ended
    return current_app.view_functions["dataset.read"](package_type="dataset", id=name)


@numbers.get("/ierwohnen/freigaben/<id>/tabelle.<ending>")
def table(id: str, ending: str) -> Any:
    """The figures as a file, through the door by which the page has them; it stands in the ledgers as such."""
    if ending not in KINDS:
        return tk.abort(404)
    context = reader_context()
    try:
        wish = {"id": id, "purpose": tk._("download as {kind}").format(kind=ending.upper())}
        definition = release_of(context, {"id": id}).definition
        found = tk.get_action("ierwohnen_release_show")(context, wish)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return gone(id) or tk.abort(404)
    if not found["cells"]:
        return tk.abort(404)
    language = reader_language()
    cells = [{**one, "figure": one["indicator"], **_value(one["figure"])} for one in found["cells"]]
    columns, rows = outside.table(definition, cells, Places.of(context, definition.level), language)
    for row in rows:  # signs as the page has them, and beside them in words
        for figure in definition.figures:
            status = row.get(f"{figure}_status")
            if status:
                row[f"{figure}_status"] = label(status, language)
                row[figure] = vocabulary()[Status(status)].sign if row[figure] is None else row[figure]
    if ending == "csv":
        body = files.csv_of(columns, rows, language)
    else:
        facts = [(tk._("Release"), found["number"]), (tk._("Title"), found["title"]), *page.facts_of(context, found)]
        body = files.xlsx_of(columns, rows, facts, (tk._("Table"), tk._("Details")))
    answer = Response(body, mimetype=KINDS[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="{found["number"]}.{ending}"'
    return answer


def _value(figure: dict[str, Any]) -> dict[str, Any]:
    return {"value": figure["value"], "status": figure["status"]}


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
    if chosen:
        keep_out_of_caches()
    return [{**one, "shown_for": page.audience_words(one["audience"])} for one in chosen]
