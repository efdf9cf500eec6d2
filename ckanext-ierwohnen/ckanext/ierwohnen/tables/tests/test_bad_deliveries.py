"""Bad files through the action and the page: a clear message in the reader's language, and nothing left behind."""

from __future__ import annotations

import re

import pytest
import requests
from fixtures.browser import follow

from .test_check_action import bomb
from .test_journey_publish import dataset  # noqa: F401

MIXED = "Nr;Name\n1;Südost\n2;Höhe\n3;Mühle\n".encode() + "4;Südwest\n".encode("cp1252")
REFUSED = {
    "pdf": ("bericht.csv", b"%PDF-1.7 text", "keine Tabelle", "not a table"),
    "empty": ("leer.csv", b"", "leer", "empty"),
    "bomb": ("bombe.xlsx", None, "unverhältnismäßig groß", "out of all proportion"),
    "mixed": ("gemischt.csv", MIXED, "Zeile 5", "row 5"),
}


@pytest.fixture
def waiting(live_portal):
    """How many files of deliveries lie on the portal's disk is not ours to see: the waiting delivery tells."""

    def look(resource_id: str) -> bool:
        return live_portal.call("ierwohnen_delivery_delete", "publisher", resource_id=resource_id)["deleted"]

    return look


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_file_is_refused_in_words_and_nothing_stays(live_portal, new_page, dataset, waiting, tmp_path, kind):  # noqa: F811
    name, content, german, english = REFUSED[kind]
    content = bomb() if content is None else content
    resource_id = dataset["resource"]["id"]
    for language, words in (("de", german), ("en", english)):
        reply = requests.post(
            f"{live_portal.url}/{language}/api/3/action/ierwohnen_delivery_create", data={"resource_id": resource_id},
            files={"upload": (name, content)}, timeout=60,
            headers={"Authorization": live_portal.accounts["publisher"]["token"]},
        )  # fmt: skip
        assert reply.status_code == 409 and words in reply.json()["error"]["upload"][0]
    page = new_page(role="publisher")
    (tmp_path / name).write_bytes(content)
    page.goto(f"/dataset/{dataset['name']}/resource/{resource_id}/delivery")
    page.set_input_files("#upload", str(tmp_path / name))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))
    assert german in page.locator(".iw-problems").inner_text()
    assert waiting(resource_id) is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("".join(f"{n};{n * 3};{n * 7}\n" for n in range(11, 40)), "keine Kopfzeile"),
        ("Nr;Ort;Wert\n" + "".join(f"X{n};Ort {n};{n * 7}\n" for n in range(11, 40)), "Keine Spalte enthält Schlüssel"),
    ],
    ids=["no header", "keys of nothing"],
)
def test_what_is_doubtful_is_told_on_the_check_page(new_page, dataset, tmp_path, waiting, text, words):  # noqa: F811
    page = new_page(role="publisher")
    (tmp_path / "t.csv").write_text(text)
    page.goto(f"/dataset/{dataset['name']}/resource/{dataset['resource']['id']}/delivery")
    page.set_input_files("#upload", str(tmp_path / "t.csv"))
    page.get_by_role("button", name="Hochladen und prüfen").click()
    page.wait_for_url(re.compile("/check$"))
    assert words in page.locator("#problems").inner_text()
    assert waiting(dataset["resource"]["id"]) is True
