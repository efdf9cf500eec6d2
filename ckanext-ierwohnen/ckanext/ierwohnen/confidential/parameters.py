"""The rules' parameters and the owners' consents, read from YAML.

Defaults stand in `schemas/confidentiality/rules.yaml`. A city may tighten them; a looser value takes the
recorded consent of every contributor in the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .errors import ConfidentialityError, InputError
from .ranges import RANGES
from .reading import cleaned, read_text

DEFAULTS = Path(__file__).resolve().parent.parent / "schemas" / "confidentiality" / "rules.yaml"


@dataclass(frozen=True)
class Consent:
    """A contributor agrees that cells which expose it may be shown.

    Covers `measure` ("*": all), the audiences that see `audience`, cells at the given depths by column
    (`levels`), until a day, the day included. `parameters` names rule parameters whose loosening is agreed to
    as well. `recorded`: where it is written down. `release`: cells of this release only, and what these alone tell
    ("": of all).
    """

    owner: str
    recorded: str
    until: date
    measure: str = "*"
    audience: str = "public"
    levels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    release: str = ""


@dataclass(frozen=True)
class Noise:
    """Parameters of the cell key method: largest deviation D, variance V, and no results 1 … js."""

    max_deviation: int = 4
    variance: float = 2.0
    js: int = 0


@dataclass(frozen=True)
class Parameters:
    """Rules of a cell; names as in the literature (Hundepool et al. 2012, chapter 4).

    minimum_records, minimum_contributors: smallest numbers that may be shown; p_percent: p of the p % rule,
    and the width of the protection interval for the frequency rules in percent of the value; dominance_n,
    dominance_k: unsafe if the n largest hold more than k percent; counts_as_values: both, and the p % rule towards
    coalitions, speak about counts as well. methods: by source, the one method by which it is
    protected, "suppression" or "cell key"; the two together would tell more than each alone. relations: equations
    between columns ("rent = cold + cost") that are used even where records violate them; no_relations: those that
    nearly hold, but only by chance. compared: nothing of the outcome is released, so looser values need no consent; no
    file can say so. version: what people call this state of the rules; reports name it.
    """

    minimum_records: int = 5
    minimum_contributors: int = 5
    p_percent: float = 10.0
    dominance_n: int = 2
    dominance_k: float = 85.0
    counts_as_values: bool = False
    linked: Mapping[str, str] = field(default_factory=dict)
    coalitions: tuple[tuple[str, ...], ...] = ()
    consents: tuple[Consent, ...] = ()
    group_disclosure: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    noise: Noise = Noise()
    relations: tuple[str, ...] = ()
    no_relations: tuple[str, ...] = ()
    compared: bool = False
    version: str = ""

    def check_method(self, source: str, method: str) -> None:
        """Raise `InputError` if another method was laid down for the source, however it is written."""
        laid_down = {same_source(k): v for k, v in self.methods.items()}
        recorded = laid_down.get(same_source(source), method)
        if recorded != method:
            raise InputError("method-mixed", source=source, recorded=recorded, wanted=method)

    def check_loosening(
        self, contributors: Sequence[str], today: date, covers: Callable[[Consent, str], bool], measures: Sequence[str]
    ) -> None:
        """Raise `InputError` if a parameter is looser than the default without everybody's consent.

        A parameter holds for every cell, so a consent to it counts for a measure if `covers(consent, measure)`: for
        every audience and on every level.
        """
        if self.compared:
            return
        default = default_parameters()
        tighter_is_more = ("minimum_records", "minimum_contributors", "p_percent", "dominance_n")
        for key in (*tighter_is_more, "dominance_k"):
            value, given = getattr(self, key), getattr(default, key)
            if not ((value < given) if key in tighter_is_more else (value > given)):
                continue
            valid = [c for c in self.consents if key in c.parameters and c.until >= today]
            for measure in measures:
                missing = sorted(set(contributors) - {c.owner for c in valid if covers(c, measure)})
                if missing:
                    shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
                    raise InputError(
                        "rules-loosened", key=key, value=value, default=given, owners=shown, measure=measure
                    )


SUPPRESSION, CELL_KEY = METHODS = ("suppression", "cell key")
ALLOWED: dict[str, tuple[float, float]] = {
    "minimum_records": (1, 10_000),
    "minimum_contributors": (1, 1_000),
    "p_percent": (0.01, 1_000),
    "dominance_n": (1, 10),
    "dominance_k": (1, 100),
}


def _strict(name: str) -> type[yaml.SafeLoader]:
    """The safe loader; it refuses a key that comes twice, and leaves a day that no calendar has as text."""

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        raise InputError("yaml-twice", name=name, row=key.start_mark.line + 1, key=key.value)
                    seen.add(key.value)
            return super().construct_mapping(node, deep)

        def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
            try:
                return super().construct_yaml_timestamp(node)
            except ValueError:
                return node.value

    Strict.add_constructor("tag:yaml.org,2002:timestamp", Strict.construct_yaml_timestamp)
    return Strict


@lru_cache(maxsize=1)
def default_parameters() -> Parameters:
    """The defaults as the file gives them."""
    return read_parameters(DEFAULTS) if DEFAULTS.is_file() else Parameters()


def read_parameters(path: Path) -> Parameters:
    """Parameters from a YAML file; raises `InputError` naming the entry that is wrong."""
    try:
        given = yaml.load(read_text(path), _strict(path.name)) or {}
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError("yaml-broken", name=path.name, row=row, reason=error.problem or error.context) from error
    except yaml.YAMLError as error:
        raise InputError("yaml-broken", name=path.name, row="–", reason=str(error)) from error
    return parameters_from(given, path.name)


def parameters_from(given: Mapping[str, Any], name: str = "") -> Parameters:
    """Parameters from plain data, as YAML gives it."""
    keys = {f.name for f in fields(Parameters)} - {"compared"}
    if not isinstance(given, Mapping):
        raise InputError("rules-value", name=name, key="–", value=given, allowed="key: value")
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in keys:
            raise InputError("rules-unknown", name=name, key=key, keys=", ".join(sorted(keys)))
        found[key] = checked(name, str(key), value)
    return replace(Parameters(), **found)


def checked(name: str, shown: str, value: Any, key: str = "") -> Any:
    """The value of an entry as `Parameters` keeps it; `InputError` calls it `shown` and says what is allowed."""
    key = key or shown
    if key in ALLOWED:
        low, high = ALLOWED[key]
        whole = isinstance(getattr(Parameters(), key), int)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not low <= value <= high
            or (whole and value % 1)
        ):
            allowed = ("whole-number" if whole else "any-number", {"low": f"{low:g}", "high": f"{high:g}"})
            raise InputError("rules-value", name=name, key=shown, value=value, allowed=allowed)
        return int(value) if whole else float(value)
    try:
        if key == "counts_as_values":
            return _yes_or_no(name, shown, value)
        if key == "version":
            return _text(name, shown, value) if value else ""
        if key == "methods":
            return _methods(name, value or {})
        if key in ("relations", "no_relations"):
            return tuple(_text(name, shown, x) for x in _list(name, shown, value or []))
        if key == "noise":
            return _noise(name, value or {})
        if key == "linked":
            return _linked(name, shown, value or {})
        if key == "coalitions":
            return tuple(_coalition(name, shown, c) for c in _list(name, shown, value or []))
        if key == "group_disclosure":
            return {cleaned(str(k)): _texts(name, f"{shown}: {k}", v) for k, v in (value or {}).items()}
        return tuple(_consent(i, c) for i, c in enumerate(_list(name, shown, value or []), start=1))
    except ConfidentialityError:
        raise
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            "rules-value", name=name, key=key, value=value, allowed="→ docs/disclosure-control.md"
        ) from error


def _text(name: str, key: str, value: Any) -> str:
    """A name; a list or nothing is none. (A number is one: YAML reads 2099 as such.)"""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, date)) or not cleaned(str(value)):
        raise InputError("rules-value", name=name, key=key, value=value, allowed="ein Name / one name")
    return cleaned(str(value))


def _yes_or_no(name: str, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError("rules-value", name=name, key=key, value=value, allowed="true, false")
    return value


def _list(name: str, key: str, value: Any) -> Sequence[Any]:
    """A list: a text would be taken apart into letters."""
    if not isinstance(value, (list, tuple)):
        raise InputError("rules-value", name=name, key=key, value=value, allowed="eine Liste / a list [a, b]")
    return value


def _texts(name: str, key: str, value: Any) -> tuple[str, ...]:
    found = tuple(_text(name, key, v) for v in _list(name, key, value))
    if not found:
        raise InputError("rules-value", name=name, key=key, value=value, allowed="eine Liste / a list [a, b]")
    return found


def _linked(name: str, shown: str, given: Mapping[Any, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in given.items():
        owner, group = cleaned(str(key)), _text(name, f"{shown}: {key}", value)
        if found.setdefault(owner, group) != group:
            raise InputError("linked-twice", owner=owner, first=found[owner], second=group)
    return found


def _coalition(name: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise InputError("rules-value", name=name, key=key, value=value, allowed="[[A, B], [C, D]]")
    found = tuple(dict.fromkeys(_texts(name, key, value)))
    if len(found) < 2:
        raise InputError("rules-value", name=name, key=key, value=list(value), allowed="[[A, B]]: 2 Namen / names")
    return found


def same_source(source: str) -> str:
    """The name of a source without what a hand may write in two ways: case and blanks."""
    return cleaned(source).casefold()


def _methods(name: str, given: Mapping[str, Any]) -> dict[str, str]:
    found = {str(k): _method(name, k, v) for k, v in given.items()}
    written: dict[str, str] = {}
    for source, method in found.items():
        other = written.setdefault(same_source(source), source)
        if found[other] != method:
            raise InputError("method-mixed", source=source, recorded=found[other], wanted=method)
    return found


def _noise(name: str, given: Mapping[str, Any]) -> Noise:
    keys = [f.name for f in fields(Noise)]
    for key, value in given.items():
        if key not in keys:
            raise InputError("rules-unknown", name=name, key=f"noise: {key}", keys=", ".join(keys))
        low, high = RANGES[key]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not low <= value <= high or (key != "variance" and value % 1):
            raise InputError("rules-value", name=name, key=f"noise: {key}", value=value, allowed=f"{low:g}–{high:g}")
    whole = {k: int(v) for k, v in given.items() if k != "variance"}
    return replace(Noise(**whole), variance=float(given.get("variance", Noise.variance)))


def _method(name: str, source: Any, method: Any) -> str:
    if method not in METHODS:
        raise InputError("rules-value", name=name, key=f"methods: {source}", value=method, allowed=", ".join(METHODS))
    return str(method)


def _consent(number: int, given: Mapping[str, Any]) -> Consent:
    for key in ("owner", "recorded", "until"):
        if not given.get(key):
            raise InputError("consent-incomplete", number=number, key=key)
    unknown = set(given) - {f.name for f in fields(Consent)}
    if unknown:
        keys = ", ".join(f.name for f in fields(Consent))
        raise InputError("rules-unknown", name=f"consent {number}", key=sorted(unknown)[0], keys=keys)
    try:
        until = date.fromisoformat(str(given["until"]))
    except ValueError as error:
        raise InputError(
            "rules-value", name=f"consent {number}", key="until", value=given["until"], allowed="JJJJ-MM-TT"
        ) from error
    name = f"consent {number}"
    loosened = _list(name, "parameters", given.get("parameters") or [])
    for key in loosened:
        if key not in ALLOWED:
            raise InputError("rules-value", name=name, key="parameters", value=key, allowed=", ".join(ALLOWED))
    levels = given.get("levels") or {}
    for column, depths in levels.items():
        for depth in _list(name, f"levels: {column}", depths):
            if isinstance(depth, bool) or not isinstance(depth, int) or depth < 0:
                allowed = "ganze Zahlen ab 0 / whole numbers from 0"
                raise InputError("rules-value", name=name, key=f"levels: {column}", value=depth, allowed=allowed)
    return Consent(
        owner=_text(name, "owner", given["owner"]),
        recorded=str(given["recorded"]),
        until=until,
        measure=_text(name, "measure", given.get("measure", "*")),
        audience=_text(name, "audience", given.get("audience", "public")),
        levels={cleaned(str(k)): tuple(v) for k, v in levels.items()},
        parameters=tuple(map(str, loosened)),
        release=_text(name, "release", given["release"]) if given.get("release") else "",
    )
