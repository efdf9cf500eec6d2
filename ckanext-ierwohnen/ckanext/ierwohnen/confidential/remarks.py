"""Texts of errors in the rules, the options and the parameters of noise, German and English, by code."""

from __future__ import annotations

REMARKS: dict[str, tuple[str, str]] = {
    "rules-loosened": (
        "Regel „{key}“: {value} ist lockerer als die Vorgabe {default}. Dafür braucht es die erfasste Einwilligung "
        "aller Datengeber, gültig für „{measure}“, diesen Empfängerkreis und jede Ebene; es fehlen: {owners}.",
        "Rule “{key}”: {value} is looser than the default {default}. That takes the recorded consent of all "
        "contributors, valid for “{measure}”, this audience and every level; missing: {owners}.",
    ),
}
