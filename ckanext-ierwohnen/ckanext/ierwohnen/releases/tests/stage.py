"""Companies with stock in a living store, and people who act for them."""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from ckanext.ierwohnen.confidential.parameters import default_parameters
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.audience import Audience, among
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.engine import Engine
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER, State, Step
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.store import Store

from .houses import DAY, KNOWN, definition, town

PLUGINS = (
    "ierwohnen_portal ierwohnen_company ierwohnen_previews ierwohnen_releases ierwohnen_vault ierwohnen_indicators "
    "ierwohnen_catalogue ierwohnen_tables ierwohnen_places scheming_datasets dcat structured_data datastore activity"
)


def with_ckan(plugins: str) -> list[pytest.MarkDecorator]:
    """For tests with CKAN and the living store."""
    return [
        pytest.mark.skipif("IERWOHNEN_VAULT_URL" not in os.environ, reason="runs under ./portal test"),
        pytest.mark.ckan_config("ckan.plugins", plugins),
        pytest.mark.usefixtures("with_plugins", "with_request_context"),
    ]


ON_CKAN = with_ckan(
    "ierwohnen_catalogue ierwohnen_tables ierwohnen_places ierwohnen_vault ierwohnen_releases scheming_datasets "
    "dcat structured_data datastore activity"
)
YEARS = {"-1918": "1900", "1919-1949": "1930", "1950-1990": "1970", "1991-2010": "2000", "2011-": "2015"}
ROOMS = {"1-2": "2", "3": "3", "4": "4", "5+": "6"}


def batch(records: pd.DataFrame) -> pa.RecordBatch:
    """Records as a table of stock that makes them."""
    places = records[["place:s/district", "place:s/quarter"]].itertuples(index=False)
    data = {
        "dwelling": list(records["record"]),
        "units": [json.dumps({"s/district": d, "s/quarter": q}) for d, q in places],
        "vacant": ["t" if v == "vacant" else "f" for v in records["vacancy"]],
        "net_cold_rent": [str(r) if r else "" for r in records["rent"]],
        "floor_area": [str(a) if a else "50" for a in records["area"]],
        "rooms": [ROOMS[r] for r in records["rooms"]],
        "construction_year": [YEARS[c] for c in records["construction"]],
        "modernization": ["none"] * len(records),
        "barrier_reduced": ["t" if b == "yes" else "f" for b in records["barrier_reduced"]],
    }
    arrays = [pa.array([value or None for value in values], pa.string()) for values in data.values()]
    return pa.RecordBatch.from_arrays(arrays, names=list(data))


@dataclass
class Stage:
    """A town of its own for each test: names of organizations are drawn, so nothing of another test's overlaps."""

    store: Store
    engine: Engine
    homes: dict[str, pd.DataFrame]
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @classmethod
    def of(cls, cluster: Any, store: Store, keys: Keys | None = None, **town_options: Any) -> Stage:
        engine_store = Store(cluster.vault.engine_url, cluster.vault.engine_key)
        stage = cls(store, Engine(engine_store, keys or Keys(), default_parameters(), places=KNOWN), {})
        for owner, records in town(**town_options).items():
            stage.load(owner, records)
        return stage

    def id(self, name: str) -> str:
        return f"{name}.{self.mark}"

    def actor(self, name: str, role: str = APPROVER, person: str = "") -> Actor:
        """Somebody of an organization."""
        return Actor(person or f"{role} of {name} {self.mark}", {self.id(name): role})

    def load(self, owner: str, records: pd.DataFrame, day: dt.date = DAY) -> None:
        self.homes[owner] = records
        reader = self.actor(owner, ANALYST).reader
        load_stock(self.store, reader, self.id(owner), day, [batch(records)], purpose="p", keys=self.engine.keys)

    def definition(self, owners: list[str], **changes: Any) -> Definition:
        found = definition([self.id(o) for o in owners], **changes)
        if found.audience.public:
            return found
        theirs = frozenset(self.id(name) for name in found.audience.organizations)
        return replace(found, audience=Audience(found.audience.kind, theirs))

    def friends(self, *names: str) -> Audience:
        return among(names)

    def prepared(self, owners: list[str], consents: tuple[str, ...] = (), **changes: Any) -> str:
        """A release that every owner has joined."""
        own = (self.id(owners[0]),) if owners[0] in consents else ()
        new = replace(self.definition(owners, **changes), consents=own)
        release = releases.prepare(self.store, self.actor(owners[0], ANALYST), self.id(owners[0]), new)
        for owner in owners[1:]:
            reason = releases.CONSENT if owner in consents else ""
            releases.take(self.store, self.actor(owner, ANALYST), release, Step.JOIN, self.id(owner), reason)
        return release

    def checked(self, owners: list[str], **changes: Any) -> tuple[str, State | None]:
        release = self.prepared(owners, **changes)
        return release, self.engine.check(release)

    def published(self, owners: list[str], **changes: Any) -> str:
        release, state = self.checked(owners, **changes)
        assert state == State.CHECKED, self.show(owners[0], release)
        for owner in owners:
            releases.take(self.store, self.actor(owner), release, Step.APPROVE, self.id(owner))
        releases.take(self.store, self.actor(owners[0]), release, Step.PUBLISH, self.id(owners[0]))
        return release

    def show(self, name: str, release: str) -> dict[str, Any]:
        """What somebody of an organization gets to see of a release."""
        actor = self.actor(name, "member")
        return releases.opened(self.store, actor, releases.find(self.store, actor, release), "Ansicht")

    def seen(self, name: str) -> set[str]:
        """The releases that somebody of an organization sees."""
        return {r.id for r in releases.releases(self.store, self.actor(name, "member"))}
