"""Releases of different companies lined up: what more than two of them come to is told to nobody."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ckanext.ierwohnen.releases.audience import EVERYBODY, among
from ckanext.ierwohnen.releases.checking import Check, CheckRefused, Past, seen_by
from ckanext.ierwohnen.releases.lineup import told_apart

from .houses import FRIENDS, TODAY, definition, town


def owners(text: str) -> frozenset[str]:
    return frozenset(text)


@pytest.mark.parametrize(("new", "past", "told"), [
    ("abcdefg", ["abc", "def"], ["g"]),
    ("abc", ["abcdefg", "def"], ["g"]),
    ("abcdefgh", ["abc", "def"], ["gh"]),
    ("abcdefg", ["abc", "abcd"], []),  # the difference of two is a cell
    ("abcdef", ["abc", "def"], []),  # all of both
    ("ghi", ["abc", "def"], []),
    ("abcdefg", ["abc", "def", "abcdefg"], []),  # known before
    ("abcde", ["ab", "bc", "cde"], []),  # nothing new: ab + cde
    ("abcd", ["ab", "bcd"], ["b"]),  # both less all
    ("ac", ["ab", "bc"], ["a", "b", "c"]),  # half of ab + ac − bc
])  # fmt: skip
def test_the_smallest_sets_that_more_than_two_releases_come_to(new, past, told):
    found = told_apart(owners(new), [owners(p) for p in past])
    assert sorted("".join(sorted(s)) for s in found) == told


def test_every_set_found_is_one_that_releases_come_to_and_none_is_missing():
    rng, letters = np.random.default_rng(1), "abcdefg"
    for _ in range(60):
        sets = [owners(o for o in letters if rng.random() < 0.5) or owners("a") for _ in range(int(rng.integers(3, 6)))]
        *past, new = sets
        found = told_apart(new, past)
        rows = np.array([[o in s for o in letters] for s in sets], float)

        def follows(chosen: tuple[int, ...], rows: np.ndarray) -> bool:
            return bool(np.linalg.matrix_rank(np.vstack([rows, chosen])) == np.linalg.matrix_rank(rows))

        all_told = {
            owners(o for o, here in zip(letters, chosen, strict=True) if here)
            for chosen in product((0, 1), repeat=len(letters)) if any(chosen) and follows(chosen, rows)
        }  # fmt: skip
        smallest = {s for s in all_told if not any(t < s for t in all_told)}
        held = {*sets} | {a - b for a in sets for b in sets if b < a}
        before = {s for s in smallest if follows(tuple(int(o in s) for o in letters), rows[:-1])}
        assert {*found} == smallest - held - before or new in past


SIZES = {f"c{n}": 90 + n for n in range(11)}
FIRST, SECOND, ALL = [f"c{n}" for n in range(5)], [f"c{n}" for n in range(5, 10)], list(SIZES)


@pytest.mark.parametrize("readers", [(EVERYBODY,) * 3, (FRIENDS, among(["city"]), FRIENDS)])
def test_a_release_that_tells_one_company_beside_two_earlier_ones_is_refused(readers):
    homes, past = town(sizes=SIZES), []
    for name, some, audience in zip("12", (FIRST, SECOND), readers, strict=False):
        one = definition(some, audience=audience)
        found = Check(one, tuple(one.owners), homes, past, today=TODAY).run()
        past.append(Past(name, one, seen_by(one), found.versions, found.patterns))
    both = definition(ALL, audience=readers[2])
    with pytest.raises(CheckRefused, match="owners-apart"):
        Check(both, tuple(both.owners), homes, past, today=TODAY).run()
    agreed = definition(ALL, audience=readers[2], consents=["c10"])
    assert Check(agreed, tuple(agreed.owners), homes, past, today=TODAY).run().cells


def test_a_part_that_could_be_shown_itself_is_no_reason_to_refuse():
    sizes = {f"c{n:02}": 90 + n for n in range(16)}
    homes, past, names = town(sizes=sizes), [], list(sizes)
    for name, some in (("1", names[:5]), ("2", names[5:10])):
        one = definition(some, level="")
        found = Check(one, tuple(one.owners), homes, past, today=TODAY).run()
        past.append(Past(name, one, seen_by(one), found.versions, found.patterns))
    new = definition(names, level="")
    assert [cell["status"] for cell in Check(new, tuple(new.owners), homes, past, today=TODAY).run().cells] == ["ok"]
    few = definition(names[:13], level="")
    with pytest.raises(CheckRefused, match="owners-apart"):
        Check(few, tuple(few.owners), homes, past, today=TODAY).run()


def test_whom_nobody_reads_together_is_told_to_nobody():
    homes, past = town(sizes=SIZES), []
    for name, some, reader in (("1", FIRST, "city"), ("2", SECOND, "friend")):
        one = definition(some, audience=among([reader]))
        found = Check(one, tuple(one.owners), homes, past, today=TODAY).run()
        past.append(Past(name, one, seen_by(one), found.versions, found.patterns))
    new = definition(ALL, audience=among(["office"]))
    assert Check(new, tuple(new.owners), homes, past, today=TODAY).run().cells
