"""What the command says of a result, German and English, by code."""

from __future__ import annotations

ANSWERS: dict[str, tuple[str, str]] = {
    "interrupted": ("Abgebrochen; es wurde nichts geschrieben.", "Interrupted; nothing was written."),
    "more-than": ("mehr als {number}", "more than {number}"),
    "step-exchange": ("bei der Suche nach einem Muster", "while looking for a pattern"),
    "step-audit": ("bei der Prüfung", "in the audit"),
    "step-perturb": ("bei der Überlagerung", "while noise was put on"),
    "step-–": ("mitten in einem Rechenschritt", "in the midst of a step"),
    "unfinished": (
        "{name}: Der Lauf, der diese Tabelle schrieb, wurde abgebrochen, bevor alles dazu (Gründe, Bericht) da war. "
        "Bitte protect noch einmal ausführen.",
        "{name}: the run that wrote this table was killed before all that belongs to it (reasons, report) was there. "
        "Run protect again.",
    ),
    "done": (
        "{cells} Zellen, davon {hidden} geheim gehalten; geprüft, kein Befund: {output}",
        "{cells} cells, {hidden} of them kept secret; audited, clean: {output}",
    ),
    "done-compared": (
        "{cells} Zellen, davon {hidden} geheim gehalten; nur zum Vergleich: {output}",
        "{cells} cells, {hidden} of them kept secret; for comparison only: {output}",
    ),
    "not-for-release": (
        "NICHT VERÖFFENTLICHEN: Insider (Datengeber, die ihren eigenen Beitrag kennen) wurden nicht berücksichtigt "
        "(--no-insiders).",
        "NOT FOR RELEASE: insiders (contributors, who know their own part) were not considered (--no-insiders).",
    ),
    "no-source": (
        "Keine Quelle genannt (--source): Ob für sie in den Regeln ein anderes Verfahren festgelegt ist, wurde nicht "
        "geprüft.",
        "No source is named (--source): whether the rules lay down another method for it was not checked.",
    ),
    "ready-not-applied": (
        "Nicht angewandt, weil die fertige Tabelle dazu nichts sagt: {rules}.",
        "Not applied, since the ready table says nothing about it: {rules}.",
    ),
    "rule-minimum-records": ("Mindestzahl der Sätze", "minimum of records"),
    "rule-minimum-contributors": ("Mindestzahl der Datengeber", "minimum of contributors"),
    "rule-p-percent": ("p-%-Regel", "p % rule"),
    "rule-dominance": ("Dominanzregel", "dominance"),
    "rule-insiders": ("Schutz vor Datengebern als Insidern", "protection from contributors as insiders"),
    "owners-alike": (
        "Achtung: „{first}“ und „{second}“ heißen fast gleich. Ist es ein Unternehmen, bitte gleich schreiben oder mit "
        "--linked verbinden: sonst zählt es zweimal.",
        "Note: “{first}” and “{second}” have nearly the same name. If they are one company, write them the same, or "
        "link them (--linked): else it counts twice.",
    ),
    "place-release": ("Freigabe {release}", "release {release}"),
    "place-row": ("{name} Zeile {row}", "{name} row {row}"),
    "whole-number": ("eine ganze Zahl von {low} bis {high}", "a whole number from {low} to {high}"),
    "any-number": ("eine Zahl von {low} bis {high}", "a number from {low} to {high}"),
    "rule-linked": ("verbundene Unternehmen (linked)", "linked companies (linked)"),
    "rule-coalitions": ("Absprachen (coalitions)", "coalitions"),
    "rule-group-disclosure": ("Bloßstellung von Gruppen (group_disclosure)", "group disclosure"),
    "finding": (
        "{cell}: {attacker} kann sie auf {low} – {high} eingrenzen",
        "{cell}: {attacker} can narrow it down to {low} – {high}",
    ),
    "told-before": (
        "{cell}: {attacker} konnte sie schon vorher auf {low} – {high} eingrenzen",
        "{cell}: {attacker} could narrow it down to {low} – {high} before",
    ),
    "told": (
        "Von {cells} Zellen haben frühere Veröffentlichungen schon zu viel verraten; diese verrät nicht mehr.",
        "Earlier releases have told too much of {cells} cells already; this one tells no more.",
    ),
    "earlier-tells": (
        "{name} sagt, warum Zellen geheim sind; was Leser daraus schließen, ist hier nicht mitgerechnet. Bekamen "
        "sie die Datei so, bitte mit audit prüfen.",
        "{name} says why cells are hidden; what readers conclude from that is not reckoned with here. If they "
        "got the file as it is, judge it with audit.",
    ),
    "form-tells": (
        "Die Datei sagt, warum Zellen geheim sind; das ist hier mitgerechnet. Lesern genügt eine Klasse (--form "
        "secret).",
        "The file says why cells are hidden; that is reckoned with here. One class will do for readers (--form "
        "secret).",
    ),
    "finding-median": (
        "{cell}: Der Median von {measure} dürfte hier nicht stehen",
        "{cell}: the median of {measure} must not be shown here",
    ),
    "found": (
        "{findings} Befunde bei {shown} gezeigten von {cells} Zellen: nicht veröffentlichen.",
        "{findings} findings, {shown} of {cells} cells shown: do not publish.",
    ),
    "clean": (
        "Kein Befund bei {shown} gezeigten von {cells} Zellen: Niemand kommt näher als erlaubt.",
        "Clean, {shown} of {cells} cells shown: no attacker comes closer than allowed.",
    ),
    "clean-told": (
        "Kein neuer Befund bei {shown} gezeigten von {cells} Zellen: Durch sie kommt niemand näher als erlaubt.",
        "Nothing new found, {shown} of {cells} cells shown: they bring no attacker closer than allowed.",
    ),
    "clean-compared": (
        "Kein Befund bei {cells} Zellen vor Außenstehenden allein; nur zum Vergleich.",
        "Clean, {cells} cells, before outsiders alone; for comparison only.",
    ),
    "perturbed": (
        "{cells} Zellen mit Überlagerung (höchstens ±{deviation}, Varianz {variance}): {output}",
        "{cells} cells with noise (at most ±{deviation}, variance {variance}): {output}",
    ),
    "advice-before": (
        "Jetzt: {cells} Zellen gezeigt, {secret} geheim; {dwellings} Wohnungen in gezeigten Zellen der feinsten "
        "Gliederung.",
        "Now: {cells} cells shown, {secret} secret; {dwellings} dwellings in shown cells of the finest breakdown.",
    ),
    "advice": (
        "{what}: Zellen {cells}, Wohnungen {dwellings} ({shown} gezeigt, {secret} geheim)",
        "{what}: cells {cells}, dwellings {dwellings} ({shown} shown, {secret} secret)",
    ),
    "advice-none": ("Kein Vorschlag würde mehr zeigen.", "No proposal would show more."),
    "advice-untried": (
        "{number} Vorschläge blieben an der Zeit- oder Speichergrenze unversucht.",
        "{number} proposals were left untried at the limit of time or memory.",
    ),
    "advice-coarser-level": ("{column} nur bis Ebene {rest}", "{column} only down to level {rest}"),
    "advice-without-dimension": ("Ohne {column}{rest}", "Without {column}{rest}"),
    "advice-merged-classes": ("{column}: {rest} zusammenlegen", "{column}: merge {rest}"),
    "advice-pooled-years": ("{column}: {rest} zusammenfassen", "{column}: pool {rest}"),
    "advice-consent": ("Mit Einwilligung von {owners}", "With the consent of {owners}"),
}
