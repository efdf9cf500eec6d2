"""A release that nobody can read: the store takes none, and one that is there keeps nobody from all others."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.audience import ALLIANCE, EVERYBODY, Audience
from ckanext.ierwohnen.releases.states import ANALYST, Step
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError

from .stage import Stage

NOBODY = object()
BROKEN: list[dict[str, Any]] = [
    *({"audience": audience} for audience in (
        None, "public", [], {}, {"kind": "public"}, {"organizations": []},
        {"kind": "none", "organizations": ["x"]}, {"kind": "public", "organizations": ["x"]},
        {"kind": "organizations", "organizations": []}, {"kind": "alliance", "organizations": [{}]},
        {"kind": "alliance", "organizations": "x"}, {"kind": ["public"], "organizations": []},
        {"kind": "public", "organizations": [], "more": 1},
    )),
    *({name: value} for name in ("title", "purpose", "agreement") for value in (
        "", "  ", None, 1, {}, ["x"], "x" * 501, "a\nb", "a\u2028b", "a\u2029b", "a\x85b", "\u202eb", NOBODY,
    )),
    *({name: value} for name in ("reference_date", "valid_until") for value in (
        None, "", 20241231, "20241231", "2024-W52-2", "2024-02-30", "0000-01-01", "infinity", "12024-12-31", NOBODY,
    )),
    *({"decide_by": value} for value in ("soon", 1, "2026-02-30", NOBODY)),
    *({"replaces": value} for value in ("F-2026-AAAAAA", 1, [], NOBODY)),
    *({name: value} for name in ("figures", "dimensions", "consents", "owners") for value in (
        None, "x", {}, [1], [None], [["x"]], [""], ["x" * 101], ["x", "x"], ["a\tb"], NOBODY,
    )),
    {"figures": []}, {"owners": []}, {"dimensions": [f"d{number}" for number in range(11)]},
    {"figures": [f"f{number}" for number in range(101)]}, {"level": None}, {"level": "s"}, {"level": "s/q/x"},
    {"level": "s /q"}, {"level": 3}, {"lead": None}, {"lead": {}}, {"more": 1}, {"title": "x", "number": "F"},
]  # fmt: skip


@pytest.fixture(scope="module")
def stage(cluster, store) -> Stage:
    return Stage.of(cluster, store, sizes={"big": 20, "bigger": 20})


def prepare(stage: Stage, whole: Any) -> str:
    claims = Claims("somebody", acting={stage.id("big"): ANALYST})
    with stage.store.transaction(claims) as cursor:
        return cursor.one("SELECT vault.release_prepare(%s, %s)", stage.id("big"), json.dumps(whole))


def test_the_store_takes_no_release_that_the_portal_cannot_read(cluster, stage):
    whole = stage.definition(["big", "bigger"]).stored()
    before = cluster.admin("SELECT count(*) FROM vault.release")
    for changes in BROKEN:
        broken = {name: value for name, value in (whole | changes).items() if value is not NOBODY}
        if isinstance(changes.get("owners"), list):
            broken["owners"] = [*changes["owners"], stage.id("big")] if changes["owners"] else []
        with pytest.raises(VaultError) as refused:
            prepare(stage, broken)
        assert refused.value.code in ("form-refused", "refused", "bad-row"), changes
    for no_definition in (None, [], "x", 3, [whole]):
        with pytest.raises(VaultError):
            prepare(stage, no_definition)
    assert cluster.admin("SELECT count(*) FROM vault.release") == before


def test_it_takes_whatever_the_portal_defines(stage):
    actor, own = stage.actor("big", ANALYST), stage.id("big")
    new = stage.definition(["big", "bigger"])
    there = releases.prepare(stage.store, actor, own, new)
    for changes in (
        {"audience": EVERYBODY}, {"audience": Audience(ALLIANCE, frozenset({"a", "b"}))}, {"level": ""},
        {"figures": ("dwellings", "rent", "vacancy_rate"), "dimensions": ("rooms", "construction")},
        {"decide_by": dt.date(2027, 1, 1), "lead": own}, {"consents": (own,)}, {"replaces": there},
        {"title": "ß" * 500, "purpose": "„Wohnen“ – 50 % \\ ' \"", "agreement": "§ 6 🏠"},
    ):  # fmt: skip
        wanted = replace(new, **changes)
        found = releases.find(stage.store, actor, releases.prepare(stage.store, actor, own, wanted))
        assert found.definition == wanted


@pytest.mark.parametrize(
    "broken",
    [
        '{"audience": {"kind": "none", "organizations": ["x"]}}', '{"valid_until": "10000-01-01"}', '{"title": {}}',
        '{"figures": ["none-such"]}', '{"owners": [{}]}', '{"more": 1}', '{"level": null}',
    ],
)  # fmt: skip
def test_one_that_cannot_be_read_keeps_nobody_from_the_others(
    cluster, stage, caplog, monkeypatch, broken
):  # fmt: skip
    """As there may be one from before the store looked: its number is logged, and nothing of its content."""
    lasting, lost = (stage.prepared(["big", "bigger"]) for _ in range(2))
    cluster.admin(f"UPDATE vault.release SET definition = definition || '{broken}' WHERE id = '{lost}'")
    number = cluster.admin(f"SELECT number FROM vault.release WHERE id = '{lost}'").strip()
    monkeypatch.setattr(releases.log, "disabled", False)  # migrations switch existing ones off
    monkeypatch.setattr(releases.log, "handlers", [caplog.handler])
    for name in ("big", "bigger"):
        seen = stage.seen(name)
        assert lasting in seen and lost not in seen
        with pytest.raises(VaultError, match="no-release"):
            releases.find(stage.store, stage.actor(name), lost)
    assert number in caplog.text and "Vereinbarung" not in caplog.text
    releases.take(stage.store, stage.actor("bigger"), lasting, Step.REJECT, stage.id("bigger"), "neu")
    cluster.admin(f"UPDATE vault.release SET state = 'rejected' WHERE id = '{lost}'")


def test_a_reason_has_a_form_too(stage):
    release = stage.prepared(["big", "bigger"])
    claims = Claims("somebody", acting={stage.id("big"): ANALYST})
    for reason in ("x" * 501, "a\nb"):
        with pytest.raises(VaultError, match="form-refused"), stage.store.transaction(claims) as cursor:
            cursor.one("SELECT vault.release_take(%s, 'reject', %s, %s)", release, stage.id("big"), reason)
