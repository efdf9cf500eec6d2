"""The command `python -m ckanext.ierwohnen.confidential`: protect or audit tables without a portal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from .build import build_model
from .errors import ConfidentialityError, InputError, LimitError
from .figures import PERTURBED, PUBLISHED, Ratio, figures, medians, with_empty_cells
from .files import (
    check_values,
    dimensions_of,
    findings_report,
    only_measures,
    outcome_report,
    read_pattern,
    table_text,
    write_together,
)
from .gather import Release
from .hierarchy import Hierarchy, flat, read_hierarchy
from .limits import Limits
from .microdata import COUNT, Microdata, prepare, read_csv
from .model import PUBLIC, Audiences, UnionModel
from .options import HELP, parser
from .parameters import Parameters, default_parameters, read_parameters
from .protection import judge, protect
from .ready import ReadyColumns, ready_model
from .tabulate import Dimension, Table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0 (done, clean), 1 (the audit found something) or 2 (refused: nothing was
    written)."""
    options = parser().parse_args(arguments)
    try:
        limits = Limits(options.max_seconds, options.max_memory)
        job = _Job(options, limits)
        return job.protect() if options.command == "protect" else job.audit()
    except ConfidentialityError as error:
        print(error.text(options.language), file=sys.stderr)
    except OSError as error:
        refused = InputError("file-refused", name=error.filename or "", reason=error.strerror or str(error))
        print(refused.text(options.language), file=sys.stderr)
    except MemoryError:
        error = LimitError("too-little-memory", megabytes=round(options.max_memory))
        print(error.text(options.language), file=sys.stderr)
    return 2


class _Job:
    """What the options ask for."""

    def __init__(self, options: argparse.Namespace, limits: Limits) -> None:
        self.options, self.limits = options, limits
        self.parameters = _parameters(options)
        self.frame = read_csv(options.input)
        self.layouts = [[d.strip() for d in layout.split(",") if d.strip()] for layout in options.dimensions]
        earlier = [d for given in options.earlier for d in dimensions_of(self._earlier_files(given)[1])]
        self.columns = list(dict.fromkeys([d for layout in self.layouts for d in layout] + earlier))
        self.means = _split(options.mean)
        self.measures = _measures(options, self.means)
        self.trees = self._trees()
        self.data: Microdata | None = None

    def _trees(self) -> dict[str, Hierarchy]:
        given = dict(_pair(h, "--hierarchy") for h in self.options.hierarchy)
        for column in given:
            if column not in self.columns:
                raise InputError("column-missing", column=column, name="--dimensions", columns=", ".join(self.columns))
        total = self.options.total
        found = {}
        for column in self.columns:
            if column in given:
                found[column] = read_hierarchy(Path(given[column]), total)
            else:
                if column not in self.frame:
                    names = ", ".join(self.frame.columns)
                    raise InputError("column-missing", column=column, name=self.options.input.name, columns=names)
                keys = {str(k).strip() for k in self.frame[column]} - {""}
                found[column] = flat(keys - {total} if self.options.ready else keys, total)
        return found

    def _tables(self) -> tuple[Table, ...]:
        levels = {
            c: _depths(v) for c, v in (_pair(p, "--levels") for p in self.options.levels)
        }
        for column, wanted in levels.items():
            if column not in self.trees:
                raise InputError("column-missing", column=column, name="--dimensions", columns=", ".join(self.columns))
            beyond = wanted - set(self.trees[column].depth.tolist())
            if beyond:
                raise InputError("level-unknown", table="", column=column, level=min(beyond))
        group = {c: frozenset(v) for c, v in self.parameters.group_disclosure.items()}
        return tuple(
            Table(
                "+".join(layout),
                tuple(Dimension(c, self.trees[c], levels.get(c), group.get(c, frozenset())) for c in layout),
                self.measures,
            )
            for layout in self.layouts
        )

    def _prepare(self, frame: pd.DataFrame, name: str) -> Microdata:
        o = self.options
        values = list(dict.fromkeys([*[m for m in self.measures if m != COUNT], *_split(o.median)]))
        return prepare(frame, self.columns, o.holding, values, weight=o.weight, record_id=o.record_id,
                       linked=self.parameters.linked, name=name)  # fmt: skip

    def _model(self, pattern: Path | None = None) -> tuple[UnionModel, tuple[Table, ...]]:
        o = self.options
        if o.ready:
            columns = ReadyColumns(self.measures[0], o.records, o.contributors, o.first, o.second, o.status)
            tree = {c: self.trees[c] for c in self.layouts[0]}
            return ready_model(self.frame, tree, columns, name=o.input.name), self._tables()
        if not o.holding:
            raise InputError(
                "column-missing", column="--holding", name=o.input.name, columns=", ".join(self.frame.columns)
            )
        tables = self._tables()
        self.data = self._prepare(self.frame, o.input.name)
        releases = [self._earlier(given, tables) for given in o.earlier]
        releases.append(Release("new", self.data, tables, o.source, o.audience))
        return build_model(
            releases, _audiences(o), cost=o.cost, total_factor=o.total_factor, max_cells=o.max_cells
        ), tables

    def _earlier(self, given: str, tables: tuple[Table, ...]) -> Release:
        """AUDIENCE:TABLE.csv=MICRODATA.csv; audience and records may be left out."""
        audience, path, data_file = self._earlier_files(given)
        status, values, shapes = read_pattern(path, self.trees, {d.column: d for t in tables for d in t.dimensions})
        data = self._prepare(read_csv(Path(data_file)), data_file) if data_file else self.data
        assert data is not None
        shapes = only_measures(shapes, data.measures())
        check_values(path.name, data, shapes, values)
        perturbed = any(s == PERTURBED for s in status.values())
        return Release(given, data, shapes, self.options.source, audience, status, perturbed)

    def _earlier_files(self, given: str) -> tuple[str, Path, str]:
        table_file, _, data_file = given.partition("=")
        audience, _, rest = table_file.rpartition(":")
        if audience in _audiences(self.options).includes:
            return audience, Path(rest), data_file
        return PUBLIC, Path(table_file), data_file

    def protect(self) -> int:
        """Write the protected table and the report."""
        o = self.options
        model, tables = self._model()
        outcome = protect(
            model, self.parameters, insiders=not (o.no_insiders or o.ready), improve=o.improve, limits=self.limits,
            report="all" if o.all_intervals else "outsiders",
        )  # fmt: skip
        ratios = [Ratio(f"mean({m})", m, COUNT) for m in self.means]
        ratios += [Ratio(name, *formula.split("/")) for name, formula in (_pair(r, "--rate") for r in o.rate)]
        found = figures(outcome, tuple(ratios))
        if not o.ready:
            found = with_empty_cells(found, tables, self.measures, 1_000_000)
            for measure in _split(o.median):
                assert self.data is not None
                found = pd.concat([found, *(medians(self.data, t, measure, self.parameters) for t in tables)])
        report = outcome_report(outcome, found, {"input": o.input.name, "date": date.today().isoformat()})
        write_together({o.output: table_text(found), **({o.report: report} if o.report else {})})
        hidden = int((found["status"] != PUBLISHED).sum())
        print(HELP["done"][o.language == "de"].format(cells=len(found), hidden=hidden, output=o.output))
        return 0

    def audit(self) -> int:
        """Judge the pattern of a protected table against the records."""
        o = self.options
        model, tables = self._model()
        if o.pattern:
            status, values, shapes = read_pattern(
                o.pattern, self.trees, {d.column: d for t in tables for d in t.dimensions}
            )
            if self.data is not None:
                check_values(o.pattern.name, self.data, only_measures(shapes, self.data.measures()), values)
            hidden = _hidden(model, status)
        else:
            hidden = model.declared.copy()
            secret = self.frame[o.status].astype(str).str.strip().str.lower() if o.status else None
            if secret is not None:
                hidden |= _ready_hidden(model, secret.to_numpy())
        _, findings = judge(model, hidden, self.parameters, insiders=not (o.no_insiders or o.ready), limits=self.limits)
        if o.report:
            write_together({o.report: findings_report(model, findings, {"input": o.input.name})})
        for f in findings[:20]:
            text = HELP["finding"][o.language == "de"]
            print(
                text.format(
                    cell=model.cell_name(f.cell), attacker=model.attacker_name(f.attacker), low=f.low, high=f.high
                )
            )
        print(HELP["found" if findings else "clean"][o.language == "de"].format(findings=len(findings)))
        return 1 if findings else 0


def _hidden(model: UnionModel, status: dict) -> np.ndarray:
    """bool[n]: cells of the new release that the pattern does not publish anywhere."""
    shown = np.zeros(len(model), bool)
    by_place = {(m, frozenset(zip(t.split("+"), p, strict=False))): s for (t, m, p), s in status.items()}
    positions = model.positions
    for row in np.flatnonzero(positions["new"].to_numpy()):
        named = frozenset(model.labels[row].items())
        if by_place.get((positions["measure"].iat[row], named)) == PUBLISHED:
            shown[positions["cell"].iat[row]] = True
    return model.asked & ~shown


def _ready_hidden(model: UnionModel, status: np.ndarray) -> np.ndarray:
    hidden = np.zeros(len(model), bool)
    keys = model.positions["key"].to_numpy()
    hidden[model.positions["cell"].to_numpy()] = ~np.isin(status[keys], ["published", "s", "safe", ""])
    return hidden & model.asked


def _parameters(options: argparse.Namespace) -> Parameters:
    found = read_parameters(options.rules) if options.rules else Parameters()
    if not options.rules:
        found = default_parameters()
    given = {
        key: getattr(options, key)
        for key in ("minimum_records", "minimum_contributors", "p_percent", "dominance_n", "dominance_k")
        if getattr(options, key) is not None
    }
    found = replace(found, **given)
    if options.linked:
        frame = read_csv(options.linked)
        if frame.shape[1] < 2:
            raise InputError(
                "column-missing", column="group", name=options.linked.name, columns=", ".join(frame.columns)
            )
        pairs = zip(frame.iloc[:, 0].str.strip(), frame.iloc[:, 1].str.strip(), strict=True)
        found = replace(found, linked={**found.linked, **{a: b for a, b in pairs if b}})
    coalitions = tuple(tuple(_split(c)) for c in options.coalition)
    groups = {c: tuple(v.split("+")) for c, v in (_pair(g, "--group-disclosure") for g in options.group_disclosure)}
    return replace(
        found, coalitions=(*found.coalitions, *coalitions), group_disclosure={**found.group_disclosure, **groups}
    )


def _measures(options: argparse.Namespace, means: list[str]) -> tuple[str, ...]:
    rates = []
    for rate in options.rate:
        terms = [m.strip() for m in _pair(rate, "--rate")[1].split("/")]
        if len(terms) != 2 or not all(terms):
            raise InputError("rules-value", name="--rate", key="--rate", value=rate, allowed="NAME=V/W")
        rates += terms
    values = list(dict.fromkeys([*_split(options.value), *means, *rates]))
    counted = options.count or bool(means) or not values
    return tuple(dict.fromkeys([*values, COUNT])) if counted else tuple(values)


def _audiences(options: argparse.Namespace) -> Audiences:
    found: dict[str, tuple[str, ...]] = {PUBLIC: ()}
    for given in options.includes:
        name, others = _pair(given, "--includes")
        found[name] = tuple(others.split("+"))
    return Audiences(found)


def _depths(text: str) -> frozenset[int]:
    if not all(x.strip().isdecimal() for x in text.split("+")):
        raise InputError("rules-value", name="--levels", key="--levels", value=text, allowed="A=0+1")
    return frozenset(int(x) for x in text.split("+"))


def _split(text: str | None) -> list[str]:
    return [t.strip() for t in (text or "").split(",") if t.strip()]


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise InputError("rules-value", name=option, key=option, value=text, allowed="NAME=…")
    return name.strip(), value.strip()
