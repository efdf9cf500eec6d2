"""The ledger as its owner holds it: entries, their chain, and whether it is whole. Pure.

Each organization has a chain of its own, numbered from 1 without gaps, so that nobody's activity shows in another's
numbers. An entry's hash is SHA-256 over the hash before it (32 zero bytes for the first) and, in this order, each as
`length in bytes, colon, UTF-8`: organization, number, time (UTC, microseconds, `2026-01-31T12:00:00.000000Z`),
reader, the reader's organization, action, subject, purpose. Whoever kept one hash can later tell that nothing before it
changed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from ckanext.ierwohnen.look.storable import storable

FIRST = "00" * 32
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029]")  # JSON leaves them as they are, and some programs begin a line there
_TEXTS: dict[str, tuple[str, str]] = {
    "whole": (
        "Die Kette ist unversehrt: {count} Einträge; letzter Eintrag {number}:{hash}",
        "The chain is whole: {count} entries; last entry {number}:{hash}",
    ),
    "compared": (
        "Die Kette ist unversehrt, und Eintrag {expected} trägt den Prüfwert, den Sie angegeben haben: "
        "{count} Einträge; letzter Eintrag {number}:{hash}",
        "The chain is whole, and entry {expected} has the hash that you gave: "
        "{count} entries; last entry {number}:{hash}",
    ),
    "empty": ("Das Protokoll ist leer.", "The ledger is empty."),
    "mixed": (
        "Eintrag {number} gehört einer anderen Organisation.",
        "Entry {number} belongs to another organization.",
    ),
    "gap": (
        "Vor Eintrag {number} fehlt etwas: Erwartet war Eintrag {expected}.",
        "Something is missing before entry {number}: entry {expected} was expected.",
    ),
    "unlinked": (
        "Eintrag {number} schließt nicht an den vorigen an.",
        "Entry {number} does not follow from the one before.",
    ),
    "changed": ("Eintrag {number} wurde verändert.", "Entry {number} was changed."),
    "cut": (
        "Am Ende fehlt etwas: Eintrag {expected} war schon bekannt, der letzte ist {number}.",
        "Something is missing at the end: entry {expected} was known, the last one is {number}.",
    ),
    "rewritten": (
        "Die Kette wurde neu geschrieben: Eintrag {number} trug früher einen anderen Prüfwert.",
        "The chain was written anew: entry {number} had another hash before.",
    ),
}


@dataclass(frozen=True)
class Entry:
    """Who did what, when, and for which purpose. `at` as in the hash; hashes in hex."""

    organization: str
    number: int
    at: str
    reader: str
    reader_organization: str
    action: str
    subject: str
    purpose: str
    previous: str
    hash: str

    def computed(self) -> str:
        """The hash that this entry must have."""
        parts = (
            self.organization, str(self.number), self.at, self.reader, self.reader_organization, self.action,
            self.subject, self.purpose,
        )  # fmt: skip
        measured = b"".join(f"{len(part.encode())}:".encode() + part.encode() for part in parts)
        return hashlib.sha256(bytes.fromhex(self.previous) + measured).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """Whether the chain is whole; if not, the first entry at which it breaks."""

    code: str
    number: int = 0
    expected: int = 0
    count: int = 0
    hash: str = ""

    @property
    def whole(self) -> bool:
        """True if nothing was changed, taken out, put in or cut off."""
        return self.code in ("whole", "compared", "empty")

    def text(self, locale: str = "de") -> str:
        """The verdict as a sentence."""
        return _TEXTS[self.code][locale.startswith("en")].format(**asdict(self))


def known_entry(text: str) -> tuple[int, str] | None:
    """Number and hash of an entry as the portal tells them, `306:3a39…`; None if the text is no such pair."""
    found = re.fullmatch(r"\s*([1-9][0-9]{0,14})\s*:\s*([0-9a-fA-F]{64})\s*", text)
    return (int(found[1]), found[2].lower()) if found else None


def verify(entries: Sequence[Entry], known: tuple[int, str] | None = None) -> Verdict:
    """Walk the whole chain of one organization, from its first entry.

    :param known: number and hash of an entry kept from earlier; without it a chain that was cut off at its end, or
        written anew from its beginning, cannot be told from a true one
    """
    previous = FIRST
    for expected, entry in enumerate(entries, 1):
        code = _break(entry, expected, previous, entries[0].organization)
        if code:
            return Verdict(code, entry.number, expected)
        if known and known[0] == entry.number and not hmac.compare_digest(known[1], entry.hash):
            return Verdict("rewritten", entry.number)
        previous = entry.hash
    if known and known[0] > len(entries):
        return Verdict("cut", len(entries), known[0])
    if not entries:
        return Verdict("empty")
    number = entries[-1].number
    if known:
        return Verdict("compared", number, known[0], count=len(entries), hash=previous)
    return Verdict("whole", number, count=len(entries), hash=previous)


def _break(entry: Entry, expected: int, previous: str, organization: str) -> str | None:
    if entry.organization != organization:
        return "mixed"
    if entry.number != expected:
        return "gap"
    if entry.previous != previous:
        return "unlinked"
    return None if entry.computed() == entry.hash else "changed"


def export(entries: Iterable[Entry]) -> str:
    """The ledger as text to keep: one JSON object a line, to every program that reads lines."""
    lines = (json.dumps(asdict(entry), ensure_ascii=False) for entry in entries)
    return "".join(_BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n" for line in lines)


def read_export(text: str) -> list[Entry]:
    """Entries from such a text.

    :raises ValueError: naming the line that is none of ours
    """
    entries = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                entries.append(Entry(**json.loads(line)))
                _as_written(entries[-1])
            except (ValueError, TypeError, RecursionError) as error:
                raise ValueError(f"line {number} is no entry of a ledger") from error
    if not entries:
        raise ValueError("there is no entry in it")
    return entries


def _as_written(entry: Entry) -> None:
    """:raises ValueError: for an entry that no ledger writes"""
    texts = [value for name, value in vars(entry).items() if name != "number"]
    if type(entry.number) is not int or not all(isinstance(text, str) and storable(text) for text in texts):
        raise ValueError("a value that no entry has")
    bytes.fromhex(entry.previous)
