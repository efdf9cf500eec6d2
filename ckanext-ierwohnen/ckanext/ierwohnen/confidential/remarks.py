"""Texts of errors in the rules, the options and the parameters of noise, German and English, by code."""

from __future__ import annotations

REMARKS: dict[str, tuple[str, str]] = {
    "rules-loosened": (
        "Regel „{key}“: {value} ist lockerer als die Vorgabe {default}. Dafür braucht es die erfasste Einwilligung "
        "aller Datengeber, gültig für „{measure}“, diesen Empfängerkreis und jede Ebene; es fehlen: {owners}.",
        "Rule “{key}”: {value} is looser than the default {default}. That takes the recorded consent of all "
        "contributors, valid for “{measure}”, this audience and every level; missing: {owners}.",
    ),
    "name-unknown": (
        "„{key}“: „{value}“ kommt in den Daten nicht vor, die Angabe gälte nicht. Bitte berichtigen. "
        "Vorhanden sind zum Beispiel: {nearest}.",
        "“{key}”: “{value}” is not in the data, so it would have no effect. Correct it. There are for example: "
        "{nearest}.",
    ),
    "yaml-twice": (
        "{name}, Zeile {row}: „{key}“ steht zweimal da; nur die letzte Angabe gälte. Bitte eine der beiden streichen.",
        "{name}, line {row}: “{key}” is there twice, and only the last one would hold. Drop one of the two.",
    ),
    "linked-twice": (
        "Verbundene Unternehmen: „{owner}“ gehört zu „{first}“ und zu „{second}“. Bitte nur eine der Gruppen angeben.",
        "Linked companies: “{owner}” belongs to “{first}” and to “{second}”. Give one of the groups only.",
    ),
    "linked-empty": (
        "{name}, Zeile {row}: Das Unternehmen fehlt. Bitte ergänzen oder die Zeile streichen.",
        "{name}, row {row}: the company is missing. Add it, or drop the row.",
    ),
    "ready-contributors": (
        "Zeile {row}, Zelle {cell}: {contributors} Datengeber bei {records} Sätzen geht nicht auf. Bitte die Zeile "
        "berichtigen: mindestens einer in einer besetzten Zelle, höchstens so viele wie Sätze.",
        "Row {row}, cell {cell}: {contributors} contributors do not go with {records} records. Correct the row: one "
        "at least in a filled cell, at most as many as records.",
    ),
    "noise-less": (
        "{option}: {value} ist weniger als in den Regeln ({least}). Bitte {least} oder mehr wählen; was gilt, steht in "
        "der Regeldatei (--rules, noise).",
        "{option}: {value} is less than in the rules ({least}). Choose {least} or more; what holds is in the file of "
        "rules (--rules, noise).",
    ),
    "noise-other": (
        "{name} ist mit „{recorded}“ überlagert, verlangt ist „{wanted}“. Dieselben Sätze mit zweierlei Rauschen "
        "lassen sich mitteln. Bitte bei den Angaben und dem Geheimnis von „{recorded}“ bleiben (--rules, noise).",
        "{name} has the noise “{recorded}”, but “{wanted}” is asked for. The same records with two kinds of noise can "
        "be averaged. Stay with the parameters and the secret of “{recorded}” (--rules, noise).",
    ),
}
