"""Pages of the tables room: new delivery, check, publication. Thin: all they do, the actions do."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Blueprint
from flask.views import MethodView
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context

from . import check_page, choices, deliveries
from .checking import repairs_in_words
from .helpers import ierwohnen_tables_is_table
from .model import Delivery
from .row_views import Look

tables = without_nul(Blueprint("ierwohnen_tables", __name__))


def _about(dataset_id: str, resource_id: str, action: str) -> dict[str, Any]:
    """Dataset and resource for a page, after the right to `action` was checked; 403 or 404 otherwise."""
    try:
        tk.check_access(action, reader_context(), {"resource_id": resource_id})
        package = tk.get_action("package_show")(reader_context(), {"id": dataset_id})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this dataset."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Resource not found"))
    resource = next((one for one in package["resources"] if one["id"] == resource_id), None)
    if resource is None:
        return tk.abort(404, tk._("Resource not found"))
    return {"pkg": package, "pkg_dict": package, "res": resource, "resource": resource}


def _seen() -> dict[str, str]:
    """What the page showed: nobody publishes what somebody else has put there meanwhile."""
    form = tk.request.form
    return {name: form[f"seen-{name}"] for name in ("delivery", "version") if f"seen-{name}" in form}


def _is_part() -> bool:
    """Whether htmx asks for the part of the page that changes."""
    return bool(getattr(tk.request, "htmx", False))


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
            tk.get_action("ierwohnen_delivery_delete")(reader_context(), {"resource_id": resource_id})
            tk.h.flash_success(tk._("The delivery was discarded. The published version is unchanged."))
            return tk.redirect_to(f"{about['pkg']['type']}_resource.read", id=id, resource_id=resource_id)
        user = model.User.get(tk.current_user.name)
        if do == "reset":
            deliveries.keep_choices(about["res"], user.id, {})
            return tk.redirect_to("ierwohnen_tables.check", id=id, resource_id=resource_id)
        try:
            deliveries.keep_choices(about["res"], user.id, self._chosen(resource_id))
        except tk.ValidationError as error:
            return self._show(about, errors=_messages(error))
        if do == "publish":
            return self._publish(about)
        if do == "keep":
            tk.h.flash_success(tk._("Saved as a draft. Nothing was published."))
            return tk.redirect_to(f"{about['pkg']['type']}_resource.read", id=id, resource_id=resource_id)
        if _is_part():
            return self._show(about)
        look = Look.of(tk.request.form)
        at = {"rows": look.text} if look != Look() else {}
        if "repair" in tk.request.form or "undo" in tk.request.form:
            at["_anchor"] = "iw-problem-list"
        elif "look" in tk.request.form:
            at["_anchor"] = "iw-roles"
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

    def _show(self, about: dict[str, Any], errors: Any = None) -> str:
        resource_id = about["res"]["id"]
        chosen = choices.kept(Delivery.open_for(resource_id))
        look = Look.of(tk.request.values)
        page: dict[str, Any] = {"check": None, "job": None, "look": look.text, "errors": errors or {}}
        given = {"mode": chosen.get("mode", "replace"), **choices.parameters(chosen)}
        asked = {"resource_id": resource_id, "background": True, **look.parameters, **given}
        try:
            checked = tk.get_action("ierwohnen_table_check")(reader_context(), asked)
            if "job" in checked:
                page["job"] = tk.get_action("ierwohnen_job_show")(reader_context(), {"id": checked["job"]})
            else:
                page["check"] = check_page.page(checked, chosen, about["res"], look)
        except tk.ValidationError as error:
            page["errors"] = page["errors"] or _messages(error)
        part = "check_part" if _is_part() else "check"
        return tk.render(f"ierwohnen/tables/{part}.html", {**about, **page})

    def _publish(self, about: dict[str, Any]) -> str | Response:
        resource_id = about["res"]["id"]
        chosen = choices.kept(Delivery.open_for(resource_id))
        place = {"id": about["pkg"]["name"], "resource_id": resource_id}
        wanted = {"resource_id": resource_id, "mode": chosen.get("mode", "replace"), **choices.parameters(chosen)}
        try:
            job = tk.get_action("ierwohnen_table_publish")(reader_context(), {**wanted, **_seen()})
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
            tk.get_action("ierwohnen_delivery_create")(reader_context(), {"resource_id": resource_id, "upload": upload})
        except tk.ValidationError as error:
            return self.get(id, resource_id, _messages(error))
        return tk.redirect_to("ierwohnen_tables.check", id=id, resource_id=resource_id)


class NextDeliveryView(MethodView):
    """Upload the next delivery of a dataset; which of its tables it is, is recognised, or asked."""

    def get(self, id: str, errors: Any = None, ask: bool = False) -> str:
        """Show the form."""
        about = _about_dataset(id)
        tables_ = _tables_of(about["pkg"])
        page = {"errors": errors or {}, "limit": deliveries.limit() // deliveries.MEGABYTE}
        candidates = tables_ if ask and len(tables_) > 1 else []
        return tk.render("ierwohnen/tables/delivery.html", {**about, **page, "candidates": candidates})

    def post(self, id: str) -> str | Response:
        """Put the file aside for its table and go on to the check."""
        about = _about_dataset(id)
        upload = tk.request.files.get("upload")
        try:
            if not upload or not upload.filename:
                raise tk.ValidationError({"upload": [tk._("No file was chosen. Choose a table as CSV or XLSX.")]})
            resource_id = tk.request.form.get("resource_id") or self._recognised(about["pkg"], upload)
            if resource_id not in {one["id"] for one in _tables_of(about["pkg"])}:
                text = tk._("None of the dataset's tables is clearly the one that this file continues. Choose one.")
                return self.get(id, {"upload": [text]}, ask=True)
            tk.get_action("ierwohnen_delivery_create")(reader_context(), {"resource_id": resource_id, "upload": upload})
        except tk.ValidationError as error:
            return self.get(id, _messages(error))
        return tk.redirect_to("ierwohnen_tables.check", id=about["pkg"]["name"], resource_id=resource_id)

    def _recognised(self, package: dict[str, Any], upload: Any) -> str | None:
        tables_ = _tables_of(package)
        if not tables_:
            raise tk.ValidationError({"upload": [tk._("The dataset has no table yet. Add the file as a resource.")]})
        if len(tables_) == 1:
            return str(tables_[0]["id"])
        asked = {"package_id": package["id"], "upload": upload}
        found = tk.get_action("ierwohnen_table_recognise")(reader_context(), asked)
        upload.stream.seek(0)
        return found["best"]


def _about_dataset(dataset_id: str) -> dict[str, Any]:
    """A dataset for a page, after the right to change it was checked; 403 or 404 otherwise."""
    try:
        package = tk.get_action("package_show")(reader_context(), {"id": dataset_id})
        tk.check_access("package_update", reader_context(), {"id": package["id"]})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this dataset."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    return {"pkg": package, "pkg_dict": package, "res": None}


def _tables_of(package: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources of a dataset that are uploaded tables; those that are published before the others."""
    found = [resource for resource in package["resources"] if ierwohnen_tables_is_table(resource)]
    published = [resource for resource in found if resource.get("datastore_active")]
    return published or found


def publication(id: str, resource_id: str, job_id: str) -> str:
    """How far a publication is; the page renews itself, with htmx or without."""
    about = _about(id, resource_id, "ierwohnen_table_publish")
    try:
        job = tk.get_action("ierwohnen_job_show")(reader_context(), {"id": job_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("There is no such job."))
    if job["resource_id"] != resource_id:
        return tk.abort(404, tk._("There is no such job."))
    part = "publication_body" if _is_part() else "publication"
    return tk.render(f"ierwohnen/tables/{part}.html", {**about, "job": job})


PLACE = "/dataset/<id>/resource/<resource_id>"
tables.add_url_rule(f"{PLACE}/check", view_func=CheckView.as_view("check"))
tables.add_url_rule("/dataset/<id>/delivery", view_func=NextDeliveryView.as_view("next_delivery"))
tables.add_url_rule(f"{PLACE}/delivery", view_func=DeliveryView.as_view("delivery"))
tables.add_url_rule(f"{PLACE}/publication/<job_id>", view_func=publication)
