"""Every message code of the room has its sentences, and every sentence its code."""

from __future__ import annotations

import re
from pathlib import Path

from ckanext.ierwohnen.tables import messages

ROOM = Path(messages.__file__).parent
_CODE = re.compile(
    r'(?:Problem\(\s*|TableUnreadable\(\s*|problem=|reason=|code = |\bmessage\(|Encoding\([^"]*"[^"]*", )"([a-z_]{4,})"'
)


def _source() -> str:
    return "\n".join(path.read_text("utf-8") for path in ROOM.glob("*.py"))


def test_every_code_in_the_source_has_a_sentence():
    used = set(_CODE.findall(_source()))
    assert len(used) > 40
    assert used - set(messages.catalogue()) == set()


def test_every_sentence_is_used_and_says_the_same_in_both_languages():
    source = _source()
    for code, texts in messages.catalogue().items():
        assert f'"{code.removeprefix("kind_")}"' in source, code
        assert texts["de"] and texts["en"], code
        assert ("remedy_de" in texts) == ("remedy_en" in texts), code
        for german, english in (("de", "en"), ("remedy_de", "remedy_en")):
            fields = [set(re.findall(r"{(\w+)}", texts.get(name, ""))) for name in (german, english)]
            assert fields[0] == fields[1], code
