"""What the portal writes into a ledger is known again, in whichever language it was noted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from ckanext.ierwohnen.vault import ledger_words

ROOMS = Path(ledger_words.__file__).parent.parent
GIVEN = {
    "releases": ("page of the release", "check report as PDF", "download as {kind}", "figures of indicators",
                 "preparing a release"),
    "company": ("page of the ledger", "export of the ledger", "Page of the own stock", "Yearly delivery"),
}  # fmt: skip


@pytest.mark.parametrize("room", GIVEN)
def test_each_purpose_that_a_page_gives_is_told_in_both_languages(room):
    file = ROOMS / room / "i18n" / "de" / "LC_MESSAGES" / f"ckanext-ierwohnen_{room}.po"
    catalogue = read_po(file.open("rb"))
    for text in GIVEN[room]:
        message = catalogue.get(text)
        assert message is not None, text
        german, english = (str(one).format(kind="CSV") for one in (message.string, text))
        assert ledger_words.purpose(english, "de") == (german, True), text
        assert ledger_words.purpose(german, "en") == (english, True), text


def test_purposes_of_the_code_are_known():
    found = {
        match
        for file in ROOMS.rglob("*.py")
        if not {"tests", "demo"} & set(file.relative_to(ROOMS).parts)
        for match in re.findall(r'(?:^\w*PURPOSE = |purpose=)"([^"]+)"', file.read_text(), re.MULTILINE)
    }
    assert "Vergleich vor dem Laden" in found and "Ende der Organisation" in found
    for text in found:
        assert ledger_words.purpose(text, "en")[1], text
    assert ledger_words.purpose("Vergleich vor dem Laden", "en") == ("comparison before loading", True)


def test_codes_become_words_and_what_people_wrote_stays():
    for code in ("release", "consent"):
        assert all(ledger_words.purpose(code, locale)[0] != code for locale in ("de", "en"))
    for code in ("kept", "records", "head", ""):
        assert all(ledger_words.subject(code, locale) != code for locale in ("de", "en"))
    assert ledger_words.purpose("Monitoring", "en") == ("Monitoring", False)
    assert ledger_words.subject("F-2026-ABC", "de") == "F-2026-ABC" and ledger_words.reader("p-mueller", "de") == ""
    assert ledger_words.reader("release-engine", "en") == "automatic check"
