"""Texts for readers: each message code of this room with its German and English sentence and its remedy.

The rules of the room give codes with parameters; this is the one place where they become sentences
(`messages.yaml`; those about differences between versions in `differences.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ckanext.ierwohnen.look.numbers import format_number

FILES = tuple(Path(__file__).parent / name for name in ("messages.yaml", "differences.yaml"))


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All messages: code → {de, en, remedy_de, remedy_en}."""
    return {code: texts for file in FILES for code, texts in yaml.safe_load(file.read_text("utf-8")).items()}


def message(code: str, params: Mapping[str, Any] | None = None, locale: str = "de") -> str:
    """The sentence of a code in the reader's language."""
    return _filled(code, _language(locale), params, locale)


def remedy(code: str, params: Mapping[str, Any] | None = None, locale: str = "de") -> str:
    """What the reader can do about it; empty where there is nothing to do."""
    return _filled(code, f"remedy_{_language(locale)}", params, locale)


def _filled(code: str, field: str, params: Mapping[str, Any] | None, locale: str) -> str:
    text = catalogue()[code].get(field, "")
    if not text:
        return ""
    filled = {name: _written(value, locale) for name, value in (params or {}).items()}
    if f"kind_{filled.get('kind')}" in catalogue():
        filled["kind"] = catalogue()[f"kind_{filled['kind']}"][_language(locale)]
    return text.format_map(filled).replace("….", "…")


def _written(value: Any, locale: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format_number(value, locale=locale)
    if isinstance(value, Mapping):  # a text that is there in both languages
        return str(value[_language(locale)])
    if isinstance(value, list | tuple):
        return ", ".join(_written(item, locale) for item in value)
    return str(value)


def _language(locale: str) -> str:
    return "en" if locale.startswith("en") else "de"
