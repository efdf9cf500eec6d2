"""The catalogue of indicators: loaded from YAML, checked as a whole, overridden by a city's own file. No CKAN in
here.

Each file is ``{topic, defaults, indicators: [...]}``; ``defaults`` holds for every indicator of the file. A
city's file may add indicators, override single keys of one that exists (``code`` and the keys that differ), and
switch some off (``off: [code, …]``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema

from ckanext.ierwohnen.indicators.check import check
from ckanext.ierwohnen.indicators.composite import Composite
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.overriding import NEW_NEEDS, changed_meaning, still_used, unknown
from ckanext.ierwohnen.indicators.part import Part
from ckanext.ierwohnen.indicators.source import SCHEMAS, CatalogueError, Problem, Source, read_yaml_file
from ckanext.ierwohnen.indicators.vocabulary import vocabulary

FOLDER = SCHEMAS / "indicators"
KEYS = {"topic": str, "defaults": dict, "indicators": list, "off": list}  # of a file
DROPPED_BY_NULL = ("formula", "numerator", "denominator", "weighted_by", "composite", "prefer", "part", "subset_of")


MOST_YEARS, MOST_RENT = 150.0, 100.0  # a mean age, or a rent per square metre, beyond this is given in something else
COUNTED = ("persons", "households", "dwellings", "buildings", "count")


@dataclass(frozen=True)
class Catalogue:
    """Indicators by code, in the order of the topics and of the files."""

    indicators: dict[str, Indicator]

    def __iter__(self) -> Iterator[Indicator]:
        return iter(self.indicators.values())

    def __len__(self) -> int:
        return len(self.indicators)

    def find(self, code: str | None) -> Indicator | None:
        """The indicator with this code, whatever the case, or None."""
        return self.indicators.get(str(code or "").strip().lower())

    def topic(self, topic: str) -> list[Indicator]:
        """The indicators of a topic."""
        return [i for i in self if i.topic == topic]

    def search(self, words: str) -> list[Indicator]:
        """Indicators of which every word occurs in code, names or synonyms; hits in a name first."""
        wanted = words.lower().split()
        hits = [i for i in self if all(w in self._text[i.code] for w in wanted)]
        return sorted(hits, key=lambda i: not any(w in n.lower() for w in wanted for n in i.name.values()))

    def names(self) -> list[Any]:
        """The names by which column headers are recognised: ``IndicatorName`` of the room ``tables``."""
        from ckanext.ierwohnen.tables.roles import IndicatorName

        return [
            IndicatorName(
                code=i.code,
                names=tuple(dict.fromkeys((*i.name.values(), *i.synonyms, i.code.replace("_", " ")))),
                unit=i.unit,
                parts=i.two_parts,
                factor=i.scale,
                space=i.space,
                weighted_by=i.weighted_by,
                titles=dict(i.name),
                **_bounds(i),
            )
            for i in self
        ]

    def using(self, code: str) -> list[Indicator]:
        """The indicators that are computed from this one."""
        return [i for i in self if code in i.parts or i.weighted_by == code]

    def holds(self, code: str) -> set[str]:
        """The codes of which this one tells the same again: what its formula uses, and what it is a subset of."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            one = self.indicators.get(waiting.pop())
            more = [*one.parts, *([one.subset_of] if one.subset_of else [])] if one else []
            waiting += [other for other in more if other not in found]
            found.update(more)
        return found

    @cached_property
    def divisions(self) -> dict[str, Part]:
        """The indicators that are a class of another one, by code."""
        return {i.code: i.part for i in self if i.part}

    @cached_property
    def _text(self) -> dict[str, str]:
        return {i.code: " ".join([i.code, *i.name.values(), *i.synonyms]).lower() for i in self}


def _bounds(indicator: Indicator) -> dict[str, Any]:
    """What a value can be, by unit and kind: counts and shares of a state are never negative, shares never above 100.

    Changes, differences and standardized values may be anything.
    """
    state = indicator.kind["of"] == "status" and indicator.kind["scale"] != "standardized" and not indicator.formula
    if not state or indicator.unit in ("score", "index"):
        return {"whole": False}
    counted = indicator.unit in COUNTED
    most = {"percent": 100.0, "years": MOST_YEARS}.get(indicator.unit or "")
    if indicator.code.startswith(("rent_", "company_net_rent")):
        most = MOST_RENT
    return {"least": 0.0, "most": most, "whole": counted}


@cache
def load_catalogue(city_files: tuple[Path, ...] = (), folder: Path = FOLDER) -> Catalogue:
    """Load the catalogue, with a city's own files after ours.

    :raises CatalogueError: every problem of all files, with file, line and remedy
    """
    order = [t.code for t in vocabulary("topics")]
    files = sorted(folder.glob("*.yaml"), key=lambda f: order.index(f.stem) if f.stem in order else len(order))
    problems: list[Problem] = []
    raw: dict[str, dict[str, Any]] = {}
    places: dict[str, tuple[Source, int]] = {}
    off: dict[str, Problem] = {}
    for path in (*files, *city_files):
        _read(path, raw, places, problems, off, own=path in city_files)
    indicators = _build(raw, places, problems, set(off))
    problems += [*still_used(off, indicators), *check(indicators, {*off, *(raw.keys() - indicators.keys())})]
    if problems:
        raise CatalogueError(sorted(problems, key=lambda p: (p.file, p.line)))
    return Catalogue(indicators)


def _read(
    path: Path,
    raw: dict[str, dict[str, Any]],
    places: dict[str, tuple[Source, int]],
    problems: list[Problem],
    off: dict[str, Problem],
    own: bool,
) -> None:
    try:
        source = read_yaml_file(path)
    except CatalogueError as error:
        problems.extend(error.problems)
        return
    found = _shape(source)
    if found:
        problems.extend(found)
        return
    content = source.data or {}
    stated: set[str] = set()
    defaults = {**(content.get("defaults") or {})}
    if content.get("topic"):
        defaults["topic"] = content["topic"]
    for i, entry in enumerate(content.get("indicators") or []):
        at = ("indicators", i)
        code = entry.get("code") if isinstance(entry, dict) else None
        if not code or not isinstance(code, str):
            what = f"The code is no text: {code}." if code else "An indicator has no code."
            problems.append(source.problem((*at, "code"), what, "Write one code in small letters."))
        elif own and code not in raw and not NEW_NEEDS & entry.keys():
            problems.append(source.problem((*at, "code"), *unknown(code, raw)))
        elif (code in raw and not own) or code in stated:
            first = places[code][0].name
            problems.append(source.problem(at, f"“{code}” is already defined in {first}.", "Give it another code."))
        else:
            base = raw.get(code) or {**_nothing(), **defaults}
            stated.add(code)
            refused = dict(changed_meaning(raw.get(code), entry))
            problems += [source.problem((*at, key), *words) for key, words in refused.items()]
            raw[code] = _merge(base, {key: value for key, value in entry.items() if key not in refused})
            places[code] = (source, i)
    for i, code in enumerate(content.get("off") or []):
        if not isinstance(code, str):
            what = f"What is switched off is no code: {code}."
            problems.append(source.problem(("off", i), what, "Write one code after each dash."))
        elif raw.pop(code, None) is None:
            problems.append(source.problem(("off", i), *unknown(code, raw)))
        else:
            what = f"“{code}” is switched off, but used by"
            off[code] = source.problem(("off", i), what, "Keep it, or switch them off too.")


def _shape(source: Source) -> list[Problem]:
    """What is wrong with a file as a whole; an empty one is right."""
    content = source.data
    if content is None:
        return []
    if not isinstance(content, dict):
        return [source.problem((), "The file is no mapping.", f"Begin with one of: {', '.join(KEYS)}.")]
    problems = [
        source.problem((key,), f"There is no key “{key}”.", f"Write one of: {', '.join(KEYS)}.")
        for key in content
        if key not in KEYS
    ]
    for key, kind in KEYS.items():
        if content.get(key) is not None and not isinstance(content[key], kind):
            wanted = {str: "a text", dict: "a mapping", list: "a list, each entry with a dash"}[kind]
            problems.append(source.problem((key,), f"“{key}” is not {wanted}.", "See docs/indicators.md."))
    return problems


def _nothing() -> dict[str, Any]:
    """What holds where a city's new indicator says nothing."""
    return {
        "kind": {"of": "status", "scale": "absolute"},
        "classes": {"method": "quantiles", "count": 5},
        "thresholds": {"watch": None, "act": None},
        "goal": None,
        "weight": 1,
        "reach": 3,
        "direction": "neither",
    }


def _merge(base: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The entry's keys over the base's; in texts and thresholds only the parts that are given."""
    result = dict(base)
    for key, value in entry.items():
        if value is None and key in DROPPED_BY_NULL:
            result.pop(key, None)
            continue
        deep = key in ("name", "description", "thresholds", "reference_date", "source")
        result[key] = {**(base.get(key) or {}), **value} if deep and isinstance(value, dict) else value
    return result


def _build(
    raw: dict[str, dict[str, Any]], places: dict[str, tuple[Source, int]], problems: list[Problem], off: set[str]
) -> dict[str, Indicator]:
    validator = jsonschema.Draft202012Validator(_json_schema())
    indicators = {}
    for code, entry in raw.items():
        source, i = places[code]
        errors = list(validator.iter_errors(entry))
        lacking = [error for error in errors if error.validator == "required" and not error.path]
        if lacking:
            keys = ", ".join(str(error.message).split("'")[1] for error in lacking)
            remedy = "Add these keys; docs/indicators.md explains them."
            problems.append(source.problem(("indicators", i), f"“{code}” lacks: {keys}.", remedy))
        for error in (e for e in errors if e not in lacking):
            place = ("indicators", i, *error.absolute_path)
            problems.append(source.problem(place, f"“{code}”: {_plain(error)}.", "See docs/indicators.md."))
        if not errors:
            entry = {**entry, "synonyms": tuple(str(s) for s in entry.get("synonyms") or ())}
            if entry.get("composite"):
                entry["composite"] = Composite.of(entry["composite"])
            if entry.get("subset_of") in off:
                entry["subset_of"] = None
            if entry.get("part", {}).get("of") in off:
                entry["part"] = None
            if entry.get("part"):
                entry["part"] = Part.of_entry(entry["part"])
            indicators[code] = Indicator(**entry, file=source.name, line=source.line(("indicators", i)))
    return indicators


def _plain(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(p) for p in error.absolute_path)
    return f"{where}: {error.message}" if where else error.message


@cache
def _json_schema() -> Any:
    schema = json.loads((FOLDER / "schema.json").read_text("utf-8"))
    schema["properties"]["unit"]["enum"] = [t.code for t in vocabulary("units")]
    schema["properties"]["topic"]["enum"] = [t.code for t in vocabulary("topics")]
    return schema


def codes_of(indicators: Iterable[Indicator]) -> list[str]:
    """The codes, in order."""
    return [i.code for i in indicators]
