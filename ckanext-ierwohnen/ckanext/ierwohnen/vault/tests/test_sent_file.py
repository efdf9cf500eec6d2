"""A file that is no table is told of without its name, in whole sentences, and without advice nobody can follow."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.messages import catalogue
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.unreadable import TableUnreadable
from ckanext.ierwohnen.vault.sent_file import UPLOAD, what_helps, what_is_wrong

FILLED = {"filename": UPLOAD, "row": 3, "encoding": "UTF-8", "kind": "PDF", "sheet": "a"}
NAMING = [code for code, told in catalogue().items() if "{filename}" in told.get("de", "") and code != "sheet_of_text"]


@pytest.mark.parametrize("code", NAMING)
@pytest.mark.parametrize(("locale", "words"), [("de", "gesendete"), ("en", "file sent")])
def test_the_file_is_the_one_that_was_sent(code, locale, words):
    told = what_is_wrong(code, FILLED, locale)
    assert words in told and UPLOAD not in told and told[0].isupper() and not set("„“”") & set(told)
    helps = what_helps(code, FILLED, locale)
    assert helps and "angeben" not in helps and " state " not in helps


@pytest.mark.parametrize(("content", "de", "en"), [
    (b"", "Die gesendete Datei ist leer.", "The file sent is empty."),
    (b"%PDF-1.4", "Die gesendete Datei ist keine Tabelle, sondern ein PDF-Dokument.",
     "The file sent is not a table but a PDF document."),
])  # fmt: skip
def test_sentences_of_real_files(content, de, en):
    with pytest.raises(TableUnreadable) as refused:
        read_table(content, UPLOAD)
    for locale, sentence in (("de", de), ("en", en)):
        assert what_is_wrong(refused.value.code, refused.value.params, locale) == sentence
