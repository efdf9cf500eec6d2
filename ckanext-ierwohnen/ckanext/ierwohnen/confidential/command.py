"""The command `python -m ckanext.ierwohnen.confidential`: protect, audit, advise or perturb without a portal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from . import official
from .advisor import advise
from .arguments import split
from .build import Building, build_model
from .cellkey import keyed_table, p_table
from .errors import ConfidentialityError, InputError, LimitError
from .figures import PRIMARY, PUBLISHED, SECONDARY, figures, medians, with_empty_cells
from .files import (
    advice_report,
    findings_report,
    fingerprint,
    noise_report,
    outcome_report,
    publication_text,
    table_text,
)
from .forms import told
from .gather import Place
from .job import Job
from .known import nearest, require
from .limits import Limits
from .messages import text
from .microdata import COUNT
from .model import UnionModel
from .noise import bound, check_earlier, mark, named, tightened
from .options import language_of, parser
from .patterns import read_status
from .protection import judge, protect
from .ranges import check_ranges
from .ready import READY_STATUS, ReadyColumns, ready_model
from .rules import everywhere
from .spelling import alike
from .writing import alone, unfinished, write_together

MOST_PLACES = 1_000_000  # beyond, a table is written without its empty cells


def main(arguments: Sequence[str] | None = None, *, guarded: bool = False) -> int:
    """Run the command; returns 0 (done, clean), 1 (the audit found something), 2 (refused: nothing was written) or
    130 (interrupted: nothing was written). guarded: let a limit end the whole process, in the midst of a step too."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    options = parser(language_of(arguments)).parse_args(arguments)
    try:
        check_ranges(options)
    except InputError as error:
        print(error.text(options.language), file=sys.stderr)
        return 2
    limits = Limits(options.max_seconds, options.max_memory)
    if guarded:
        limits.arm(lambda error: _leave(error, options.language))
    try:
        return ACTIONS[options.command](Job(options), limits)
    except ConfidentialityError as error:
        refused = error
    except OSError as error:
        refused = InputError("file-refused", name=error.filename or "", reason=error.strerror or str(error))
    except MemoryError:
        refused = LimitError("too-little-memory", megabytes=round(limits.megabytes))
    except KeyboardInterrupt:
        print(text("interrupted", options.language), file=sys.stderr)
        return 130
    print(refused.text(options.language), file=sys.stderr)
    return 2


def run() -> int:
    """The command as a process of its own, with a guard on time and memory."""
    return main(guarded=True)


def _leave(error: LimitError | None, language: str) -> None:
    """Last words of a process that ends in the midst of a step."""
    official.stop()
    print(error.text(language) if error else text("interrupted", language), file=sys.stderr, flush=True)


def _say(job: Job, code: str, **params: object) -> None:
    print(text(code, job.options.language, **params))


def _warn(job: Job) -> None:
    """What a reader of the answer has to know beside it."""
    o = job.options
    for name in dict.fromkeys(job.telling):
        _say(job, "earlier-tells", name=name)
    if o.command != "perturb" and not o.ready:
        for near in job.data.near:
            rows = ", ".join(map(str, near.rows[:5])) + (", …" if len(near.rows) > 5 else "")
            _say(job, "relation-violated" if near.declared else "relation-near", relation=near.text(),
                 number=len(near.rows), rows=rows)  # fmt: skip
        for first, second in alike(job.data.contributors)[:5]:
            _say(job, "owners-alike", first=first, second=second)
        owners = set(job.data.contributors)
        for owner in job.strangers:
            _say(job, "consent-nobody", owner=owner, nearest=nearest(owner, owners))
    if o.ready:
        named = [text(f"rule-{rule.replace('_', '-')}", o.language) for rule in _not_applied(job)]
        _say(job, "ready-not-applied", rules=", ".join(named))
    if o.command == "audit" and o.pattern and unfinished(o.pattern):
        print(text("unfinished", o.language, name=o.pattern), file=sys.stderr)
    if o.no_insiders:
        print(text("not-for-release", o.language), file=sys.stderr)
    if not o.source.strip() and o.command in ("protect", "perturb"):
        print(text("no-source", o.language), file=sys.stderr)


def _building(job: Job) -> Building:
    o = job.options
    return {"cost": o.cost, "total_factor": o.total_factor, "max_cells": o.max_cells}


def _model(job: Job) -> UnionModel:
    if job.options.ready:
        return _ready_model(job)
    return build_model(job.releases(), job.audiences, **_building(job))


def _ready_model(job: Job) -> UnionModel:
    o = job.options
    n = job.rules.dominance_n
    if n > 2:
        raise InputError("option-value", option="--dominance-n", value=n, allowed="1–2 (--ready)")
    columns = ReadyColumns(job.measures[0], o.records, o.contributors, o.first, o.second, o.status)
    tree = {c: job.trees[c] for c in job.layouts[0]}
    return ready_model(job.frame, tree, columns, name=o.input.name)


def _insiders(job: Job) -> bool:
    return not (job.options.no_insiders or job.options.ready)


def _protect(job: Job, limits: Limits) -> int:
    """Write the table for readers, and the reasons for the house."""
    o = job.options
    outcome = protect(
        _model(job), job.rules, insiders=_insiders(job), improve=o.improve, limits=limits,
        report="all" if o.all_intervals else "outsiders",
    )  # fmt: skip
    found = figures(outcome, job.ratios())
    if not o.ready:
        _check_medians(job, outcome.model, job.medians)
        found = with_empty_cells(found, job.tables, job.measures, MOST_PLACES)
        for measure in job.medians:
            made = [medians(job.data, t, measure, job.rules, found) for t in job.tables]
            found = pd.concat([found, *made])
    texts: dict[Path | None, str] = {o.output: publication_text(found), o.internal: table_text(found)}
    about = _about(job) | {"files": {path.name: fingerprint(text) for path, text in texts.items() if path}}
    texts[o.report] = outcome_report(outcome, found, about)
    with alone(job.record.parent):
        kept = job.noted()
        limits.disarm()
        texts.update(kept.items())
        write_together({path: text for path, text in texts.items() if path},
                       confidential=(o.internal, o.report, *kept), before=tuple(kept))  # fmt: skip
    _warn(job)
    done = "done-compared" if o.no_insiders else "done"
    _say(job, done, cells=len(found), hidden=int((found["status"] != PUBLISHED).sum()), output=o.output)
    return 0


def _about(job: Job) -> dict[str, object]:
    o, p = job.options, job.rules
    rules = {k: getattr(p, k) for k in ("minimum_records", "minimum_contributors", "p_percent")}
    applied = {**rules, "dominance": [p.dominance_n, p.dominance_k],
               "counts_as_values": p.counts_as_values, "insiders": _insiders(job)}  # fmt: skip
    if o.ready:
        lacking = _not_applied(job)
        applied = {k: None if k in lacking and k != "insiders" else v for k, v in applied.items()}
    named = {"input": o.input.name, "source": o.source, "date": date.today().isoformat(), "applied": applied}
    found: dict[str, object] = {**named, "for_release": not o.no_insiders}
    if not o.ready:
        found["relations"] = [
            {"relation": n.text(), "declared": n.declared, "violated_in_rows": list(n.rows)} for n in job.data.near
        ]
        found["consents_without_records"] = list(job.strangers)
    return found | ({"not_applied": _not_applied(job)} if o.ready else {})


def _not_applied(job: Job) -> list[str]:
    """The rules that a ready table leaves no way to apply."""
    o, p = job.options, job.rules
    said = {
        "minimum_records": o.records or job.measures[0] == COUNT,
        "minimum_contributors": o.contributors,
        "p_percent": o.first,
        "dominance": o.first and (p.counts_as_values or job.measures[0] != COUNT),
        "insiders": False,
        "linked": not p.linked,
        "coalitions": not p.coalitions,
        "group_disclosure": not p.group_disclosure,
    }
    return [rule for rule, given in said.items() if not given]


def _audit(job: Job, limits: Limits) -> int:
    """Judge the pattern of a protected table against the records."""
    o = job.options
    model = _model(job)
    bad_medians: list[Place] = []
    if job.pattern is not None:
        hidden = _hidden(job, model)
        _check_medians(job, model, [m for _, m, _ in job.pattern.medians])
        bad_medians = _bad_medians(job)
    elif o.ready:
        hidden = _ready_hidden(job, model)
    else:
        raise InputError("pattern-missing")
    knowing = told(model, job.pattern, job.rules) if job.pattern and o.form == "file" else None
    verdict = judge(model, hidden, job.rules, insiders=_insiders(job), limits=limits, knowing=knowing)
    findings, model = verdict.findings, verdict.model
    hidden = np.concatenate([hidden, np.zeros(len(model) - len(hidden), bool)])
    limits.disarm()
    if o.report:
        report = findings_report(model, findings, _about(job), bad_medians, verdict.told)
        write_together({o.report: report}, confidential=(o.report,))
    for code, some in (("finding", findings), ("told-before", verdict.told)):
        for f in some[:20]:
            _say(job, code, cell=model.cell_name(f.cell), attacker=model.attacker_name(f.attacker),
                 low=f"{f.low:.10g}", high=f"{f.high:.10g}")  # fmt: skip
    _warn(job)
    if knowing is not None:
        _say(job, "form-tells")
    for _, measure, place in bad_medians[:20]:
        _say(job, "finding-median", measure=measure, cell=", ".join(place))
    if verdict.told:
        _say(job, "told", cells=len({f.cell for f in verdict.told}))
    if o.no_insiders and not (findings or bad_medians):
        _say(job, "clean-compared", cells=int(model.asked.sum()))
        return 0
    found, judged = len(findings) + len(bad_medians), int(model.asked.sum())
    clean = "clean-told" if verdict.told else "clean"
    _say(job, "found" if found else clean, findings=found, cells=judged, shown=int((model.asked & ~hidden).sum()))
    return 1 if found else 0


def _check_medians(job: Job, model: UnionModel, measures: Sequence[str]) -> None:
    """Refuse looser rules for medians of values that nobody's consent speaks about."""
    job.rules.check_loosening(model.contributors, date.today(), everywhere(model), measures)


def _hidden(job: Job, model: UnionModel) -> np.ndarray:
    """bool[n]: cells of the new release that the pattern does not publish anywhere."""
    assert job.pattern is not None
    shown = np.zeros(len(model), bool)
    order = {t.name: [d.column for d in t.dimensions] for t in job.pattern.tables}
    positions = model.positions
    cell, table, measure = (positions[c].to_numpy() for c in ("cell", "table", "measure"))
    for row in np.flatnonzero(positions["new"].to_numpy()):
        place = tuple(model.labels[row][d] for d in order[table[row]])
        if job.pattern.status.get((table[row], measure[row], place)) == PUBLISHED:
            shown[cell[row]] = True
    return model.asked & ~shown


def _bad_medians(job: Job) -> list[Place]:
    """Published medians of cells with too few records or contributors, or whose sum is kept secret."""
    assert job.pattern is not None
    found: list[Place] = []
    for name, measure, place in sorted(job.pattern.medians):
        found += [(name, measure, place)] * (job.pattern.status.get((name, measure, place)) in (PRIMARY, SECONDARY))
    for table in job.pattern.tables:
        for measure in dict.fromkeys(m for t, m, _ in job.pattern.medians if t == table.name):
            columns = [d.column for d in table.dimensions]
            shown = pd.DataFrame(columns=["table", *columns, "measure", "status", "rule"])
            cells = medians(job.data, replace(table), measure, job.rules, shown)
            for row in cells[cells["rule"] != ""].to_dict("records"):
                at: Place = (table.name, measure, tuple(row[c] for c in columns))
                found += [at] * (at in job.pattern.medians and at not in found)
    return found


def _ready_hidden(job: Job, model: UnionModel) -> np.ndarray:
    hidden = np.zeros(len(model), bool)
    if job.options.status:
        status = np.array(read_status(job.frame, job.options.status, READY_STATUS))
        keys = model.positions["key"].to_numpy()
        hidden[model.positions["cell"].to_numpy()] = np.isin(status[keys], [PRIMARY, SECONDARY])
    return hidden & model.asked


def _advise(job: Job, limits: Limits) -> int:
    """Say what would let more be shown."""
    o = job.options
    periods = frozenset(split(o.periods))
    for column in sorted(periods):
        require("--periods", column, {*job.columns, *map(str, job.frame.columns)})
    releases = job.releases()
    refused = None
    try:
        outcome = protect(build_model(releases, job.audiences, **_building(job)), job.rules, limits=limits)
    except LimitError:
        raise
    except ConfidentialityError as error:
        outcome, refused = None, error
    found = advise(releases, job.rules, outcome, audiences=job.audiences, periods=periods,
                   limits=limits, owners=o.consents, classes=o.merges, **_building(job))  # fmt: skip
    limits.disarm()
    if o.report:
        write_together({o.report: advice_report(found, _about(job))}, confidential=(o.report,))
    if refused is not None:
        print(refused.text(o.language))
    _say(job, "advice-before", cells=found.before.cells, secret=found.before.secret, dwellings=found.before.dwellings)
    for advice in found.advice:
        what = (f"advice-{advice.kind.replace('_', '-')}", _concerned(advice.kind, advice.concerns))
        _say(job, "advice", what=what, cells=f"{advice.gained_cells:+d}", dwellings=f"{advice.gained_dwellings:+d}",
             shown=advice.result.cells, secret=advice.result.secret)  # fmt: skip
    if not found.advice:
        _say(job, "advice-none")
    if found.untried:
        _say(job, "advice-untried", number=found.untried)
    return 0


def _concerned(kind: str, concerns: tuple[str, ...]) -> dict[str, str]:
    if kind == "consent":
        return {"owners": ", ".join(concerns)}
    return {"column": concerns[0], "rest": " + ".join(concerns[1:])}


def _perturb(job: Job, limits: Limits) -> int:
    """Write counts with noise by the cell key method."""
    o = job.options
    if any(m != COUNT for m in job.measures) or job.medians or job.rates:
        raise InputError("option-value", option="--value", value=o.value or o.rate, allowed="–")
    job.rules  # noqa: B018 – refuses a source that is laid down for suppression
    for release in job.releases()[:-1]:
        if not release.perturbed:
            raise InputError("suppressed-source", source=o.source or release.name)
    stated = tightened(job.rules.noise, o.max_deviation, o.variance, o.js)
    secret = None if o.record_key else o.secret
    wanted = mark(stated, secret)
    name = named(wanted, o.record_key or o.record_id)
    check_earlier(job.earlier_files(), name)
    if secret:
        bound(secret, wanted)  # before the work, and again as it is written
    noise = p_table(stated.max_deviation, stated.variance, stated.js)
    found = keyed_table(job.data, job.tables, o.record_id, o.secret, o.record_key, noise, o.max_cells)
    limits.check("perturb")
    found = with_empty_cells(found, job.tables, (COUNT,), MOST_PLACES)
    found = found.assign(status="perturbed", rule=name)
    if len(found) > MOST_PLACES:  # an empty cell and a count that noise made 0 must look the same
        found = found[found["value"] > 0]
    report = noise_report(noise, _noise(job) | {"parameters": name}, len(found))
    texts: list[tuple[Path | None, str]] = [(o.output, publication_text(found)), (o.report, report)]
    with alone(*sorted({job.record.parent.resolve(), *([secret.parent.resolve()] if secret else [])})):
        kept = (bound(secret, wanted) if secret else {}) | job.noted()
        limits.disarm()
        texts += kept.items()
        write_together({path: content for path, content in texts if path}, confidential=tuple(kept),
                       before=tuple(kept))  # fmt: skip
    _warn(job)
    _say(job, "perturbed", cells=len(found), deviation=stated.max_deviation, variance=f"{stated.variance:g}",
         output=o.output)  # fmt: skip
    return 0


def _noise(job: Job) -> dict[str, object]:
    o = job.options
    return {"input": o.input.name, "source": o.source, "date": date.today().isoformat()}


ACTIONS = {"protect": _protect, "audit": _audit, "advise": _advise, "perturb": _perturb}
