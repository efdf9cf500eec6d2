"""Office tables with mutations of structure and of single cells; the truth is known by unit and column."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import xlsxwriter

from ckanext.ierwohnen.tables.tests.office_tables import NAMES, Truth, _cell, _csv

NOTES = [
    "Statistische Ämter – Tabelle 3.1.2", "Stand: 31.12.2024", "Wohnungen und Leerstand nach Stadtteilen 2024",
    "Seite 1 von 3", "Amt 62, Herr Müller, Tel. 1234", "Auszug vom 05.03.2025; vorläufig", "1) ohne Wohnheime",
    "(alle Angaben ohne Gewähr)",
]  # fmt: skip
FOOT = [
    "Quelle: Amt für Statistik, 2025", "1) ohne Wohnheime", "* geschätzt nach Mikrozensus 2022",
    "- = nichts vorhanden", "_____",
    "Rundungsdifferenzen sind möglich.", "© Stadt, 12.03.2025", "x = nicht sinnvoll; . = geheim",
]  # fmt: skip
_TYPOS: tuple[Callable[[str], str], ...] = (
    lambda t: t.replace("0", "O", 1), lambda t: f" {t}", lambda t: f"{t}\u00a0", lambda t: f"{t} 2",
    lambda t: f"{t},", lambda t: f"{t}.", lambda t: t.replace(",", ",,"), lambda t: f"{t}*", lambda t: f"{t}¹",
    lambda t: f"ca. {t}", lambda t: f"'{t}", lambda t: f"+{t}" if t[:1].isdigit() else t,
    lambda t: f"{t} Personen", lambda t: f"{t}/7", lambda t: f"{t}:3", lambda t: f"{t}e",
    lambda t: f"{t[:1]} {t[1:]}", lambda t: t.replace("-", "−"), lambda t: f"#{t}",
    lambda t: f"={t}", lambda t: f"{t}%%",
)  # fmt: skip


@dataclass
class Draft:
    """A table before it is written: `lines` of texts; `key` marks which line is which unit."""

    lines: list[list[str]]
    columns: list[str]
    truth: dict[tuple[str, str], Truth]
    header: int = 0
    done: list[str] = field(default_factory=list)

    def rows(self) -> list[int]:
        """Places of the data rows."""
        keys = {key for key, _ in self.truth}
        return [n for n, line in enumerate(self.lines) if n > self.header and line and self.key_of(line) in keys]

    def key_of(self, line: list[str]) -> str:
        """The unit that a line is about."""
        place = self.lines[self.header].index("Schlüssel") if "Schlüssel" in self.lines[self.header] else 0
        return line[place] if place < len(line) else ""


@dataclass(frozen=True)
class Mutant:
    """A mutated file with its truth by key and column."""

    data: bytes
    filename: str
    truth: dict[tuple[str, str], Truth]
    told: str


def mutant(seed: int) -> Mutant:
    """A mutated table by seed."""
    rng = random.Random(seed)
    draft = _draft(rng)
    for change in rng.sample(MUTATIONS, rng.randint(1, 3)):
        change(draft, rng)
        draft.done.append(change.__name__)
    told = f"{seed}: {draft.done}"
    if rng.random() < 0.3:
        data = _xlsx(draft, rng)
        _forget_untraceable(draft)
        return Mutant(data, "tabelle.xlsx", draft.truth, told)
    data, name = _csv([list(line) for line in draft.lines], len(draft.lines[draft.header]), rng)
    return Mutant(data, name, draft.truth, told)


def mutated_bytes(data: bytes, seed: int) -> bytes:
    """A file with some bytes changed, cut out, doubled or cut off."""
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if not changed:
            break
        place, size = rng.randrange(len(changed)), rng.randint(1, 40)
        kind = rng.randrange(5)
        if kind == 0:
            changed[place] = rng.randrange(256)
        elif kind == 1:
            del changed[place : place + size]
        elif kind == 2:
            changed[place:place] = changed[place : place + size]
        elif kind == 3:
            changed[place:place] = bytes(rng.choice(b'\x00\xff";,\n\r\t0<>&\xe4') for _ in range(size))
        else:
            del changed[max(20, place) :]
    return bytes(changed)


def _draft(rng: random.Random) -> Draft:
    units = {f"{i:03d}": name for i, name in enumerate(rng.sample(NAMES, rng.randint(6, len(NAMES))), 1)}
    values = rng.sample(["Wohnungen", "Leerstand", "Miete", "Anteil", "Fläche"], rng.randint(2, 4))
    kinds = {name: rng.choice(["int", "int_large", "d1", "d2"]) for name in values}
    thousands, signs = rng.choice(["", "", ".", " ", "'"]), rng.random() < 0.4
    lines, truth = [["Schlüssel", "Stadtteil", *values]], {}
    for key, name in units.items():
        made = [_cell(rng, kinds[column], ",", thousands, signs, False) for column in values]
        lines.append([key, name, *(text for text, _ in made)])
        truth |= {(key, column): known for column, (_, known) in zip(values, made, strict=True)}
    return Draft(lines, values, truth)


def notes_above(draft: Draft, rng: random.Random) -> None:
    added = [[note] for note in rng.sample(NOTES, rng.randint(1, 4))] + ([[""]] if rng.random() < 0.7 else [])
    draft.lines[:0] = added
    draft.header += len(added)


def notes_below(draft: Draft, rng: random.Random) -> None:
    draft.lines += ([[""]] if rng.random() < 0.7 else []) + [[note] for note in rng.sample(FOOT, rng.randint(1, 4))]


def units_below_names(draft: Draft, rng: random.Random) -> None:
    head = draft.lines[draft.header]
    draft.lines.insert(
        draft.header + 1, [rng.choice(["Anzahl", "%", "m²"]) if name in draft.columns else "" for name in head]
    )


def column_numbers(draft: Draft, rng: random.Random) -> None:
    draft.lines.insert(draft.header + 1, [str(n + 1) for n in range(len(draft.lines[draft.header]))])


def group_header(draft: Draft, rng: random.Random) -> None:
    head = draft.lines[draft.header]
    first = next(n for n, name in enumerate(head) if name in draft.columns)
    draft.lines.insert(draft.header, ["Bestand" if n == first else "" for n in range(len(head))])
    draft.header += 1


def total_rows(draft: Draft, rng: random.Random) -> None:
    head = draft.lines[draft.header]
    for _ in range(rng.randint(1, 3)):
        words = rng.choice(["Insgesamt", "Stadt insgesamt", "Bezirk Mitte zusammen", "Summe"])
        line = [
            words if name == "Stadtteil" else "" if name == "Schlüssel" else str(rng.randint(1, 900)) for name in head
        ]
        draft.lines.insert(rng.choice([*draft.rows(), draft.rows()[-1] + 1]), line)


def blank_rows(draft: Draft, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 3)):
        draft.lines.insert(rng.choice(draft.rows()), [""] * rng.choice([1, len(draft.lines[draft.header])]))


def blank_columns(draft: Draft, rng: random.Random) -> None:
    place = rng.randrange(len(draft.lines[draft.header]) + 1)
    for line in draft.lines:
        if len(line) > place:
            line.insert(place, "")


def columns_in_other_order(draft: Draft, rng: random.Random) -> None:
    width = len(draft.lines[draft.header])
    order = rng.sample(range(width), width)
    rows = set(draft.rows())
    for n, line in enumerate(draft.lines):
        if (n in rows or len(line) == width) and len(line) <= width:
            padded = [*line, *[""] * (width - len(line))]
            draft.lines[n] = [padded[place] for place in order]


def second_table_below(draft: Draft, rng: random.Random) -> None:
    head = draft.lines[draft.header]
    rows = [[f"9{n:02d}", f"Ort {n}", *(str(rng.randint(1, 99)) for _ in range(len(head) - 2))] for n in range(3)]
    draft.lines += [[""], ["Tabelle 2: Zum Vergleich"], list(head), *rows]


def extra_field(draft: Draft, rng: random.Random) -> None:
    width = len(draft.lines[draft.header])
    whole = [n for n in draft.rows() if len(draft.lines[n]) == width]  # with a field missing as well none could tell
    line = draft.lines[rng.choice(whole)]
    line.insert(rng.randrange(len(line)), str(rng.randint(1, 999)))


def missing_fields(draft: Draft, rng: random.Random) -> None:
    row = draft.lines[rng.choice(draft.rows())]
    key, head = draft.key_of(row), draft.lines[draft.header]
    if len(row) != len(head) or head[-1] not in draft.columns:
        return
    for place in range(len(row) - 1, len(head)):
        name = head[place]
        if (key, name) in draft.truth and head.index(name) == place:
            draft.truth[key, name] = Truth(None, "missing")
    del row[-1:]


def typos(draft: Draft, rng: random.Random) -> None:
    head = draft.lines[draft.header]
    for _ in range(rng.randint(1, 4)):
        line = draft.lines[rng.choice(draft.rows())]
        place = head.index(rng.choice(draft.columns))
        if place < len(line) and any(char.isdigit() for char in line[place]):
            line[place] = rng.choice(_TYPOS)(line[place])


def doubled_names(draft: Draft, rng: random.Random) -> None:
    width, rows = len(draft.lines[draft.header]), set(draft.rows())
    for n, line in enumerate(draft.lines):
        if n in rows:
            line += [""] * (width - len(line))
        if n == draft.header or n in rows:
            line += ["Sonstiges", "Sonstiges"] if n == draft.header else ["7", "8"]


def odd_names(draft: Draft, rng: random.Random) -> None:
    head = draft.lines[draft.header]
    place = head.index("Stadtteil")
    odd = ['Am "Rosental"', "Nord; Süd", "Ost, West", "O'Hara-Platz", "12. Bezirk", "Nord\tOst"]
    for n in rng.sample(draft.rows(), 2):
        if place < len(draft.lines[n]):
            draft.lines[n][place] = rng.choice(odd)


def headings_between(draft: Draft, rng: random.Random) -> None:
    rows = draft.rows()
    draft.lines.insert(rows[len(rows) // 2], ["Außenbezirke"])
    draft.lines.insert(rows[0], ["Innere Stadt"])


MUTATIONS = [
    notes_above, notes_below, units_below_names, column_numbers, group_header, total_rows, blank_rows, blank_columns,
    columns_in_other_order, second_table_below, extra_field, missing_fields, typos, typos, doubled_names, odd_names,
    headings_between,
]  # fmt: skip


def _xlsx(draft: Draft, rng: random.Random) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    head, typed = draft.lines[draft.header], rng.random() < 0.7
    for number, line in enumerate(draft.lines):
        for place, text in enumerate(line):
            within = place < len(head) and number > draft.header
            known = draft.truth.get((draft.key_of(line), head[place])) if within else None
            plain = known is not None and known.status == "ok" and known.value is not None
            if typed and plain and known and _written_plainly(text, known.value):
                sheet.write_number(number, place, known.value)
            elif text:
                sheet.write_string(number, place, text)
    book.close()
    return stream.getvalue()


def _forget_untraceable(draft: Draft) -> None:
    """In a sheet, figures that moved to the right over a blank last cell look as if they were entered so: nothing of
    the file can tell it. In a text the row has one field more, and is told.
    """
    width = len(draft.lines[draft.header])
    for n in draft.rows():
        line = draft.lines[n]
        if len(line) > width and not any(line[width:]):
            for name in draft.columns:
                draft.truth.pop((draft.key_of(line), name), None)


def _written_plainly(text: str, value: float | None) -> bool:
    """Only cells that no mutation has touched are typed."""
    plain = text.replace(".", "").replace("'", "").replace(" ", "").replace(",", ".")
    try:
        return float(plain) == value and text == text.strip()
    except ValueError:
        return False
