"""Pages of a company's stock: its figures, loading, following a load, deleting. Thin: all they do, the actions do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, make_response
from flask.views import MethodView
from werkzeug.wrappers import Response

from ckanext.ierwohnen.company import check_page, csv_file, own_page
from ckanext.ierwohnen.company.actions import ADDRESS
from ckanext.ierwohnen.company.entry import entries_possible
from ckanext.ierwohnen.company.frame import company_of, job_of, messages, own_companies
from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.releases import company_files
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.outside import ANYBODY
from ckanext.ierwohnen.releases.roles import person_of
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import deliveries, settings
from ckanext.ierwohnen.vault.deliveries import LIMIT
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.member_pages import private
from ckanext.ierwohnen.vault.open_loads import JOB, waiting_files
from ckanext.ierwohnen.vault.readers import LOADING as CAPACITIES
from ckanext.ierwohnen.vault.readers import reader_of
from ckanext.ierwohnen.vault.record import fields

company = without_nul(Blueprint("ierwohnen_company", __name__, url_prefix="/ierwohnen/bestand"))
company.after_request(private)
KEPT = "iw-delivery-"
LOADING = "ierwohnen_stock_load"


def index() -> str | Response:
    """The reader's companies; the only one at once."""
    companies = own_companies()
    if len(companies) == 1:
        return tk.redirect_to("ierwohnen_company.overview", organization=companies[0]["name"])
    companies.sort(key=lambda one: not one["known"])
    return tk.render("ierwohnen/company/index.html", {"companies": companies})


def overview(organization: str) -> str:
    """The company's stock as figures, map and table beside the city's, and its versions."""
    about = company_of(organization)
    versions = tk.get_action("ierwohnen_stock_list")(reader_context(), {"organization": organization})
    page = own_page.page(reader_context(), about, tk.request.args) if versions else None
    entry = tk.get_action("ierwohnen_stock_entry_show")(reader_context(), {"organization": organization})
    loaded = [{**one, "who": person_of(one["loaded_by"])} for one in versions]
    waiting = _waiting(about["id"])
    return tk.render(
        "ierwohnen/company/overview.html",
        {"company": about, "versions": loaded, "page": page, "entry": entry, "catalogue": entries_possible(),
         "left": company_files.warning(about["id"]), "public": _public(about["id"]), "waiting": waiting},
    )  # fmt: skip


def _waiting(organization: str, but: str = "") -> list[dict[str, Any]]:
    """The company's files that wait for a decision: which, for what day, whose and since when."""
    found = waiting_files(settings.store(), organization)
    told = [
        {"delivery": one.job.removeprefix(JOB), "day": one.reference_date.isoformat(), "who": person_of(one.person),
         "moment": _to_the_second(one.since)}
        for one in found
    ]  # fmt: skip
    return [one for one in told if one["delivery"] != but]


def _to_the_second(since: dt.datetime) -> str:
    """When a file was uploaded; two of one minute are told apart, as nothing else of them may be known here."""
    here = since.astimezone(tk.h.get_display_timezone())
    return str(tk.h.iw_moment(since)).replace(f"{here:%H:%M}", f"{here:%H:%M:%S}")


def _public(organization: str) -> list[dict[str, Any]]:
    """The public releases that tell everyone of the company's stock: title, number, reference date."""
    known = releases.releases(settings.store(), ANYBODY)
    out = [one for one in known if one.state == State.PUBLISHED and one.definition.audience.public]
    return [
        {"number": one.number, "title": one.definition.title, "date": one.definition.reference_date.isoformat()}
        for one in out
        if organization in one.definition.owners
    ]


def _outdated_by_load(organization: str, day: str) -> list[dict[str, Any]]:
    """The releases that nobody may approve or publish any more once the stock of the day is loaded again."""
    waiting = _made_of(organization, day)["waiting"]
    return [one for one in waiting if one["state"] != State.PREPARED and not one["outdated"]]


def _made_of(organization: str, day: str) -> dict[str, list[dict[str, Any]]]:
    """The releases of the company's stock of one day that its deletion concerns: `published`, and `waiting` ones."""
    found = tk.get_action("ierwohnen_release_list")(reader_context(), {"limit": 1000})["results"]
    mine = [one for one in found if one["owned"] and organization in one["owners"] and one["reference_date"] == day]
    waiting = (State.PREPARED, State.CHECKED, State.APPROVED)
    return {
        "published": [one for one in mine if one["state"] == State.PUBLISHED],
        "waiting": [one for one in mine if one["state"] in waiting],
    }


class UploadView(MethodView):
    """Choose a table and its reference date; it waits encrypted, its key with the browser alone."""

    def get(self, organization: str, delivery: str = "", errors: list[str] | None = None, job: str = "") -> str:
        """Show the form.

        :param delivery: a table that waits, whose place another one takes: what was decided about it is kept
        :param job: a load that keeps another file from being taken
        """
        about = company_of(organization, LOADING)
        form = {**tk.request.form} or {"reference_date": tk.request.args.get("stichtag", "")}
        page = {"company": about, "errors": errors or [], "job": job, "form": form, "limit": LIMIT // 1024**2}
        waiting = _waiting(about["id"], delivery)
        return tk.render("ierwohnen/company/upload.html", {**page, "instead": delivery, "waiting": waiting})

    def post(self, organization: str, delivery: str = "") -> str | Response:
        """Check the table; go on to what was found, or say at once why it is not taken."""
        about = company_of(organization, LOADING)
        upload = tk.request.files.get("upload")
        data = {"organization": about["id"], "reference_date": tk.request.form.get("reference_date", ""), "keep": True}
        data |= {"delivery": delivery, "key": key_of(delivery)} if delivery else {}
        try:
            if not upload or not upload.filename:
                raise tk.ValidationError({"upload": [tk._("No file was chosen.")]})
            found = tk.get_action("ierwohnen_stock_check")(reader_context(), {**data, "upload": upload})
        except tk.ObjectNotFound:
            return gone(about)
        except tk.ValidationError as error:
            if "key" in error.error_dict:
                return elsewhere(about, delivery)
            return self.get(organization, delivery, messages(error), job_of(error))
        if "delivery" not in found:
            return tk.render("ierwohnen/company/refused.html", {"company": about, "found": found, "instead": delivery})
        if carried := found.get("carried"):
            _tell(carried)
        place = tk.h.url_for("ierwohnen_company.check", organization=about["name"], delivery=found["delivery"])
        response = make_response(tk.redirect_to(place))
        for path in _places(about["name"], found["delivery"]):
            response.set_cookie(
                KEPT + found["delivery"], found["key"], path=path, httponly=True, samesite="Strict",
                secure=str(tk.config["ckan.site_url"]).startswith("https"),
            )  # fmt: skip
        return response


def _places(organization: str, delivery: str) -> list[str]:
    """Where a table that waits is gone on with, in each language: its key goes to no other page."""
    languages = ["default", *(str(one) for one in tk.h.get_available_locales())]
    made = (
        tk.h.url_for("ierwohnen_company.check", organization=organization, delivery=delivery, locale=one)
        for one in languages
    )
    return list(dict.fromkeys(made))


def _tell(carried: dict[str, str]) -> None:
    """Which decisions hold for the new file as well."""
    if carried["kept"]:
        told = tk._("Your decisions about the file before hold for this one as well: {decided}.")
        tk.h.flash_success(told.format(decided=carried["kept"]))
    if carried["left"]:
        told = tk._("Not taken over: {decided}. Please decide about it again.")
        tk.h.flash_notice(told.format(decided=carried["left"]))


def key_of(delivery: str) -> str:
    """The key to a table that waits, which this browser alone has."""
    return tk.request.cookies.get(KEPT + delivery, "")


def gone(about: dict[str, Any]) -> Response:
    """Nothing waits any more."""
    tk.h.flash_error(tk._("The file is no longer there: it was loaded, dropped or waited too long."))
    return tk.redirect_to("ierwohnen_company.upload", organization=about["name"])


def elsewhere(about: dict[str, Any], delivery: str) -> str | Response:
    """It waits, and can be gone on with only where it was uploaded."""
    try:
        waiting = deliveries.find(settings.store(), reader_of(reader_context(), CAPACITIES), delivery)
    except VaultError:  # gone meanwhile
        return gone(about)
    page = {"company": about, "delivery": delivery, "day": waiting.reference_date.isoformat()}
    return tk.render("ierwohnen/company/elsewhere.html", page)


class CheckView(MethodView):
    """What was understood of the table that waits; correct it, load it or drop it."""

    def get(self, organization: str, delivery: str) -> str | Response:
        """Show the check with what was decided so far."""
        return self._show(company_of(organization, LOADING), delivery)

    def post(self, organization: str, delivery: str) -> str | Response:
        """Decide, load, or drop."""
        about = company_of(organization, LOADING)
        form = tk.request.form
        kept = {"organization": about["id"], "delivery": delivery}
        if form.get("do") == "discard":
            tk.get_action("ierwohnen_stock_discard")(reader_context(), kept)
            tk.h.flash_success(tk._("The file was dropped. Nothing of it was kept."))
            return self._away(tk.redirect_to("ierwohnen_company.overview", organization=about["name"]), about, delivery)
        made, back = [*check_page.chosen(form), *check_page.decided(form)], check_page.undone(form)
        kept["key"] = key_of(delivery)
        try:
            for repairs, take_back in ((made, False), (back, True)):
                if repairs:
                    asked = {**kept, "repair": repairs, "take_back": take_back}
                    tk.get_action("ierwohnen_stock_repair")(reader_context(), asked)
            if form.get("do") != "load" or made:
                self._tell_why_it_stays(form, bool(made))
                return self._show(about, delivery)
            if form.get("asked") and not form.get("confirm_change"):
                raise tk.ValidationError({"confirm_change": [tk._("Please confirm that the large change is right.")]})
            wish = {**kept, "purpose": form.get("purpose", ""), "confirm_change": bool(form.get("confirm_change"))}
            job = tk.get_action(LOADING)(reader_context(), wish)
        except tk.ObjectNotFound:
            return gone(about)
        except tk.ValidationError as error:
            if "key" in error.error_dict:
                return elsewhere(about, delivery)
            return self._show(about, delivery, messages(error), job_of(error))
        target = tk.redirect_to("ierwohnen_company.load", organization=about["name"], job=job["job"])
        return self._away(target, about, delivery)

    def _tell_why_it_stays(self, form: Mapping[str, str], made: bool) -> None:
        """Say why what was pressed led to the same page again, where it is not seen there."""
        pressed = form.get("do", "")
        if pressed == "load" and made:
            told = tk._("The columns were assigned anew and checked. Please look at them and load once more.")
            tk.h.flash_notice(told)
        elif pressed.startswith(check_page.DECIDE) and not form.get(pressed):
            tk.h.flash_notice(tk._("Please choose something first."))

    def _show(
        self, about: dict[str, Any], delivery: str, errors: list[str] | None = None, job: str = ""
    ) -> str | Response:
        look = "problems" if (tk.request.form.get("look") or tk.request.form.get("rows")) == "problems" else "first"
        kept = {"organization": about["id"], "delivery": delivery, "key": key_of(delivery), "view": True,
                "problems_only": look == "problems"}  # fmt: skip
        try:
            found = tk.get_action("ierwohnen_stock_check")(reader_context(), kept)
        except tk.ObjectNotFound:
            return gone(about)
        except tk.ValidationError as error:
            if "key" in error.error_dict:
                return elsewhere(about, delivery)
            return UploadView().get(about["name"], "", messages(error), job_of(error))
        if found["personal"]:
            return tk.render("ierwohnen/company/refused.html", {"company": about, "found": found})
        versions = tk.get_action("ierwohnen_stock_list")(reader_context(), {"organization": about["id"]})
        page = check_page.page(found, versions, look)
        page["outdated"] = _outdated_by_load(about["id"], found["reference_date"]) if page["replaces"] else []
        return tk.render(
            "ierwohnen/company/check.html",
            {"company": about, "found": found, "page": page, "errors": errors or [], "form": tk.request.form,
             "job": job, "delivery": delivery},
        )  # fmt: skip

    def _away(self, response: Any, about: dict[str, Any], delivery: str) -> Response:
        made = make_response(response)
        for path in _places(about["name"], delivery):
            made.delete_cookie(KEPT + delivery, path=path)
        return made


def load(organization: str, job: str) -> str:
    """How far a load is; the page renews itself, with htmx or without."""
    about = company_of(organization)
    try:
        found = tk.get_action("ierwohnen_job_show")(reader_context(), {"id": job}) if job.startswith(JOB) else None
    except (KeyError, tk.ObjectNotFound, tk.NotAuthorized):
        found = None
    if found is None:
        return tk.abort(404, tk._("There is no such job."))
    renewed = bool(getattr(tk.request, "htmx", False))
    part = "load_body" if renewed else "load"
    return tk.render(f"ierwohnen/company/{part}.html", {"company": about, "job": found, "renewed": renewed})


def unmatched(organization: str, day: str) -> Response:
    """The dwellings of a reference date whose address is not in the register, as CSV."""
    about = company_of(organization)
    try:
        found = tk.get_action("ierwohnen_stock_unmatched")(
            reader_context(), {"organization": about["id"], "reference_date": day}
        )
    except tk.ValidationError:
        return tk.abort(404, tk._("Page not found"))
    head = [fields()[name].label(reader_language()) for name in ADDRESS]
    return csv_file.as_csv(head, (row.values() for row in found["results"]), f"ohne-adresse-{day}.csv")


class DeleteView(MethodView):
    """Delete the stock of one reference date for good, and show the proof."""

    def get(self, organization: str, day: str, errors: list[str] | None = None) -> str:
        """Ask first."""
        about = company_of(organization, "ierwohnen_stock_delete")
        versions = tk.get_action("ierwohnen_stock_list")(reader_context(), {"organization": about["id"]})
        there = next((one for one in versions if one["reference_date"] == day), None)
        page = {"company": about, "day": day, "errors": errors or [], "there": there}
        page["releases"] = _made_of(about["id"], day) if there else {}
        return tk.render("ierwohnen/company/delete.html", page)

    def post(self, organization: str, day: str) -> str:
        """Delete, and tell what is gone."""
        about = company_of(organization, "ierwohnen_stock_delete")
        data = {"organization": about["id"], "reference_date": day, "purpose": tk.request.form.get("purpose", "")}
        try:
            proof = tk.get_action("ierwohnen_stock_delete")(reader_context(), data)
        except tk.ValidationError as error:
            return self.get(organization, day, messages(error))
        shown = {"company": about, "day": day, "proof": proof, "reason": data["purpose"]}
        shown |= {"who": person_of(tk.current_user.name), "at": dt.datetime.now(dt.UTC).isoformat()}
        return tk.render("ierwohnen/company/deleted.html", shown)


class EntryView(MethodView):
    """What everyone is told of the stock: describe it, or take the description away."""

    def get(self, organization: str, errors: list[str] | None = None) -> str:
        """Show the form."""
        about = company_of(organization, "ierwohnen_stock_entry_create")
        page = {"company": about, "errors": errors or [], "form": tk.request.form}
        return tk.render("ierwohnen/company/entry.html", page)

    def post(self, organization: str) -> str | Response:
        """Publish or take away."""
        about = company_of(organization, "ierwohnen_stock_entry_create")
        form = {name: text for name, text in tk.request.form.items() if text}
        verb = "delete" if form.get("do") == "delete" else "create"
        try:
            tk.get_action(f"ierwohnen_stock_entry_{verb}")(reader_context(), {**form, "organization": about["id"]})
        except tk.ValidationError as error:
            return self.get(organization, messages(error))
        tk.h.flash_success(tk._("The entry is in the catalogue.") if verb == "create" else tk._("The entry is gone."))
        return tk.redirect_to("ierwohnen_company.overview", organization=about["name"])


company.add_url_rule("/", view_func=index, strict_slashes=False)
company.add_url_rule("/<organization>", view_func=overview)
company.add_url_rule("/<organization>/laden", view_func=UploadView.as_view("upload"))
company.add_url_rule("/<organization>/laden/<delivery>", view_func=CheckView.as_view("check"))
company.add_url_rule("/<organization>/laden/<delivery>/andere-datei", view_func=UploadView.as_view("instead"))
company.add_url_rule("/<organization>/ladevorgang/<job>", view_func=load)
company.add_url_rule("/<organization>/stichtag/<day>/ohne-adresse.csv", view_func=unmatched)
company.add_url_rule("/<organization>/eintrag", view_func=EntryView.as_view("entry"))
company.add_url_rule("/<organization>/stichtag/<day>/loeschen", view_func=DeleteView.as_view("delete"))
