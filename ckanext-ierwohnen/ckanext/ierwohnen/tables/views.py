"""Pages of the tables room: new delivery, check, publication. Thin: all they do, the actions do."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Blueprint
from flask.views import MethodView
from werkzeug.wrappers import Response

from . import check_page, choices, deliveries
from .checking import repairs_in_words
from .model import Delivery

tables = Blueprint("ierwohnen_tables", __name__)
ROWS = 400  # rows of the file that the page looks at


def _context() -> Any:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def _about(dataset_id: str, resource_id: str, action: str) -> dict[str, Any]:
    """Dataset and resource for a page, after the right to `action` was checked; 403 or 404 otherwise."""
    try:
        tk.check_access(action, _context(), {"resource_id": resource_id})
        package = tk.get_action("package_show")(_context(), {"id": dataset_id})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this dataset."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Resource not found"))
    resource = next((one for one in package["resources"] if one["id"] == resource_id), None)
    if resource is None:
        return tk.abort(404, tk._("Resource not found"))
    return {"pkg": package, "pkg_dict": package, "res": resource, "resource": resource}


def _messages(error: tk.ValidationError) -> dict[str, list[str]]:
    return {
        field: [str(text) for text in texts] if isinstance(texts, list) else [str(texts)]
        for field, texts in error.error_dict.items()
    }


class CheckView(MethodView):
    """What was understood of a file, and what is wrong with it; corrections are kept with the delivery."""

    def get(self, id: str, resource_id: str) -> str:
        """Show the check of the waiting delivery, or of the resource's own file."""
        about = _about(id, resource_id, "ierwohnen_table_check")
        return self._show(about)

    def post(self, id: str, resource_id: str) -> str | Response:
        """Keep what was chosen; then show the check again, publish, or drop the delivery."""
        about = _about(id, resource_id, "ierwohnen_table_publish")
        do = tk.request.form.get("do", "check")
        if do == "discard":
            tk.get_action("ierwohnen_delivery_delete")(_context(), {"resource_id": resource_id})
            tk.h.flash_success(tk._("The delivery was discarded. The published version is unchanged."))
            return tk.redirect_to(f"{about['pkg']['type']}_resource.read", id=id, resource_id=resource_id)
        user = model.User.get(tk.current_user.name)
        try:
            deliveries.keep_choices(about["res"], user.id, self._chosen(resource_id))
        except tk.ValidationError as error:
            return self._show(about, errors=_messages(error))
        if do == "publish":
            return self._publish(about)
        if do == "keep":
            tk.h.flash_success(tk._("Saved as a draft. Nothing was published."))
            return tk.redirect_to(f"{about['pkg']['type']}_resource.read", id=id, resource_id=resource_id)
        if getattr(tk.request, "htmx", False):
            return self._show(about, "ierwohnen/tables/check_body.html")
        at = {"_anchor": "iw-problem-list"} if "repair" in tk.request.form or "undo" in tk.request.form else {}
        return tk.redirect_to("ierwohnen_tables.check", id=id, resource_id=resource_id, **at)

    def _chosen(self, resource_id: str) -> dict[str, Any]:
        """What is chosen now: by the fields of the form, by an offer that was taken, by one that was taken back."""
        form = tk.request.form
        chosen = choices.from_form(form, choices.kept(Delivery.open_for(resource_id)))
        with repairs_in_words():
            if form.get("repair"):
                chosen = choices.with_repair(chosen, form["repair"])
            if form.get("undo"):
                chosen = choices.without_repair(chosen, form["undo"])
        return chosen

    def _show(self, about: dict[str, Any], template: str = "ierwohnen/tables/check.html", errors: Any = None) -> str:
        resource_id = about["res"]["id"]
        chosen = choices.kept(Delivery.open_for(resource_id))
        try:
            checked = tk.get_action("ierwohnen_table_check")(
                _context(), {"resource_id": resource_id, "limit": ROWS, **choices.parameters(chosen)}
            )
            check = check_page.page(checked, chosen, about["res"])
        except tk.ValidationError as error:
            check, errors = None, _messages(error)
        return tk.render(template, {**about, "check": check, "errors": errors or {}})

    def _publish(self, about: dict[str, Any]) -> str | Response:
        resource_id = about["res"]["id"]
        chosen = choices.kept(Delivery.open_for(resource_id))
        place = {"id": about["pkg"]["name"], "resource_id": resource_id}
        try:
            job = tk.get_action("ierwohnen_table_publish")(
                _context(),
                {"resource_id": resource_id, "mode": chosen.get("mode", "replace"), **choices.parameters(chosen)},
            )
        except tk.ValidationError as error:
            if "table" in error.error_dict:  # the page shows the errors, each at its place
                return tk.redirect_to("ierwohnen_tables.check", **place, _anchor="iw-problem-list")
            return self._show(about, errors=_messages(error))
        return tk.redirect_to("ierwohnen_tables.publication", **place, job_id=job["job"])


class DeliveryView(MethodView):
    """Upload a new file for a resource, beside the published one."""

    def get(self, id: str, resource_id: str, errors: Any = None) -> str:
        """Show the form."""
        about = _about(id, resource_id, "ierwohnen_delivery_create")
        limit = deliveries.limit() // deliveries.MEGABYTE
        return tk.render("ierwohnen/tables/delivery.html", {**about, "errors": errors or {}, "limit": limit})

    def post(self, id: str, resource_id: str) -> str | Response:
        """Put the file aside and go on to its check."""
        _about(id, resource_id, "ierwohnen_delivery_create")
        upload = tk.request.files.get("upload")
        try:
            if not upload or not upload.filename:
                raise tk.ValidationError({"upload": [tk._("No file was chosen. Choose a table as CSV or XLSX.")]})
            tk.get_action("ierwohnen_delivery_create")(_context(), {"resource_id": resource_id, "upload": upload})
        except tk.ValidationError as error:
            return self.get(id, resource_id, _messages(error))
        return tk.redirect_to("ierwohnen_tables.check", id=id, resource_id=resource_id)


def publication(id: str, resource_id: str, job_id: str) -> str:
    """How far a publication is; the page renews itself, with htmx or without."""
    about = _about(id, resource_id, "ierwohnen_table_publish")
    try:
        job = tk.get_action("ierwohnen_job_show")(_context(), {"id": job_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("There is no such job."))
    if job["resource_id"] != resource_id:
        return tk.abort(404, tk._("There is no such job."))
    part = "publication_body" if getattr(tk.request, "htmx", False) else "publication"
    return tk.render(f"ierwohnen/tables/{part}.html", {**about, "job": job})


PLACE = "/dataset/<id>/resource/<resource_id>"
tables.add_url_rule(f"{PLACE}/check", view_func=CheckView.as_view("check"))
tables.add_url_rule(f"{PLACE}/delivery", view_func=DeliveryView.as_view("delivery"))
tables.add_url_rule(f"{PLACE}/publication/<job_id>", view_func=publication)
