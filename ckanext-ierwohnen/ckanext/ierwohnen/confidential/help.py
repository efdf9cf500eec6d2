"""Texts of `--help`, German and English."""

from __future__ import annotations

Words = dict[str, tuple[str, str]]

ABOUT = (
    "Tabellen aus vertraulichen Datensätzen schützen, eine geschützte Tabelle prüfen, fragen, was mehr zeigen ließe,\n"
    "oder Zählungen mit Rauschen überlagern. Geschrieben wird nur, wenn alles in Ordnung ist.",
    "Protect tables made from confidential records, audit a protected table, ask what would let more be shown,\n"
    "or put noise on counts. Nothing is written unless all is well.",
)
EXAMPLES = """
  protect stock.csv --dimensions quarter,year --value rent --holding owner --output table.csv --report why.json
  audit stock.csv --dimensions quarter,year --value rent --holding owner --pattern table.csv
  advise stock.csv --dimensions quarter,year --value rent --holding owner --periods year
  perturb survey.csv --dimensions quarter,year --record-id id --secret key.txt --output noise.csv
"""
ENDS = (
    "Rückgabewert: 0 fertig, kein Befund; 1 Befunde; 2 abgelehnt, nichts geschrieben; 130 abgebrochen",
    "exit code: 0 done, clean; 1 findings; 2 refused, nothing was written; 130 interrupted",
)
COMMANDS: Words = {
    "protect": (
        "ein sicheres Muster finden, Tabelle und Bericht schreiben",
        "find a safe pattern, write table and report",
    ),
    "audit": (
        "das Muster einer geschützten Tabelle prüfen",
        "judge the pattern of a protected table",
    ),
    "advise": (
        "erproben, was mehr zeigen ließe, und wie viel (vertraulich)",
        "try what would let more be shown, and how much (confidential)",
    ),
    "perturb": (
        "Zählungen mit dem Cell-Key-Verfahren überlagern",
        "counts with noise by the cell key method",
    ),
}
GROUPS: Words = {
    "data": (
        "Daten",
        "data",
    ),
    "values": (
        "Werte",
        "values",
    ),
    "ready": (
        "fertige Tabelle",
        "ready table",
    ),
    "rules": (
        "Regeln (Vorgaben: schemas/confidentiality/rules.yaml)",
        "rules (defaults: schemas/confidentiality/rules.yaml)",
    ),
    "releases": (
        "Freigaben",
        "releases",
    ),
    "limits": (
        "Grenzen und Bericht",
        "limits and report",
    ),
    "noise": (
        "Überlagerung",
        "noise",
    ),
}
HELP: Words = {
    "--output": (
        "geschützte Tabelle für Leser: eine Klasse „secret“, ohne Gründe",
        "protected table for readers: one class “secret”, no reasons",
    ),
    "--internal": (
        "dieselbe Tabelle mit den Gründen, nur fürs Haus",
        "the same table with the reasons, for the house only",
    ),
    "--improve": (
        "auch pytauargus fragen und das bessere Muster nehmen",
        "ask pytauargus too, keep the better pattern",
    ),
    "--all-intervals": (
        "im Bericht auch die Intervalle jedes Datengebers",
        "report the intervals of every contributor as well",
    ),
    "--pattern": (
        "die geschützte Tabelle, wie protect sie schreibt; was nicht darin steht, ist nicht gezeigt",
        "protected table, as protect writes it; what it does not list is not shown",
    ),
    "--form": (
        "was Leser bekommen: die Datei samt Status und Regeln (file) oder eine Klasse (secret)",
        "what readers get: the file with statuses and rules (file), or one class (secret)",
    ),
    "--periods": (
        "Dimensionen mit Jahren: Klassen zusammenlegen heißt Jahre zusammenfassen",
        "dimensions that hold years: merging their classes is pooling",
    ),
    "--consents": (
        "wie viele Gruppen von Datengebern zu erproben sind (5)",
        "how many groups of owners to try (5)",
    ),
    "--merges": (
        "wie viele Zusammenlegungen je Spalte zu erproben sind (6)",
        "how many merges of each column to try (6)",
    ),
    "--cost": (
        "wovon am wenigsten verloren gehen soll",
        "what to lose least of",
    ),
    "--total-factor": (
        "um wie viel teurer Summen sind, je Ebene",
        "how much dearer totals are, per level",
    ),
    "input": (
        "Mikrodaten (CSV), mit --ready eine fertige Tabelle",
        "microdata (CSV), or a ready table with --ready",
    ),
    "--dimensions": (
        "Spalten, die eine Tabelle aufspannen; wiederholen für verbundene Tabellen",
        "columns that span a table; repeat for linked tables",
    ),
    "--record-id": (
        "Spalte, die einen Satz in jeder Lieferung bezeichnet",
        "column that identifies a record in every delivery",
    ),
    "--hierarchy": (
        "Eltern-CSV (code, parent) oder τ-ARGUS-.hrc einer Dimension",
        "parent CSV (code, parent) or τ-ARGUS .hrc of a dimension",
    ),
    "--hrc-sign": (
        "Zeichen für die Tiefe in einer .hrc (@)",
        "sign that shows the depth in a .hrc (@)",
    ),
    "--levels": (
        "nur diese Ebenen einer Dimension zeigen (0: Summe)",
        "show only these depths of a dimension (0: total)",
    ),
    "--total": (
        "Name der Summe (Total)",
        "name of the total (Total)",
    ),
    "--decimal": (
        "Dezimalzeichen, wo die Datei es nicht verrät",
        "decimal sign, where the file does not tell",
    ),
    "--value": (
        "zu summierende Wertspalten (sonst werden Sätze gezählt)",
        "value columns to add up (default: count the records)",
    ),
    "--count": (
        "auch die Sätze zählen",
        "count the records as well",
    ),
    "--mean": (
        "Mittelwerte (Summe und Anzahl werden geschützt und gezeigt)",
        "means (sum and count are protected and shown)",
    ),
    "--rate": (
        "eine Rate aus zwei Werten",
        "a rate of two values",
    ),
    "--median": (
        "Mediane, gerundet, wo auch die Summe gezeigt wird",
        "medians, rounded, where the sum is shown too",
    ),
    "--holding": (
        "Spalte des Datengebers (bei Mikrodaten nötig)",
        "column of the contributor (needed for microdata)",
    ),
    "--weight": (
        "Spalte des Gewichts; Sätze mit Gewicht 0 entfallen",
        "column of the weight; records of weight 0 are left out",
    ),
    "--ready": (
        "die Eingabe ist eine Tabelle mit Summen",
        "the input is a table with totals, not microdata",
    ),
    "--linked": (
        "owner, group: Verbundene zählen einmal",
        "owner, group: linked owners count once",
    ),
    "--coalition": (
        "Datengeber, die ihr Wissen teilen könnten",
        "owners who may pool what they know",
    ),
    "--group-disclosure": (
        "Kategorien, die eine Gruppe bloßstellen, die ganz hineinfällt",
        "categories that expose a group which falls wholly into them",
    ),
    "--no-insiders": (
        "nur vor Außenstehenden schützen, lockerere Regeln ohne Einwilligung zulassen (zum Vergleich mit τ-ARGUS)",
        "protect from outsiders only, and let looser rules do without consent (to compare with τ-ARGUS)",
    ),
    "--rules": (
        "Regeln, Einwilligungen und das Verfahren jeder Quelle",
        "rules, consents, and the method of each source",
    ),
    "--source": (
        "was die Sätze beschreiben, mit Stichtag",
        "what the records describe, and their date",
    ),
    "--audience": (
        "wer die neue Tabelle sieht (public)",
        "who will see the new table (public)",
    ),
    "--includes": (
        "ein Kreis, und wessen Tabellen er auch sieht: alliance=public",
        "an audience, and those whose tables it sees as well: alliance=public",
    ),
    "--earlier": (
        "eine früher veröffentlichte Tabelle (auch zurückgezogene), und ihre Sätze, wenn andere",
        "a table published before (withdrawn too), and its records if they differ",
    ),
    "--crosswalk": (
        "wie sich eine Spalte, die einer Lieferung fehlt, aus einer ihrer Spalten ergibt (CSV mit beiden)",
        "how a column that a delivery lacks follows from one that it has (CSV with both)",
    ),
    "--relation": (
        'eine Beziehung zwischen Spalten, die gilt, auch wenn Sätze sie verletzen: "warm = kalt + neben"',
        'a relation between columns that holds, even if records violate it: "rent = cold + cost"',
    ),
    "--no-relation": (
        "eine, die nur zufällig fast überall gilt",
        "one that holds nearly everywhere, but by chance",
    ),
    "--methods-record": (
        "wo vermerkt ist, welche Quelle und Sätze nach welchem Verfahren geschützt sind (sonst neben der Ausgabe)",
        "where it is recorded which source and records are protected by which method (default: beside the output)",
    ),
    "--max-cells": (
        "besetzte Zellen einer Tabelle (200000)",
        "filled cells of a table (200000)",
    ),
    "--max-seconds": (
        "Zeitgrenze (3600)",
        "time limit (3600)",
    ),
    "--max-memory": (
        "Speichergrenze (8000)",
        "limit of memory (8000)",
    ),
    "--report": (
        "Bericht (JSON), nur fürs Haus",
        "report (JSON), for the house only",
    ),
    "perturb --output": (
        "Tabelle der überlagerten Zählungen",
        "table of counts with noise",
    ),
    "--record-key": (
        "Schlüssel der Sätze, gleichmäßig über [0, 1)",
        "keys of the records, evenly spread over [0, 1)",
    ),
    "--secret": (
        "Geheimnis des Amtes (ab 16 Bytes): macht Schlüssel aus --record-id",
        "the office's secret (16 bytes or more): makes keys from --record-id",
    ),
    "--max-deviation": (
        "größte Abweichung (nach den Regeln, 4; nicht weniger)",
        "largest deviation (by the rules, 4; not less)",
    ),
    "--variance": (
        "Varianz der Abweichung (nach den Regeln, 2; nicht weniger)",
        "variance of the noise (by the rules, 2; not less)",
    ),
    "--js": (
        "keine Zählungen von 1 bis JS zeigen (nach den Regeln, 0; nicht weniger)",
        "show no counts from 1 to JS (by the rules, 0; not less)",
    ),
    "--language": (
        "Sprache der Hilfe und der Meldungen (sonst die der Umgebung)",
        "of the help and the messages (default: that of the environment)",
    ),
    "--records": (
        "Spalte der Zahl der Sätze",
        "column of the number of records",
    ),
    "--contributors": (
        "Spalte der Zahl der Datengeber",
        "column of the number of contributors",
    ),
    "--first": (
        "Spalte des größten Beitrags",
        "column of the largest part",
    ),
    "--second": (
        "Spalte des zweitgrößten Beitrags",
        "column of the second largest part",
    ),
    "--status": (
        "Spalte des Status (primary, U: zu schützen; secondary, M: zu verbergen)",
        "column of the status (primary, U: sensitive; secondary, M: to be hidden)",
    ),
    "--minimum-records": (
        "kleinste Zahl von Sätzen",
        "smallest number of records",
    ),
    "--minimum-contributors": (
        "kleinste Zahl von Datengebern",
        "smallest number of contributors",
    ),
    "--p-percent": (
        "p der p-%%-Regel, und die Breite der Intervalle",
        "p of the p %%-rule, and the width of intervals",
    ),
    "--dominance-n": (
        "n der (n, k)-Dominanz",
        "n of the (n, k)-dominance",
    ),
    "--dominance-k": (
        "k der (n, k)-Dominanz in Prozent",
        "k of the (n, k)-dominance in percent",
    ),
}
