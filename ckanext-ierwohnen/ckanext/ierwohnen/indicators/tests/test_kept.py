"""What is kept between requests: the last used, and nothing of an earlier version of the tables."""

from __future__ import annotations

from ckanext.ierwohnen.indicators.workspace import Kept


def test_made_once_and_the_least_used_goes_first():
    made: list[str] = []
    kept = Kept(2)

    def get(name: str) -> str:
        return kept.get((name,), lambda: made.append(name) or name)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert get(name) == name
    assert made == ["a", "b", "c", "b"]


def test_what_is_too_heavy_is_kept_alone():
    kept = Kept(3, len)
    assert kept.get(("long",), lambda: "12345") == "12345"
    assert kept.get(("long",), lambda: "made again") == "12345"
    assert kept.get(("short",), lambda: "1") == "1"
    assert kept.get(("long",), lambda: "made again") == "made again"


def test_another_version_empties_it():
    kept = Kept(9, stamped=True)
    kept.get(("1", "a"), lambda: "old")
    assert kept.get(("2", "b"), lambda: "new") == "new"
    assert kept.get(("1", "a"), lambda: "made again") == "made again"
