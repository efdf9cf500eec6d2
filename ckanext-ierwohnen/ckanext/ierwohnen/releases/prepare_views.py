"""The page that prepares a release. All that it does, the action does; it asks before for what cannot pass a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask.views import MethodView
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.releases import changing, prepare_page, schema
from ckanext.ierwohnen.releases.auth import release_of
from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.vault.member_pages import group_of
from ckanext.ierwohnen.vault.schema import validated


def _owner(name: str) -> str:
    """The id of the company for which somebody prepares."""
    return str(group_of(name, "ierwohnen_release_prepare").id)


def _consented(asked: dict[str, Any]) -> None:
    """:raises ValidationError: since a company alone did not consent, with all else that is wrong"""
    sentence = tk._(
        "All dwellings are of one company, so each figure shows its business alone. Without consent nothing can appear."
    )
    wrong = {"consent": [sentence]}
    try:
        validated(asked, schema.prepare())
    except tk.ValidationError as error:
        wrong = {**error.error_dict, **wrong}
    raise tk.ValidationError(wrong)


class PrepareView(MethodView):
    """State which figures leave the house, for whom, why and until when."""

    def get(self) -> str:
        """Show the form, empty or with an earlier release's definition (`like`)."""
        organization = _owner(tk.request.args.get("organization", ""))
        offered = prepare_page.choices(reader_context(), organization)
        try:
            like, day = (tk.request.args.get(name, "") for name in ("like", "stichtag"))
            values = prepare_page.at_first(reader_context(), organization, like, offered, day)
        except tk.ObjectNotFound:
            return tk.abort(404, tk._("Page not found"))
        asked = tk.request.args.getlist("change") if like else []
        values, taken = changing.changed(values, asked, offered)
        return self._show(organization, offered, values, {}, changing.told(reader_context(), taken, values))

    def post(self) -> str | Response:
        """Prepare it, or say what is missing."""
        organization = _owner(tk.request.form.get("organization", ""))
        values = prepare_page.from_form(tk.request.form)
        asked = {name: value for name, value in values.items() if value and name != "replaceable"}
        asked["sources"] = [organization, *values["sources"]]
        asked["organization"] = organization
        try:
            if not values["consent"] and prepare_page.alone(organization, values["sources"]):
                _consented(asked)
            made = tk.get_action("ierwohnen_release_prepare")(reader_context(), asked)
        except tk.ObjectNotFound:
            return tk.abort(404, tk._("Page not found"))
        except tk.ValidationError as wrong:
            offered = prepare_page.choices(reader_context(), organization)
            return self._show(organization, offered, values, wrong.error_dict)
        tk.h.flash_success(tk._("The release is prepared."))
        return tk.redirect_to("ierwohnen_releases.read", id=made["number"])

    def _show(self, organization: str, offered: Any, values: Any, errors: Any, changes: Sequence[str] = ()) -> str:
        group, labels = model.Group.get(organization), prepare_page.labels()
        order = list(labels)
        errors = dict(sorted(errors.items(), key=lambda one: order.index(one[0]) if one[0] in order else -1))
        return tk.render(
            "ierwohnen/releases/prepare.html",
            {
                "company": {"id": organization, "name": group.name, "title": title_of(organization)},
                "offered": offered, "values": values, "errors": errors, "labels": labels, "changes": changes,
            },
        )  # fmt: skip


def once_more(id: str) -> Response:
    """Prepare the same again, with a new deadline: its time to join and approve has ended, or stock has changed."""
    context = reader_context()
    try:
        release = release_of(context, {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404)
    organization = _owner(tk.request.form.get("organization", ""))
    if not (release.overdue or release.outdated) or organization not in release.definition.owners:
        return tk.abort(404)
    data = prepare_page.once_more(release, organization, clock.today())
    try:
        made = tk.get_action("ierwohnen_release_prepare")(context, data)
    except (tk.ObjectNotFound, tk.ValidationError):  # what was agreed on is no longer possible: let somebody look at it
        tk.h.flash_error(tk._("It cannot be prepared as it was. Please look at what is agreed on."))
        return tk.redirect_to("ierwohnen_releases.prepare", organization=organization, like=release.number)
    tk.h.flash_success(tk._("The release is prepared again. All owners are asked anew."))
    return tk.redirect_to("ierwohnen_releases.read", id=made["number"])
