"""One look at a release is one entry in its owners' ledgers, and no cache keeps answers that members alone may see."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

from ckanext.ierwohnen.company import actions as company
from ckanext.ierwohnen.releases import actions, jobs
from ckanext.ierwohnen.vault import actions as stock
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.followed_jobs import ours
from ckanext.ierwohnen.vault.journal import read_ledger
from ckanext.ierwohnen.vault.reader import Reader

from .city import City
from .stage import PLUGINS, with_ckan
from .test_indicator_tables import CODE, SYSTEM, city, kept, page, released

__all__ = ["city", "kept"]
pytestmark = with_ckan(PLUGINS.removeprefix("ierwohnen_portal "))  # which keeps answers to tokens private by itself
READER, OWNER = ("planning", "member"), ("big", "admin")
ROOMS = tuple(f"ckanext.ierwohnen.{room}." for room in ("company", "releases", "vault"))
KEPT_BY_NOBODY = "private, no-store"


def looked(city: City, look: Any) -> list[tuple[str, str, str, str]]:
    """What the company's ledger tells of a look: who, what, of what, what for."""
    owner = city.organizations["big"]["id"]
    counting = Reader("counting", frozenset({owner}))
    before = len(read_ledger(vault.store(), counting, owner, "count"))
    look()
    new = read_ledger(vault.store(), counting, owner, "count")[before:-1]
    return [(one.reader, one.action, one.subject, one.purpose) for one in new]


def test_one_look_is_one_entry_and_nobody_elses_is_swallowed(city, app):
    number = released(city, ["big"], figures=["dwellings", "vacancy_rate"])["number"]
    place = f"/ierwohnen/freigaben/{number}"

    def seen(who: tuple[str, str], path: str, *words: str) -> list[tuple[str, str, str, str]]:
        def look() -> None:
            answer = page(city, app, who, path)
            assert answer.status_code == 200 and all(word in answer.body for word in words), path

        return looked(city, look)

    def read(who: tuple[str, str], purpose: str) -> tuple[str, str, str, str]:
        return (city.people[who]["name"], "release read", number, purpose)

    drawn = f"/figure/indicator/{CODE.replace('dwellings', 'vacancy_rate')}/map.svg"
    whole, downloaded = read(READER, "Freigabeseite"), read(READER, "Download als CSV")
    assert seen(READER, place, drawn) == [whole], "table, map and chart are parts of one page"
    assert seen(READER, place) == [whole], "another look of the same person"
    assert seen(("planning", "editor"), f"/dataset/{number}", drawn) == [read(("planning", "editor"), "Freigabeseite")]
    assert seen(OWNER, place, drawn, "angesehen") == [read(OWNER, "Freigabeseite")]
    own = f"{place}?eigene={city.organizations['big']['id']}"
    dwellings = (city.people[OWNER]["name"], "read", f"stock {city.day}", "Freigabeseite")
    assert seen(OWNER, own, "eigener Wert") == [read(OWNER, "Freigabeseite"), dwellings]
    assert seen(READER, f"{place}/tabelle.csv") == [downloaded]
    figures = read(READER, "Werte von Indikatoren")
    for path in ("ierwohnen/indikator/{}?source={}", "ierwohnen/figure/indicator/{}/map.svg?source={}",
                 "ierwohnen/figure/indicator/{}/values.csv?source={}"):  # fmt: skip
        assert seen(READER, "/" + path.format(CODE, number)) == [figures], path
    assert looked(city, lambda: city.act("show", READER, id=number)) == [read(READER, "Ansicht")]
    twice = looked(city, lambda: [city.act("show", READER, id=number, purpose=why) for why in ("Bericht", "Presse")])
    assert twice == [read(READER, "Bericht"), read(READER, "Presse")], "each purpose is told"
    later = released(city, ["big"], replaces=number, figures=["dwellings", "vacancy_rate"])["number"]
    both = seen(OWNER, f"/ierwohnen/freigaben/{later}?gegenueber=1", drawn)
    assert sorted(one[2] for one in both) == sorted([number, later]), "what is laid beside is read as well"


def test_no_cache_keeps_what_members_alone_may_see(city, app):
    """All addresses of these rooms, and all their actions: a new one is in the list by itself."""
    release = released(city, ["big"])
    waits = city.prepare(["big"], level=f"{SYSTEM}/quarter")
    parts = {
        "id": release["number"], "rest": release["number"].removeprefix("F-"), "ending": "csv", "verb": "join",
        "organization": city.organizations["big"]["name"], "day": city.day.isoformat(), "delivery": "x", "letter": "f",
        "job": "stock-x",
    }  # fmt: skip
    flask, asked = app.flask_app, []
    for rule in flask.url_map.iter_rules():
        view = flask.view_functions[rule.endpoint]
        if getattr(view, "view_class", view).__module__.startswith(ROOMS):
            with flask.test_request_context():
                address = flask.url_map.bind("").build(rule.endpoint, {one: parts[one] for one in rule.arguments})
            asked += [(method, address) for method in sorted(rule.methods & {"GET", "POST"})]
    assert len({address for _, address in asked}) > 15
    asked += [("GET", f"/ierwohnen/freigaben/{waits['number']}/stand"),
              ("GET", f"/ierwohnen/freigaben/{release['number']}/tabelle.xlsx"),
              ("GET", f"/ierwohnen/figure/indicator/{CODE}/values.csv?source={release['number']}"),
              ("GET", f"/api/3/action/ierwohnen_indicator_values?code={CODE}"),
              ("GET", f"/api/3/action/ierwohnen_release_show?id={release['number']}"),
              ("GET", f"/api/3/action/ierwohnen_job_show?id={jobs.JOB}{waits['id']}")]  # fmt: skip
    names = [*ours(stock), *ours(actions), *ours(company)]
    assert len(names) >= 20
    asked += [("POST", f"/api/3/action/{name}") for name in names]
    for method, address in asked:
        told = page(city, app, OWNER if "bestand" in address or "/stand" in address or "job" in address else READER,
                    address, method)  # fmt: skip
        assert told.headers["Cache-Control"] == KEPT_BY_NOBODY, (method, address, told.status_code)
        assert told.status_code < 500
