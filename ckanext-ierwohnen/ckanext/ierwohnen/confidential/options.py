"""The options of the command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from .help import ABOUT, COMMANDS, ENDS, EXAMPLES, GROUPS, HELP
from .speech import Formatter, Parser

LANGUAGES = ("de", "en")
Add = Callable[..., None]


def language_of(arguments: Sequence[str]) -> str:
    """The language asked for: by --language, else by the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG); German
    where neither says anything."""
    for at, given in enumerate(arguments):
        name, _, value = given.partition("=")
        if name == "--language":
            value = value or next(iter(arguments[at + 1 :]), "")
            if value in LANGUAGES:
                return value
    named = [os.environ.get(v, "") for v in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    spoken = next((n for n in named if n and n.split(".")[0] not in ("C", "POSIX")), "de")
    return "de" if spoken.lower().startswith("de") else "en"


def parser(language: str = "de") -> argparse.ArgumentParser:
    """`protect`, `audit`, `advise` and `perturb`, with the same description of the data."""
    number = LANGUAGES.index(language)
    examples = ("Beispiele:", "examples:")[number]
    root = Parser(
        prog="python -m ckanext.ierwohnen.confidential",
        description=ABOUT[number],
        epilog=f"{examples}{EXAMPLES}\n{ENDS[number]}\n",
        formatter_class=Formatter,
        language=language,
    )
    root.add_argument("--language", choices=LANGUAGES, default=language, help=HELP["--language"][number])
    commands = root.add_subparsers(dest="command", required=True, metavar="{" + ",".join(COMMANDS) + "}")
    for name, words in COMMANDS.items():
        said = words[number]
        sub = commands.add_parser(name, help=said, description=said[0].upper() + said[1:] + ".", language=language,
                                  formatter_class=Formatter)  # fmt: skip
        sub.set_defaults(rate=[], mean=None, median=None, value=None, count=False, ready=False, cost="cells",
                         total_factor=0.0, weight=None, linked=None, coalition=[], group_disclosure=[],
                         no_insiders=False, holding=None, relation=[], no_relation=[])  # fmt: skip
        for key in ("minimum_records", "minimum_contributors", "p_percent", "dominance_n", "dominance_k"):
            sub.set_defaults(**{key: None})
        OWN[name](_adder(sub, name, language))
        for group, (users, add) in SHARED.items():
            if name in users:
                add(_adder(sub.add_argument_group(GROUPS[group][number]), name, language))
    return root


def _adder(group: argparse._ActionsContainer, command: str, language: str) -> Add:
    """Adds options with their help; `LANGUAGES.index` picks the text."""

    def add(name: str, **options: object) -> None:
        words = HELP.get(f"{command} {name}") or HELP[name]
        if name == "--language":
            options["default"] = language
        group.add_argument(name, help=words[LANGUAGES.index(language)], **options)  # type: ignore[arg-type]

    return add


def _protect(add: Add) -> None:
    add("--output", type=Path, required=True, metavar="CSV")
    add("--internal", type=Path, metavar="CSV")
    add("--improve", action="store_true")
    add("--all-intervals", action="store_true")
    add("--cost", choices=("cells", "values"), default="cells")
    add("--total-factor", type=float, default=0.0, metavar="F")


def _audit(add: Add) -> None:
    add("--pattern", type=Path, metavar="CSV")
    add("--form", choices=("file", "secret"), default="file")


def _advise(add: Add) -> None:
    add("--periods", metavar="A,B")
    add("--consents", type=int, default=5, metavar="N")
    add("--merges", type=int, default=6, metavar="N")
    add("--cost", choices=("cells", "values"), default="cells")
    add("--total-factor", type=float, default=0.0, metavar="F")


def _data(add: Add) -> None:
    add("input", type=Path)
    add("--dimensions", required=True, action="append", metavar="A,B")
    add("--record-id", metavar="ID")
    add("--hierarchy", action="append", default=[], metavar="A=CSV")
    add("--hrc-sign", default="@", metavar="@")
    add("--levels", action="append", default=[], metavar="A=0+1")
    add("--total", default="Total")
    add("--decimal", choices=("comma", "point"))


def _values(add: Add) -> None:
    add("--value", metavar="V,W")
    add("--count", action="store_true")
    add("--mean", metavar="V")
    add("--rate", action="append", default=[], metavar="R=V/W")
    add("--median", metavar="V")
    add("--relation", action="append", default=[], metavar="V=W+X")
    add("--no-relation", action="append", default=[], metavar="V=W+X")
    add("--holding", metavar="OWNER")
    add("--weight", metavar="W")


def _ready(add: Add) -> None:
    add("--ready", action="store_true")
    for name in ("records", "contributors", "first", "second", "status"):
        add(f"--{name}", metavar="COLUMN")


def _rules(add: Add) -> None:
    add("--minimum-records", type=int, metavar="N")
    add("--minimum-contributors", type=int, metavar="N")
    add("--p-percent", type=float, metavar="P")
    add("--dominance-n", type=int, metavar="N")
    add("--dominance-k", type=float, metavar="K")
    add("--linked", type=Path, metavar="CSV")
    add("--coalition", action="append", default=[], metavar="A,B")
    add("--group-disclosure", action="append", default=[], metavar="A=x+y")
    add("--no-insiders", action="store_true")


def _releases(add: Add) -> None:
    add("--rules", type=Path, metavar="YAML")
    add("--source", default="", metavar="TEXT")
    add("--methods-record", type=Path, metavar="CSV")
    add("--audience", default="public", metavar="A")
    add("--includes", action="append", default=[], metavar="A=B+C")
    add("--crosswalk", action="append", default=[], metavar="B=CSV")
    add("--earlier", action="append", default=[], metavar="[AUDIENCE:]TABLE.csv[=MICRODATA.csv]")


def _limits(add: Add) -> None:
    add("--max-cells", type=int, default=200000, metavar="N")
    add("--max-seconds", type=float, default=3600.0, metavar="S")
    add("--max-memory", type=float, default=8000.0, metavar="MB")
    add("--report", type=Path, metavar="JSON")
    add("--language", choices=LANGUAGES)


def _noise(add: Add) -> None:
    add("--output", type=Path, required=True, metavar="CSV")
    add("--record-key", metavar="COLUMN")
    add("--secret", type=Path, metavar="FILE")
    add("--max-deviation", type=int, metavar="D")
    add("--variance", type=float, metavar="V")
    add("--js", type=int, metavar="JS")


def _nothing(add: Add) -> None:
    pass


OWN: dict[str, Callable[[Add], None]] = {
    "protect": _protect, "audit": _audit, "advise": _advise, "perturb": _nothing,
}  # fmt: skip
SHARED: dict[str, tuple[tuple[str, ...], Callable[[Add], None]]] = {
    "data": (tuple(COMMANDS), _data),
    "values": (("protect", "audit", "advise"), _values),
    "rules": (("protect", "audit", "advise"), _rules),
    "ready": (("protect", "audit"), _ready),
    "noise": (("perturb",), _noise),
    "releases": (tuple(COMMANDS), _releases),
    "limits": (tuple(COMMANDS), _limits),
}
