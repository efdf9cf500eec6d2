"""What the options of the command ask for: data, tables, rules and releases, checked before any work begins."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from .arguments import depths_of, pair, read_linked, refuse_names, refuse_overwriting, split
from .bonds import Bond
from .crosswalk import Crosswalk, completed, read_crosswalk
from .errors import InputError
from .figures import Ratio
from .gather import Release
from .hierarchy import Hierarchy, flat, read_hierarchy
from .known import check_consents, check_groups, check_owners
from .known import require as require_known
from .methods import RECORD, check_recorded, recorded
from .microdata import COUNT, Microdata, prepare
from .model import PUBLIC, Audiences
from .near import parse, same
from .parameters import CELL_KEY, SUPPRESSION, Parameters, checked, default_parameters, read_parameters
from .patterns import Pattern, check_values, dimensions_of, measures_of, read_pattern
from .reading import DECIMALS, clean_columns, cleaned, names, read_csv
from .spelling import Place, check_spelled, places
from .tabulate import Dimension, Table
from .traces import Trace, trace_of

NUMBERS = ("minimum_records", "minimum_contributors", "p_percent", "dominance_n", "dominance_k")
NOBODY = "\x1fowner"
MICRODATA_ONLY = (
    "holding", "weight", "record_id", "count", "mean", "rate", "median", "linked", "coalition", "earlier",
    "group_disclosure", "levels", "pattern", "includes", "crosswalk", "relation", "no_relation",
)  # fmt: skip


@dataclass
class Job:
    """Options of the command, read and checked; files are read when they are needed first."""

    options: argparse.Namespace
    layouts: list[list[str]] = field(init=False)
    means: list[str] = field(init=False)
    medians: list[str] = field(init=False)
    rates: dict[str, tuple[str, str]] = field(init=False)
    measures: tuple[str, ...] = field(init=False)
    deliveries: dict[str, pd.DataFrame] = field(init=False, default_factory=dict)  # earlier ones, by path
    telling: list[str] = field(init=False, default_factory=list)  # earlier tables that say why cells are hidden
    strangers: tuple[str, ...] = field(init=False, default=())  # owners with a consent, but without a record

    def __post_init__(self) -> None:
        o = self.options
        refuse_overwriting(o)
        self.layouts = [list(x) for x in dict.fromkeys(tuple(split(layout)) for layout in o.dimensions)]
        for layout in self.layouts:
            refuse_names(layout)
        self.means, self.medians = split(o.mean), split(o.median)
        self.rates = {}
        for rate in o.rate:
            name, formula = pair(rate, "--rate")
            terms = [t.strip() for t in formula.split("/")]
            if len(terms) != 2 or not all(terms):
                raise InputError("option-value", option="--rate", value=rate, allowed="NAME=V/W")
            if name in self.rates:
                raise InputError("option-twice", option="--rate", value=name)
            self.rates[name] = (terms[0], terms[1])
        rated = [m for r in self.rates.values() for m in r]
        values = list(dict.fromkeys([*split(o.value), *self.means, *rated]))
        counted = o.count or self.means or not values or COUNT in rated
        self.measures = tuple(dict.fromkeys([*values, COUNT])) if counted else tuple(values)
        for name in self.rates:
            if name in (*values, COUNT):
                raise InputError("option-twice", option="--rate", value=name)
        for column in [*values, *self.medians]:
            if any(column in layout for layout in self.layouts):
                raise InputError("value-dimension", column=column)
        if o.ready:
            self._check_ready()

    def _check_ready(self) -> None:
        o = self.options
        given = [n for n in MICRODATA_ONLY if getattr(o, n, None) not in (None, False, [], "")]
        if given or o.command not in ("protect", "audit"):
            raise InputError("not-with-ready", option="--" + given[0].replace("_", "-") if given else o.command)
        for option, many, of in (("--dimensions", len(self.layouts), "A,B"), ("--value", len(self.measures), "V")):
            if many != 1:
                raise InputError("option-value", option=option, value=many, allowed=f"1 × {of} (--ready)")

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The input, as text."""
        o = self.options
        found = self._read_records(o.input)
        if found.empty:
            raise InputError("no-records", name=o.input.name)
        if not o.ready and COUNT in split(o.value) and COUNT in found:
            raise InputError("measure-twice", column=COUNT)
        return self._completed(found, o.input.name)

    @cached_property
    def crosswalks(self) -> list[Crosswalk]:
        """What is declared of columns that a delivery may lack."""
        found = [pair(given, "--crosswalk") for given in self.options.crosswalk]
        for column, _ in found:
            self._require(column)
        return [read_crosswalk(Path(path), column) for column, path in found]

    def _completed(self, frame: pd.DataFrame, name: str) -> pd.DataFrame:
        for crosswalk in self.crosswalks:
            frame = completed(frame, crosswalk, name)
        return frame

    @cached_property
    def parameters(self) -> Parameters:
        """Rules and consents, by file and by options."""
        o = self.options
        found = read_parameters(o.rules) if o.rules else default_parameters()
        given = {k: getattr(o, k) for k in NUMBERS if getattr(o, k) is not None}
        found = replace(found, **{k: checked("", f"--{k.replace('_', '-')}", v, k) for k, v in given.items()})
        if o.linked:
            found = replace(found, linked=read_linked(o.linked, found.linked))
        coalitions = checked("", "--coalition", [split(c) for c in o.coalition], "coalitions")
        groups: dict[str, list[str]] = {}
        for column, categories in (pair(g, "--group-disclosure") for g in o.group_disclosure):
            require_known("--group-disclosure", column, self.columns)
            groups.setdefault(column, []).extend(cleaned(c) for c in categories.split("+"))
        found.check_method(o.source, self.method)
        for path in self._records_of_methods():
            if path.exists():
                check_recorded(path, o.source, self.method, self.trace)
        stated = checked("", "--group-disclosure", groups, "group_disclosure")
        sensitive = dict(found.group_disclosure)
        for column, categories in stated.items():  # beside those of the rules, never in their place
            sensitive[column] = tuple(dict.fromkeys((*sensitive.get(column, ()), *categories)))
        together = (*found.coalitions, *coalitions)
        return replace(found, coalitions=together, group_disclosure=sensitive, compared=o.no_insiders)

    @property
    def method(self) -> str:
        """How the command protects."""
        return CELL_KEY if self.options.command == "perturb" else SUPPRESSION

    @cached_property
    def trace(self) -> Trace | None:
        """What the records are known again by; a ready table has none."""
        return None if self.options.ready else trace_of(self.frame, self.frame.attrs["given"])

    def _records_of_methods(self) -> list[Path]:
        """Where it is recorded what is protected by which method: the file named, or beside each table."""
        o = self.options
        if o.methods_record:
            return [o.methods_record]
        beside = [*(getattr(o, name, None) for name in ("output", "pattern")), *self.earlier_files()]
        return list(dict.fromkeys(p.parent / RECORD for p in beside if p))

    @property
    def record(self) -> Path:
        """Where this run records its method."""
        return Path(self.options.methods_record or self.options.output.parent / RECORD)

    def noted(self) -> dict[Path, str]:
        """The record of methods with a line for this run, by path, if it lacks one; to be asked and written `alone`."""
        o = self.options
        return {} if o.ready and not o.source.strip() else recorded(self.record, o.source, self.method, self.trace)

    @cached_property
    def rules(self) -> Parameters:
        """The parameters, after every name in them was looked up in the data; coalitions by group."""
        o, found = self.options, self.parameters
        if o.ready or o.command == "perturb":
            return found
        codes = {c: set(tree.codes) - {tree.codes[0]} for c, tree in self.trees.items()}
        check_groups(found.group_disclosure, set(self.frame.columns), codes)
        frames = self._frames()
        owners = self._owners(found.linked)
        if o.holding in self.frame:
            here = {str(c) for f in frames for c in f.columns}
            depths = {c: set(tree.depth.tolist()) for c, tree in self.trees.items()}
            measures = {*self.measures, COUNT, *here} - {*self.columns, o.holding}
            self.strangers = check_consents(found, measures, self.audiences.includes, depths, here, owners)
            for text, bond in zip((*found.relations, *o.relation), self._relations("relation"), strict=True):
                if any(same(bond, other) for other in self._relations("no_relation")):
                    raise InputError("relation-both", relation=text)
        return replace(found, coalitions=check_owners(found, owners)) if o.holding in self.frame else found

    def _owners(self, linked: Mapping[str, str]) -> set[str]:
        """All owners; one whose name is written in two ways, in one delivery or in two, is refused."""
        o = self.options
        found: dict[str, Place] = {}
        for frame in self._frames():
            if o.holding in frame:
                found |= places(frame, names(frame, o.holding), frame.attrs["file"]) | found
        check_spelled(found, linked)
        return set(found)

    def _frames(self) -> list[pd.DataFrame]:
        """All deliveries."""
        earlier = (self._parts(given)[2] for given in self.options.earlier)
        return [self.frame, *(self._table(path) for path in earlier if path)]

    def _table(self, path: str) -> pd.DataFrame:
        if path not in self.deliveries:
            self.deliveries[path] = self._completed(self._read_records(Path(path)), Path(path).name)
        return self.deliveries[path]

    def _read_records(self, path: Path) -> pd.DataFrame:
        o = self.options
        found = clean_columns(read_csv(path, DECIMALS.get(o.decimal)), [*self.columns, *filter(None, [o.holding])])
        found.attrs.update(file=path.name, given=list(found.columns))
        return found

    @cached_property
    def columns(self) -> list[str]:
        """Columns that any table uses: the new one, earlier ones, and the one to be audited."""
        found = [d for layout in self.layouts for d in layout]
        for path in self._files():
            found += dimensions_of(path)
        return list(dict.fromkeys(found))

    def earlier_files(self) -> list[Path]:
        """The tables published before."""
        return [self._parts(given)[1] for given in self.options.earlier]

    def _files(self) -> list[Path]:
        pattern = getattr(self.options, "pattern", None)
        return self.earlier_files() + ([pattern] if pattern else [])

    @cached_property
    def trees(self) -> dict[str, Hierarchy]:
        """The hierarchy of each column; flat where none is given."""
        o = self.options
        given = dict(pair(h, "--hierarchy") for h in o.hierarchy)
        for column in given:
            self._require(column)
        found = {}
        for column in self.columns:
            if column in given:
                found[column] = read_hierarchy(Path(given[column]), o.total, o.hrc_sign)
                continue
            self._refuse_lacking(self.frame, o.input.name, column)
            keys = {key for frame in self._frames() if column in frame for key in frame[column].unique()} - {""}
            found[column] = flat(keys - {o.total} if o.ready else keys, o.total)
        return found

    def _refuse_lacking(self, frame: pd.DataFrame, name: str, column: str) -> None:
        if column not in frame:
            asked = frame is self.frame and any(column in layout for layout in self.layouts)
            code, there = "column-missing" if asked else "delivery-lacks", ", ".join(map(str, frame.columns))
            raise InputError(code, column=column, name=name, columns=there)

    def _require(self, column: str) -> None:
        if column not in self.columns:
            raise InputError("column-missing", column=column, name="--dimensions", columns=", ".join(self.columns))

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the new release."""
        levels = {c: depths_of(v) for c, v in (pair(p, "--levels") for p in self.options.levels)}
        for column, wanted in levels.items():
            self._require(column)
            beyond = wanted - set(self.trees[column].depth.tolist())
            if beyond:
                raise InputError("level-unknown", table="", column=column, level=min(beyond))
        group = {c: frozenset(v) for c, v in self.rules.group_disclosure.items()}
        return tuple(
            Table(
                "+".join(layout),
                tuple(Dimension(c, self.trees[c], levels.get(c), group.get(c, frozenset())) for c in layout),
                self.measures,
            )
            for layout in self.layouts
        )

    @cached_property
    def data(self) -> Microdata:
        """The records of the new release."""
        return self._prepared(self.frame, self.options.input.name)

    def _prepared(self, frame: pd.DataFrame, name: str) -> Microdata:
        o = self.options
        if not o.holding and o.command == "perturb":  # noise does not ask whose records they are
            attributes = frame.attrs
            frame = frame.assign(**{NOBODY: "–"})
            frame.attrs.update(attributes)
        elif not o.holding:
            raise InputError("holding-missing", name=name, columns=", ".join(frame.columns))
        for column in self.columns:
            self._refuse_lacking(frame, name, column)
        behind = [m for path in self._files() for m in self._behind(path, frame)]
        values = list(dict.fromkeys([*[m for m in self.measures if m != COUNT], *self.medians, *behind]))
        return prepare(frame, self.columns, o.holding or NOBODY, values, weight=o.weight, record_id=o.record_id,
                       linked=self.parameters.linked, name=name, rates=tuple(self.rates.values()),
                       relations=self._relations("relation"), denied=self._relations("no_relation"))  # fmt: skip

    def _relations(self, key: str) -> list[Bond]:
        """What is declared by the rules and by options of relations between columns."""
        columns = {*map(str, self.frame.columns), COUNT} - set(self.columns)
        given = (*getattr(self.parameters, f"{key}s"), *getattr(self.options, key))
        return [parse(text, columns, f"--{key.replace('_', '-')}") for text in given]

    def _behind(self, path: Path, frame: pd.DataFrame) -> list[str]:
        """The value columns that an earlier table speaks about."""
        found = measures_of(path, self.rates)
        for measure in found:
            if measure not in frame:
                there = ", ".join(c for c in frame.columns if c not in self.columns)
                raise InputError("measure-unknown", table=path.name, measure=measure, measures=there)
        return found

    def releases(self) -> list[Release]:
        """Earlier releases, then the new one; its tables are those of the pattern to be audited, if there is one."""
        o = self.options
        found = [self._earlier(given) for given in o.earlier]
        tables = self.pattern.tables if self.pattern else self.tables
        return [*found, Release("new", self.data, tables, o.source, o.audience)]

    @cached_property
    def pattern(self) -> Pattern | None:
        """The table that is to be audited."""
        path = getattr(self.options, "pattern", None)
        if path is None:
            return None
        found = self._read(path, self.data, earlier=False)
        if found.perturbed:
            raise InputError("perturbed-source", source=path.name)
        return found

    def _read(self, path: Path, data: Microdata, *, earlier: bool = True) -> Pattern:
        measures = [*[m for m in self.measures if m in data.amounts], *data.measures()]
        dimensions = {d.column: d for t in self.tables for d in t.dimensions}
        found = read_pattern(path, self.trees, dimensions, self.rates, dict.fromkeys(measures), earlier=earlier)
        check_values(found, data, earlier=earlier)
        return found

    def _earlier(self, given: str) -> Release:
        """[AUDIENCE:]TABLE.csv[=MICRODATA.csv]"""
        audience, path, data_file = self._parts(given)
        data = self.data
        if data_file:
            data = self._prepared(self._table(data_file), Path(data_file).name)
        found = self._read(path, data)
        if found.words:
            self.telling.append(path.name)
        return Release(given, data, found.tables, self.options.source, audience, found.status, found.perturbed)

    def _parts(self, given: str) -> tuple[str, Path, str]:
        table_file, _, data_file = given.partition("=")
        audience, _, rest = table_file.rpartition(":")
        if audience in self.audiences.includes:
            return audience, Path(rest), data_file
        return PUBLIC, Path(table_file), data_file

    @cached_property
    def audiences(self) -> Audiences:
        """Who sees what."""
        found: dict[str, tuple[str, ...]] = {PUBLIC: ()}
        for given in self.options.includes:
            name, others = pair(given, "--includes")
            found[name] = tuple(others.split("+"))
        return Audiences(found)

    def ratios(self) -> tuple[Ratio, ...]:
        """Means and rates that the new table shows."""
        means = [Ratio(f"mean({m})", m, COUNT) for m in self.means]
        return (*means, *(Ratio(name, *terms) for name, terms in self.rates.items()))
