"""What the actions of this room take."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.asked_numbers import natural_number
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.releases.audience import KINDS
from ckanext.ierwohnen.releases.definition import LONGEST, MOST_DIMENSIONS, is_line, lasts
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.schema import day


def prepare() -> Schema:
    """`ierwohnen_release_prepare`."""
    missing, text, needed = (tk.get_validator(n) for n in ("ignore_missing", "unicode_safe", "not_empty"))
    return closed({
        "organization": [needed, text],
        "title": [needed, text, line],
        "sources": [missing, names],
        "reference_date": [needed, day],
        "figures": [some_figure, names],
        "level": [tk.get_validator("default")(""), text],
        "dimensions": [missing, names, two_at_most],
        "audience": [needed, known_audience, named],
        "organizations": [missing, names],
        "purpose": [needed, text, line],
        "agreement": [needed, text, line],
        "valid_until": [needed, day, to_come],
        "decide_by": [missing, day, in_time],
        "consent": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "replaces": [missing, text],
    })  # fmt: skip


def closed(schema: Schema) -> Schema:
    """The same schema; what else is sent is refused by name, so that a misspelt parameter never goes unheard."""

    def unknown(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
        for name in data.get(key) or {}:
            told = say("unknown-parameter", reader_language(), name=str(name)[:100], known=", ".join(schema))
            errors[(str(name),)] = [told]

    return {**schema, "__extras": [unknown]}


def known_audience(value: str) -> str:
    """A kind of audience that there is."""
    if value not in KINDS:
        known = ", ".join(KINDS)
        raise tk.Invalid(say("unknown-audience", reader_language(), name=str(value)[:100], known=known))
    return value


def some_figure(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """At least one figure."""
    if data.get(key) is tk.missing or not data.get(key):
        errors[key].append(say("no-figure", reader_language()))
        raise tk.StopOnError


def line(value: str) -> str:
    """A text of one line; as the definition asks for it, but told together with all else that is wrong."""
    if not is_line(value):
        raise tk.Invalid(say("text", reader_language()))
    return value


def two_at_most(value: list[str]) -> list[str]:
    """Breakdowns as many as a release may have."""
    if isinstance(value, list) and len(set(map(str, value))) > MOST_DIMENSIONS:
        raise tk.Invalid(say("too-many-dimensions", reader_language()))
    return value


def to_come(value: dt.date) -> dt.date:
    """A last day that a release may have."""
    if isinstance(value, dt.date) and not lasts(value, clock.today()):
        latest = format_date(clock.today() + LONGEST, locale=reader_language())
        raise tk.Invalid(say("until", reader_language(), latest=latest))
    return value


def in_time(key: Any, data: dict[Any, Any], errors: Any, context: Any) -> None:
    """A last day to join and approve that the release may have."""
    given, today = data[key], clock.today()
    if not isinstance(given, dt.date):
        return
    try:
        latest = day(data.get(("valid_until",)))  # CKAN comes to it later: fields are validated by their names
    except tk.Invalid:
        latest = today
    if not lasts(latest, today):  # what is wrong with that day is told there
        if given < today:
            errors[key].append(say("decide-by-past", reader_language()))
    elif not today <= given <= latest:
        shown = format_date(latest, locale=reader_language())
        errors[key].append(say("decide-by", reader_language(), latest=shown))


def named(key: Any, data: dict[Any, Any], errors: Any, context: Any) -> None:
    """An audience of organizations names some."""
    if data[key] == "organizations" and not data.get(("organizations",)):
        errors[key].append(say("no-audience", reader_language()))


def step() -> Schema:
    """The steps of a release."""
    text = tk.get_validator("unicode_safe")
    return closed({
        "id": [tk.get_validator("not_empty"), text],
        "organization": [tk.get_validator("not_empty"), text],
        "reason": [tk.get_validator("default")(""), text],
        "consent": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
    })  # fmt: skip


def show() -> Schema:
    """`ierwohnen_release_show`."""
    text = tk.get_validator("unicode_safe")
    return closed({
        "id": [tk.get_validator("not_empty"), text],
        "purpose": [tk.get_validator("default")("Ansicht"), text],
        "own": [tk.get_validator("default")(""), text],
        "against": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
    })  # fmt: skip


def listing() -> Schema:
    """`ierwohnen_release_list`."""
    return closed({
        "q": [tk.get_validator("default")(""), tk.get_validator("unicode_safe")],
        "state": [tk.get_validator("ignore_missing"), one_of([str(one) for one in State])],
        "limit": [tk.get_validator("default")(100), natural_number],
        "offset": [tk.get_validator("default")(0), natural_number],
    })  # fmt: skip


def one_of(known: Sequence[str]) -> Callable[[Any], Any]:
    """One of these words; whatever else comes is refused with those that there are."""

    def check(value: Any) -> Any:
        if value not in known:
            raise tk.Invalid(tk._("“{value}” is no choice. Choose one of: {known}.").format(
                value=str(value)[:100], known=", ".join(known)))  # fmt: skip
        return value

    return check


def names(value: Any) -> list[str]:
    """Names as a list, its JSON text, or separated by blanks or commas."""
    found = value
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = value.replace(",", " ").split()
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise tk.Invalid(tk._("Send a list of names"))
    return found
