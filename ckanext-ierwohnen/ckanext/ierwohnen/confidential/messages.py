"""Texts of errors, German and English, by code: what is wrong, where, and the remedy."""

from __future__ import annotations

from .answers import ANSWERS
from .remarks import REMARKS

ERRORS: dict[str, tuple[str, str]] = {
    "file-missing": (
        "Die Datei {name} gibt es nicht. Bitte den Pfad prüfen.",
        "The file {name} does not exist. Check the path.",
    ),
    "file-refused": (
        "Die Datei {name} lässt sich nicht lesen oder schreiben: {reason}. Bitte Pfad und Rechte prüfen.",
        "The file {name} cannot be read or written: {reason}. Check the path and the rights.",
    ),
    "not-a-text-file": (
        "{name} ist keine Textdatei. Bitte als CSV (UTF-8, UTF-16 mit Kennung oder Windows-1252) speichern.",
        "{name} is no text file. Save it as CSV (UTF-8, UTF-16 with a byte order mark, or Windows-1252).",
    ),
    "csv-row": (
        "{name}, Zeile {row}: {found} Zellen, die Kopfzeile hat {expected}. Bitte Trennzeichen und Anführungszeichen "
        "prüfen.",
        "{name}, row {row}: {found} cells, the header has {expected}. Check delimiters and quotes.",
    ),
    "csv-quotes": (
        "{name}, ab Zeile {row}: Die Anführungszeichen stimmen nicht ({reason}). Bitte jedes Anführungszeichen "
        "schließen und im Text verdoppeln.",
        "{name}, from row {row}: the quotes are not right ({reason}). Close every quote, and double those within a "
        "text.",
    ),
    "csv-no-name": (
        "{name}: Spalte {number} hat keine Überschrift. Bitte ergänzen.",
        "{name}: column {number} has no name. Add one.",
    ),
    "csv-duplicate-column": (
        "In {name} kommt die Spalte „{column}“ zweimal vor. Bitte eine umbenennen.",
        "The column “{column}” appears twice in {name}. Rename one of them.",
    ),
    "yaml-broken": (
        "{name}, Zeile {row}: kein gültiges YAML ({reason}). Bitte Einrückung (Leerzeichen) und Klammern prüfen.",
        "{name}, line {row}: not valid YAML ({reason}). Check indentation (spaces) and brackets.",
    ),
    "column-missing": (
        "{name}: Die Spalte „{column}“ fehlt. Vorhanden sind: {columns}.",
        "{name}: the column “{column}” is missing. There are: {columns}.",
    ),
    "column-reserved": (
        "Die Dimension „{column}“ heißt wie eine Spalte der Ausgabe ({reserved}). Bitte in der Datei umbenennen.",
        "The dimension “{column}” is called like a column of the output ({reserved}). Rename it in the file.",
    ),
    "holding-missing": (
        "{name}: Bitte mit --holding die Spalte des Datengebers nennen. Vorhanden sind: {columns}.",
        "{name}: name the contributor's column with --holding. There are: {columns}.",
    ),
    "option-value": (
        "{option}: „{value}“ geht nicht; erlaubt ist {allowed}.",
        "{option}: “{value}” will not do; allowed is {allowed}.",
    ),
    "option-twice": (
        "{option}: „{value}“ ist schon vergeben. Bitte einen anderen Namen wählen.",
        "{option}: “{value}” is taken already. Choose another name.",
    ),
    "file-twice": (
        "Die Datei {name} würde überschrieben, obwohl sie noch gebraucht wird. Bitte einen anderen Namen wählen.",
        "The file {name} would be overwritten while it is needed. Choose another name.",
    ),
    "not-with-ready": (
        "Mit --ready geht {option} nicht: Eine fertige Tabelle trägt keine einzelnen Sätze. Bitte weglassen, oder "
        "Mikrodaten ohne --ready angeben.",
        "{option} does not go with --ready: a ready table holds no single records. Leave it out, or give microdata "
        "without --ready.",
    ),
    "ready-no-rules": (
        "{name}: Ohne Angaben zu den Zellen lässt sich keine Regel anwenden. Bitte --records, --contributors, --first"
        " und --second, oder --status nennen.",
        "{name}: without details of the cells no rule can be applied. Give --records, --contributors, --first and "
        "--second, or --status.",
    ),
    "ready-two-parts": (
        "{name}: --first und --second gehören zusammen. Bitte beide nennen.",
        "{name}: --first and --second belong together. Name both.",
    ),
    "ready-parts": (
        "Zeile {row}, Zelle {cell}: Die größten Beiträge {first} und {second} passen nicht zum Wert {value}. Bitte "
        "diese Zeile berichtigen: erst der größte Beitrag, zusammen höchstens der Wert.",
        "Row {row}, cell {cell}: the largest parts {first} and {second} do not fit the value {value}. Correct the "
        "row: the largest part first, together no more than the value.",
    ),
    "pattern-missing": (
        "Bitte mit --pattern die geschützte Tabelle nennen, die geprüft werden soll.",
        "Name the protected table that is to be audited with --pattern.",
    ),
    "measure-twice": (
        "„{column}“ ist doppelt: Die Zählung der Sätze heißt so wie die Wertspalte. Bitte die Spalte umbenennen.",
        "“{column}” is there twice: the count of the records is called like the value column. Rename the column.",
    ),
    "value-ambiguous": (
        "Zeile {row}, Spalte „{column}“: {value} kann ein Tausenderpunkt oder ein Dezimalpunkt sein. Bitte --decimal "
        "comma oder --decimal point angeben.",
        "Row {row}, column “{column}”: the point in {value} may separate thousands or decimals. Give --decimal comma "
        "or --decimal point.",
    ),
    "method-mixed": (
        "Für die Quelle „{source}“ ist das Verfahren „{recorded}“ festgelegt; „{wanted}“ kommt nicht daneben in "
        "Frage. Beide zusammen verraten mehr als jedes für sich. Bitte bei „{recorded}“ bleiben.",
        "The method “{recorded}” is laid down for the source “{source}”; “{wanted}” is not possible beside it. The "
        "two together tell more than each alone. Stay with “{recorded}”.",
    ),
    "suppressed-source": (
        "Die Quelle „{source}“ ist schon mit Sperrung veröffentlicht. Überlagerung derselben Quelle daneben verrät "
        "mehr als jedes Verfahren für sich. Bitte bei einem Verfahren bleiben.",
        "The source “{source}” is already published with suppression. Perturbation of the same source beside it tells"
        " more than each method alone. Stay with one method.",
    ),
    "record-keys-missing": (
        "Es braucht Satzschlüssel: --record-key SPALTE, oder --record-id SPALTE zusammen mit --secret DATEI.",
        "Record keys are needed: --record-key COLUMN, or --record-id COLUMN together with --secret FILE.",
    ),
    "record-key": (
        "Zeile {row}, Spalte „{column}“: {value} ist kein Satzschlüssel; er liegt zwischen 0 und 1 (1 "
        "ausgeschlossen). Bitte neu vergeben.",
        "Row {row}, column “{column}”: {value} is no record key, which lies between 0 and 1 (1 excluded). Draw it "
        "anew.",
    ),
    "record-keys-uneven": (
        "Die Satzschlüssel in „{column}“ sind nicht gleichmäßig über [0, 1) verteilt; die Überlagerung hielte nicht, "
        "was sie verspricht. Bitte neue Zufallszahlen vergeben.",
        "The record keys in “{column}” are not evenly spread over [0, 1); the noise would not be as stated. Draw new "
        "random numbers.",
    ),
    "secret-short": (
        "Das Geheimnis für die Satzschlüssel braucht mindestens 16 Bytes. Bitte ein längeres erzeugen (openssl rand "
        "-hex 32).",
        "The secret for the record keys needs at least 16 bytes. Make a longer one (openssl rand -hex 32).",
    ),
    "no-records": (
        "Die Tabelle {name} enthält keine Zeilen. Bitte Pfad und Auszug prüfen.",
        "The table {name} has no rows. Check the path and the extract.",
    ),
    "value-not-a-number": (
        "Zeile {row}, Spalte „{column}“: „{value}“ ist keine Zahl. Bitte ergänzen oder die Zeile herausnehmen.",
        "Row {row}, column “{column}”: “{value}” is not a number. Fill it in, or leave the row out.",
    ),
    "value-negative": (
        "Zeile {row}, Spalte „{column}“: {value} ist negativ. Die Regeln gelten nur für Werte ab 0; Zu- und Abgänge "
        "bitte als zwei Spalten führen.",
        "Row {row}, column “{column}”: {value} is negative. The rules hold for values from 0; keep gains and losses "
        "in two columns.",
    ),
    "sum-too-large": (
        "Spalte „{column}“: Die Summe ist größer als 2^53. Bitte in einer größeren Einheit angeben.",
        "Column “{column}”: the sum exceeds 2^53. Use a larger unit.",
    ),
    "key-missing": (
        "Zeile {row}: In der Spalte „{column}“ fehlt der Schlüssel. Bitte ergänzen oder die Zeile herausnehmen.",
        "Row {row}: the key in column “{column}” is missing. Fill it in, or leave the row out.",
    ),
    "record-twice": (
        "Zeile {row}: Der Satzschlüssel „{key}“ (Spalte „{column}“) kommt zweimal vor. Bitte eine der Zeilen "
        "herausnehmen oder einen eigenen Schlüssel vergeben.",
        "Row {row}: the record identifier “{key}” (column “{column}”) appears twice. Leave one of the rows out, or "
        "give it an identifier of its own.",
    ),
    "linked-cycle": (
        "Verbundene Unternehmen drehen sich im Kreis: {owners}. Bitte ein Unternehmen als oberstes angeben.",
        "Linked companies form a circle: {owners}. Name one company as the top.",
    ),
    "total-is-category": (
        "„{total}“ ist zugleich Kategorie und Summe. Bitte mit --total eine andere Bezeichnung der Summe wählen.",
        "“{total}” is both a category and the total. Choose another name of the total with --total.",
    ),
    "hierarchy-empty": (
        "Die Hierarchie {name} ist leer. Bitte die Datei prüfen.",
        "The hierarchy {name} is empty. Check the file.",
    ),
    "hierarchy-gap": (
        "Hierarchie {name}: „{code}“ verweist auf „{parent}“, das nicht aufgeführt ist. Bitte die Zeile für "
        "„{parent}“ ergänzen.",
        "Hierarchy {name}: “{code}” points to “{parent}”, which is not listed. Add the row for “{parent}”.",
    ),
    "hierarchy-cycle": (
        "Hierarchie {name}: Die Eltern drehen sich im Kreis: {codes}. Bitte eine der Kategorien als oberste angeben "
        "(parent leer).",
        "Hierarchy {name}: the parents form a circle: {codes}. Make one of them a top category (parent empty).",
    ),
    "hierarchy-total": (
        "Hierarchie {name}: Die Summe „{total}“ darf keine Eltern haben und nicht neben anderen obersten Kategorien "
        "stehen ({tops}). Bitte mit --total einen anderen Namen der Summe wählen oder die Zeile streichen.",
        "Hierarchy {name}: the total “{total}” must have no parent, nor stand beside other top categories ({tops}). "
        "Choose another name of the total with --total, or drop the row.",
    ),
    "hierarchy-columns": (
        "Hierarchie {name}: Es braucht die Spalten „code“ und „parent“.",
        "Hierarchy {name}: the columns “code” and “parent” are needed.",
    ),
    "hierarchy-no-code": (
        "Hierarchie {name}, Zeile {row}: Der Code fehlt. Bitte ergänzen oder die Zeile streichen.",
        "Hierarchy {name}, row {row}: the code is missing. Fill it in, or drop the row.",
    ),
    "hierarchy-two-parents": (
        "Hierarchie {name}, Zeile {row}: „{code}“ steht an zwei Stellen. Bitte eine der Stellen streichen.",
        "Hierarchy {name}, row {row}: “{code}” stands in two places. Drop one of them.",
    ),
    "hrc-jump": (
        "Hierarchie {name}, Zeile {row}: „{code}“ überspringt eine Ebene. Bitte die Zeichen am Zeilenanfang prüfen.",
        "Hierarchy {name}, row {row}: “{code}” skips a level. Check the signs at the start of the line.",
    ),
    "key-not-in-hierarchy": (
        "Zeile {row}: „{key}“ (Spalte „{column}“) kommt in der Hierarchie nicht vor. Bitte dort ergänzen oder hier "
        "berichtigen.",
        "Row {row}: “{key}” (column “{column}”) is not in the hierarchy. Add it there, or correct it here.",
    ),
    "key-not-leaf": (
        "Zeile {row}: „{key}“ (Spalte „{column}“) hat in der Hierarchie Unterkategorien; ein Datensatz gehört auf die"
        " unterste Ebene. Bitte die genaue Kategorie angeben.",
        "Row {row}: “{key}” (column “{column}”) has categories below it; a record belongs to the lowest level. Give "
        "the exact category.",
    ),
    "level-unknown": (
        "Tabelle {table}: Die Dimension „{column}“ hat keine Ebene {level}. Bitte eine vorhandene Ebene wählen (0 ist"
        " die Summe).",
        "Table {table}: the dimension “{column}” has no level {level}. Choose a level that there is (0 is the total).",
    ),
    "measure-unknown": (
        "Tabelle {table}: Den Wert „{measure}“ gibt es nicht. Vorhanden sind: {measures}. "
        "Eine Rate bitte mit --rate {measure}=V/W erklären.",
        "Table {table}: there is no value “{measure}”. There are: {measures}. "
        "If it is a rate, give --rate {measure}=V/W.",
    ),
    "audience-unknown": (
        "Freigabe {release}: Den Empfängerkreis „{audience}“ gibt es nicht. Vorhanden sind: {audiences}.",
        "Release {release}: there is no audience “{audience}”. There are: {audiences}.",
    ),
    "audience-cycle": (
        "Empfängerkreise enthalten sich gegenseitig: {audiences}. Bitte eine der Angaben (--includes) streichen.",
        "Audiences include one another in a circle: {audiences}. Drop one of them (--includes).",
    ),
    "release-twice": (
        "Die Freigabe „{release}“ ist zweimal angegeben. Bitte eine der Angaben (--earlier) streichen.",
        "The release “{release}” is given twice. Drop one of them (--earlier).",
    ),
    "too-many-cells": (
        "Die Tabelle ({made} Kategorien samt Summen) hat {cells} besetzte Zellen, erlaubt sind {limit}. Ohne "
        "„{column}“ wären es höchstens {left}. Bitte eine Dimension weglassen, mehrere kleinere Tabellen verlangen "
        "(--dimensions mehrmals) oder in der Datei gröbere Kategorien bilden; --levels genügt nicht, denn auch was "
        "nicht gezeigt wird, wird mitgerechnet. Oder die Grenze mit --max-cells anheben: Rechenzeit und Speicher "
        "wachsen stärker als die Zahl der Zellen.",
        "The table ({made} categories, totals included) has {cells} filled cells; {limit} are allowed. Without "
        "“{column}” there would be {left} at most. Leave a dimension out, ask for several smaller tables (--dimensions "
        "more than once), or make coarser categories in the file; --levels is not enough, since what is not shown is "
        "reckoned with as well. Or raise the limit with --max-cells: time and memory grow faster than the number of "
        "cells.",
    ),
    "joint-too-large": (
        "Die Spalten {columns} überschneiden sich in {cells} gemeinsamen Zellen, erlaubt sind {limit}. Bitte in einer"
        " Tabelle gemeinsam auswerten (--dimensions {columns}), eine Spalte weglassen oder gröber gliedern.",
        "The columns {columns} overlap in {cells} joint cells; {limit} are allowed. Tabulate them in one table "
        "(--dimensions {columns}), leave a column out, or use coarser categories.",
    ),
    "crossing-too-large": (
        "Die Tabellen {tables} binden einander im Kreis. Prüfen lässt sich das nur über die {cells} Zellen, in denen"
        " sie sich kreuzen ({columns}); erlaubt sind {limit}. Bitte eine gemeinsame Tabelle machen"
        " (--dimensions {columns}), eine der Tabellen weglassen oder gröber gliedern.",
        "The tables {tables} bind one another in a ring. That can be checked only by the {cells} cells in which they "
        "cross ({columns}); {limit} are allowed. Make one common table (--dimensions {columns}), leave one of the "
        "tables out, or use coarser categories.",
    ),
    "too-little-time": (
        "Die Zeitgrenze von {seconds} s ist erreicht ({step}); es wurde nichts geschrieben. Bitte gröbere Kategorien, "
        "weniger Dimensionen oder mehrere kleinere Tabellen wählen, oder --max-seconds anheben.",
        "The time limit of {seconds} s was reached ({step}); nothing was written. Choose coarser categories, fewer "
        "dimensions or several smaller tables, or raise --max-seconds.",
    ),
    "too-much-work": (
        "Die Grenze von {work} Rechenschritten ist erreicht ({step}); es wurde nichts geschrieben. Bitte gröbere "
        "Kategorien, weniger Dimensionen oder mehrere kleinere Tabellen wählen.",
        "The limit of {work} counted steps was reached ({step}); nothing was written. Choose coarser categories, fewer "
        "dimensions or several smaller tables.",
    ),
    "too-little-memory": (
        "Die Speichergrenze von {megabytes} MB ist erreicht; es wurde nichts geschrieben. Bitte gröbere Kategorien, "
        "weniger Dimensionen oder mehrere kleinere Tabellen wählen, oder --max-memory anheben.",
        "The memory limit of {megabytes} MB was reached; nothing was written. Choose coarser categories, fewer "
        "dimensions or several smaller tables, or raise --max-memory.",
    ),
    "one-owner": (
        "Alle Sätze gehören zu einem Datengeber ({owner}): Jede Zelle zeigt nur sein Geschäft. Ohne seine erfasste "
        "Einwilligung kann nichts veröffentlicht werden. Es hilft: seine Einwilligung in der Regeldatei (--rules, "
        "consents).",
        "All records belong to one contributor ({owner}): every cell shows its business alone. Without its recorded "
        "consent nothing can be published. What helps: its consent in the file of rules (--rules, consents).",
    ),
    "rules-unknown": (
        "Regeln {name}: Den Eintrag „{key}“ gibt es nicht. Erlaubt sind: {keys}.",
        "Rules {name}: there is no entry “{key}”. Allowed are: {keys}.",
    ),
    "rules-value": (
        "Regeln {name}: „{key}“ hat den Wert {value}; erlaubt ist {allowed}.",
        "Rules {name}: “{key}” is {value}; allowed is {allowed}.",
    ),
    "consent-incomplete": (
        "Einwilligung {number}: „{key}“ fehlt. Nötig sind owner, recorded und until.",
        "Consent {number}: “{key}” is missing. Needed are owner, recorded and until.",
    ),
    "contradiction": (
        "Frühere Freigabe „{release}“, Zelle {cell}: veröffentlicht wurde {published}, die Daten ergeben {actual}. "
        "Bitte die Daten dieser Freigabe angeben (--earlier TABELLE=MIKRODATEN) oder die Freigabe berichtigen.",
        "Earlier release “{release}”, cell {cell}: {published} was published, the data give {actual}. Give the data "
        "of that release (--earlier TABLE=MICRODATA), or correct the release.",
    ),
    "earlier-cell": (
        "Frühere Freigabe „{release}“, Zeile {row}: Die Zelle {cell} gibt es in den Tabellen nicht. Bitte Hierarchie "
        "und Schreibweise der Kategorien prüfen.",
        "Earlier release “{release}”, row {row}: the cell {cell} is not in the tables. Check the hierarchy, and how "
        "the categories are written.",
    ),
    "not-additive": (
        "Zelle {cell}: angegeben ist {given}, die Teile ergeben {sum}. Bitte die Tabelle berichtigen.",
        "Cell {cell}: {given} is given, its parts add up to {sum}. Correct the table.",
    ),
    "cell-missing": (
        "Die Zelle {cell} fehlt in der Tabelle, ihre Summe ist angegeben. Bitte ergänzen (auch Nullen).",
        "The cell {cell} is missing from the table while its total is given. Add it (zeros too).",
    ),
    "cell-twice": (
        "Zeile {row}: Die Zelle {cell} kommt zweimal vor. Bitte eine der Zeilen herausnehmen.",
        "Row {row}: the cell {cell} appears twice. Leave one of the rows out.",
    ),
    "status-unknown": (
        "Zeile {row}: Der Status „{status}“ ist unbekannt. Erlaubt sind: {allowed}.",
        "Row {row}: the status “{status}” is unknown. Allowed are: {allowed}.",
    ),
    "not-protectable": (
        "Zelle {cell} ({rule}) lässt sich nicht schützen gegen {attacker}: Was schon veröffentlicht ist oder "
        "veröffentlicht bleiben muss, legt sie fest. {help}",
        "Cell {cell} ({rule}) cannot be protected against {attacker}: what is published already, or must stay "
        "published, pins it down. {help}",
    ),
    "already-disclosed": (
        "Schon die früheren Freigaben, und welche Zellen der neuen Tabelle besetzt sind, verraten Zelle {cell} an "
        "{attacker}, auch wenn alles Neue geheim bleibt. {help}",
        "The earlier releases alone, and which cells of the new table are filled, disclose cell {cell} to "
        "{attacker}, even if all that is new is kept secret. {help}",
    ),
    "perturbed-source": (
        "Die Quelle „{source}“ ist schon mit dem Cell-Key-Verfahren veröffentlicht. Sperrung und Überlagerung "
        "derselben Quelle zusammen verraten mehr als jede für sich. Bitte bei einem Verfahren bleiben.",
        "The source “{source}” is already published with the cell key method. Suppression and perturbation of one "
        "source together tell more than each alone. Stay with one method.",
    ),
    "solver-failed": (
        "Der Gleichungslöser gab auf ({status}) bei Zelle {cell}. Es wurde nichts geschrieben. Bitte die Eingabe "
        "melden.",
        "The solver gave up ({status}) at cell {cell}. Nothing was written. Please report the input.",
    ),
    "ptable-infeasible": (
        "Zu einer Höchstabweichung von {deviation} und einer Varianz von {variance} gibt es für den Wert {count} "
        "keine Verteilung mit Mittelwert 0. Varianz senken oder Höchstabweichung anheben.",
        "For a maximum deviation of {deviation} and a variance of {variance} no distribution with mean 0 exists at "
        "the count {count}. Lower the variance or raise the deviation.",
    ),
    "cell-key-weight": (
        "Das Cell-Key-Verfahren zählt jeden Satz einmal; Gewichte sind hier nicht vorgesehen. Bitte --weight "
        "weglassen.",
        "The cell key method counts every record once; weights are not meant for it. Leave out --weight.",
    ),
    "help-consent": (
        "Es hilft: eine gröbere Ebene oder weniger Dimensionen freigeben, oder die erfasste Einwilligung von {owners}.",
        "What helps: release a coarser level or fewer dimensions, or the recorded consent of {owners}.",
    ),
    "help-records": (
        "Es hilft: eine gröbere Ebene oder weniger Dimensionen freigeben, oder mehrere Jahre zusammenfassen. "
        "Einwilligung der Datengeber genügt hier nicht (Schutz einzelner Haushalte).",
        "What helps: release a coarser level or fewer dimensions, or pool several years. The contributors' consent is"
        " not enough here (protection of households).",
    ),
}
ERRORS |= REMARKS
MESSAGES = {**ERRORS, **ANSWERS}


def text(code: str, language: str, /, **params: object) -> str:
    """The message of a code in a language ("de" or "en"); a gap may be filled by another message, (code, params)."""
    german, english = MESSAGES[code]
    if f"step-{params.get('step')}" in MESSAGES:
        params["step"] = text(f"step-{params['step']}", language)
    params = {k: text(v[0], language, **v[1]) if isinstance(v, tuple) else v for k, v in params.items()}
    return (
        " ".join((german if language == "de" else english).format(**params).split())
        .replace(" :", ":")
        .removeprefix(": ")
    )
