"""Routes: geometry as cached GeoJSON, and the page on which an office loads boundaries."""

from __future__ import annotations

import gzip
from hashlib import sha256

import ckan.plugins.toolkit as tk
from ckan.common import request
from flask import Blueprint, Response
from flask.views import MethodView

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.within_page import keep_within_pages
from ckanext.ierwohnen.places import load_jobs, lookup, store
from ckanext.ierwohnen.places.known_places import CONFIRMABLE
from ckanext.ierwohnen.places.loading import accepts
from ckanext.ierwohnen.places.summary import crosswalk_sources, stated_crosswalks

places = without_nul(Blueprint("ierwohnen_places", __name__))
keep_within_pages(places)


@places.route("/ierwohnen/geometry/<system>/<level>/<detail>.geojson")
def geometry(system: str, level: str, detail: str) -> Response:
    """GeoJSON of a level; 404 if there is none for this reader. Cached by ETag, shared caches only if
    public.
    """
    try:
        package, stored = lookup.readable_system(reader_context(), system)
        etag = sha256(f"{stored.revision} {level} {detail}".encode()).hexdigest()[:32]
        public = not package.private and lookup.may_read({"user": ""}, package.id)
        body = lookup.geometry_bytes(stored, level, detail)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Geometry not found"))
    if not public:
        # CKAN's own after_request makes every other answer public.
        request.environ["__no_cache__"] = True
    response = Response(mimetype="application/geo+json")
    # Weak: the same for the gzipped and the plain body.
    response.set_etag(etag, weak=True)
    response.vary.add("Accept-Encoding")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.cache_control.no_cache = None if public else True
    if request.if_none_match.contains_weak(etag):
        response.status_code = 304
    elif request.accept_encodings["gzip"]:
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(body))
    return response


class BoundariesPage(MethodView):
    """Upload boundaries with their description, see what was found, and load. Works without JavaScript."""

    def get(self, id: str) -> str:
        """The empty form, with the description that was used last."""
        package = self._editable(id)
        stored = store.system_of(package["id"])
        load = load_jobs.find(request.args.get("load", ""))
        if load is not None and load.dataset_id == package["id"]:
            moved = any(finding["code"] in CONFIRMABLE for finding in load.findings)
            return self._page(package, load.description, chosen=load.resources, confirm=moved)
        return self._page(package, stored.description if stored else _EXAMPLE)

    def post(self, id: str) -> str | Response:
        """Check, and load if there is no error and not only a check was asked for."""
        package = self._editable(id)
        uploads = [file for file in request.files.getlist("files") if file.filename]
        description = request.form.get("description", "")
        asked = {
            "id": package["id"],
            "description": description,
            "resources": request.form.getlist("resources"),
            "check_only": "check" in request.form,
            "confirm_place": "confirm_place" in request.form,
            **{f"upload_{number:03d}": upload for number, upload in enumerate(uploads)},
        }
        try:
            result = tk.get_action("ierwohnen_spatial_system_load")({"user": tk.current_user.name}, asked)
        except tk.ValidationError as refused:
            confirm = "confirm_place" in refused.error_dict
            return self._page(package, description, errors=_messages(refused.error_dict), confirm=confirm)
        if "job" in result:
            return tk.redirect_to("ierwohnen_places.load", id=package["name"], load_id=result["job"])
        if result["stored"] and not result["findings"]:
            tk.h.flash_success(tk._("The boundaries have been loaded."))
            return tk.redirect_to(f"{package['type']}.read", id=package["name"])
        return self._page(package, description, result=result)

    @staticmethod
    def _editable(id: str) -> dict:
        context = reader_context()
        try:
            package = tk.get_action("package_show")(context, {"id": id})
            tk.check_access("ierwohnen_spatial_system_load", context, {"id": package["id"]})
        except tk.ObjectNotFound:
            return tk.abort(404, tk._("Dataset not found"))
        except tk.NotAuthorized:
            # Those who may not edit learn nothing here, not even that the dataset exists.
            return tk.abort(404, tk._("Dataset not found"))
        if not accepts(package["type"]):
            return tk.abort(404, tk._("Dataset not found"))
        return package

    @staticmethod
    def _page(
        package: dict, description: str, errors: list | None = None, result: dict | None = None,
        chosen: list[str] | None = None, confirm: bool = False,
    ) -> str:  # fmt: skip
        return tk.render(
            "ierwohnen/places/boundaries.html",
            extra_vars={
                "pkg_dict": package,
                "pkg": package,
                "description": description,
                "problems": errors or [],
                "result": result,
                "confirm": confirm,
                "confirmed": "confirm_place" in request.form,
                "chosen": chosen or request.form.getlist("resources"),
                "uploaded": any(file.filename for file in request.files.getlist("files")),
            },
        )


class CrosswalksPage(MethodView):
    """The crosswalks that an office states into a system: list, load, remove. Works without JavaScript."""

    def get(self, id: str, errors: list | None = None) -> str:
        """What there is, and the form."""
        package = BoundariesPage._editable(id)
        systems = tk.get_action("ierwohnen_spatial_system_list")(reader_context(), {"limit": 1000})
        own = next((system for system in systems if system["dataset_id"] == package["id"]), None)
        return tk.render(
            "ierwohnen/places/crosswalks.html",
            extra_vars={
                "pkg_dict": package,
                "pkg": package,
                "stated": stated_crosswalks(package["id"]),
                "others": crosswalk_sources(systems, own) if own else [],
                "own": own,
                "problems": errors or [],
                "sent": request.form,
            },
        )

    def post(self, id: str) -> str | Response:
        """Load a table, or remove one."""
        package = BoundariesPage._editable(id)
        asked = {name: request.form.get(name, "") for name in ("from", "from_level", "to_level", "source")}
        asked = {**{name: value for name, value in asked.items() if value}, "to": package["name"]}
        try:
            if "remove" in request.form:
                tk.get_action("ierwohnen_crosswalk_delete")(reader_context(), asked)
                tk.h.flash_success(tk._("The crosswalk has been removed."))
            else:
                asked["upload"] = request.files.get("file")
                tk.get_action("ierwohnen_crosswalk_load")(reader_context(), asked)
                tk.h.flash_success(tk._("The crosswalk has been loaded."))
        except tk.ValidationError as refused:
            return self.get(id, _messages(refused.error_dict))
        except tk.ObjectNotFound as absent:
            return self.get(id, [str(absent.message or tk._("Spatial system not found"))])
        return tk.redirect_to("ierwohnen_places.crosswalks", id=package["name"])


def load_page(id: str, load_id: str) -> str:
    """How far a load in the background is; the page renews itself, with htmx or without."""
    package = BoundariesPage._editable(id)
    try:
        load = tk.get_action("ierwohnen_spatial_system_load_show")(reader_context(), {"id": load_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("There is no such job."))
    if load["dataset_id"] != package["id"]:
        return tk.abort(404, tk._("There is no such job."))
    part = "load_body" if getattr(tk.request, "htmx", False) else "load"
    result = load["result"]
    extra = {"pkg_dict": package, "pkg": package, "load": load, "result": result, "uploaded": False}
    return tk.render(f"ierwohnen/places/{part}.html", extra_vars=extra)


places.add_url_rule("/ierwohnen/crosswalks/<id>", view_func=CrosswalksPage.as_view("crosswalks"))
places.add_url_rule("/ierwohnen/boundaries/<id>", view_func=BoundariesPage.as_view("boundaries"))
places.add_url_rule("/ierwohnen/boundaries/<id>/load/<load_id>", endpoint="load", view_func=load_page)


def _messages(errors: dict) -> list[str]:
    return [str(message) for messages in errors.values() for message in messages]


_EXAMPLE = """boundary_date: 2021-01-01
levels:
  - code: bezirk
    title: Stadtbezirk
    title_en: City district
    dissolve: stadtteil
    key: BEZIRK_NR
    name: BEZIRK_NAME
  - code: stadtteil
    title: Stadtteil
    title_en: Quarter
    file: stadtteile.zip
    key: NR
    name: NAME
"""
