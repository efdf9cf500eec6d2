"""What somebody can ask a portal for who looks for what is hidden: pages, files, feeds and actions, as tables.

`{id}`, `{number}` and `{name}` stand for a release, `{company}` for its owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

# A visitor, the city's offices (one of them the audience), a rival, a partner, the administration, the owner.
ROLES = (None, "publisher", "planner", "company_analyst_1", "alliance_partner", "sysadmin", "company_analyst_2")

# Everything that could tell of a release by its names: a release that one may not know looks like none.
OF_RELEASE = (
    "/ierwohnen/freigaben/{id}", "/ierwohnen/freigaben/{number}", "/en/ierwohnen/freigaben/{id}",
    "/ierwohnen/freigaben/{number}/pruefbericht.pdf", "/ierwohnen/freigaben/{number}/tabelle.csv",
    "/dataset/{id}", "/dataset/{name}", "/dataset/{id}.rdf", "/dataset/{name}.ttl", "/dataset/{name}.jsonld",
    "/dataset/{name}.rdf", "/dataset/{name}.xml", "/dataset/{number}", "/dataset/{number}.ttl",
    "/indicator-data/{id}", "/indicator-data/{name}", "/dataset/activity/{id}", "/dataset/groups/{id}",
    "/dataset/followers/{id}", "/dataset/edit/{id}", "/dataset/{id}/resource/{id}",
    "/dataset/{id}/resource/{id}/download/x.csv", "/datastore/dump/{id}", "/feeds/dataset/{id}.atom",
    "/ierwohnen/download/{id}/csv", "/api/3/action/package_show?id={id}", "/api/3/action/package_show?id={name}",
    "/api/3/action/resource_show?id={id}",
    "/api/3/action/package_activity_list?id={id}", "/api/3/action/package_relationships_list?id={id}",
    "/api/3/action/dataset_follower_count?id={id}", "/api/3/action/resource_view_list?id={id}",
    "/api/3/action/datastore_search?resource_id={id}", "/api/3/action/datastore_info?id={id}",
    "/api/3/action/task_status_show?entity_id={id}&task_type=x&key=x", "/api/3/action/job_show?id=release-{id}",
    "/api/3/action/ierwohnen_release_show?id={id}", "/api/3/action/ierwohnen_release_show?id={number}",
    "/api/3/action/ierwohnen_job_show?id=release-{id}", "/api/3/action/ierwohnen_version_list?resource_id={id}",
)  # fmt: skip

# What lists, counts, finds or proposes things.
PLACES = (
    "/", "/dataset/?q=Freigabe", "/dataset/?organization={company}", "/suche?q=Freigabe", "/organization/",
    "/organization/{company}", "/organization/about/{company}", "/organization/activity/{company}",
    "/user/company-analyst-2", "/user/activity/company-analyst-2", "/dashboard/", "/dashboard/datasets",
    "/dashboard/organizations", "/feeds/dataset.atom", "/feeds/organization/{company}.atom",
    "/feeds/custom.atom?q=freigabe", "/catalog.ttl", "/catalog.jsonld", "/catalog.xml?q=freigabe",
    "/ierwohnen/freigaben/",
    "/api/2/util/dataset/autocomplete?incomplete=freigabe", "/api/2/util/tag/autocomplete?incomplete=f",
    "/api/2/util/resource/format_autocomplete?incomplete=c", "/api/3/action/package_list",
    "/api/3/action/package_search?rows=1000&include_private=true&include_drafts=true&facet.field="
    "[%22organization%22,%22tags%22,%22res_format%22,%22type%22,%22name%22,%22title%22,%22license_id%22]",
    "/api/3/action/current_package_list_with_resources", "/api/3/action/tag_list?all_fields=true",
    "/api/3/action/tag_search?query=a", "/api/3/action/tag_autocomplete?query=a",
    "/api/3/action/package_autocomplete?q=frei", "/api/3/action/format_autocomplete?q=c",
    "/api/3/action/organization_list?all_fields=true&include_dataset_count=true",
    "/api/3/action/organization_show?id={company}&include_datasets=true&include_users=true",
    "/api/3/action/organization_activity_list?id={company}",
    "/api/3/action/member_list?id={company}&object_type=package",
    "/api/3/action/recently_changed_packages_activity_list", "/api/3/action/user_activity_list?id=company-analyst-2",
    "/api/3/action/dashboard_activity_list", "/api/3/action/user_show?id=company-analyst-2&include_datasets=true",
    "/api/3/action/resource_search?query=name:a", "/api/3/action/datastore_search?resource_id=_table_metadata",
    "/api/3/action/datastore_search_sql?sql=SELECT%20*%20FROM%20%22_table_metadata%22", "/api/3/action/job_list",
    "/api/3/action/ierwohnen_release_list", "/api/3/action/ierwohnen_indicator_list",
    "/api/3/action/ierwohnen_stock_list?organization={company}",
    "/api/3/action/ierwohnen_ledger_list?organization={company}",
    "/api/3/action/status_show", "/api/3/action/no_such_action?id={company}", "/no/such/page",
)  # fmt: skip

# Steps that somebody tries on a release that is not theirs; `organization` is the true owner's.
STEPS = ("join", "check", "approve", "reject", "publish", "withdraw")


@dataclass(frozen=True)
class Answer:
    """What came back: status, where it leads, and the text without what is different each time."""

    status: int
    leads_to: str
    text: str


class Visitor:
    """Somebody with a role, who asks by API token. `heard`: every answer by what was asked for."""

    def __init__(self, portal: Any, role: str | None) -> None:
        self.portal, self.role = portal, role
        self.heard: dict[str, bytes] = {}
        self.session = requests.Session()
        if role:
            self.session.headers["Authorization"] = portal.accounts[role]["token"]

    def get(self, path: str, **names: str) -> requests.Response:
        """Ask for a page of the table, with the names filled in."""
        for word, name in names.items():
            path = path.replace("{" + word + "}", name)
        reply = self.session.get(self.portal.url + path, timeout=60, allow_redirects=False)
        self.heard[path] = reply.content
        return reply

    def post(self, action: str, **data: Any) -> requests.Response:
        """Call an action."""
        reply = self.session.post(f"{self.portal.url}/api/3/action/{action}", json=data, timeout=60)
        self.heard[f"{action} {sorted(data.items())}"] = reply.content
        return reply

    def told(self, path: str, names: Mapping[str, str]) -> Answer:
        """What one learns from a page about the thing with these names."""
        return answer(self.get(path, **names), names)


def answer(reply: requests.Response, names: Mapping[str, str]) -> Answer:
    """An answer from which the names that were asked for are taken out, and what each page has of its own."""
    text, where = reply.text, reply.headers.get("location", "")
    for name in sorted(names.values(), key=len, reverse=True):
        text, where = (one.replace(name, "…").replace(name.lower(), "…") for one in (text, where))
    text = re.sub(r'(_csrf_token|csrf-token)"[^>]*>', "", text)
    return Answer(reply.status_code, where, re.sub(r"value=\"[^\"]{60,}\"", "", text))


def follow(visitor: Visitor, starts: tuple[str, ...], skip: re.Pattern[str]) -> Iterator[requests.Response]:
    """Pages that the links lead to, one of each kind."""
    import walking
    from bs4 import BeautifulSoup

    todo, known = [*starts], set()
    while todo:
        address = todo.pop(0)
        kind = walking.kind_of(address)
        if kind in known or skip.search(address):
            continue
        known.add(kind)
        reply = visitor.get(address)
        yield reply
        if reply.ok and "html" in reply.headers.get("content-type", ""):
            todo += walking.links_of(BeautifulSoup(reply.text, "lxml"), visitor.portal.url + address)
