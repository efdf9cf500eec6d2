"""The report of a check that was passed, in plain words: what was proved, what was not, and for whom it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.releases.cells import COUNTED
from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.tables.wording import reader_language

CLOSE = 0.1  # percent; what is closer is told as closer
GOOD, WARN, REMARK = "good", "warn", "remark"


@dataclass(frozen=True)
class Line:
    """One thing that was checked, or could not be. `tone`: good, warn (somebody can work it out), remark."""

    tone: str
    what: str
    details: str = ""


@dataclass(frozen=True)
class ReportShown:
    """What was proved, how closely the rest can be estimated, the lines below, and by which rules."""

    proved: str
    range: str
    lines: list[Line]
    rules: str


def report_shown(release: dict[str, Any]) -> ReportShown | None:
    """The report of a release whose check was passed; None for another, and for readers who get none."""
    report = release.get("report")
    if not report or "refused" in report:
        return None
    language = reader_language()

    def number(value: float, precision: int = 0) -> str:
        return format_number(value, precision=precision, locale=language)

    owners, consents = release["owners"], set(release["consents"])
    lines = [
        _competitors(owners, consents, report["rules"], number),
        _earlier(report, number),
        _minimum(owners, consents, report["rules"], number),
        _counted(report, number),
    ]
    lines = [Line(one.tone, one.what, _tight(one.details)) for one in lines]
    return ReportShown(*map(_tight, _proved(report, number)), lines, rules_told(report, number))


def rules_told(report: dict[str, Any], number: Callable[..., str]) -> str:
    """The rules of a check with their version; reports of older releases name none."""
    rules = report["rules"]
    most, share = rules["dominance"]
    told = tk._(
        "at least {records} dwellings and {owners} contributors in a cell; p-percent rule with p = {p}; dominance: the "
        "{n} largest hold at most {k} percent."
    ).format(
        records=number(rules["minimum_records"]), owners=number(rules["minimum_contributors"]),
        p=number(rules["p_percent"]), n=number(most), k=number(share),
    )  # fmt: skip
    if rules.get("counts_as_values"):
        told = " ".join([told, tk._("The last two hold for numbers of dwellings as well.")])
    return f"{rules_named(report)}: {told}"


def rules_named(report: dict[str, Any]) -> str:
    """What the rules of a check are called: `Regeln 2026-1`."""
    return " ".join([tk._("Rules"), *filter(None, [(report.get("rules") or {}).get("version")])])


def _proved(report: dict[str, Any], number: Callable[..., str]) -> tuple[str, str]:
    """The headline, and what an outsider could still work out; see `reasons.widths`."""
    if report["narrowest"] is None:
        return tk._("Checked: no figure has to be protected."), tk._("Each cell keeps the rules as it stands.")
    rule = report["rules"]["p_percent"]
    narrow, wide = (_width(report[name], number) for name in ("narrowest", "widest"))
    if (report.get("hidden") or {}).get("primary") == 0:
        rest = tk._("The narrowest of all ranges is {narrow}, the widest {wide}.")
        return tk._("Checked: what the rules protect stays protected."), rest.format(narrow=narrow, wide=wide)
    sensitive = report.get("sensitive") or (report["narrowest"] if report["narrowest"] >= rule else None)
    if sensitive is None:
        first = tk._("Each figure that a rule protects stays as uncertain as this rule asks for.")
    elif sensitive < rule:
        first = tk._(
            "Each figure that a rule protects stays as uncertain as this rule asks for, and at least to ±{sensitive} %."
        ).format(sensitive=number(sensitive, 1))
    else:
        first = tk._(
            "Outsiders can estimate no figure that a rule protects more closely than to ±{sensitive} %; the rule for "
            "too few dwellings or contributors asks for ±{rule} %."
        ).format(sensitive=number(sensitive, 1), rule=number(rule))
    if narrow == wide and report["narrowest"] < (sensitive or rule):
        rest = tk._("Other hidden figures only protect these and may be known more closely: to {narrow}.")
    elif report["narrowest"] < (sensitive or rule):
        rest = tk._(
            "Other hidden figures only protect these and may be known more closely: the narrowest of all ranges is "
            "{narrow}, the widest {wide}."
        )
    else:
        rest = tk._("The narrowest of all ranges is {narrow}, the widest {wide}.")
    return tk._("Checked: what the rules protect stays protected."), f"{first} {rest.format(narrow=narrow, wide=wide)}"


def _tight(text: str) -> str:
    """A sentence in which no percent sign is parted from its number by the end of a line."""
    return re.sub(r"[ \u00a0]%", "\u202f%", text)


def _width(percent: float, number: Callable[..., str]) -> str:
    if percent < CLOSE:
        return tk._("less than ±{width} %").format(width=number(CLOSE, 1))
    return f"±{number(percent, 1)}\u00a0%"


def _competitors(owners: list[str], consents: set[str], rules: dict[str, Any], number: Callable[..., str]) -> Line:
    if len(owners) == 1:
        return Line(
            REMARK,
            tk._("Nothing to check towards competitors."),
            tk._("All dwellings are of one owner: whoever sees the table sees this owner’s figures. It has agreed."),
        )
    if consents >= set(owners):
        details = (
            tk._("Both owners agreed to be recognisable: whoever subtracts their own dwellings has the other’s figure.")
            if len(owners) == 2
            else tk._(
                "All owners agreed to be recognisable: whoever subtracts their own dwellings has the sum of the "
                "others, and where only one other has dwellings, this one’s figure."
            )
        )
        return Line(WARN, tk._("Not protected from each other."), details)
    details = tk._(
        "Whoever subtracts their own dwellings comes no closer than ±{p} % to anybody who has not consented to be "
        "recognisable."
    ).format(p=number(rules["p_percent"]))
    if consents:
        names = ", ".join(sorted(title_of(o) for o in consents))
        details += " " + tk._("That does not hold for {names}.").format(names=names)
    return Line(GOOD, tk._("Not by competitors either."), details)


def _minimum(owners: list[str], consents: set[str], rules: dict[str, Any], number: Callable[..., str]) -> Line:
    records, least = number(rules["minimum_records"]), number(rules["minimum_contributors"])
    if consents >= set(owners):
        return Line(
            GOOD,
            tk._("Households are protected."),
            tk._(
                "A cell that is shown has at least {records} dwellings, or none. How many contributors it has was not "
                "asked for: with the owners’ consent that rule does not apply."
            ).format(records=records),
        )
    return Line(
        GOOD,
        tk._("Minimum numbers are kept."),
        tk._(
            "At least {records} dwellings and {owners} contributors in each cell, unless they consented to be "
            "recognisable; linked companies count as one."
        ).format(records=records, owners=least),
    )


def _earlier(report: dict[str, Any], number: Callable[..., str]) -> Line:
    compared = _compared(report["earlier"], number)
    if not report.get("partly"):
        return Line(GOOD, tk._("Earlier releases are counted in."), compared)
    why = tk._(
        "Not all releases of other reference dates fit into one check: it would take more steps of computing than it "
        "may, or their places fit into no common division. Those that have most in common with this one are counted "
        "in, and all of this reference date."
    )
    return Line(WARN, tk._("Not all earlier releases are counted in."), f"{why} {compared}")


def _compared(earlier: int, number: Callable[..., str]) -> str:
    """With how many earlier releases the check reckoned; none that all owners may know of does not mean none."""
    if not earlier:
        return tk._("Counted in is what was released earlier from the same stock, withdrawn releases included.")
    if earlier == 1:
        return tk._("Checked together with one earlier release.")
    words = tk._("Checked together with {count} earlier releases, withdrawn ones included.")
    return words.format(count=number(earlier))


def _counted(report: dict[str, Any], number: Callable[..., str]) -> Line:
    """How many cells are protected, to those who may know it how many for their own sake, and what the others show."""
    counts = {name: sum(c.get(name, 0) for c in report["cells"].values()) for name in COUNTED}
    secret, every = counts["secret"], sum(counts.values())
    what = tk._("{secret} of {all} cells are protected.").format(secret=number(secret), all=number(every))
    told = [tk.ungettext("{shown} shows a number.", "{shown} show a number.", counts["shown"])]
    if counts["nothing"]:
        told.append(tk.ungettext("{nothing} is empty (–).", "{nothing} are empty (–).", counts["nothing"]))
    if counts["blocked"]:
        told.append(tk.ungettext("{blocked} has no value (x).", "{blocked} have no value (x).", counts["blocked"]))
    rest = " ".join(told).format(**{name: number(count) for name, count in counts.items()})
    return Line(REMARK, what, " ".join(filter(None, [_for_whose_sake(secret, report, number), rest])))


def _for_whose_sake(secret: int, report: dict[str, Any], number: Callable[..., str]) -> str:
    hidden = report.get("hidden")
    if not secret or not hidden:
        return ""
    if not hidden["primary"]:
        details = tk._("None because of a rule of its own: what is hidden elsewhere cannot be worked out from them.")
    elif not hidden["secondary"]:
        details = tk._("All of them because of a rule.")
    else:
        details = tk._("{primary} because of a rule, {secondary} so that these cannot be worked out.")
    return str(details.format(primary=number(hidden["primary"]), secondary=number(hidden["secondary"])))
