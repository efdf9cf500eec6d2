"""Generated office tables whose truth is known: for tests that no number comes back wrong in silence."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from datetime import date

import xlsxwriter

from ckanext.ierwohnen.places.keys import LevelKeys

NAMES = [
    "Altstadt", "Bahnhofsvorstadt", "Südost", "Grünau", "Mühlenviertel", "Schloßgarten", "Weißenfels", "Nord",
    "Rosental", "Höhe", "Auersiedlung", "Thalhof", "Käthe-Kollwitz-Straße", "Am Wäldchen", "Öhringen", "Ulmen",
]  # fmt: skip
SIGNS = {"-": "nothing", ".": "secret", "…": "later", "x": "blocked", "/": "uncertain", "": "missing"}
NO_ELLIPSIS = ("mac_roman", "cp1252", "utf-8", "utf-8-sig", "utf-16")


@dataclass(frozen=True)
class Truth:
    """What one cell really says."""

    value: float | None
    status: str = "ok"


@dataclass
class Generated:
    """A file and its truth: `cells[row number, column name]`; `columns` in order, values after the first two."""

    data: bytes
    filename: str
    columns: list[str]
    cells: dict[tuple[int, str], Truth] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    level: LevelKeys | None = None
    told: str = ""


def generate(seed: int) -> Generated:
    """A table by seed: dialect, layout, writing of numbers and signs vary."""
    rng = random.Random(seed)
    units = {f"{i:03d}": name for i, name in enumerate(rng.sample(NAMES, rng.randint(5, len(NAMES))), 1)}
    level = LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), units)
    columns = [
        "Schlüssel",
        "Stadtteil",
        *rng.sample(["Wohnungen", "Leerstand", "Miete", "Anteil", "Fläche"], rng.randint(1, 4)),
    ]
    kinds = {name: rng.choice(["int", "int_large", "d1", "d2", "d3", "share"]) for name in columns[2:]}
    decimal = rng.choice([",", ",", ",", "."])
    thousands = rng.choice(["", "", {",": ".", ".": ","}[decimal], " ", "\u202f", "'"])
    signs = rng.random() < 0.5
    spoiled = rng.random() < 0.3
    rows: list[list[object]] = []
    truths: list[list[Truth]] = []
    for _ in units:
        made = [_cell(rng, kinds[name], decimal, thousands, signs, spoiled) for name in columns[2:]]
        rows.append([text for text, _ in made])
        truths.append([truth for _, truth in made])
    above = [] if rng.random() < 0.5 else [["Bestand am Jahresende"], []]
    below = [] if rng.random() < 0.5 else [[], ["Quelle: Statistisches Amt"]]
    lines = [*above, columns]
    made = Generated(b"", "", columns, level=level)
    for (key, name), values, truth in zip(units.items(), rows, truths, strict=True):
        lines.append([key, name, *values])
        made.keys[len(lines)] = key
        for column, known in zip(columns[2:], truth, strict=True):
            made.cells[len(lines), column] = known
    lines += below
    if rng.random() < 0.3:
        made.data, made.filename = _xlsx(lines, columns, made, rng), "tabelle.xlsx"
    else:
        made.data, made.filename, made.told = *_csv(lines, len(columns), rng), f"{decimal}{thousands}{kinds}"
    return made


def _cell(rng: random.Random, kind: str, decimal: str, thousands: str, signs: bool, spoiled: bool) -> tuple[str, Truth]:
    if signs and rng.random() < 0.15:
        text = rng.choice(list(SIGNS))
        return text, Truth(0.0 if text == "-" else None, SIGNS[text])
    decimals = {"int": 0, "int_large": 0, "d1": 1, "d2": 2, "d3": 3, "share": 1}[kind]
    top = {"int": 900, "int_large": 90_000, "share": 100}.get(kind, rng.choice([10, 5_000]))
    value = round(rng.uniform(-top if rng.random() < 0.1 else 0, top), decimals)
    text = _written(value, decimals, decimal, thousands)
    if spoiled and rng.random() < 0.1:
        return _spoil(rng, value, decimals, text, decimal, thousands)
    if kind == "share" and rng.random() < 0.5:
        return f"{text} %", Truth(value)
    if signs and rng.random() < 0.1:
        mark, status = rng.choice([("p", "preliminary"), ("r", "corrected"), ("s", "estimated"), ("()", "limited")])
        return (f"({text})" if mark == "()" else f"{text}{mark}"), Truth(value, status)
    return text, Truth(value)


def _spoil(
    rng: random.Random, value: float, decimals: int, text: str, decimal: str, thousands: str
) -> tuple[str, Truth]:
    """A cell as it should not be: the other decimal sign, a minus behind, words, two numbers in one."""
    other = {",": ".", ".": ","}[decimal]
    written = [
        _written(value, decimals, other, decimal if thousands else ""),
        f"{text.lstrip('-')}-",
        f"ca. {text}",
        f"{text} / {text}",
        "k.A.",
    ]
    chosen = rng.choice(written)
    return chosen, Truth(None, "missing") if chosen == "k.A." else Truth(-abs(value) if chosen.endswith("-") else value)


def _written(value: float, decimals: int, decimal: str, thousands: str) -> str:
    text = f"{abs(value):,.{decimals}f}".replace(",", "\x00").replace(".", decimal).replace("\x00", thousands)
    return f"-{text}" if value < 0 and float(f"{value:.{decimals}f}") != 0 else text


def _csv(lines: list[list[object]], width: int, rng: random.Random) -> tuple[bytes, str]:
    separator = rng.choice([";", ";", "\t", "|", ","])
    padded = rng.random() < 0.5
    quote_all = rng.random() < 0.2
    out = []
    for line in lines:
        cells = [str(cell) for cell in line] + ([""] * (width - len(line)) if padded else [])
        quoted = [f'"{c}"' if quote_all or separator in c or '"' in c else c for c in cells]
        out.append(separator.join(quoted))
    text = rng.choice(["\n", "\r\n"]).join(out) + rng.choice(["", "\n"])
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "mac_roman"])
    try:
        return text.encode(encoding), "tabelle.csv"
    except UnicodeEncodeError:
        return text.encode("utf-8"), "tabelle.csv"


def _xlsx(lines: list[list[object]], columns: list[str], made: Generated, rng: random.Random) -> bytes:
    """A workbook: most numbers are typed, some stay text; keys may have lost their zeros; half of them have looks."""
    typed_keys, dressed = rng.random() < 0.5, rng.random() < 0.5
    stream = io.BytesIO()
    book = Book(xlsxwriter.Workbook(stream, {"in_memory": True}))
    for number, line in enumerate(lines):
        for place, cell in enumerate(line):
            truth = made.cells.get((number + 1, columns[place]))
            plain = truth is not None and truth.status == "ok" and truth.value is not None and "%" not in str(cell)
            if truth is not None and plain and rng.random() < 0.9:
                seen = book.dressed(number, place, truth, str(cell), rng) if dressed and rng.random() < 0.25 else None
                made.cells[number + 1, columns[place]] = seen or book.number(number, place, truth)
            elif place == 0 and number + 1 in made.keys and typed_keys:
                book.sheet.write_number(number, place, int(str(cell)))
            elif cell != "":
                book.sheet.write_string(number, place, str(cell))
    if dressed and len(lines[0]) == 1:
        book.sheet.merge_range(0, 0, 0, len(columns) - 1, str(lines[0][0]))
    if dressed and rng.random() < 0.2:
        row, place = rng.choice(list(made.keys)[:-1]) - 1, rng.randrange(2, len(columns))
        book.sheet.merge_range(row, place, row + 1, place, 17)  # nobody knows whose it is: it has to be told
    book.made.close()
    return stream.getvalue()


class Book:
    """A workbook whose cells look as offices' cells do: what counts is what a person sees."""

    def __init__(self, made: xlsxwriter.Workbook) -> None:
        self.made, self.sheet = made, made.add_worksheet()
        self._formats: dict[tuple[str, object], object] = {}

    def format(self, name: str, value: object) -> object:
        """A format with one property, made once."""
        return self._formats.setdefault((name, value), None) or self._add(name, value)

    def _add(self, name: str, value: object) -> object:
        self._formats[name, value] = self.made.add_format({name: value})
        return self._formats[name, value]

    def number(self, row: int, place: int, truth: Truth) -> Truth:
        """A bare number."""
        assert truth.value is not None
        self.sheet.write_number(row, place, int(truth.value) if truth.value.is_integer() else truth.value)
        return truth

    def dressed(self, row: int, place: int, truth: Truth, text: str, rng: random.Random) -> Truth | None:
        """A number with a look; gives what a person reads there, None for a look that this number cannot have."""
        value = truth.value
        assert value is not None
        look = rng.choice(LOOKS)
        if look in RAISED:
            self.sheet.write_rich_string(row, place, text, self.format("font_script", 1), look)
            return Truth(value, RAISED[look])
        if look == "%":
            self.sheet.write_number(row, place, value / 100, self.format("num_format", "0.000%"))
            return truth
        form, status = LOOKED[look]
        if status in ("preliminary", "limited") and (value < 0 or not value.is_integer()):
            return None
        self.sheet.write_number(row, place, value, self.format("num_format", form))
        return Truth(None if status in ("secret", "missing") else value, status)


RAISED = {"1": "ok", "2)": "ok", "p": "preliminary"}  # raised marks behind a number, and what they say
LOOKED = {  # number formats: how the cell looks, and what that says
    "two decimals": ("#,##0.00", "ok"), "thousands": ("#,##0", "ok"), "red minus": ("#,##0;[Red]-#,##0", "ok"),
    "preliminary": ('#,##0"p"', "preliminary"), "brackets": ("\\(0\\)", "limited"), "secret": ('"."', "secret"),
    "invisible": (";;;", "missing"), "white": ("[White]0", "missing"),
}  # fmt: skip
LOOKS = [*RAISED, "%", *LOOKED]
