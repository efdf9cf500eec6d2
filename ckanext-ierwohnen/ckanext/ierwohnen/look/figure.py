"""A figure: the value, what is known of it, and how it is written. The one form in which values travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.signs import Status, vocabulary


@dataclass(frozen=True)
class Figure:
    """One value with its status and its text (`5,2`, `(5,2)`, `5,2p`, `.`).

    `value` is None where the status has no number (see `Status.has_value`).
    """

    value: float | None
    status: Status
    text: str

    @classmethod
    def of(
        cls,
        value: float | None,
        status: Status | str | None = None,
        *,
        precision: int | None = None,
        unit: str | None = None,
        signed: bool = False,
        locale: str = "de",
    ) -> Figure:
        """Write a value down; without a status it is `ok`, or `missing` where there is no value.

        A number under a status that hides it (`.`, `/`, `…`, `x`) is dropped, so that it cannot leak.
        """
        number = None if value is None or value != value else float(value)
        known = Status(status) if status else (Status.MISSING if number is None else Status.OK)
        if not known.has_value:
            return cls(None, known, vocabulary()[known].sign)
        if known in (Status.NOTHING, Status.BELOW_HALF):
            return cls(0.0, known, vocabulary()[known].sign)
        if number is None:
            return cls(None, Status.MISSING, vocabulary()[Status.MISSING].sign)
        written = format_number(number, precision=precision, locale=locale, signed=signed)
        return cls(number, known, _with_unit(_with_sign(written, known), unit))

    def as_dict(self) -> dict[str, Any]:
        """The form that actions give: `{"value": 5.2, "status": "ok", "text": "5,2"}`."""
        return {"value": self.value, "status": str(self.status), "text": self.text}


def _with_sign(written: str, status: Status) -> str:
    if status is Status.OK:
        return written
    sign = vocabulary()[status]
    return f"({written})" if sign.place == "around" else f"{written}{sign.sign}"


def _with_unit(written: str, unit: str | None) -> str:
    if not unit:
        return written
    return f"{written}{format_number(0, unit=unit)[1:]}"
