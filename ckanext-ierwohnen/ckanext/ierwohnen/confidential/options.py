"""The options of the command, with their help."""

from __future__ import annotations

import argparse
from pathlib import Path

EXAMPLES = """examples:
  protect stock.csv --dimensions quarter,year --value rent --holding owner --output table.csv --report report.json
  audit stock.csv --dimensions quarter,year --value rent --holding owner --pattern table.csv
  advise stock.csv --dimensions quarter,year --value rent --holding owner --periods year
  perturb stock.csv --dimensions quarter,year --record-id id --secret key.txt --output table.csv

exit code: 0 done, clean; 1 the audit found something; 2 refused, nothing was written; 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """`protect`, `audit`, `advise` and `perturb`, with the same description of the data."""
    root = argparse.ArgumentParser(
        prog="python -m ckanext.ierwohnen.confidential",
        description="Protect tables made from confidential records, audit a protected table, ask what would let "
        "more be shown, or put noise on counts. Nothing is written unless all is well.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = root.add_subparsers(dest="command", required=True)
    protect = commands.add_parser("protect", help="find a safe pattern, write the table and a report")
    audit = commands.add_parser("audit", help="judge the pattern of a protected table")
    advise = commands.add_parser("advise", help="try what would let more be shown, and how much (confidential)")
    perturb = commands.add_parser("perturb", help="counts with noise by the cell key method")
    for sub in (protect, audit, advise, perturb):
        sub.set_defaults(rate=[], mean=None, median=None, value=None, count=False, ready=False, cost="cells",
                         total_factor=0.0, weight=None, linked=None, coalition=[], group_disclosure=[],
                         no_insiders=False, holding=None)  # fmt: skip
        for number in ("minimum_records", "minimum_contributors", "p_percent", "dominance_n", "dominance_k"):
            sub.set_defaults(**{number: None})
        _data(sub)
        _releases(sub)
        _limits(sub)
    for sub in (protect, audit, advise):
        _values(sub)
        _rules(sub)
    for sub in (protect, audit):
        _ready(sub)
    for sub in (protect, advise):
        sub.add_argument("--cost", choices=("cells", "values"), default="cells", help="what to lose least of")
        sub.add_argument("--total-factor", type=float, default=0.0, help="how much dearer totals are, per level")
    protect.add_argument("--output", type=Path, required=True, help="protected table for readers: one class “secret”")
    protect.add_argument("--internal", type=Path, help="the same table with reasons, for the house (confidential)")
    protect.add_argument("--improve", action="store_true", help="ask pytauargus too, keep the better")
    protect.add_argument(
        "--all-intervals",
        action="store_true",
        help="report the intervals of every contributor as well (the report is confidential then)",
    )
    audit.add_argument(
        "--pattern",
        type=Path,
        metavar="CSV",
        help="protected table to be judged, as written by protect; what it does not list is not shown",
    )
    audit.add_argument(
        "--form",
        choices=("file", "secret"),
        default="file",
        help="what readers get: the file as it is, statuses and rules too (file), or one class of secrets (secret)",
    )
    advise.add_argument("--periods", metavar="A,B", help="dimensions that hold years: merging their classes is pooling")
    advise.add_argument("--consents", type=int, default=5, metavar="N", help="how many groups of owners to try (5)")
    _noise(perturb)
    return root


def _data(sub: argparse.ArgumentParser) -> None:
    data = sub.add_argument_group("data")
    data.add_argument("input", type=Path, help="microdata (CSV), or a ready table with --ready")
    data.add_argument("--dimensions", required=True, action="append", metavar="A,B",
                      help="columns that span a table; repeat for linked tables")  # fmt: skip
    data.add_argument("--record-id", metavar="ID", help="column that identifies a record in every delivery")
    data.add_argument("--hierarchy", action="append", default=[], metavar="A=FILE",
                      help="parent CSV (code, parent) or τ-ARGUS .hrc of a dimension")  # fmt: skip
    data.add_argument("--hrc-sign", default="@", metavar="@", help="sign that shows the depth in a .hrc (default: @)")
    data.add_argument("--levels", action="append", default=[], metavar="A=0+1",
                      help="show only these depths of a dimension (0: total)")  # fmt: skip
    data.add_argument("--total", default="Total", help="name of the total (default: Total)")
    data.add_argument("--decimal", choices=("comma", "point"), help="decimal sign, where the file does not tell")


def _values(sub: argparse.ArgumentParser) -> None:
    values = sub.add_argument_group("values")
    values.add_argument("--value", metavar="V,W", help="value columns to add up (default: count the records)")
    values.add_argument("--count", action="store_true", help="count the records as well")
    values.add_argument("--mean", metavar="V", help="means of these values (sum and count are protected and shown)")
    values.add_argument("--rate", action="append", default=[], metavar="NAME=V/W", help="a rate of two values")
    values.add_argument("--median", metavar="V", help="medians of these values, rounded, where the sum is shown too")
    values.add_argument("--holding", metavar="OWNER", help="column of the contributor (needed for microdata)")
    values.add_argument("--weight", metavar="W", help="column of the weight; records of weight 0 are left out")


def _ready(sub: argparse.ArgumentParser) -> None:
    ready = sub.add_argument_group("ready table")
    ready.add_argument("--ready", action="store_true", help="the input is a table with totals, not microdata")
    for name, text in (("records", "number of records"), ("contributors", "number of contributors"),
                       ("first", "largest part"), ("second", "second largest part"),
                       ("status", "status (primary or U: sensitive; secondary or M: to be hidden)")):  # fmt: skip
        ready.add_argument(f"--{name}", metavar="COLUMN", help=f"column of the {text}")


def _rules(sub: argparse.ArgumentParser) -> None:
    rules = sub.add_argument_group("rules (defaults: schemas/confidentiality/rules.yaml)")
    rules.add_argument("--minimum-records", type=int, metavar="N")
    rules.add_argument("--minimum-contributors", type=int, metavar="N")
    rules.add_argument("--p-percent", type=float, metavar="P")
    rules.add_argument("--dominance-n", type=int, metavar="N")
    rules.add_argument("--dominance-k", type=float, metavar="K")
    rules.add_argument("--linked", type=Path, metavar="CSV", help="owner, group: linked owners count once")
    rules.add_argument(
        "--coalition", action="append", default=[], metavar="A,B", help="owners who may pool what they know"
    )
    rules.add_argument("--group-disclosure", action="append", default=[], metavar="A=x+y",
                       help="categories that expose a group which falls wholly into them")  # fmt: skip
    rules.add_argument(
        "--no-insiders", action="store_true", help="protect from outsiders only (to compare with τ-ARGUS)"
    )


def _releases(sub: argparse.ArgumentParser) -> None:
    releases = sub.add_argument_group("releases")
    releases.add_argument("--rules", type=Path, metavar="YAML", help="rules, consents, and the method of each source")
    releases.add_argument("--source", default="", help="what the records describe, and their date")
    releases.add_argument("--audience", default="public", help="who will see the new table (default: public)")
    releases.add_argument("--includes", action="append", default=[], metavar="A=B+C",
                          help="an audience, and those whose tables it sees as well: alliance=public")  # fmt: skip
    releases.add_argument("--earlier", action="append", default=[], metavar="[AUDIENCE:]TABLE.csv[=MICRODATA.csv]",
                          help="a table published before (withdrawn too), and its records if they differ")  # fmt: skip


def _limits(sub: argparse.ArgumentParser) -> None:
    limits = sub.add_argument_group("limits and report")
    limits.add_argument("--max-cells", type=int, default=200_000, help="filled cells of a table (200000)")
    limits.add_argument("--max-seconds", type=float, default=3600.0, help="time limit (3600)")
    limits.add_argument("--max-memory", type=float, default=8000.0, help="megabytes (8000)")
    limits.add_argument("--report", type=Path, help="report (JSON)")
    limits.add_argument("--language", choices=("de", "en"), default="de", help="of messages (de)")


def _noise(sub: argparse.ArgumentParser) -> None:
    noise = sub.add_argument_group("noise")
    noise.add_argument("--output", type=Path, required=True, help="table of counts with noise (CSV)")
    noise.add_argument("--record-key", metavar="COLUMN", help="keys of the records, evenly spread over [0, 1)")
    noise.add_argument("--secret", type=Path, metavar="FILE",
                       help="the office's secret (16 bytes or more): makes keys from --record-id")  # fmt: skip
    noise.add_argument("--max-deviation", type=int, default=4, metavar="D", help="largest deviation (4)")
    noise.add_argument("--variance", type=float, default=2.0, metavar="V", help="variance of the noise (2)")
    noise.add_argument("--js", type=int, default=0, metavar="JS", help="show no counts from 1 to JS (0)")
