"""The companies' stock as their software delivers it, with its habits; nothing here is tidied. Pure."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from openpyxl import Workbook

from . import quarters as q
from .companies import Company, Form
from .office_tables import OfficeTable
from .stock import stock_of

_REASON = {
    "renovation": "Sanierung", "demolition": "Rückbau", "market": "Vermietung", "sale": "Verkauf",
    "other": "Sonstiges", "": "",
}  # fmt: skip
_STATE = {"none": "unsaniert", "partly": "teilsaniert", "full": "vollsaniert"}
# Of every company some houses are in no register: they are new, or somebody has mistyped them.
_UNKNOWN_HOUSES = 180


def stock_file(company: Company, year: int = q.LAST_YEAR) -> OfficeTable:
    """A company's table for the end of a year."""
    stock = stock_of(company, year)
    if company.form is Form.SHEET:
        return OfficeTable(f"Bestand_{year}.xlsx", _sheet(stock))
    if company.form is Form.EXPORT:
        return OfficeTable(f"WE_EXPORT_{year}1231.csv", _separated(_export(stock), "cp1252"))
    return OfficeTable(f"wohnungsliste-{year}.csv", _separated(_list(stock), "utf-8"))


def _houses(stock: pd.DataFrame) -> pd.Series:
    """House numbers, of which some are not in the register."""
    number = stock["object"].str[1:].astype(int)
    return stock["house"].where(number % _UNKNOWN_HOUSES != _UNKNOWN_HOUSES - 1, "999 z")


def _decimal(values: pd.Series, decimals: int) -> list[str]:
    return ["" if np.isnan(value) else f"{value:.{decimals}f}".replace(".", ",") for value in values]


def _days(values: pd.Series) -> list[str]:
    return ["" if pd.isna(value) else value.strftime("%d.%m.%Y") for value in values]


def _export(stock: pd.DataFrame) -> pd.DataFrame:
    """Every field, as the enterprise software of a large company writes it."""
    return pd.DataFrame({
        "WE-Nr": stock["dwelling"],
        "Wirtschaftseinheit": stock["object"],
        "Straße": stock["street"].str.replace("straße", "str.").str.replace("Straße", "Str."),
        "Hausnr": _houses(stock),
        "PLZ": stock["postcode"],
        "Baujahr": stock["year"],
        "Geschosse": stock["storeys"],
        "Aufzug": np.where(stock["lift"], "J", "N"),
        "Heizungsart": stock["heating"],
        "Energieträger": stock["carrier"],
        "Endenergiebedarf": _decimal(stock["demand"], 1),
        "Modernisierungsstand": stock["modernization"].map(_STATE),
        "Zimmer": stock["rooms"],
        "Wohnfläche (m²)": _decimal(stock["area"], 1),
        "Etage": stock["floor"],
        "barrierearm": np.where(stock["barrier_reduced"], "ja", "nein"),
        "Bindung bis": ["" if not year else f"31.12.{year}" for year in stock["subsidized"]],
        "Leerstand": np.where(stock["vacant"], "J", "N"),
        "Grund des Leerstands": stock["reason"].map(_REASON),
        "leer seit": _days(stock["since"]),
        "Nettokaltmiete": _decimal(stock["rent"], 2),
        "Betriebskosten": _decimal(stock["costs"], 2),
        "Mietbeginn": _days(stock["let_since"]),
        "Instandhaltung im Jahr": _decimal(stock["maintenance"], 2),
    })  # fmt: skip


def _list(stock: pd.DataFrame) -> pd.DataFrame:
    """What a small owner keeps in a list."""
    return pd.DataFrame({
        "Wohnung": stock["dwelling"],
        "Adresse": stock["street"] + " " + _houses(stock),
        "PLZ": stock["postcode"],
        "Baujahr": stock["year"],
        "Zimmer": stock["rooms"],
        "Wohnfläche": _decimal(stock["area"], 1),
        "leer": np.where(stock["vacant"], "ja", "nein"),
        "Kaltmiete": _decimal(stock["rent"], 2),
    })  # fmt: skip


def _separated(frame: pd.DataFrame, encoding: str) -> bytes:
    return frame.to_csv(sep=";", index=False, lineterminator="\r\n").encode(encoding)


def _sheet(stock: pd.DataFrame) -> bytes:
    """A workbook with dates and numbers as such, and the address in one cell."""
    columns = {
        "Wohnungs-Nr": stock["dwelling"],
        "Objekt": stock["object"],
        "Anschrift": stock["street"] + " " + _houses(stock),
        "PLZ": stock["postcode"],
        "Bj": stock["year"],
        "Etagen": stock["storeys"],
        "Fahrstuhl": np.where(stock["lift"], "x", ""),
        "Energieträger": stock["carrier"],
        "Sanierungsstand": stock["modernization"].map(_STATE),
        "Räume": stock["rooms"],
        "Wfl.": stock["area"],
        "barrierefrei": np.where(stock["barrier_reduced"], "x", ""),
        "leerstehend": np.where(stock["vacant"], "ja", "nein"),
        "leer seit": stock["since"],
        "NKM": stock["rent"],
        "Nebenkosten": stock["costs"],
    }
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Bestand")
    sheet.append(list(columns))
    frame = pd.DataFrame(columns).astype(object)
    for row in frame.where(frame.notna(), None).itertuples(index=False):
        sheet.append([value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in row])
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()
