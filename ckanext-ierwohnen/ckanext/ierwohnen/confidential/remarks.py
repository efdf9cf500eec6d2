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
    "owner-spelled": (
        "„{first}“ ({where}) und „{second}“ ({there}) unterscheiden sich nur in der Schreibweise und zählten als zwei "
        "Datengeber. Ist es ein Unternehmen: bitte gleich schreiben, oder eines als verbunden angeben (--linked). Sind "
        "es zwei: bitte den Namen ergänzen, etwa um den Ort.",
        "“{first}” ({where}) and “{second}” ({there}) differ only in how they are written, and would count as two "
        "contributors. Give one company one name, or declare one of the two as linked (--linked). If they are "
        "two, add to the names, for example the town.",
    ),
    "weights-zero": (
        "{name}: Alle Gewichte (Spalte „{column}“) sind 0, es bleibt kein Satz. Bitte die Spalte prüfen.",
        "{name}: all weights (column “{column}”) are 0, and no record is left. Check the column.",
    ),
    "encodings-mixed": (
        "{name}, Zeile {row}: Der Text ist UTF-8, diese Zeile aber nicht. Bitte die ganze Datei in einer Kodierung "
        "(UTF-8) speichern, sonst würde derselbe Name auf zwei Arten gelesen.",
        "{name}, line {row}: the text is UTF-8, but this line is not. Save the whole file in one encoding (UTF-8), or "
        "one name would be read in two ways.",
    ),
    "sums-unsolved": (
        "Welche Summen geheimer Zellen sich errechnen lassen, ließ sich nicht feststellen: Der Gleichungslöser gab bei "
        "{leaves} geheimen Zellen auf ({status}). Es wurde nichts geschrieben. Es hilft: eine Dimension oder Ebene "
        "weniger, oder die Reihenfolge der Sätze ändern; bitte die Eingabe melden.",
        "Which sums of hidden cells can be reckoned out could not be told: the solver gave up on {leaves} hidden cells "
        "({status}). Nothing was written. What helps: one dimension or level less, or another order of the records; "
        "please report the input.",
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
    "consent-nobody": (
        "Achtung: Die Einwilligung von „{owner}“ wirkt hier nicht: Kein Satz gehört ihm (verbundene Unternehmen zählen "
        "unter dem Namen der Gruppe). Bitte die Schreibweise prüfen. Ähnlich heißen: {nearest}.",
        "Note: the consent of “{owner}” has no effect here: no record belongs to it (linked companies count by the "
        "name of their group). Check how it is written. Similar names: {nearest}.",
    ),
    "relation-near": (
        "Achtung: „{relation}“ gilt in fast allen Sätzen, nicht aber in {number} (Zeile {rows}). Vorsorglich wird die "
        "Beziehung wie eine behandelt, die jeder kennt. Bitte die Zeilen berichtigen, oder antworten: --relation "
        '"{relation}" (sie gilt) oder --no-relation "{relation}" (Zufall).',
        "Note: “{relation}” holds in nearly all records, but not in {number} (row {rows}). To be safe it is treated as "
        'a relation that everybody knows. Correct the rows, or answer: --relation "{relation}" (it holds) or '
        '--no-relation "{relation}" (chance).',
    ),
    "relation-violated": (
        "Achtung: „{relation}“ gilt in {number} Sätzen nicht (Zeile {rows}). Sie wird trotzdem benutzt; "
        "bitte die Zeilen prüfen.",
        "Note: “{relation}” does not hold in {number} records (row {rows}). It is used all the same. Check the rows.",
    ),
    "relation-both": (
        "„{relation}“ steht bei --relation und bei --no-relation. Bitte eine der Angaben streichen.",
        "“{relation}” is given by --relation and by --no-relation. Drop one of the two.",
    ),
    "value-dimension": (
        "„{column}“ steht bei --dimensions und ist zugleich ein Wert. Wer eine solche Gruppe sieht, kennt den Wert "
        "jedes Satzes darin und aus der Anzahl auch die Summe, die geheim bleiben soll. Bitte den Wert in einer "
        "eigenen Spalte zu Klassen zusammenfassen und nach dieser gliedern.",
        "“{column}” is one of --dimensions and a value as well. Whoever sees such a group knows the value of each "
        "record in it, and from the count the sum that is to be kept secret. Add a column with classes of the value, "
        "and tabulate by that.",
    ),
    "method-recorded": (
        "Die Quelle „{source}“ wird schon mit „{recorded}“ geschützt (vermerkt in {name}), verlangt ist „{wanted}“. "
        "Beides zusammen verrät mehr als jedes für sich. Bitte bei einem Verfahren bleiben.",
        "The source “{source}” is protected by “{recorded}” already (recorded in {name}); “{wanted}” is asked for. The "
        "two together tell more than each alone. Stay with one method.",
    ),
    "records-recorded": (
        "Diese Sätze, oder ein Teil von ihnen, sind unter dem Namen „{source}“ schon mit „{recorded}“ geschützt "
        "(vermerkt in {name}); verlangt ist „{wanted}“. Beides zusammen verrät mehr als jedes für sich, wie die Quelle "
        "auch heißt. Bitte bei einem Verfahren bleiben.",
        "These records, or some of them, are protected by “{recorded}” already under the name “{source}” (recorded in "
        "{name}); “{wanted}” is asked for. The two together tell more than each alone, whatever the source is called. "
        "Stay with one method.",
    ),
    "method-record-broken": (
        "{name}: Der Vermerk, welche Quelle nach welchem Verfahren geschützt ist, lässt sich nicht lesen. Bitte "
        "wiederherstellen: Spalten source, method, records, columns und rows, wie der Lauf sie schrieb.",
        "{name}: the record of which source is protected by which method cannot be read. Correct it: columns source, "
        "method, records, columns and rows, as the run wrote them.",
    ),
    "contradiction-here": (
        "Tabelle {release}, Zelle {cell}: veröffentlicht ist {published}, die Daten ergeben {actual}. Bitte prüfen, ob "
        "Tabelle und Daten zusammengehören.",
        "Table {release}, cell {cell}: {published} is published, the data give {actual}. Check that the table and the "
        "data belong together.",
    ),
    "pattern-cell": (
        "Tabelle {release}, Zeile {row}: Die Zelle {cell} gibt es nicht. Bitte Hierarchie und Schreibweise der "
        "Kategorien prüfen.",
        "Table {release}, row {row}: there is no cell {cell}. Check the hierarchy, and how the categories are written.",
    ),
    "sum-too-large-row": (
        "Zeile {row}, Spalte „{column}“: Mit {value} wird die Summe größer als 2^53. Bitte berichtigen, oder die "
        "Spalte in einer größeren Einheit angeben.",
        "Row {row}, column “{column}”: with {value} the sum exceeds 2^53. Correct it, or give the column in a larger "
        "unit.",
    ),
}
