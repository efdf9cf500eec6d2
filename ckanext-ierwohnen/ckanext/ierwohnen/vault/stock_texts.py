"""Texts about a company's table: what was found and what to do, German and English, by code (`stock_sentences.py`)."""

from __future__ import annotations

# code: (de, en, remedy de, remedy en); {column}, {count}, {title}, {low}, {high} (with its unit) are filled in.
TEXTS: dict[str, tuple[str, str, str, str]] = {
    "no-dwelling": (
        "Die Spalte mit der Wohnungsnummer wurde nicht gefunden.",
        "The column with the dwelling id was not found.",
        "Bitte angeben, welche Spalte jede Wohnung eindeutig bezeichnet.",
        "State which column names each dwelling.",
    ),
    "unknown-field": (
        "Die Spalte „{column}“ gibt es nicht, oder ihr Merkmal ist unbekannt.",
        "There is no column “{column}”, or its field is unknown.",
        "Bitte die Zuordnung der Spalten berichtigen.",
        "Correct the assignment of columns.",
    ),
    "field-twice": (
        "„{column}“ ist demselben Merkmal zugeordnet wie eine andere Spalte.",
        "“{column}” is assigned to the same field as another column.",
        "Bitte nur eine der Spalten zuordnen.",
        "Assign only one of the columns.",
    ),
    "no-rows": (
        "Die Tabelle enthält keine Wohnung.",
        "The table holds no dwelling.",
        "Bitte prüfen, ob das richtige Tabellenblatt gewählt ist.",
        "Check whether the right sheet was chosen.",
    ),
    "ragged-row": (
        "In {count} Zeilen stehen mehr oder weniger Felder, als die Tabelle Spalten hat.",
        "{count} rows have more or fewer fields than the table has columns.",
        "Bitte in den genannten Zeilen Trennzeichen und Anführungszeichen prüfen.",
        "Check separators and quotation marks in the rows named.",
    ),
    "formula-without-value": (
        "{sheet}In „{column}“ stehen {count} Formeln, deren Ergebnis nicht in der Datei gespeichert ist.",
        "{sheet}In “{column}” {count} formulas have no result stored in the file.",
        "Bitte die Datei in Excel oder LibreOffice öffnen und speichern, oder die Formeln durch ihre Werte ersetzen.",
        "Open the file in Excel or LibreOffice and save it, or replace the formulas by their values.",
    ),
    "cell-error": (
        "In „{column}“ stehen {count} Fehlerwerte einer Tabellenkalkulation (#BEZUG!, #DIV/0! und ähnliche).",
        "In “{column}” {count} cells hold errors of a spreadsheet (#REF!, #DIV/0! and the like).",
        "Bitte die Formeln in den genannten Zeilen berichtigen oder die Zellen leeren.",
        "Correct the formulas in the rows named, or empty the cells.",
    ),
    "no-street-column": (
        "Keine Spalte ist als Straße oder Adresse erkannt: Keine Wohnung kann einem Gebiet zugeordnet werden.",
        "No column was recognised as the street or address: no dwelling can be placed.",
        "Bitte angeben, in welcher Spalte die Straße oder die ganze Adresse steht. Ohne Adresse zählt eine Wohnung in "
        "keinem Stadtteil.",
        "State which column holds the street or the whole address. Without an address a dwelling counts in no quarter.",
    ),
    "unused-section": (
        "Zwischen den Wohnungen stehen Zeilen mit Überschriften (etwa je Haus). Daraus ist die Spalte „{column}“ "
        "gebildet, die die Datei selbst nicht hat. Ohne Angabe wird sie nicht geladen.",
        "Between the dwellings stand lines with headings (for each house, say). The column “{column}” was made of "
        "them; the file itself does not have it. Unless you say what it is, it is not loaded.",
        "Meist ist nichts zu tun. Sonst bitte angeben, was die Überschriften bedeuten, oder „nicht laden“ wählen.",
        "Mostly there is nothing to do. Else state what the headings mean, or choose “do not load”.",
    ),
    "roles-again": (
        "Was einige Spalten bedeuten, ist vom Bestand vom {before_day} übernommen: {again}.",
        "What some columns mean is taken over from the stock of {before_day}: {again}.",
        "Bitte prüfen. Über der Tabelle lässt es sich ändern.",
        "Please check. It can be changed above the table.",
    ),
    "unused": (
        "Die Spalte „{column}“ ist unbekannt. Ohne Angabe wird sie nicht geladen.",
        "The column “{column}” is unknown. Unless you say what it is, it is not loaded.",
        "Bitte angeben, was sie bedeutet, oder „nicht laden“ wählen.",
        "State what it means, or choose “do not load”.",
    ),
    "large-change": (
        "{before} {earlier}, {now} in dieser Datei: Das ist ein Unterschied von mehr als einem Drittel.",
        "{before} {earlier}, {now} in this file: they differ by more than a third.",
        "Bitte prüfen, ob es die richtige Datei ist und ob sie vollständig ist. Wenn es so stimmt, vor dem Laden "
        "bestätigen.",
        "Check whether this is the right file, and whole. If it is right, confirm it before you load.",
    ),
    "dwellings-gone": (
        "{count} von {before} {earlier} stehen nicht in dieser Datei (verglichen nach der Wohnungsnummer). Diese "
        "Datei würde sie ersetzen.",
        "{count} of {before} {earlier} are not in this file (compared by dwelling id). This file would take "
        "their place.",
        "Eine Datei muss den ganzen Bestand des Unternehmens zum Stichtag enthalten. Bitte mehrere Teile in einer "
        "Datei zusammenfassen. Wenn es so stimmt, vor dem Laden bestätigen.",
        "A file has to hold the company’s whole stock of the date. Put several parts together in one file. If it is "
        "right as it is, confirm it before you load.",
    ),
    "rows-left-out": (
        "{count} Zeilen werden ausgelassen, weil ihre Wohnungsnummer schon vorher steht. Geladen: {of}.",
        "{count} rows are left out, as their dwelling id stands above already. Loaded: {of}.",
        "Bitte prüfen, ob es wirklich dieselben Wohnungen sind. Wenn es so stimmt, vor dem Laden bestätigen.",
        "Check whether they are the same dwellings indeed. If so, confirm it before you load.",
    ),
    "quarters-empty": (
        "Am {day} hatten {count} Gebiete Wohnungen, in denen diese Datei keine mehr nennt: {emptied}.",
        "On {day} {count} places had dwellings in which this file names none any more: {emptied}.",
        "Bitte prüfen, ob die Datei vollständig ist und die Adressen stimmen. Wenn es so stimmt, vor dem Laden "
        "bestätigen.",
        "Check whether the file is whole and the addresses are right. If so, confirm it before you load.",
    ),
    "empty-id": (
        "In {count} Zeilen fehlt die Wohnungsnummer („{column}“).",
        "The dwelling id (“{column}”) is missing in {count} rows.",
        "Bitte in der Datei ergänzen, oder die Zeilen auslassen.",
        "Fill it in in the file, or leave the rows out.",
    ),
    "total-row": (
        "In „{column}“ steht in {count} Zeilen „Summe“, „Gesamt“ oder Ähnliches: Sie sind keine Wohnungen.",
        "In “{column}” {count} rows say “sum”, “total” or the like: they are no dwellings.",
        "Bitte auslassen, oder aus der Datei löschen.",
        "Leave them out, or delete them from the file.",
    ),
    "id-twice": (
        "{count} Wohnungsnummern in „{column}“ kommen mehrmals vor.",
        "{count} dwelling ids in “{column}” occur more than once.",
        "{twice}",
        "{twice}",
    ),
    "no-number": (
        "In „{column}“ stehen {count} Angaben, die keine Zahl sind.",
        "In “{column}” {count} entries are no numbers.",
        "Bitte die genannten Zeilen prüfen.",
        "Check the rows named.",
    ),
    "no-integer": (
        "In „{column}“ stehen {count} Angaben mit Nachkommastellen; erwartet werden ganze Zahlen.",
        "In “{column}” {count} entries have decimals; whole numbers are expected.",
        "Bitte die genannten Zeilen prüfen.",
        "Check the rows named.",
    ),
    "out-of-range": (
        "In „{column}“ sind {count} Angaben kleiner oder größer, als sie sein können ({low} bis {high}).",
        "In “{column}” {count} entries are smaller or larger than they can be ({low} to {high}).",
        "Bitte die genannten Zeilen prüfen; vielleicht ist es eine andere Einheit.",
        "Check the rows named; maybe the unit is another.",
    ),
    "no-date": (
        "In „{column}“ stehen {count} Angaben, die kein Datum sind.",
        "In “{column}” {count} entries are no dates.",
        "Bitte als TT.MM.JJJJ schreiben.",
        "Write them as DD.MM.YYYY.",
    ),
    "no-yes-no": (
        "In „{column}“ stehen {count} Angaben, die weder ja noch nein bedeuten.",
        "In “{column}” {count} entries mean neither yes nor no.",
        "Bitte „ja“ oder „nein“ schreiben.",
        "Write “ja” or “nein”.",
    ),
    "one-mark": (
        "In „{column}“ steht nur „{said}“ (oder ein Zeichen dafür, wie x) oder nichts: {marks} Wohnungen mit Angabe, "
        "{count} leer, „{unsaid}“ nirgends.",
        "“{column}” says only “{said}” (or a mark for it, like x) or nothing: dwellings with an entry: {marks}, "
        "blank: {count}, “{unsaid}”: none.",
        "Bitte entscheiden, was leer bedeutet: „{unsaid}“, oder nicht bekannt. {else}",
        "Decide what blank means: “{unsaid}”, or not known. {else}",
    ),
    "other-unit": (
        "Die Überschrift „{column}“ nennt eine andere Einheit als „{title}“ ({unit}).",
        "The heading “{column}” states a different unit from “{title}” ({unit}).",
        "Bitte die Spalte nicht laden und die Werte in der richtigen Einheit liefern, oder die Überschrift in der "
        "Datei berichtigen, wenn sie nicht stimmt.",
        "Do not load the column and deliver the values in the right unit, or correct the heading in the file if it "
        "is wrong.",
    ),
    "rent-per-area": (
        "Bei {count} von {of} Wohnungen ergibt „{column}“ weniger als 1 € oder mehr als 60 € je m² Wohnfläche.",
        "For {count} of {of} dwellings “{column}” comes to less than €1 or more than €60 per m² of floor area.",
        "Bitte prüfen, ob die Spalte die Miete der Wohnung im Monat nennt: nicht je m², nicht im Jahr, nicht in Cent.",
        "Check whether the column gives the dwelling’s rent per month: not per m², not per year, not in cents.",
    ),
    "no-code": (
        "In „{column}“ stehen {count} Angaben, die zu keiner Klasse von „{title}“ gehören.",
        "In “{column}” {count} entries belong to no class of “{title}”.",
        "Möglich sind: {codes}.",
        "Possible are: {codes}.",
    ),
    "too-long": (
        "In „{column}“ stehen {count} Texte von mehr als {longest} Zeichen. So lang ist keine Angabe zu einer Wohnung.",
        "In “{column}” {count} texts have more than {longest} characters. No value of a dwelling is that long.",
        "Bitte in den genannten Zeilen kürzen, oder hier leer lassen oder die Zeilen auslassen.",
        "Shorten them in the rows named, or here leave the cells blank or leave the rows out.",
    ),
    "no-word": (
        "In „{column}“ stehen {count} Angaben mit Wörtern, die nicht zu „{title}“ gehören.",
        "In “{column}” {count} entries have words that do not belong to “{title}”.",
        "Bitte in den genannten Zeilen nur die Art angeben, keine Bemerkungen und keine Namen.",
        "State only the kind in the rows named, no remarks and no names.",
    ),
    "no-identifier": (
        "In „{column}“ stehen {count} Angaben, die keine Nummer und keine kurze Bezeichnung sind.",
        "In “{column}” {count} entries are neither a number nor a short name.",
        "Bitte in den genannten Zeilen Nummern oder Kürzel verwenden, keine Bemerkungen und keine Namen von Personen.",
        "Use numbers or short codes in the rows named, no remarks and no names of persons.",
    ),
    "excel-date": (
        "In „{column}“ stehen {count} Kalendertage statt Hausnummern. Vermutlich hat Excel sie daraus gemacht: aus "
        "„5-7“ wird dort von selbst der 5. Juli.",
        "In “{column}” {count} cells hold days instead of house numbers. Probably Excel made them: it turns “5-7” into "
        "5 July by itself.",
        "Bitte unten wählen, welche Hausnummer gemeint ist. Oder in Excel die Spalte als Text formatieren, die "
        "Hausnummern neu eingeben und die Datei neu hochladen.",
        "Choose below which house number is meant. Or format the column as text in Excel, type the house numbers anew "
        "and upload the file again.",
    ),
    "after-date": (
        "In „{column}“ liegen {count} Daten nach dem Stichtag.",
        "In “{column}” {count} dates lie after the reference date.",
        "Bitte prüfen, ob der Stichtag stimmt.",
        "Check whether the reference date is right.",
    ),
    "reason-but-let": (
        "{count} Wohnungen haben einen Leerstandsgrund, stehen aber nicht leer.",
        "{count} dwellings have a vacancy reason but are not vacant.",
        "Bitte eine der beiden Angaben berichtigen.",
        "Correct one of the two.",
    ),
    "vacant-but-rent": (
        "{count} Wohnungen stehen leer und haben dennoch eine Miete.",
        "{count} dwellings are vacant and have a rent nevertheless.",
        "Ist es die zuletzt gezahlte oder die geplante Miete, ist nichts zu tun.",
        "If it is the last or the planned rent there is nothing to do.",
    ),
    "no-address": (
        "Bei {count} Wohnungen ist die Adresse leer oder ohne Hausnummer.",
        "For {count} dwellings the address is blank or has no house number.",
        "{above} Ohne Adresse zählt eine Wohnung in keinem Stadtteil; gespeichert wird sie dennoch.",
        "{above} Without an address a dwelling counts in no quarter; it is stored all the same.",
    ),
    "unmatched": (
        "{count} Wohnungen haben eine Adresse, die nicht im Adressverzeichnis der Stadt steht.",
        "{count} dwellings have an address that is not in the city's register.",
        "Ohne bekannte Adresse zählt eine Wohnung in keinem Stadtteil, gespeichert wird sie dennoch. Die Liste nennt "
        "alle Zeilen.",
        "Without a known address a dwelling counts in no quarter; it is stored all the same. The list names all rows.",
    ),
}


ONE: dict[str, tuple[str, str]] = {
    "ragged-row": (
        "In einer Zeile stehen mehr oder weniger Felder, als die Tabelle Spalten hat.",
        "One row has more or fewer fields than the table has columns.",
    ),
    "formula-without-value": (
        "{sheet}In „{column}“ steht eine Formel, deren Ergebnis nicht in der Datei gespeichert ist.",
        "{sheet}In “{column}” one formula has no result stored in the file.",
    ),
    "cell-error": (
        "In „{column}“ steht ein Fehlerwert einer Tabellenkalkulation (#BEZUG!, #DIV/0! und ähnliche).",
        "In “{column}” one cell holds an error of a spreadsheet (#REF!, #DIV/0! and the like).",
    ),
    "too-long": (
        "In „{column}“ steht ein Text von mehr als {longest} Zeichen. So lang ist keine Angabe zu einer Wohnung.",
        "In “{column}” one text has more than {longest} characters. No value of a dwelling is that long.",
    ),
    "no-word": (
        "In „{column}“ steht eine Angabe mit Wörtern, die nicht zu „{title}“ gehören.",
        "In “{column}” one entry has words that do not belong to “{title}”.",
    ),
    "no-identifier": (
        "In „{column}“ ist eine Angabe weder eine Nummer noch eine kurze Bezeichnung.",
        "In “{column}” one entry is neither a number nor a short name.",
    ),
    "empty-id": (
        "In einer Zeile fehlt die Wohnungsnummer („{column}“).",
        "The dwelling id (“{column}”) is missing in one row.",
    ),
    "total-row": (
        "In „{column}“ steht in einer Zeile „Summe“, „Gesamt“ oder Ähnliches: Sie ist keine Wohnung.",
        "In “{column}” one row says “sum”, “total” or the like: it is no dwelling.",
    ),
    "vacant-but-rent": (
        "Eine Wohnung steht leer und hat dennoch eine Miete.",
        "One dwelling is vacant and has a rent nevertheless.",
    ),
    "id-twice": (
        "Eine Wohnungsnummer in „{column}“ kommt mehrmals vor.",
        "One dwelling id in “{column}” occurs more than once.",
    ),
    "no-number": ("In „{column}“ ist eine Angabe keine Zahl.", "In “{column}” one entry is no number."),
    "no-integer": (
        "In „{column}“ hat eine Angabe Nachkommastellen; erwartet werden ganze Zahlen.",
        "In “{column}” one entry has decimals; whole numbers are expected.",
    ),
    "out-of-range": (
        "In „{column}“ ist eine Angabe kleiner oder größer, als sie sein kann ({low} bis {high}).",
        "In “{column}” one entry is smaller or larger than it can be ({low} to {high}).",
    ),
    "quarters-empty": (
        "Am {day} hatte ein Gebiet Wohnungen, in dem diese Datei keine mehr nennt: {emptied}.",
        "On {day} one place had dwellings in which this file names none any more: {emptied}.",
    ),
    "no-date": ("In „{column}“ ist eine Angabe kein Datum.", "In “{column}” one entry is no date."),
    "no-yes-no": (
        "In „{column}“ bedeutet eine Angabe weder ja noch nein.",
        "In “{column}” one entry means neither yes nor no.",
    ),
    "no-code": (
        "In „{column}“ gehört eine Angabe zu keiner Klasse von „{title}“.",
        "In “{column}” one entry belongs to no class of “{title}”.",
    ),
    "after-date": (
        "In „{column}“ liegt ein Datum nach dem Stichtag.",
        "In “{column}” one date lies after the reference date.",
    ),
    "reason-but-let": (
        "Eine Wohnung hat einen Leerstandsgrund, steht aber nicht leer.",
        "One dwelling has a vacancy reason but is not vacant.",
    ),
    "excel-date": (
        "In „{column}“ steht ein Kalendertag statt einer Hausnummer. Vermutlich hat Excel ihn daraus gemacht: aus "
        "„5-7“ wird dort von selbst der 5. Juli.",
        "In “{column}” one cell holds a day instead of a house number. Probably Excel made it: it turns “5-7” into "
        "5 July by itself.",
    ),
    "no-address": (
        "Bei einer Wohnung ist die Adresse leer oder ohne Hausnummer.",
        "For one dwelling the address is blank or has no house number.",
    ),
    "unmatched": (
        "Eine Wohnung hat eine Adresse, die nicht im Adressverzeichnis der Stadt steht.",
        "One dwelling has an address that is not in the city's register.",
    ),
}
"""The messages for a single cell."""
