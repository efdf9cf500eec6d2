"""Pages of releases: the list, one of them, and its buttons. Everything here is an action of the Action API."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, make_response
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.releases import list_page, outside, page, renewing
from ckanext.ierwohnen.releases.auth import release_of
from ckanext.ierwohnen.releases.follow import followed
from ckanext.ierwohnen.releases.gone import gone
from ckanext.ierwohnen.releases.prepare_views import PrepareView, once_more
from ckanext.ierwohnen.releases.presenting import listed
from ckanext.ierwohnen.releases.report_document import report_document
from ckanext.ierwohnen.releases.report_page import report_shown
from ckanext.ierwohnen.releases.roles import actor_of, person_of, title_of
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER
from ckanext.ierwohnen.releases.steps_page import deadline_of, missing_of, steps_of
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import ledger_words
from ckanext.ierwohnen.vault.member_pages import private

releases = without_nul(Blueprint("ierwohnen_releases", __name__, url_prefix="/ierwohnen/freigaben"))
LOOKS = 10
VERBS = ("join", "check", "approve", "reject", "publish", "withdraw")


releases.after_request(private)


def index() -> str:
    """Releases that the reader may know of, those that wait for it first."""
    return tk.render("ierwohnen/releases/index.html", list_page.shown(reader_context(), tk.request.args))


def report(id: str) -> Response:
    """The report of the check as PDF, for those who read it on the page."""
    context = reader_context()
    try:
        found = tk.get_action("ierwohnen_release_show")(context, {"id": id, "purpose": tk._("check report as PDF")})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    body = report_document(context, found, _approvals(found)) if found["owned"] else None
    if body is None:
        return tk.abort(404)
    name = tk._("check-report") + f"-{found['number']}.pdf"
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def read(id: str) -> str | tuple[str, int] | Response:
    """One release."""
    context = reader_context()
    against = "gegenueber" in tk.request.args
    wish = {"id": id, "purpose": tk._("page of the release"), "against": against}
    own = tk.request.args.get("eigene", "")
    try:
        found = tk.get_action("ierwohnen_release_show")(context, {**wish, "own": own})
    except tk.ValidationError:  # the stock is gone: there are no own values any more
        found = tk.get_action("ierwohnen_release_show")(reader_context(), wish)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return gone(id) or tk.abort(404)
    items, current = steps_of(found, actor_of(context).roles)
    job = followed(context, found)
    kind, words = page.audience_words(found["audience"])
    checked = found.get("report") or {}
    choices = _choices(context, found, bool(job and job["stuck"]))
    return tk.render(
        "ierwohnen/releases/read.html",
        {
            "release": found,
            "title": page.title_with_date(found),
            "hidden": checked.get("hidden") if checked.get("reasons") else None,
            "changes": ((found.get("report") or {}).get("refused") or {}).get("changes", []),
            "audience_kind": kind,
            "audience_words": words,
            "state_word": page.state_word(found["state"]),
            "steps": items,
            "current": current,
            "table": page.table_of(context, found),
            "facts": page.facts_of(context, found, brief=True),
            "owners": sorted(map(title_of, found["owners"])),
            "heading": page.heading_of(found),
            "report": report_shown(found),
            "indicators": page.shown_elsewhere(found),
            "dataset": outside.name_of(found["number"]) if found["audience"]["kind"] == "public" else "",
            "refused": checked.get("refused"),
            "refused_cell": page.refused_cell(context, found),
            "ended": page.ended_by(found),
            "deadline": deadline_of(found),
            "missing": ", ".join(sorted(title_of(o) for o in missing_of(found))) if found.get("overdue") else "",
            "job": job,
            "approvals": _approvals(found),
            "checked": _checked(found),
            "choices": choices,
            "decisions": [one for one in choices if one["verb"] not in ("reject", "withdraw")],
            "seconds": _seconds(context, found, choices),
            "successor": page.successor(context, found),
            "accesses": _accesses(context, found),
            "switches": _switches(context, found, against),
            "again": renewing.again(context, found),
        },
    )


def progress(id: str) -> str | Response:
    """How far the check is, for the page that asks each second; what has ended sends it to the whole page."""
    context = reader_context()
    try:
        found = listed(release_of(context, {"id": id}))
        job = followed(context, found)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    if job is None or job["state"] == "failed" or job["stuck"]:
        return make_response("", 200, {"HX-Refresh": "true"})
    return tk.render("ierwohnen/releases/progress.html", {"release": found, "job": job})


def step(id: str, verb: str) -> Response:
    """Take a step, and come back."""
    if verb not in VERBS:
        return tk.abort(404)
    form = tk.request.form
    data = {name: form.get(name, "") for name in ("organization", "reason")}
    try:
        tk.get_action(f"ierwohnen_release_{verb}")(
            reader_context(), {**data, "id": id, "consent": form.get("consent") == "true"}
        )
        tk.h.flash_success(tk._("Done."))
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.NotAuthorized as refused:
        tk.h.flash_error(str(refused))
    except tk.ValidationError as wrong:
        tk.h.flash_error(" ".join(text for texts in wrong.error_dict.values() for text in texts))
    return tk.redirect_to("ierwohnen_releases.read", id=id)


def _approvals(release: dict[str, Any]) -> list[dict[str, str]]:
    """Owners with the day of their approval, or none; before the check the day on which they joined."""
    asked = ("approve",) if _checked(release) else ("prepare", "join")
    given = {s["organization"]: s["at"] for s in release.get("steps", ()) if s["step"] in asked}
    owners = sorted(release["owners"], key=title_of) if release["owned"] else []
    return [{"title": title_of(o), "at": tk.h.iw_moment(given[o]) if o in given else ""} for o in owners]


def _checked(release: dict[str, Any]) -> bool:
    return any(step["step"] == "pass" for step in release.get("steps", ()))


def _choices(context: Any, release: dict[str, Any], stuck: bool) -> list[dict[str, str]]:
    """What the reader can do now: verb and organization."""
    if not release["owned"]:
        return []
    actor, state, waiting = actor_of(context), release["state"], release["open"]
    prepared = {s["person"] for s in release["steps"] if s["step"] in ("prepare", "join")}
    found = []
    for organization in release["owners"]:
        role = actor.roles.get(organization)
        if role not in (ANALYST, APPROVER):
            continue
        verbs, outdated = [], release["outdated"]
        if state == "prepared":
            verbs = ["join"] if organization in waiting else ["check"] if stuck and not waiting else []
        elif state == "checked" and role == APPROVER and organization in waiting and actor.name not in prepared:
            verbs = [] if outdated else ["approve"]
        elif state == "approved" and role == APPROVER and not outdated:
            verbs = ["publish"]
        if state in ("prepared", "checked", "approved"):
            verbs.append("reject")
        if state == "published":
            verbs.append("withdraw")
        found += [{"verb": verb, "organization": organization, "title": title_of(organization)} for verb in verbs]
    return found


def _seconds(context: Any, release: dict[str, Any], choices: list[dict[str, str]]) -> list[str]:
    """The reader's organizations for which somebody else has to approve: its second person, or who has the role."""
    if not release["owned"] or release["state"] != "checked" or release["outdated"] or release.get("overdue"):
        return []
    may = {one["organization"] for one in choices if one["verb"] == "approve"}
    mine = {one for one, role in actor_of(context).roles.items() if role in (ANALYST, APPROVER)}
    return [title_of(one) for one in release["open"] if one in mine - may]


def _switches(context: Any, release: dict[str, Any], against: bool) -> dict[str, Any] | None:
    """What an owner can lay beside the figures: own values of a company of the reader's, and the release before."""
    roles = actor_of(context).roles if release["owned"] and release["cells"] else {}
    companies = [{"id": o, "title": title_of(o)} for o in release["owners"] if o in roles]
    if not companies:
        return None
    return {
        "companies": companies, "own": release.get("own", ""), "loaded": release.get("own_loaded", ""),
        "replaced": release.get("replaced", ""), "against": against,
    }  # fmt: skip


def _accesses(context: Any, release: dict[str, Any]) -> dict[str, Any]:
    """The newest readings of this release, as the ledger of the reader's own company has them, and if it is whole."""
    actor = actor_of(context)
    own = next((o for o in release["owners"] if o in actor.roles), None)
    if own is None:
        return {}
    data = {"organization": own, "purpose": tk._("page of the release"), "limit": 100_000}
    ledger = tk.get_action("ierwohnen_ledger_list")(context, data)
    read_ = [e for e in ledger["results"] if e["action"] == "release read" and e["subject"] == release["number"]]
    found = [
        {
            "at": tk.h.iw_moment(entry["at"]), "who": person_of(entry["reader"]),
            "organization": ", ".join(title_of(o) for o in entry["reader_organization"].split()),
            "purpose": ledger_words.purpose(entry["purpose"], reader_language()),
        }
        for entry in reversed(read_[-20 * LOOKS :])
    ]  # fmt: skip
    found = [one for one, before in zip(found, [None, *found], strict=False) if one != before][:LOOKS]
    return {"entries": found, "whole": ledger["chain"]["whole"]} if found else {}


releases.add_url_rule("/", view_func=index, strict_slashes=False)
releases.add_url_rule("/neu", view_func=PrepareView.as_view("prepare"))
releases.add_url_rule("/<id>", view_func=read)
releases.add_url_rule("/<id>/stand", view_func=progress)
releases.add_url_rule("/<id>/pruefbericht.pdf", view_func=report)
releases.add_url_rule("/<id>/noch-einmal", view_func=once_more, methods=["POST"])
releases.add_url_rule("/<id>/<verb>", view_func=step, methods=["POST"])
