"""Where a figure comes from: who published it, as what, and under which licence it may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.previews.words import say


def origin(packages: Sequence[Mapping[str, Any]], locale: str = "de") -> str:
    """`Fachstelle Statistik, Leerstand · Lizenz: Datenlizenz Deutschland – Zero 2.0`.

    Of several datasets under one licence it stands once at the end, else behind each.

    :param packages: datasets as `package_show` gives them
    """
    told = list(dict.fromkeys((_publisher(one), licence(one, locale)) for one in packages))
    licences = {terms for _, terms in told}
    if len(licences) == 1:
        names = "; ".join(name for name, _ in told if name)
        return " · ".join(text for text in (names, _worded(licences.pop(), locale)) if text)
    return "; ".join(f"{name} ({_worded(terms, locale)})" if terms else name for name, terms in told)


def licence(package: Mapping[str, Any], locale: str = "de") -> str:
    """The title of a dataset's licence in the reader's language; empty where it has none."""
    given = str(package.get("license_id") or "")
    term = vocabulary("licences").find(given)
    if term:
        return term.text("de" if locale.startswith("de") else "en")
    return "" if given == "notspecified" else str(package.get("license_title") or given)


def _worded(terms: str, locale: str) -> str:
    return say("licence", locale, licence=terms) if terms else ""


def _publisher(package: Mapping[str, Any]) -> str:
    named = [one.get("name") for one in package.get("publisher") or () if isinstance(one, Mapping)]
    organization = next(filter(None, named), None) or (package.get("organization") or {}).get("title")
    return ", ".join(str(text) for text in (organization, package.get("title")) if text)
