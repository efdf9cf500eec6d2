"""What a workbook holds beside its cells: properties, heads and feet of pages, named ranges, lists to choose from.

Who made and changed a file is no tenant's and not looked at. Of XLS workbooks none of it can be read. Pure.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from ckanext.ierwohnen.tables.reading_source import Source, blocks

PROPERTIES = frozenset(
    ("title", "subject", "description", "keywords", "keyword", "category", "contentStatus", "comments", "user-defined")
)
_CODES = re.compile(r"&(?:\"[^\"]*\"|K[0-9A-F]{6}|[LCRPNDTZFGBIUESXY]|\d+)")  # „&L&10“ places and dresses a page's head
_HEAD = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)[^>]*>([^<]*)<")
_CHOICE = re.compile(rb"<(?:\w+:)?formula[12][^>]*>([^<]*)<")
_QUOTED = re.compile(r'"([^"]*)"')


def parts_of(source: Source) -> Iterator[tuple[str, str]]:
    """Texts with where they stand: `property`, `page` or `list`."""
    if source.format == "xlsx":
        yield from _xlsx(source)
    elif source.format == "ods":
        yield from _ods(source)


def _xlsx(source: Source) -> Iterator[tuple[str, str]]:
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        for element in _elements(archive, "docProps/core.xml"):
            if etree.QName(element).localname in PROPERTIES:
                yield from _filled("property", element.text)
        for element in _elements(archive, "docProps/custom.xml"):
            yield from _filled("property", element.text)
        for element in _elements(archive, "xl/workbook.xml"):
            if etree.QName(element).localname == "definedName":
                for text in _QUOTED.findall(element.text or ""):
                    yield from _filled("list", text)
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                yield from _of_sheet(archive, name)


def _of_sheet(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str]]:
    for block in blocks(archive, archive.getinfo(name)):
        if b"Header" in block or b"Footer" in block:
            for found in _HEAD.findall(block):
                yield from _filled("page", _CODES.sub(" ", _text(found)))
        if b"dataValidation" in block:
            for found in _CHOICE.findall(block):
                for quoted in _QUOTED.findall(_text(found)):
                    for text in quoted.split(","):
                        yield from _filled("list", text)


def _ods(source: Source) -> Iterator[tuple[str, str]]:
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        for element in _elements(archive, "meta.xml"):
            if etree.QName(element).localname in PROPERTIES:
                yield from _filled("property", element.text)
        for element in _elements(archive, "styles.xml"):
            if etree.QName(element).localname in ("header", "footer", "header-left", "footer-left"):
                for part in element.iter("{*}p"):
                    yield from _filled("page", "".join(part.itertext()))


def _elements(archive: zipfile.ZipFile, name: str) -> Iterator[etree._Element]:
    if name not in archive.namelist():
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(archive.read(name), parser)
    except etree.XMLSyntaxError:
        return
    yield from root.iter("{*}*")


def _text(written: bytes) -> str:
    return html.unescape(written.decode("utf-8", "replace"))


def _filled(where: str, text: str | None) -> Iterator[tuple[str, str]]:
    if text and text.strip():
        yield where, text.strip()
