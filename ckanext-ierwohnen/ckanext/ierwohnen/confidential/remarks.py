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
    "delivery-lacks": (
        "Der Lieferung {name} fehlt die Spalte „{column}“, nach der eine andere Tabelle gliedert; ohne sie bliebe "
        "offen, was die Tabellen zusammen verraten. Bitte mit --crosswalk {column}=DATEI.csv angeben, wie sie sich aus "
        "einer ihrer Spalten ergibt (zwei Spalten, zum Beispiel Block und {column}), oder sie dort ergänzen. "
        "Vorhanden sind: {columns}.",
        "The delivery {name} lacks the column “{column}” of another table; without it, nobody can say what the tables "
        "tell together. Give --crosswalk {column}=FILE.csv, which says how it follows from one of its "
        "columns (two columns, for example block and {column}), or add it there. There are: {columns}.",
    ),
    "crosswalk-columns": (
        "{name}: Es braucht genau zwei Spalten, „{column}“ und die, aus der sie sich ergibt. Vorhanden sind: "
        "{columns}.",
        "{name}: two columns are needed, “{column}” and the one from which it follows. There are: {columns}.",
    ),
    "crosswalk-twice": (
        "{name}, Zeile {row}: Aus „{key}“ ({source}) wird „{first}“ und „{second}“. So ist offen, wohin ein Satz "
        "gehört. Bitte eine feinere Spalte als {source} wählen (Block, Adresse), aus der sich „{column}“ eindeutig "
        "ergibt.",
        "{name}, row {row}: “{key}” ({source}) becomes “{first}” and “{second}”, so nobody can say where a record "
        "belongs. Choose a finer column than {source} (block, address), from which “{column}” follows.",
    ),
    "crosswalk-gap": (
        "{name}, Zeile {row}: Für „{key}“ ({source}) steht in {crosswalk} nichts. Bitte dort ergänzen.",
        "{name}, row {row}: {crosswalk} has nothing for “{key}” ({source}). Add it there.",
    ),
    "crosswalk-differs": (
        "{name}, Zeile {row}: „{key}“ ({source}) liegt hier in „{given}“ ({column}), nach {crosswalk} in „{told}“. "
        "Bitte eines von beiden berichtigen; sonst gälten unveränderte Sätze als geändert.",
        "{name}, row {row}: “{key}” ({source}) lies in “{given}” ({column}) here, by {crosswalk} in “{told}”. Correct "
        "one of the two, or unchanged records would pass for changed ones.",
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
