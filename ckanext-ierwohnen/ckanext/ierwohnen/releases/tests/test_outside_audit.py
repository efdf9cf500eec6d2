"""Random lives of releases in a living store, audited from outside with all that each organization could ever see.

Companies come and go, deliveries change, releases are withdrawn, turned down or left waiting; after each one every
organization lines up what it was ever shown, and the exact attacker (which reads cells, records and the map, and shares
no code with the room) tries to work out what was kept secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from ckanext.ierwohnen.confidential.tests.cases import seeds
from ckanext.ierwohnen.confidential.tests.oracle import Attack, Leak
from ckanext.ierwohnen.confidential.tests.published import Figure, Publication, Record, Rules
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.audience import EVERYBODY, among
from ckanext.ierwohnen.releases.states import ANALYST, State, Step
from ckanext.ierwohnen.vault.errors import VaultError

from .houses import QUARTERS
from .stage import Stage

DIMS = ("place",)
PARENTS = {"place": {**QUARTERS, "1": None, "2": None}}
READERS = ("city", "friend", "stranger")
AUDIENCES = [EVERYBODY, among({"city", "friend"}), among({"city"}), among({"friend", "o1"})]


@dataclass
class Life:
    """What happened, and what each organization was ever shown."""

    stage: Stage
    shown: dict[str, list[Publication]] = field(default_factory=dict)
    out: list[tuple[str, str]] = field(default_factory=list)
    leaks: list[tuple[str, Leak]] = field(default_factory=list)
    deliveries: dict[tuple, tuple[Record, ...]] = field(default_factory=dict)
    passed: int = 0

    def look(self, release: str, owners: list[str]) -> None:
        """Everybody looks, and keeps what it sees; then everybody attacks."""
        held = tuple(
            Record((row["place:s/quarter"],), owner, {"count": 1}, row["record"])
            for owner in owners for row in self.stage.homes[owner].to_dict("records")
        )  # fmt: skip
        same = tuple((r.name, r.leaf) for r in held)
        records = self.deliveries.setdefault(same, held)  # the same delivery is one object to the attacker
        for name in (*READERS, *self.stage.homes):
            try:
                cells = self.stage.show(name, release)["cells"]
            except VaultError:
                continue
            figures = tuple(_figure(cell) for cell in cells)
            seen = self.shown.setdefault(name, [])
            if all(p.figures != figures or p.records is not records for p in seen):
                seen.append(Publication(figures, records))

    def attack(self) -> None:
        for name, seen in self.shown.items():
            owners = {r.owner for p in seen for r in p.records}
            found = Attack(seen, DIMS, PARENTS, "count", Rules()).leaks(owners)
            self.leaks += [(name, leak) for leak in found]


def _figure(cell: dict) -> Figure:
    place = (("place", cell["key"] or "Total"),)
    secret = cell["status"] == "secret"
    return Figure(place, "count", None if secret else int(cell["value"]), "secret" if secret else "published", ())


def live(cluster, store, seed: int) -> Life:
    """Three releases in a town of its own."""
    rng = np.random.default_rng(seed)
    sizes = {f"o{n}": int(rng.integers(4, 14)) for n in range(7)}
    life = Life(Stage.of(cluster, store, seed=seed, sizes=sizes))
    stage = life.stage
    for number in range(3):
        if number and rng.random() < 0.5:
            owner = str(rng.choice(list(sizes)))
            stage.load(
                owner, stage.homes[owner].sample(frac=0.85, random_state=seed * 10 + number).reset_index(drop=True)
            )
        owners = [str(o) for o in sorted(rng.choice(list(sizes), int(rng.integers(5, 8)), replace=False))]
        audience = AUDIENCES[int(rng.integers(len(AUDIENCES)))]
        level = ["", "s/district", "s/quarter"][int(rng.integers(3))]
        release, state = stage.checked(owners, audience=audience, level=level)
        if state != State.CHECKED:
            continue
        life.passed += 1
        life.look(release, owners)
        fate = rng.random()
        if fate < 0.2:
            releases.take(store, stage.actor(owners[0], ANALYST), release, Step.REJECT, stage.id(owners[0]), "nein")
        elif fate < 0.9:
            for owner in owners:
                releases.take(store, stage.actor(owner), release, Step.APPROVE, stage.id(owner))
            releases.take(store, stage.actor(owners[0]), release, Step.PUBLISH, stage.id(owners[0]))
            life.look(release, owners)
            life.out.append((release, owners[0]))
        if life.out and rng.random() < 0.3:
            gone, owner = life.out.pop(int(rng.integers(len(life.out))))
            releases.take(store, stage.actor(owner), gone, Step.WITHDRAW, stage.id(owner), "Fehler")
    life.attack()
    return life


def test_lives_of_releases_before_the_exact_attacker(cluster, store):
    lives = [live(cluster, store, seed) for seed in seeds(100, 10)]
    assert [life.leaks for life in lives if life.leaks] == []
    assert sum(life.passed for life in lives) >= len(lives)


def test_the_attack_is_worth_something(cluster, store):
    """Without the memory of what was seen before, some life leaks."""
    for seed in range(60):
        with pytest.MonkeyPatch.context() as patch:
            for name in ("related", "connected"):
                patch.setattr(f"ckanext.ierwohnen.releases.earlier.{name}", lambda definition, past: [])
            if live(cluster, store, seed).leaks:
                return
    raise AssertionError("no leak found")
