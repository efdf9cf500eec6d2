"""What was noticed while boundaries were read: a code with parameters, put into words in German or English.

The words are in ``findings.yaml``, one entry a code, so that rules hold no text and a clerk reads plain
language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml


class Severity(StrEnum):
    """How much a finding matters: an error stops loading, a warning asks to look, a hint tells."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Finding:
    """One thing noticed, with the parameters that name file, level, feature, column and remedy."""

    code: str
    severity: Severity
    params: dict[str, Any] = field(default_factory=dict)

    def text(self, locale: str = "de") -> str:
        """The finding in words; ``locale`` is "de" or "en" (longer tags are cut)."""
        words = _words()[self.code]["en" if locale.startswith("en") else "de"]
        return words.format(**{name: _written(value, locale) for name, value in self.params.items()})

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """For actions: code, severity, message, params."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.text(locale),
            "params": {name: value for name, value in self.params.items()},
        }


class BoundaryError(ValueError):
    """Boundaries that cannot be loaded; ``findings`` says everything that is known about why."""

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings = [findings] if isinstance(findings, Finding) else list(findings)
        super().__init__(" ".join(finding.text("en") for finding in self.findings[:5]))


def error(code: str, /, **params: Any) -> Finding:
    """A finding that stops loading."""
    return Finding(code, Severity.ERROR, params)


def warning(code: str, /, **params: Any) -> Finding:
    """A finding that a person should look at."""
    return Finding(code, Severity.WARNING, params)


def hint(code: str, /, **params: Any) -> Finding:
    """A finding that only tells what was done."""
    return Finding(code, Severity.HINT, params)


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Only those that stop loading."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@cache
def _words() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("findings.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def _written(value: Any, locale: str) -> str:
    if isinstance(value, float):
        text = f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
        return text if locale.startswith("en") else text.replace(".", ",")
    if isinstance(value, (list, tuple)):
        shown = ", ".join(str(item) for item in value[:8])
        return f"{shown} …" if len(value) > 8 else shown
    return str(value)
