"""Releases for a limited audience in indicators: for their readers like any table, for everybody else not there.

On the databases of `./portal test`. Whoever is not of the audience asks before and after the readers have looked, by
every path that shows figures, and gets the same as if there were no release.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pyarrow as pa
import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.indicators import workspace
from ckanext.ierwohnen.indicators.tests.small_city import make_city
from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.indicator_tables import readings_of
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named

from .city import City
from .houses import DAY, definition, town
from .queue_content import held
from .stage import PLUGINS, batch, with_ckan

pytestmark = with_ckan(PLUGINS)
SYSTEM, TITLE = "gliederung-der-freigaben", "Kanarienfreigabe Wohnungen"
SIZES = {"big": 1741, "bigger": 1853}
CODE = "company_dwellings"
KEYS = {"1": "A", "2": "B"}
OUTSIDERS = (("rival", "admin"), ("boss", "sysadmin"), None)
PAGES = (
    "/", "/ierwohnen/indikatoren", f"/ierwohnen/indikator/{CODE}", f"/ierwohnen/indikator/{CODE}?level=quarter&unit=11",
    "/ierwohnen/indikator/company_vacancy_rate", f"/ierwohnen/figure/indicator/{CODE}/values.csv",
    f"/ierwohnen/figure/indicator/{CODE}/map.svg", "/ierwohnen/auffaellig", "/ierwohnen/auffaellig.csv",
    f"/orte/{SYSTEM}/quarter/11", "/ierwohnen/thema/stock", "/ierwohnen/freigaben/", "/dataset/",
    f"/orte/{SYSTEM}/quarter/11/profil.csv", f"/orte/{SYSTEM}/quarter", "/kennzahlen", "/suche?q=Wohnungen",
    f"/karte/{CODE}/2011-12-31.csv", f"/ierwohnen/figure/indicator/{CODE}/embed",
    f"/ierwohnen/figure/indicator/{CODE}", f"/ierwohnen/figure/indicator/{CODE}/chart.svg",
)  # fmt: skip
BAND = "Nicht für alle"
MARK, MARKED = re.compile(r'iw-chip prot">.*?</i>nicht für alle</span>'), PAGES[9:11]
EMBEDDED = f"/ierwohnen/figure/indicator/{CODE}/embed"
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ierwohnen_indicator_values", {"code": CODE}),
    ("ierwohnen_indicator_values", {"code": CODE, "level": "city", "explain": True}),
    ("ierwohnen_indicator_values", {"code": "company_vacancy_rate", "as": "rank"}),
    ("ierwohnen_indicator_show", {"code": CODE}),
    ("ierwohnen_indicator_list", {"topic": "stock", "with_sources": True}),
    ("ierwohnen_indicator_alerts", {}),
    ("ierwohnen_indicator_profile", {"system": SYSTEM, "level": "quarter", "unit": "11"}),
    ("package_search", {"q": TITLE, "include_private": True, "facet.field": ["organization", "tags"]}),
)


def placed(records) -> pa.RecordBatch:
    """Stock with the keys of the system that is loaded."""
    made = batch(records).to_pydict()
    made["units"] = [
        json.dumps({f"{SYSTEM}/district": KEYS[keys["s/district"]], f"{SYSTEM}/quarter": keys["s/quarter"]})
        for keys in map(json.loads, made["units"])
    ]
    return pa.RecordBatch.from_pydict({name: pa.array(cells, pa.string()) for name, cells in made.items()})


@pytest.fixture(scope="module")
def kept() -> dict[str, City]:
    return {}


@pytest.fixture
def city(kept, request, reset_queues, monkeypatch) -> City:
    """Two companies with stock, the planning office, a rival; made once."""
    monkeypatch.setattr(jobs, "LATER", 0.0)
    if not kept:
        for clean in ("clean_db", "clean_index"):
            request.getfixturevalue(clean)
        kept["city"] = _made()
    found = kept["city"]
    found.day += dt.timedelta(days=366)
    for name, records in town(sizes=SIZES).items():
        reader = reader_named(found.people[name, "editor"]["name"], LOADING)
        load_stock(vault.store(), reader, found.organizations[name]["id"], found.day, [placed(records)], purpose="p")
    return found


def _made() -> City:
    people, organizations = {}, {}
    for name in (*SIZES, "planning", "rival"):
        for capacity in ("editor", "admin", "member"):
            people[name, capacity] = factories.User()
        users = [{"name": p["id"], "capacity": c} for (n, c), p in people.items() if n == name]
        organizations[name] = factories.Organization(users=users)
    people["boss", "sysadmin"] = factories.Sysadmin()
    make_city(
        people["boss", "sysadmin"]["name"], organizations["planning"]["id"], SYSTEM,
        {"11": "A", "12": "A", "21": "B", "22": "B"},
    )  # fmt: skip
    return City(organizations, people, DAY.replace(year=2010))


def released(city: City, owners: list[str], **data: Any) -> dict[str, Any]:
    wish = {"title": TITLE, "level": f"{SYSTEM}/quarter", "consent": True}
    release = city.prepare(owners, **(wish | data))
    for owner in owners[1:]:
        city.step("join", release["id"], owner, "editor", consent=True)
    jobs.check(release["id"])
    for owner in owners:
        city.step("approve", release["id"], owner)
    city.step("publish", release["id"], owners[0])
    return release


def asked(city: City, who: tuple[str, str] | None) -> list[Any]:
    """What the actions tell somebody."""
    context = {"user": city.people[who]["name"] if who else "", "ignore_auth": False}
    return [call_action(name, dict(context), **data) for name, data in ASKED]


def page(city: City, app: Any, who: tuple[str, str] | None, path: str, method: str = "GET") -> Any:
    for old in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
        tk.g.pop(old, None)
    token = factories.APIToken(user=city.people[who]["name"])["token"] if who else ""
    headers = {"Authorization": token} if token else {}
    if method == "POST":
        return app.post(path, headers=headers, json={} if "/api/" in path else None, follow_redirects=False)
    return app.get(path, headers=headers, expect_errors=True)


def values(city: City, who: tuple[str, str] | None, **wish: Any) -> dict[str, Any]:
    context = {"user": city.people[who]["name"] if who else "", "ignore_auth": False}
    return call_action("ierwohnen_indicator_values", context, **{"code": CODE, "system": SYSTEM, **wish})


def test_for_its_readers_like_any_table_and_for_others_not_there(city, app):
    """Every role on every path, before the readers have looked and after, when what they saw could have been kept."""
    planner = ("planning", "member")
    before = {who: asked(city, who) for who in OUTSIDERS}
    release = released(city, ["big"])
    words = re.compile(f"{release['id']}|{release['number']}|{TITLE}|(?<![\\w-])1[.,\u202f]?741(?![\\w-])")
    found = values(city, planner, level="quarter", explain=True)
    assert [one["package"] for one in found["sources"]] == [release["number"]] and found["sources"][0]["limited"]
    given = {row["unit"]: row["figure"] for row in found["results"]}
    cells = city.act("show", planner, id=release["id"])["cells"]
    stated = {c["key"]: c["figure"] for c in cells if c["level"].endswith("/quarter") and c["indicator"] == "dwellings"
              and c["key"]}  # fmt: skip
    assert {unit: figure["value"] for unit, figure in given.items()} == {u: f["value"] for u, f in stated.items()}
    way = found["results"][0]["way"]["cells"][0]
    assert way["label"] == "Wohnungen" and way["address"].endswith(release["number"])
    whole = values(city, planner, level="city")["results"]
    assert [row["figure"]["value"] for row in whole] == [SIZES["big"]]
    owner = city.organizations["big"]["title"]
    for path in (PAGES[2], PAGES[3], PAGES[5], PAGES[9], PAGES[10]):
        seen = page(city, app, planner, path)
        if path in MARKED:  # each figure bears its mark, and says whose it is
            assert MARK.search(seen.body) and f"Nur Wohnungen von {owner}." in seen.body, path
        assert seen.status_code == 200 and release["number"] in seen.body, path
        assert {"no-store", "private"} & set(re.split(r"[ ,=]+", seen.headers["Cache-Control"])), path
    assert BAND in page(city, app, planner, PAGES[2]).body
    _found_like_a_dataset(city, app, release)
    assert page(city, app, planner, PAGES[6]).status_code == 200
    assert not words.search(page(city, app, planner, EMBEDDED).body), "what other sites embed is made for nobody"
    for who in OUTSIDERS:
        told = asked(city, who)
        assert told == before[who], who
        for path in PAGES:
            again = page(city, app, who, path)
            assert again.status_code in (200, 404) and not words.search(again.body), (who, path)
            assert BAND not in again.body and not MARK.search(again.body)
        named = f"{PAGES[2]}?source={release['number']}"
        strange = f"{PAGES[2]}?source=F-2026-NICHTS"
        mine, none = page(city, app, who, named), page(city, app, who, strange)
        assert mine.status_code == none.status_code == 404, who
        assert mine.body.replace(release["number"], "") == none.body.replace("F-2026-NICHTS", ""), who
        assert "Diese Tabelle gibt es hier nicht." in mine.body and f'href="{PAGES[2]}"' in mine.body
    kept = held()
    assert "company_dwellings" in kept or "changes" in kept, "nothing was looked at"
    assert release["number"] not in kept and "1741.0" not in kept
    ledger = call_action("ierwohnen_ledger_list", {"user": city.people["big", "member"]["name"], "ignore_auth": False},
                         organization=city.organizations["big"]["name"])["results"]  # fmt: skip
    name = city.people[planner]["name"]
    assert any(e["reader"] == name and e["subject"] == release["number"] for e in ledger)
    city.step("withdraw", release["id"], "big", "editor", reason="Fehler")
    bookmark = page(city, app, planner, named)
    assert bookmark.status_code == 404 and "Diese Tabelle gibt es hier nicht." in bookmark.body
    assert values(city, planner)["results"] == [] == values(city, planner)["candidates"]
    assert not words.search(page(city, app, planner, PAGES[2]).body)


def test_a_release_that_is_asked_for_alone_is_shown_on_its_own_level(city):
    """A finer table of the same indicator says nothing of how fine this one is."""
    planner = ("planning", "member")
    fine = released(city, ["big"], figures=["dwellings"])
    coarse = released(city, ["big"], level=f"{SYSTEM}/district")
    _noted_where_figures_are_told(city, planner, fine["number"], coarse["number"])
    for release, level in ((coarse, "district"), (fine, "quarter")):
        found = values(city, planner, source=release["number"])
        assert found["level"] == level and found["results"], level
        city.step("withdraw", release["id"], "big", "editor", reason="Fehler")


def _noted_where_figures_are_told(city: City, who: tuple[str, str], number: str, rates: str) -> None:
    """A release of dwellings is not read for a rate, which it does not give; for one answer it is read once."""
    member = {"user": city.people["big", "member"]["name"], "ignore_auth": False}

    def noted() -> int:
        told = call_action("ierwohnen_ledger_list", dict(member), organization=city.organizations["big"]["name"],
                           limit=100_000)["results"]  # fmt: skip
        return sum(e["action"] == "release read" and e["subject"] == number for e in told)

    before = noted()
    rate = "company_vacancy_rate"
    assert [one["package"] for one in values(city, who, code=rate)["candidates"]] == [rates]
    shown = call_action("ierwohnen_indicator_show", {"user": city.people[who]["name"], "ignore_auth": False}, code=rate)
    assert [one["package"] for one in shown["sources"]] == [rates]
    for source in (number, "quatsch"):
        with pytest.raises(tk.ObjectNotFound):
            values(city, who, code=rate, source=source)
    assert noted() == before, "no figure was handed out"
    call_action("ierwohnen_indicator_profile", {"user": city.people[who]["name"], "ignore_auth": False},
                system=SYSTEM, level="quarter", unit="11")  # fmt: skip
    assert noted() == before + 1


def _found_like_a_dataset(city: City, app: Any, release: dict[str, Any]) -> None:
    """In the searches, by its number where datasets are, as files that stand in the ledger; for others 404."""
    planner, number = ("planning", "member"), release["number"]
    for path in (f"/dataset/?q={TITLE}", f"/suche?q={TITLE}", f"/dataset/{number}", f"/ierwohnen/freigabe/{number}"):
        seen = page(city, app, planner, path)
        assert seen.status_code == 200 and number in seen.body, path
        assert path.startswith("/dataset/F-") or "no-store" in seen.headers["Cache-Control"], path
    file = page(city, app, planner, f"/ierwohnen/freigaben/{number}/tabelle.csv")
    assert file.status_code == 200 and f";{SIZES['big']};" in file.body and "no-store" in file.headers["Cache-Control"]
    assert page(city, app, planner, f"/ierwohnen/freigaben/{number}/tabelle.xlsx").status_code == 200
    ledger = call_action("ierwohnen_ledger_list", {"user": city.people["big", "member"]["name"], "ignore_auth": False},
                         organization=city.organizations["big"]["name"])["results"]  # fmt: skip
    assert {"Download als CSV", "Download als XLSX"} <= {e["purpose"] for e in ledger if e["subject"] == number}
    for who in OUTSIDERS:
        for path in ("/dataset/{}", "/ierwohnen/freigabe/{}", "/ierwohnen/freigaben/{}/tabelle.csv"):
            mine, none = (page(city, app, who, path.format(one)) for one in (number, "F-2026-NICHTS"))
            assert mine.status_code == none.status_code == 404, (who, path)
            assert "The requested URL" not in mine.body and "Unter dieser Adresse gibt es für Sie nichts" in mine.body
            assert mine.body.replace(number, "") == none.body.replace("F-2026-NICHTS", ""), (who, path)
        for path in (f"/dataset/?q={TITLE}", f"/suche?q={TITLE}"):
            assert number not in page(city, app, who, path).body, (who, path)


def test_closed_at_once_kept_for_one_reader_and_the_broader_one_counts(city, app, monkeypatch):
    _only_totals_are_read()
    _closed_at_once(city, monkeypatch)
    _kept_for_one_reader(city)
    _the_broader_one_counts(city)
    _a_public_one_feeds_the_topic(city, app)


def _closed_at_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was computed before is of no use to whoever may not see it any more."""
    planner = ("planning", "editor")
    release = released(city, ["big"])
    assert values(city, planner)["results"]

    with monkeypatch.context() as patch:
        patch.setattr(clock, "_moment", lambda: dt.datetime(2028, 1, 1, 12, tzinfo=dt.UTC))
        assert values(city, planner)["results"] == []
    assert values(city, planner)["results"]
    with monkeypatch.context() as patch:  # withdrawn after the list was made, before it is read

        def gone(*_: Any) -> None:
            raise VaultError("refused")

        patch.setattr(releases, "opened", gone)
        assert values(city, planner)["results"] == []
    with monkeypatch.context() as patch:  # the store does not answer: the public figures go on

        def silent(*_: Any) -> None:
            raise VaultError("unreachable")

        patch.setattr(releases, "releases", silent)
        assert values(city, planner)["results"] == []
    organization, user = city.organizations["planning"]["id"], city.people[planner]
    boss = {"user": city.people["boss", "sysadmin"]["name"]}
    call_action("organization_member_delete", dict(boss), id=organization, username=user["name"])
    assert values(city, planner)["results"] == []
    call_action("organization_member_create", dict(boss), id=organization, username=user["name"], role="editor")
    assert values(city, planner)["results"]
    city.step("withdraw", release["id"], "big", "editor", reason="Fehler")
    assert values(city, planner)["results"] == []


def _kept_for_one_reader(city: City) -> None:
    """Two readers of one release share nothing, and a reader of less never meets what went into more."""
    release = released(city, ["big"])
    for who in (("planning", "member"), ("planning", "admin"), ("rival", "admin")):
        values(city, who)
    limited = [(key, one) for key, one in workspace._workspaces._values.items() if one.limited]
    names = {city.people["planning", role]["name"] for role in ("member", "admin")}
    assert {key[-1] for key, _ in limited} == names and all(release["id"] in one.limited for _, one in limited)
    plain = [one for key, one in workspace._workspaces._values.items() if key[-1] is None]
    assert all(not source.limited for one in plain for source in one.sources)
    city.step("withdraw", release["id"], "big", "editor", reason="Fehler")


def _the_broader_one_counts(city: City) -> None:
    """The others are asked for by their number, and another year of one of them does not stand beside it."""
    pooled = released(city, ["bigger", "big"])
    single = released(city, ["big"])
    both = sum(SIZES.values())
    planner = ("planning", "member")
    assert [row["figure"]["value"] for row in values(city, planner, level="city")["results"]] == [both]
    alone = values(city, planner, level="city", source=single["number"])["results"]
    assert [row["figure"]["value"] for row in alone] == [SIZES["big"]]
    before = city.day - dt.timedelta(days=200)
    reader, organization = reader_named(city.people["big", "editor"]["name"], LOADING), city.organizations["big"]["id"]
    load_stock(vault.store(), reader, organization, before, [placed(town(sizes=SIZES)["big"])], purpose="p")
    earlier = before.isoformat()
    public = released(city, ["big"], audience="public", reference_date=earlier)
    # Who may read more sees what everybody sees, with another year of the same company; not one of both companies.
    for who, days in ((planner, [earlier, city.day.isoformat()]), (None, [earlier])):
        found = values(city, who, level="city")
        assert [row["period"] for row in found["results"]] == days
        assert [one["number"] for one in found["others"]] == ([pooled["number"]] if who else [])
    asked = values(city, planner, level="city", source=pooled["number"].lower())
    assert [row["period"] for row in asked["results"]] == [city.day.isoformat()] and asked["sources"][0]["owners"]
    by_number = values(city, None, level="city", source=public["number"])
    assert [row["period"] for row in by_number["results"]] == [earlier]
    for release, owner in ((pooled, "bigger"), (single, "big"), (public, "big")):
        city.step("withdraw", release["id"], owner, "editor", reason="Fehler")


def _a_public_one_feeds_the_topic(city: City, app: Any) -> None:
    """For everybody, as the dataset that it is; and its owner's page says that it names the company."""
    here, editor = f"/ierwohnen/bestand/{city.organizations['big']['name']}", ("big", "editor")
    assert "Nichts. Das Portal verrät nicht" in page(city, app, editor, here).body
    release = released(city, ["big"], audience="public")
    owned = page(city, app, editor, here).body
    assert "Nichts. Das Portal" not in owned
    assert re.search(f"{format_date(city.day)}: <a href=\"[^\"]*{release['number']}\"", owned)
    days = ("1990-12-31", f"{city.day}")
    asked = {day: page(city, app, editor, f"{here}/stichtag/{day}/loeschen").body for day in days}
    assert [">Endgültig löschen<" in body for body in asked.values()] == [False, True]
    assert "Es gibt keinen Bestand zum 31.12.1990." in asked["1990-12-31"]
    found = values(city, None, level="quarter")
    assert found["results"] and not found["sources"][0]["limited"]
    assert found["sources"][0]["package"] == f"freigabe-{release['number'].lower()}"
    city.step("withdraw", release["id"], "big", "editor", reason="Fehler")
    assert values(city, None)["results"] == []
    assert model.Package.get(release["id"]) is None


def _only_totals_are_read() -> None:
    """Over the breakdowns, each in its row of the release."""
    one = definition(["a"], level="s/quarter", dimensions=["rooms"])
    places = [
        ("", "", "Total", 9.0, "ok"), ("s/quarter", "11", "Total", None, "secret"), ("s/quarter", "11", "3", 2.0, "ok"),
        ("s/quarter", "", "Total", 1.0, "ok"),
    ]  # fmt: skip
    names = ("level", "key", "rooms", "value", "status")
    rows = readings_of(one, [{**dict(zip(names, place, strict=True)), "figure": "dwellings"} for place in places])
    assert list(rows["level"]) == ["city", "quarter", "unassigned"] and list(rows["row"]) == [1, 2, 4]
    assert list(rows["status"]) == ["ok", "secret", "ok"] and set(rows["indicator"]) == {"company_dwellings"}
    assert set(rows["system"]) == {"s"} and set(rows["period"]) == {DAY.isoformat()}
