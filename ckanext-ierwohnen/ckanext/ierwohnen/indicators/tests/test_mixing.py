"""Figures of releases are not mixed with an office's, nor with those of other companies."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.mixing import counting, families, telling

DWELLINGS, VACANT, RATE, RENT = "company_dwellings", "company_vacant", "company_vacancy_rate", "company_net_rent"
ALL = tuple(f"o{n:02}" for n in range(40))


@dataclass(frozen=True)
class Told:
    resource_id: str
    indicators: tuple[str, ...]
    contributors: tuple[str, ...] = ()
    day: str = "2025-12-31"
    limited: bool = False
    number: str = ""

    @property
    def package_name(self) -> str:
        return f"dataset-{self.resource_id}"


def counted(*tables: Told, asked: str | None = None, preferred: dict[str, str] | None = None, target: str = ""):
    found = counting(tables, asked, preferred or {}, load_catalogue(), target)
    return {name: set(codes) for name, codes in found.items() if codes}


def test_what_is_computed_from_one_another_belongs_together():
    (first, second) = families({DWELLINGS, VACANT, RENT}, load_catalogue())
    assert {DWELLINGS, VACANT, RATE} <= first and RENT in second and not first & second


def test_the_release_with_most_contributors_counts_whatever_was_published_last():
    late, wide = Told("late", (DWELLINGS, VACANT), ("o01",), "2026-12-31"), Told("wide", (DWELLINGS, RATE), ALL)
    assert counted(late, wide) == {"wide": {DWELLINGS, RATE}}
    assert counted(late, wide, asked="late") == {"late": {DWELLINGS, VACANT}}
    assert counted(late, wide, preferred={RATE: "dataset-late"}) == {"late": {DWELLINGS, VACANT}}


def test_years_of_nearly_the_same_companies_make_one_course_and_others_none():
    before, after = Told("before", (RATE,), ALL[:38], "2024-12-31"), Told("after", (RATE,), ALL[1:])
    few, same_day = Told("few", (RATE,), ALL[:3], "2023-12-31"), Told("same", (RATE,), ALL[2:])
    assert counted(same_day, after, few, before) == {"after": {RATE}, "before": {RATE}}


def test_of_two_companies_the_newest_counts_alone():
    one, two = Told("one", (RENT,), ("a",)), Told("two", (RENT,), ("b",), "2024-12-31")
    assert counted(one, two) == {"one": {RENT}} and counted(two, one) == {"two": {RENT}}


def test_who_may_read_more_never_sees_less():
    """What is for some readers only joins where nothing public tells it, and nothing is computed of both."""
    public = Told("public", (DWELLINGS, RATE), ("o01",), "2023-12-31")
    pair = Told("pair", (DWELLINGS, RENT), ("o02", "o03"), limited=True)
    wide = Told("wide", (DWELLINGS, VACANT, RATE), ALL, limited=True)
    assert counted(pair, public) == {"public": {DWELLINGS, RATE}, "pair": {RENT}}
    assert counted(wide, public)["public"] == {DWELLINGS, RATE} and "wide" not in counted(wide, public)
    plain = Told("plain", (DWELLINGS,), ALL)
    rates = Told("rates", (DWELLINGS, RATE), ("o02",), limited=True)
    assert counted(rates, plain) == {"plain": {DWELLINGS}, "rates": {RATE}}
    assert counted(rates, plain, target=RATE) == {"rates": {DWELLINGS, RATE}}
    assert counted(rates, plain, target=DWELLINGS)["plain"] == {DWELLINGS}
    parts = Told("parts", (DWELLINGS, VACANT), ("o02",), limited=True)
    assert counted(parts, plain) == {"plain": {DWELLINGS}}, "a rate would be one's vacant ones of another's dwellings"
    assert counted(parts, plain, target=RATE) == {"parts": {DWELLINGS, VACANT}}
    assert counted(pair, public, asked="pair") == {"pair": {DWELLINGS, RENT}}


def test_an_office_goes_before_releases_where_it_tells_anything_of_the_same():
    office, pool = Told("office", (DWELLINGS, "population"), day=""), Told("pool", (RATE, RENT), ALL)
    assert counted(pool, office) == {"office": {DWELLINGS, "population"}, "pool": {RENT}}
    assert counted(pool, office, asked="pool") == {"office": {"population"}, "pool": {RATE, RENT}}
    assert counted(office, Told("second", (DWELLINGS,))) == {"office": {DWELLINGS, "population"}, "second": {DWELLINGS}}


def useful(*tables: Told, of: str) -> list[str]:
    known = load_catalogue()
    return [one.resource_id for one in telling(tables, [known.find(of)], known)]


def test_a_release_that_tells_nothing_of_what_is_shown_is_left_alone():
    rates, plain = Told("rates", (DWELLINGS, RATE), ALL), Told("plain", (DWELLINGS, RENT), ALL, limited=True)
    assert useful(plain, rates, of=RATE) == ["rates"] and useful(plain, of=RATE) == []
    assert useful(plain, rates, of=DWELLINGS) == ["plain", "rates"]
    assert useful(plain, Told("other", (VACANT,), ALL[:3]), of=RATE) == [], "not a rate of two sets of companies"
    assert useful(plain, Told("next", (VACANT,), ALL, "2026-12-31"), of=RATE) == []
    assert useful(plain, Told("vacant", (VACANT,), ALL), of=RATE) == ["plain", "vacant"], "it is computed from both"
    assert useful(Told("office", (DWELLINGS,)), of=RATE) == ["office"], "an office's table may yet be completed"
