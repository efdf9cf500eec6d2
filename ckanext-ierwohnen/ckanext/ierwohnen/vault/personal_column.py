"""What was found of personal data in a file: where, of which kind, in how many rows; never a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

SHOWN_ROWS = 10
KINDS = {
    "name": ("Namen von Personen", "names of persons"),
    "birth_date": ("Geburtsdaten", "dates of birth"),
    "phone": ("Telefonnummern", "telephone numbers"),
    "email": ("E-Mail-Adressen", "e-mail addresses"),
    "iban": ("Bankverbindungen", "bank accounts"),
    "number": ("Kennnummern von Personen", "identifying numbers of persons"),
    "private": ("persönliche Verhältnisse", "personal circumstances"),
}
_BY = {"name": ("nach dem Spaltennamen", "by its name"), "content": ("nach dem Inhalt", "by its content")}
_PLACES = {
    "column": ("Spalte „{column}“", "Column “{column}”"),
    "heading": ("Überschrift der Spalte {column}", "Heading of column {column}"),
    "outside": ("Außerhalb der Tabelle, Spalte {column}", "Outside the table, column {column}"),
    "sheet": ("Blatt „{sheet}“, Spalte {column}", "Sheet “{sheet}”, column {column}"),
    "note": ("Kommentare der Arbeitsmappe", "Comments of the workbook"),
    "shape": ("Textfelder der Arbeitsmappe", "Text boxes of the workbook"),
    "property": ("Eigenschaften der Arbeitsmappe", "Properties of the workbook"),
    "page": ("Kopf- oder Fußzeile der Seiten", "Head or foot of the pages"),
    "list": ("Auswahllisten oder benannte Bereiche der Arbeitsmappe", "Lists or named ranges of the workbook"),
    "sheet_name": ("Name des Blattes {sheet}", "Name of sheet {sheet}"),
}


@dataclass(frozen=True)
class PersonalColumn:
    """A column, or another part of the file, that holds personal data.

    `kind`: name, birth_date, phone, email, iban, number, private · `by`: its name or its content · `count`: in how many
    rows, and `rows`, the file's first of them · `where`: `column` of the table, or `heading`, `outside`, `sheet`,
    `note`, `shape`, `property`, `page`, `list`, `sheet_name`; there the column is a letter, as its heading may be what
    was found.
    """

    column: str
    kind: str
    by: str
    rows: tuple[int, ...] = ()
    count: int = 0
    where: str = "column"
    sheet: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> PersonalColumn:
        """What was kept."""
        return cls(**{**stored, "rows": tuple(stored.get("rows", ()))})

    def stored(self) -> dict[str, Any]:
        """The form in which it is kept until somebody reads it, in whichever language."""
        return {**vars(self), "rows": list(self.rows)}

    def with_row(self, row: int) -> PersonalColumn:
        """The same found in one more row."""
        return replace(self, rows=(*self.rows, row)[:SHOWN_ROWS] if row else (), count=self.count + 1)

    def place(self, locale: str = "de") -> str:
        """Where it stands in the file."""
        return _PLACES[self.where][locale.startswith("en")].format(column=self.column, sheet=self.sheet)

    def message(self, locale: str = "de") -> str:
        """What was found, as a sentence without any value."""
        english = locale.startswith("en")
        what, why = KINDS[self.kind][english], _BY[self.by][english]
        if self.count and self.where not in ("heading", "sheet_name", "shape", "property", "page", "list"):
            why += f", {_in_rows(self.rows, self.count, english)}"
        if english:
            return f"Seems to hold {what} ({why}). Tenants' personal data are not accepted."
        return f"Enthält vermutlich {what} ({why}). Personenbezogene Daten von Mietern werden nicht angenommen."

    def remedy(self, locale: str = "de") -> str:
        """What to do."""
        english = locale.startswith("en")
        if self.where == "column":
            told = (
                "Delete these entries or the whole column from the file and upload it again."
                if english
                else "Bitte diese Angaben oder die ganze Spalte aus der Datei löschen und diese neu hochladen."
            )
        else:
            told = (
                "Delete it from the file and upload it again."
                if english
                else "Bitte aus der Datei löschen und diese neu hochladen."
            )
        return told + (" Nothing of this file was kept." if english else " Von dieser Datei wurde nichts behalten.")


def _in_rows(rows: tuple[int, ...], count: int, english: bool) -> str:
    listed = ", ".join(map(str, rows)) + (" …" if count > len(rows) else "")
    if count == 1:
        return f"row {listed}" if english else f"Zeile {listed}"
    return f"in {count} rows: {listed}" if english else f"in {count} Zeilen: {listed}"
