"""Text files as offices write them: encodings, delimiters, decimal signs, and the row to name if something is wrong."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from .errors import InputError

DELIMITERS = ",;\t|"
GROUPED = r"[1-9]\d{0,2}(?:\.\d{3})+"  # 1.234 or 1.234.567: a number with points between thousands
DECIMALS = {"comma": ",", "point": "."}
UNSEEN = re.compile(  # Unicode: Default_Ignorable_Code_Point; control signs are looked at one by one
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
TOLD = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)  # how Excel is told the delimiter
BLANK = re.compile(r"[\s\u2800]+")


def cleaned(text: str) -> str:
    """A name as it looks: composed signs (NFC), one plain blank for any white space, no signs without width.

    What looks the same would else be two contributors, or two categories.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    blanks = BLANK.sub(" ", UNSEEN.sub("", text))
    seen = "".join(c for c in blanks if unicodedata.category(c) not in ("Cc", "Cf"))
    return " ".join(unicodedata.normalize("NFC", seen).split())


def clean_columns(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """The table with clean names in these columns, of those that it has; values stay as they are written."""
    found = {c: frame[c].map({t: cleaned(t) for t in frame[c].unique()}) for c in columns if c in frame}
    made = frame.assign(**found)
    made.attrs.update(frame.attrs)
    return made


def read_text(path: Path) -> str:
    """The text of a file: UTF-8 or UTF-16 (with a byte order mark), else Windows-1252.

    Raises `InputError` for a missing file, for one that holds no text, and for one that mixes encodings: the same name
    would be read in two ways.
    """
    if not path.is_file():
        raise InputError("file-missing", name=str(path))
    data = path.read_bytes()
    _refuse_mixed(data, path.name)
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError("not-a-text-file", name=path.name)


def _refuse_mixed(data: bytes, name: str) -> None:
    """Raise `InputError` for a UTF-8 text with some bytes that are none: Windows-1252 hardly ever looks like UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        if sum(c > "\x7f" for c in text) > 2 * text.count("\ufffd") and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError("encodings-mixed", name=name, row=data.count(b"\n", 0, error.start) + 1) from error


def read_csv(path: Path, decimal: str | None = None) -> pd.DataFrame:
    """A CSV file as text, every cell stripped, names of columns cleaned; the delimiter is found by the header,
    or by a line `sep=;` before it.

    The index holds the row of the file as a spreadsheet counts (the header is row 1; blank rows count and are left
    out). decimal: "," or "." where the file does not tell (see `numbers`). Raises `InputError` naming the row that is
    longer or shorter than the header.
    """
    text, first = read_text(path), 1
    told = TOLD.match(text)
    if told:  # a line for spreadsheets
        text, first = text[told.end() :], 2
    delimiter = told[1] if told else _delimiter(text)
    header, rows = _shape(text, delimiter, path.name, first)
    frame = pd.read_csv(
        io.StringIO(text),
        sep=delimiter,
        dtype=str,
        keep_default_na=False,
        header=0,
        names=header,
        index_col=False,
        skip_blank_lines=False,
    )
    frame = frame.iloc[np.array(rows, int) - first - 1]
    frame.index = pd.Index(rows)
    for column in header:
        frame[column] = frame[column].str.strip()
    frame.attrs.update(by_row=True, delimiter=delimiter, decimal=decimal)
    return frame


def _delimiter(text: str) -> str:
    """The delimiter that is most frequent in the header, outside of quotes."""
    outside = "".join(text.split("\n", 1)[0].split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _shape(text: str, delimiter: str, name: str, first: int) -> tuple[list[str], list[int]]:
    """The header (row `first` of the file), and the numbers of the rows that hold something."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    filled = []
    number = first - 1
    try:
        for number, cells in enumerate(reader, start=first):
            if number == first:
                header = _header(cells, name)
            elif cells and (len(cells) > 1 or cells[0].strip()):
                if len(cells) != len(header):
                    raise InputError("csv-row", name=name, row=number, found=len(cells), expected=len(header))
                if any(cells):
                    filled.append(number)
    except csv.Error as error:
        raise InputError("csv-quotes", name=name, row=number + 1, reason=str(error)) from error
    if not header:
        raise InputError("no-records", name=name)
    return header, filled


def _header(cells: Sequence[str], name: str) -> list[str]:
    header = [cleaned(c) for c in cells]
    for at, column in enumerate(header):
        if not column:
            raise InputError("csv-no-name", name=name, number=at + 1)
        if column in header[:at]:
            raise InputError("csv-duplicate-column", name=name, column=column)
    return header


def row_of(frame: pd.DataFrame, position: int) -> int:
    """The row of the file (the header is row 1) of the record at this position."""
    return int(frame.index[position]) if frame.attrs.get("by_row") else int(position) + 2


def rows_of(frame: pd.DataFrame) -> np.ndarray:
    """int[records]: the row of the file of every record."""
    return frame.index.to_numpy(int) if frame.attrs.get("by_row") else np.arange(len(frame)) + 2


def keys(frame: pd.DataFrame, column: str, name: str = "") -> np.ndarray:
    """Text of a key column, stripped; `InputError` names the first row without a key."""
    found, codes = _keyed(frame, column, name)
    return found[codes]


def names(frame: pd.DataFrame, column: str, name: str = "") -> np.ndarray:
    """Text of a column of names, cleaned; `InputError` names the first row without one."""
    found, codes = _keyed(frame, column, name)
    whole = "|".join(found.tolist())
    plain = whole.isascii() and whole.isprintable() and "  " not in whole  # then each is clean already
    made = found if plain else np.array([cleaned(str(t)) for t in found])
    bad = np.flatnonzero((made == "")[codes])
    if len(bad):
        raise InputError("key-missing", row=row_of(frame, bad[0]), column=column)
    return made[codes]


def distinct(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`np.unique(texts, return_inverse=True)`, by hashes: only what is left is put in order."""
    codes, found = pd.factorize(texts.astype(object))
    found = found.astype(str)
    order = np.argsort(found, kind="stable")
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    return found[order], rank[codes]


def _keyed(frame: pd.DataFrame, column: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Stripped texts, and which of them each record has: text is looked at once, not once for each record."""
    require(frame, column, name)
    codes, found = pd.factorize(frame[column].astype(str))
    stripped = pd.Index(found).str.strip().to_numpy(object)
    texts = np.append(stripped, "").astype(str)  # -1, the last one: a cell without text
    bad = np.flatnonzero(frame[column].isna().to_numpy() | (texts == "")[codes])
    if len(bad):
        raise InputError("key-missing", row=row_of(frame, bad[0]), column=column)
    return texts[:-1], codes


def numbers(frame: pd.DataFrame, column: str, *, name: str = "") -> np.ndarray:
    """Finite, non-negative numbers of a column; otherwise `InputError` names the first bad row.

    A file with semicolons may use decimal commas and points between thousands; whether "1.234" is 1234 or 1.234 is
    asked, not guessed.
    """
    require(frame, column, name)
    series = frame[column]
    if not pd.api.types.is_numeric_dtype(series):
        series = _plain(frame, column)
    values = pd.to_numeric(series, errors="coerce").to_numpy(float)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise _refused(frame, column, "value-not-a-number", bad[0])
    bad = np.flatnonzero(values < 0)
    if len(bad):
        raise _refused(frame, column, "value-negative", bad[0])
    return values


def require(frame: pd.DataFrame, column: str, name: str = "") -> None:
    """Raise `InputError` if the table has no such column."""
    if column not in frame:
        raise InputError("column-missing", column=column, name=name, columns=", ".join(map(str, frame.columns)))


def _refused(frame: pd.DataFrame, column: str, code: str, position: int) -> InputError:
    return InputError(code, row=row_of(frame, position), column=column, value=str(frame[column].iloc[position]))


def _plain(frame: pd.DataFrame, column: str) -> pd.Series:
    """Numbers as text with a decimal point and nothing else."""
    text = frame[column].astype(str).str.strip().str.replace("[\u00a0\u202f]", "", regex=True)
    comma, point = text.str.contains(",", regex=False), text.str.contains(".", regex=False)
    decimal = frame.attrs.get("decimal")
    if decimal is None and frame.attrs.get("delimiter", ",") != ",":
        grouped = text.str.fullmatch(GROUPED)
        if comma.any():
            decimal = ","
        elif point.any() and grouped[point].all():
            raise _refused(frame, column, "value-ambiguous", int(np.flatnonzero(point)[0]))
    if decimal != ",":
        return text
    wrong = np.flatnonzero(point & ~text.str.fullmatch(GROUPED + r"(?:,\d+)?"))
    if len(wrong):
        raise _refused(frame, column, "value-not-a-number", int(wrong[0]))
    return text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
