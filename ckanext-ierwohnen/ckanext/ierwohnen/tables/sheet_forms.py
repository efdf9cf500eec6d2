"""The formats of an XLSX's cells as far as they say something: number format, struck out, white on white."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ckanext.ierwohnen.tables.number_formats import shortens_dates, speaks

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Form:
    """The format of a cell as far as it says something: number format, struck out, white on white."""

    code: str = ""
    struck: bool = False
    unseen: bool = False

    @property
    def says(self) -> bool:
        """True if a cell may mean something else than its bare value."""
        return self.struck or self.unseen or speaks(self.code) or shortens_dates(self.code)


def cell_forms(archive: zipfile.ZipFile) -> list[Form]:
    """The format of each cell style, by index."""
    builtin = {"9": "0%", "10": "0.00%", **dict.fromkeys(("41", "42", "43", "44"), '#,##0;-#,##0;"-"')}
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        styles = etree.fromstring(archive.read("xl/styles.xml"), parser)
    except (KeyError, etree.XMLSyntaxError):
        return []
    custom = {form.get("numFmtId"): form.get("formatCode", "") for form in styles.iter(_MAIN + "numFmt")}
    fonts = {str(n): font for n, font in enumerate(styles.iterfind(f"{_MAIN}fonts/{_MAIN}font"))}
    struck = {n for n, font in fonts.items() if _on(font.find(_MAIN + "strike"))}
    white = {n for n, font in fonts.items() if _white(font.find(_MAIN + "color"))}
    fills = styles.iterfind(f"{_MAIN}fills/{_MAIN}fill/{_MAIN}patternFill")
    bare = {str(n) for n, fill in enumerate(fills) if fill.get("patternType", "none") == "none"}
    return [
        Form(
            custom.get(xf.get("numFmtId", "0")) or builtin.get(xf.get("numFmtId", "0"), ""),
            xf.get("fontId") in struck,
            xf.get("fontId") in white and xf.get("fillId", "0") in bare,
        )
        for xf in styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf")
    ]


def _on(element: Any) -> bool:
    return element is not None and element.get("val", "1") not in ("0", "false")


def _white(color: Any) -> bool:
    return color is not None and (color.get("rgb", "")[-6:].upper() == "FFFFFF" or color.get("theme") == "0")
