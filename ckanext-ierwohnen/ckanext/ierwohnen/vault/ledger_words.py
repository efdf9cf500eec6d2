"""What the portal itself writes into a ledger, in the reader's language: entries stay as they were noted. Pure.

A purpose stands there in the language of whoever looked; those that the portal gives are known again in either.
"""

from __future__ import annotations

PURPOSES = (
    ("Freigabeseite", "page of the release"),
    ("Prüfbericht als PDF", "check report as PDF"),
    ("Download als CSV", "download as CSV"),
    ("Download als XLSX", "download as XLSX"),
    ("Werte von Indikatoren", "figures of indicators"),
    ("Vorbereitung einer Freigabe", "preparing a release"),
    ("Gemeinsame Prüfung mit früheren Freigaben", "common check with earlier releases"),
    ("Seite des Zugriffsbuchs", "page of the ledger"),
    ("Ausgabe des Zugriffsbuchs", "export of the ledger"),
    ("Seite des eigenen Bestands", "Page of the own stock"),
    ("Jahreslieferung", "Yearly delivery"),
    ("Ansicht", "view"),
    ("Übersicht", "overview"),
    ("Eigene Zahlen", "own figures"),
    ("Adressen ohne Zuordnung", "addresses without a match"),
    ("Ende der Organisation", "end of the organization"),
    ("Vergleich vor dem Laden", "comparison before loading"),
)
CODES = {
    "release": ("Prüfung der Freigabe", "check of the release"),
    "consent": ("Einwilligung, erkennbar zu sein", "consent to be recognisable"),
}
SUBJECTS = {
    "": ("–", "–"),
    "head": ("Ende des Zugriffsbuchs", "end of the ledger"),
    "stock": ("Liste der Bestände", "list of stock"),
    "stock all": ("Bestand, alle Stichtage", "stock, all dates"),
    "kept": ("geprüfter Bestand, für spätere Prüfungen verwahrt", "checked stock, kept for later checks"),
    "records": ("verwahrter Bestand früherer Freigaben", "kept stock of earlier releases"),
}
READERS = {
    "release-engine": ("automatische Prüfung", "automatic check"),
    "portal": ("Portal, automatisch", "portal, automatic"),
}
_KNOWN = CODES | {text: pair for pair in PURPOSES for text in pair}


def purpose(text: str, locale: str) -> tuple[str, bool]:
    """A purpose for the reader, and whether the portal gave it; what a person wrote stays as it is."""
    found = _KNOWN.get(text)
    return (found[locale.startswith("en")], True) if found else (text, False)


def subject(text: str, locale: str) -> str:
    """Of what an entry tells, where that is a word of the portal's; else as it was noted."""
    found = SUBJECTS.get(text)
    return found[locale.startswith("en")] if found else text


def reader(account: str, locale: str) -> str:
    """A reader that is no person, in words; "" for everybody else."""
    found = READERS.get(account)
    return found[locale.startswith("en")] if found else ""
