"""A page as a PDF for print: the same HTML and styles, laid out by WeasyPrint on the server, without a browser.

Nothing is loaded from anywhere: styles are handed over as files, pictures stand in the page (SVG or data: addresses).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

# It tells of every rule for screens that print does not know.
logging.getLogger("weasyprint").setLevel(logging.ERROR)

STYLES = Path(__file__).parent / "assets" / "ierwohnen.css"
SHEET = Path(__file__).parent / "assets" / "document.css"


def as_pdf(html: str, styles: Sequence[Path] = ()) -> bytes:
    """The document as PDF with tags for screen readers (PDF/UA-1) and bookmarks from its headings.

    :param html: a whole page; its title and language become the document's
    :param styles: further stylesheets, after those of the parts
    """
    fonts, within = FontConfiguration(), URLFetcher(allowed_protocols=("data",))
    sheets = [
        CSS(string=path.read_text("utf-8"), font_config=fonts, url_fetcher=within) for path in (STYLES, SHEET, *styles)
    ]
    made: bytes = HTML(string=html, url_fetcher=within).write_pdf(
        stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1"
    )
    return made
