"""The catalogue as shipped, and a city's own file: what is wrong is named with place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.formula import FormulaError, dimension, is_linear, parse
from ckanext.ierwohnen.indicators.source import CatalogueError
from ckanext.ierwohnen.indicators.vocabulary import vocabulary


@pytest.fixture
def city(tmp_path: Path):
    """Load the catalogue with a city's file of this text."""

    def load(text: str):
        path = tmp_path / "city.yaml"
        path.write_text(text, "utf-8")
        return load_catalogue((path,))

    return load


NEW = """
topic: balance
indicators:
  - code: own_figure
    name: {de: Eigene Zahl, en: Own figure}
    description: {de: Eine Zahl., en: A figure.}
    unit: dwellings
    space: sum
    time: stock
    precision: 0
    smallest_level: quarter
    reference_date: {de: 31. Dezember, en: 31 December}
    source: {de: Amt, en: Office}
"""


REFUSED = [
    *("a.b", "a()", "a[0]", "a if b else c", "lambda: 1", "a ** b", "'x'", "a < b", "change(a, 0)"),
    *("change(a + b, 1)", "a and b", "True", "", "a;b", "(" * 300),
]


class TestShipped:
    """What every city gets."""

    def test_eight_topics_with_well_over_a_hundred_definitions(self):
        catalogue = load_catalogue()
        assert len(catalogue) >= 130
        for topic in vocabulary("topics"):
            assert catalogue.topic(topic.code), topic.code

    def test_every_definition_is_complete_in_both_languages(self):
        for one in load_catalogue():
            for text in (one.name, one.description, one.reference_date, one.source):
                assert text["de"].strip() and text["en"].strip(), one.code
            assert one.name["de"] != one.name["en"] or one.code == "billeter_measure", one.code

    def test_no_two_indicators_share_a_name_or_synonym(self):
        owners: dict[str, str] = {}
        for one in load_catalogue():
            for name in {n.casefold() for n in (*one.name.values(), *one.synonyms)}:
                assert owners.setdefault(name, one.code) == one.code, f"{name}: {owners[name]} and {one.code}"

    def test_a_search_finds_names_before_synonyms(self):
        assert load_catalogue().search("Leerstand")[0].name["de"].startswith("Leerstand")
        assert "vacant_dwellings" in [i.code for i in load_catalogue().search("leerstehende")]


class TestOwnFile:
    """A city adds, overrides and switches off."""

    def test_adds(self, city):
        assert city(NEW).find("own_figure").classes["method"] == "quantiles"

    def test_overrides_single_keys(self, city):
        found = city("indicators:\n  - {code: vacancy_rate, thresholds: {act: 20}}").find("vacancy_rate")
        assert found.thresholds == {"watch": 8, "act": 20}
        assert found.numerator == "vacant_dwellings"

    def test_null_takes_a_formula_away(self, city):
        read = city("indicators:\n  - {code: vacancy_rate, numerator: null, denominator: null, space: none}")
        assert read.find("vacancy_rate").expression is None

    def test_a_faulty_definition_is_not_blamed_on_those_that_use_it(self, city):
        with pytest.raises(CatalogueError) as caught:
            city("indicators:\n  - {code: vacancy_rate, precision: -1}")
        assert [problem.line for problem in caught.value.problems] == [2]

    def test_an_empty_file_changes_nothing(self, city):
        assert len(city("# later\n")) == len(load_catalogue())

    def test_switches_off(self, city):
        assert city("off: [complaints_rate]").find("complaints_rate") is None

    @pytest.mark.parametrize(
        ("text", "line", "word"),
        [
            ("off: [gibtsnicht]", 1, "gibtsnicht"),
            ("off:\n  - dwellings", 2, "switched off, but used by"),
            ("off:\n  - vacancy_rat", 2, "no indicator"),
            ("off:\n  - {a: b}", 2, "no code"),
            ("indicators:\n  - code: [a, b]", 2, "no text"),
            ("indicators:\n  - code: {a: b}", 2, "no text"),
            ("indicators:\n  - {code: vacancy_rat, thresholds: {watch: 5}}", 2, "vacancy_rat"),
            ("indicators:\n  - {code: dwellings, unit: persons}", 2, "its unit"),
            ("indicators:\n  - {code: population, time: flow}", 2, "its time"),
            ("indicators:\n  - {code: rent_asking_median, space: weighted_mean, weighted_by: dwellings}", 2, "median"),
            ("indicators:\n  - {code: vacancy_rate, thresholds: {watch: 800, act: 1200}}", 2, "200 percent"),
            (NEW + "    formula: dwellings / (1 - 1)\n", 4, "divides by zero"),
            (NEW + "    formula: dwellings * 1e999\n", 4, "too large"),
            (NEW + "    formula: dwellings + population\n", 4, "adds dwellings and persons"),
            (NEW + "    formula: births + deaths\n", 4, "gives persons, not dwellings"),
            (NEW + "    part: {of: dwellings, dimension: gibtsnicht, from: 1}\n", 4, "no code list"),
            (NEW + "    part: {of: population, dimension: age_groups, from: 1}\n", 4, "same unit"),
            (NEW + "    part: {of: dwellings, dimension: owner, codes: [x]}\n", 4, "no such class x"),
            (NEW.replace("unit: dwellings", "unit: elephants"), 7, "elephants"),
            (NEW + "    numerator: gibtsnicht\n    denominator: dwellings\n", 4, "gibtsnicht"),
            (NEW + "    formula: own_figure + 1\n", 4, "circle"),
            (NEW + "    formula: dwellings * households\n", 4, "count*count"),
            (NEW + "    formula: dwellings + living_area\n", 4, "area cannot be added to count"),
            (NEW.replace("space: sum", "space: ratio"), 4, "parts"),
            (NEW.replace("space: sum", "space: weighted_mean"), 4, "weighted_by"),
            (NEW + "    formula: moves_in - moves_out\n", 4, "does not add up"),
            (NEW + "    formula: __import__('os')\n", 4, "unknown"),
            (NEW + "    precision: 1\n", 14, "twice"),
            ("indicators: [{code: a", 1, "YAML"),
            (NEW + "    direction: less\n    thresholds: {watch: 5, act: 3}\n", 4, "before"),
            ("- vacancy_rate", 1, "mapping"),
            ("off: []\nindikatoren: []", 2, "indikatoren"),
            ("off: vacancy_rate", 1, "list"),
            ("indicators: vacancy_rate", 1, "list"),
            ("indicators:\n  - vacancy_rate", 2, "no code"),
            ("indicators: &x\n  - *x", 1, "anchor"),
            (NEW + NEW.partition("indicators:\n")[2], 14, "already defined"),
            (NEW + "    thresholds: {watch: .nan}\n", 4, "no number"),
            (NEW + "    goal: .inf\n", 4, "no number"),
            (NEW + "    classes: {method: fixed}\n", 4, "no breaks"),
            (NEW + "    classes: {method: fixed, breaks: [5, 3]}\n", 4, "ascend"),
            (NEW + "    synonyms: [Leerstandsquote]\n", 4, "belongs to"),
            (NEW + "    formula: completions - demolitions\n    lower_bound: true\n", 4, "negative"),
            ("indicators:\n  - {code: vacancy_rate, lower_bound: true}", 2, "only a sum"),
            ("indicators:\n  - {code: vacancy_rate, unit: euro}", 2, "to euro"),
            ("indicators:\n  - {code: vacancy_rate, formula: dwellings}", 2, "a numerator"),
            (
                "indicators:\n  - code: social_burden_index\n    composite:\n"
                "      parts: [{code: sgb2_rate, weight: 0, reach: 1}, {code: sgb12_rate, weight: 0, reach: 1}]",
                2,
                "weight",
            ),
            (
                "indicators:\n  - code: social_burden_index\n    composite:\n"
                "      parts: [{code: sgb2_rate, weight: 1, reach: 1},\n"
                "              {code: social_burden_index, weight: 1, reach: 1}]",
                2,
                "circle",
            ),
        ],
    )
    def test_names_file_line_and_remedy(self, city, text, line, word):
        with pytest.raises(CatalogueError) as caught:
            city(text)
        problem = next(p for p in caught.value.problems if word in p.message)
        assert len(caught.value.problems) < 4, "one fault is not told over and over"
        assert problem.file.endswith("city.yaml" if line else ".yaml")
        assert problem.line == line or not line
        told = ("Check the units", "Allowed are", "Correct the divisor", "Write it out")
        assert problem.remedy or any(remedy in problem.message for remedy in told)

    def test_a_near_miss_is_named(self, city):
        for text in ("off: [vacancy_rat]", "indicators:\n  - {code: vacancy_rat, thresholds: {watch: 5}}"):
            with pytest.raises(CatalogueError, match="Is “vacancy_rate” meant"):
                city(text)


class TestFormula:
    """The small grammar and nothing beyond it."""

    @pytest.mark.parametrize("text", REFUSED)
    def test_refuses_everything_else(self, text):
        with pytest.raises(FormulaError):
            parse(text)

    def test_knows_what_is_linear(self):
        assert is_linear(parse("2 * (a - b) / 4 + c"))
        assert not is_linear(parse("a / b")) and not is_linear(parse("a + 1")) and not is_linear(parse("a * b"))

    def test_knows_dimensions(self):
        of = {"euro": "money", "m2": "area", "rate": "ratio"}.__getitem__
        assert dimension(parse("euro / m2"), of) == "money/area"
        assert dimension(parse("rate * euro"), of) == "money"
        assert dimension(parse("m2 / m2"), of) == "ratio"
