"""The options of the command, with their help."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = {
    "done": (
        "{cells} cells, {hidden} of them kept secret; audited, clean: {output}",
        "{cells} Zellen, davon {hidden} geheim gehalten; geprüft, kein Befund: {output}",
    ),
    "finding": (
        "{cell}: {attacker} can narrow it down to {low:.10g} – {high:.10g}",
        "{cell}: {attacker} kann sie auf {low:.10g} – {high:.10g} eingrenzen",
    ),
    "found": ("{findings} findings: do not publish.", "{findings} Befunde: nicht veröffentlichen."),
    "clean": ("Clean: no attacker comes closer than allowed.", "Kein Befund: Niemand kommt näher als erlaubt."),
}


def parser() -> argparse.ArgumentParser:
    """`protect` and `audit`, with the same description of the data."""
    root = argparse.ArgumentParser(
        prog="python -m ckanext.ierwohnen.confidential",
        description="Protect tables made from confidential records, or audit a protected table. "
        "Nothing is written unless the audit is clean. Documentation: docs/disclosure-control.md",
    )
    commands = root.add_subparsers(dest="command", required=True)
    protect = commands.add_parser("protect", help="find a safe pattern, write the table and a report")
    audit = commands.add_parser("audit", help="judge the pattern of a protected table")
    for sub in (protect, audit):
        _data(sub)
        _rules(sub)
        _releases(sub)
        _limits(sub)
    protect.add_argument("--output", type=Path, required=True, help="protected table (CSV)")
    protect.add_argument(
        "--improve", action="store_true", help="also ask the official engine (pytauargus), keep the better"
    )
    protect.add_argument(
        "--all-intervals", action="store_true", help="report the intervals of every contributor as well"
    )
    audit.add_argument("--pattern", type=Path, help="protected table to be judged (CSV as written by protect)")
    return root


def _data(sub: argparse.ArgumentParser) -> None:
    data = sub.add_argument_group("data")
    data.add_argument("input", type=Path, help="microdata, or a ready table with --ready (CSV)")
    data.add_argument("--dimensions", required=True, action="append", metavar="A,B",
                      help="columns that span a table; repeat for linked tables")  # fmt: skip
    data.add_argument("--value", metavar="V,W", help="value columns to add up (default: count the records)")
    data.add_argument("--count", action="store_true", help="count the records as well")
    data.add_argument("--mean", metavar="V", help="means of these values (sum and count are protected)")
    data.add_argument("--rate", action="append", default=[], metavar="NAME=V/W", help="a rate of two values")
    data.add_argument("--median", metavar="V", help="medians of these values (count rules, rounded)")
    data.add_argument("--holding", metavar="OWNER", help="column of the contributor")
    data.add_argument("--weight", metavar="W", help="column of the weight")
    data.add_argument("--record-id", metavar="ID", help="column that identifies a record in every delivery")
    data.add_argument("--hierarchy", action="append", default=[], metavar="A=FILE",
                      help="parent CSV (code, parent) or τ-ARGUS .hrc of a dimension")  # fmt: skip
    data.add_argument("--levels", action="append", default=[], metavar="A=0+1",
                      help="show only these depths of a dimension (0: total)")  # fmt: skip
    data.add_argument("--total", default="Total", help="name of the total (default: Total)")
    ready = sub.add_argument_group("ready table")
    ready.add_argument("--ready", action="store_true", help="the input is a table with totals, not microdata")
    for name, text in (("records", "number of records"), ("contributors", "number of contributors"),
                       ("first", "largest part"), ("second", "second largest part"),
                       ("status", "status (primary or u: sensitive)")):  # fmt: skip
        ready.add_argument(f"--{name}", metavar="COLUMN", help=f"column of the {text}")


def _rules(sub: argparse.ArgumentParser) -> None:
    rules = sub.add_argument_group("rules (defaults: schemas/confidentiality/rules.yaml)")
    rules.add_argument("--rules", type=Path, metavar="YAML", help="rules and consents")
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
    releases.add_argument("--source", default="", help="what the records describe, and their date")
    releases.add_argument("--audience", default="public", help="who will see the new table (default: public)")
    releases.add_argument("--includes", action="append", default=[], metavar="A=B+C",
                          help="an audience, and those whose tables it sees as well: alliance=public")  # fmt: skip
    releases.add_argument("--earlier", action="append", default=[], metavar="[AUDIENCE:]TABLE.csv[=MICRODATA.csv]",
                          help="a table published before (withdrawn too), and its records if they differ")  # fmt: skip
    releases.add_argument("--cost", choices=("cells", "values"), default="cells", help="what to lose least of")
    releases.add_argument("--total-factor", type=float, default=0.0, help="how much dearer totals are, per level")


def _limits(sub: argparse.ArgumentParser) -> None:
    limits = sub.add_argument_group("limits")
    limits.add_argument("--max-cells", type=int, default=200_000)
    limits.add_argument("--max-seconds", type=float, default=3600.0)
    limits.add_argument("--max-memory", type=float, default=8000.0, help="megabytes")
    limits.add_argument("--report", type=Path, help="report (JSON)")
    limits.add_argument("--language", choices=("de", "en"), default="de")
