"""The list of problems on the check page: by kind, with offers as buttons; and what was decided so far."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.signs import label

from .sign_columns import EVERY
from .wording import reader_language

SINGLE = 3  # up to so many problems of a kind stand one by one, more become one entry with examples
EXAMPLES = 20
MOST_ROWS = 2_000
NOT_SENT = ("name", "date")  # parts of an offer that only say what its button shows
NO_VALUE = "k. A."  # what the rules offer in place of a figure that cannot be
PLACE = re.compile(r"^(?:Zeile|Row) \d+(?:, (?:Spalte|column) [„“][^“”]*[“”])?: ")  # stands above already
Problem = Mapping[str, Any]


def groups(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of the list, errors first: single problems, and kinds with their count and examples."""
    by_kind: dict[tuple[str, str | None], list[Problem]] = {}
    for problem in check["problems"]:
        by_kind.setdefault((problem["code"], problem["column"]), []).append(problem)
    counts = {(group["code"], group["column"]): group["count"] for group in check["groups"]}
    entries = []
    for kind, problems in by_kind.items():
        if counts[kind] <= SINGLE:
            entries += [_single(problem, check) for problem in problems]
        else:
            entries.append(_group(problems, counts[kind], check))
    order = ("error", "warning", "hint")
    return sorted(entries, key=lambda entry: order.index(entry["severity"]))


def repairs(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was decided so far, each with the value that takes it back, and with the note of a value that is kept."""
    found = []
    for one in check["repairs"]:
        entry = {"text": one["text"], "value": _sent({key: value for key, value in one.items() if key != "text"})}
        if one["action"] == "keep":
            place = json.dumps([one["row"], one["column"]], ensure_ascii=False)
            entry |= {"note_of": place, "note": one.get("note") or ""}
        found.append(entry)
    return found


def marks(problems: Iterable[Problem]) -> dict[tuple[int, str], str]:
    """Severity by row and column of the cells that an error or warning is about."""
    found: dict[tuple[int, str], str] = {}
    for problem in problems:
        if problem["row"] and problem["column"] and problem["severity"] in ("error", "warning"):
            last = min(problem["last_row"] or problem["row"], problem["row"] + MOST_ROWS)
            for row in range(problem["row"], last + 1):
                found.setdefault((row, problem["column"]), problem["severity"])
    return found


def _single(problem: Problem, check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "severity": problem["severity"],
        "where": problem["where"] or tk._("Whole table"),
        "href": _href(problem, check),
        "message": _sentence(PLACE.sub("", problem["message"])),
        "remedy": problem["remedy"],
        "count": 1,
        **_offers(problem),
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _group(problems: list[Problem], count: int, check: Mapping[str, Any]) -> dict[str, Any]:
    first = _single(problems[0], check)
    column = problems[0]["column"]
    words = tk.ungettext("%(num)d time", "%(num)d times", count) % {"num": count}
    where = tk._('Column "{column}"').format(column=column) if column else tk._("Whole table")
    examples = [_single(problem, check) for problem in problems[:EXAMPLES]]
    shared = [offer for offer in first["offers"] if all(offer in one["offers"] for one in examples)]
    for one in examples:
        one["offers"] = [offer for offer in one["offers"] if offer not in shared]
    shared += [offer for action in ("replace", "keep") if (offer := _for_all(problems, count, action))]
    more = max(0, count - len(examples))
    left = tk.ungettext("%(num)d more of this kind", "%(num)d more of this kind", more) % {"num": more} if more else ""
    return {**first, "where": f"{where}: {words}", "count": count, "examples": examples, "left": left,
            "offers": shared, "keys": []}  # fmt: skip


def _for_all(problems: list[Problem], count: int, action: str) -> dict[str, str] | None:
    """One button for all of a kind, where each has an offer of its own and none is left unlisted."""
    own = [next((o for o in one["repair"] if o["action"] == action), None) for one in problems]
    offers = [offer for offer in own if offer and offer.get("value") != NO_VALUE]
    if len(offers) < count:
        return None
    values = {str(offer.get("value")) for offer in offers}
    if action == "keep":
        text = tk._("Keep all {count}, with a note")
    else:
        text = tk._("Take all {count} proposals") if len(values) > 1 else tk._('Put "{value}" into all {count}')
    sent = [{key: value for key, value in offer.items() if key not in NOT_SENT} for offer in offers]
    return {"text": text.format(count=count, value=min(values)), "value": json.dumps(sent, ensure_ascii=False)}


def _href(problem: Problem, check: Mapping[str, Any]) -> str | None:
    names = [column["name"] for column in check["columns"]]
    if problem["row"]:
        shown = any(row["row"] == problem["row"] for row in check["rows"])
        return f"#row-{problem['row']}" if shown else f"?rows=problems#row-{problem['row']}"
    return f"#role-{names.index(problem['column'])}" if problem["column"] in names else None


def _offers(problem: Problem) -> dict[str, Any]:
    """Offers as buttons; keys to choose among as the options of one select."""
    offered = [offer for offer in problem["repair"] if offer["action"] != "replace_key"]
    keys = [offer for offer in problem["repair"] if offer["action"] == "replace_key"]
    buttons = [{"text": text, "value": _sent(offer)} for offer in offered if (text := _words(offer, problem))]
    if problem["code"] == "role_open":
        buttons += _role_buttons(problem)
    options = [{"value": _sent(offer), "text": f"{offer['value']} {offer.get('name') or ''}".strip()} for offer in keys]
    return {"offers": buttons, "keys": options}


def _role_buttons(problem: Problem) -> list[dict[str, str]]:
    roles = {"note": tk._("As a note"), "unused": tk._("Do not publish")}
    sent = {role: _sent({"action": "role", "column": problem["column"], "role": role}) for role in roles}
    return [{"text": text, "value": sent[role]} for role, text in roles.items()]


def _words(offer: Mapping[str, Any], problem: Problem) -> str:
    """What a button says."""
    action, value = offer["action"], offer.get("value")
    if action == "decimal":
        return tk._("The comma is the decimal sign") if value == "," else tk._("The point is the decimal sign")
    if action == "crosswalk":
        return _crosswalk_words(offer)
    if action == "sign" and offer.get("sign") != "()":
        meaning = label(str(value), reader_language())
        return tk._('"{sign}" means: {meaning}').format(sign=offer["sign"], meaning=meaning)
    if action == "sign":
        return tk._("Brackets mean minus") if value == "negative" else tk._("Brackets mean limited validity")
    if action in ("scale", "period", "dates", "century", "sheets", "year_parts"):
        return _reading_words(offer, problem)
    if action == "role" and offer.get("indicator") == "":
        return tk._('"{column}" is a figure of its own').format(column=offer["column"])
    if action == "role" and problem["code"] == "figure_words":
        return tk._("Yes, this indicator is meant")
    if action == "role" and offer.get("role") == "status":
        return _sign_words(offer)
    if action == "keep" and problem["code"] == "periods_missing":
        return tk._("The gap is right, with a note")
    if action == "replace" and value == NO_VALUE:
        return tk._("Publish without a value")
    if action == "drop_key":
        return tk._("Leave the row out") if problem.get("row_count") == 1 else tk._("Leave the rows out")
    if action == "role" and offer.get("role") == "dimension":
        return tk._('"{column}" tells the rows apart').format(column=offer["column"])
    words = {
        "replace": tk._("Take {value}"),
        "keep": tk._("Keep {stated}, with a note"),
        "drop_row": tk._("Leave the row out"),
        "missing": tk._("{value} means: no value"),
        "zero": tk._("0 is an ordinary zero"),
        "axes": tk._("Swap the axes of these points"),
        "leave_out": tk._("Leave the column out"),
        "sheet": tk._("Read sheet {value}"),
        "table": tk._("Read table {value}"),
        "system": tk._("Match with {system}"),
        "keys_from_names": tk._("Take the keys from the names"),
    }
    return words.get(action, "").format(value=value, stated=problem["value"], system=offer.get("system"))


def _sign_words(offer: Mapping[str, Any]) -> str:
    """An offer to apply a column of signs."""
    if offer["status_of"] == EVERY:
        return tk._('Apply "{column}" to all figures').format(column=offer["column"])
    return tk._('Apply "{column}" to "{values}"').format(column=offer["column"], values=offer["status_of"])


def _reading_words(offer: Mapping[str, Any], problem: Problem) -> str:
    """An offer that says how figures and dates of the file are meant."""
    action, value = offer["action"], offer.get("value")
    if action == "period":
        if value == "none":
            return tk._("Publish without a period")
        return tk._("As of {period}").format(period=tk.h.iw_date(str(value)))
    if action in ("dates", "century"):
        return tk._("It is {date}").format(date=tk.h.iw_date(str(offer.get("date") or value)))
    if action == "year_parts":
        return tk._("Quarters of the year") if value == "quarter" else tk._("Halves of the year")
    if action == "sheets":
        return tk._("Read only {sheets}").format(sheets=", ".join(map(str, value or ())))
    if offer.get("unit"):
        return tk._("Given in {unit}").format(unit=offer["unit"])
    if problem["code"] == "share_of_one":
        return tk._("Shares from 0 to 1: times 100") if value == "100" else tk._("Per cent as they stand")
    if problem["code"] == "scale_open":
        return tk._("The numbers of the file") if value == "1" else tk._("The numbers as shown")
    return tk._("Take as delivered") if value == "1" else tk._("Given in thousands")


def _crosswalk_words(offer: Mapping[str, Any]) -> str:
    """An offer with a rule changes how a column is converted; one without a level only tells, for clients."""
    if offer.get("rules"):
        summed = "sum" in offer["rules"].values()
        return tk._("Convert as a sum") if summed else tk._("No value where boundaries changed")
    return tk._("Convert to the boundaries of {year}").format(year=offer["year"]) if offer.get("level") else ""


def _sent(offer: Mapping[str, Any]) -> str:
    """An offer as the value of a button."""
    return json.dumps({key: value for key, value in offer.items() if key not in NOT_SENT}, ensure_ascii=False)
