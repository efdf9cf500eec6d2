"""Only the portal's own pages act with a reader's login: other origins are refused, on the really served portal too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from ckanext.ierwohnen.look.own_origin import MESSAGE, comes_from_elsewhere, origin_of

OWN = {"https://wohnen.stadt.example", "http://127.0.0.1:5000"}
DATASET = "haushalte-stadtteile"
FORM = """<!doctype html><meta charset="utf-8"><title>Gewinnspiel</title><body onload="setTimeout('f.submit()', 0)">
<form id="f" method="post" enctype="{kind}" action="{action}"><input name="id" value="{dataset}"></form>"""
KINDS = {"m": "multipart/form-data", "u": "application/x-www-form-urlencoded"}
# As CKAN's own scripts and forms do, with the token of the page.
TOKEN = "document.querySelector('meta[name=_csrf_token]').content"
BY_SCRIPT = """async ([action, field, value]) => {
  const token = document.querySelector('meta[name=_csrf_token]').content;
  const form = new FormData();
  form.append(field, field === 'upload' ? new File([value], 'haushalte_2026.csv', {type: 'text/csv'}) : value);
  const answer = await fetch('/api/3/action/' + action, {method: 'POST', body: form, headers: {'X-CSRFToken': token}});
  return answer.status;
}"""
BY_FORM = """action => {
  const form = document.createElement('form');
  Object.assign(form, {method: 'post', action: action});
  const token = Object.assign(document.createElement('input'), {type: 'hidden', name: '_csrf_token'});
  token.value = document.querySelector('meta[name=_csrf_token]').content;
  form.append(token);
  document.body.append(form);
  form.submit();
}"""


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"Origin": "https://wohnen.stadt.example"}, False),
        ({"Origin": "https://wohnen.stadt.example:443"}, False),
        ({"Origin": "http://127.0.0.1:5000", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://127.0.0.1:5001", "Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "http://localhost:5000"}, True),
        ({"Origin": "https://mitmachen.stadt.example"}, True),
        ({"Origin": "http://wohnen.stadt.example"}, True),
        ({"Origin": "https://wohnen.stadt.example.evil.example"}, True),
        ({"Origin": "https://wohnen.stadt.example@evil.example"}, True),
        ({"Origin": "nonsense"}, True),
        ({"Origin": "http://[half"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Referer": "https://evil.example/"}, False),
        ({"Referer": "https://wohnen.stadt.example/dataset/"}, False),
        ({"Referer": "https://mitmachen.stadt.example/x"}, True),
    ],
)
def test_headers_tell_where_a_request_comes_from(headers: dict[str, str], elsewhere: bool):
    assert comes_from_elsewhere(headers, OWN) is elsewhere


def test_an_origin_is_written_as_browsers_do():
    assert origin_of("HTTPS://Stadt.example:443/daten?x=1") == "https://stadt.example"
    assert origin_of("http://[::1]:5000/") == "http://[::1]:5000"
    assert origin_of("/dataset") == origin_of("") == origin_of("http://x:port/") == ""


@pytest.fixture
def other_site(live_portal) -> Iterator[str]:
    """A page on another port of the same host, which sends its form at once; its path says which."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, _, path = self.path.lstrip("/").partition("/")
            kind = KINDS.get(kind)
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if kind:
                self.wfile.write(FORM.format(kind=kind, action=f"{live_portal.url}/{path}", dataset=DATASET).encode())

        def log_message(self, *_: object) -> None:
            """Nothing on the screen of a test run."""

    server = HTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def following(live_portal) -> Iterator:
    """Whether the publisher follows the dataset; not any more after the test."""
    number = live_portal.call("package_show", id=DATASET)["id"]
    yield lambda: live_portal.call("am_following_dataset", role="publisher", id=number)
    if live_portal.call("am_following_dataset", role="publisher", id=number):
        live_portal.call("unfollow_dataset", role="publisher", id=number)


@pytest.fixture
def seen_by_others(live_portal) -> str:
    """The addresses were used without a login before, after which CKAN asks nobody for its token there."""
    number = live_portal.call("package_show", id=DATASET)["id"]
    requests.post(f"{live_portal.url}/api/3/action/follow_dataset", json={"id": number}, timeout=60)
    for verb in ("follow", "unfollow"):
        requests.post(f"{live_portal.url}/dataset/{verb}/{DATASET}", timeout=60)
    return number


@pytest.mark.parametrize("kind", ["m", "u"])
@pytest.mark.parametrize("path", ["api/3/action/follow_dataset", f"dataset/follow/{DATASET}"])
def test_a_page_elsewhere_cannot_act_with_a_login(
    new_page, other_site, following, seen_by_others, kind: str, path: str
):
    page = new_page(role="publisher")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.goto(f"{other_site}/{kind}/{path}")
    assert not following()
    assert sent.value.request.all_headers()["cookie"], "the browser sent the login: same site, other port"
    assert sent.value.status == 403
    text = sent.value.json()["error"]["message"] if path.startswith("api/") else sent.value.text()
    assert "Sie wurde abgelehnt, nichts wurde geändert" in text


def test_the_portals_own_pages_act_and_send_files(new_page, following, seen_by_others):
    page = new_page(role="publisher")
    page.goto(f"/dataset/{DATASET}")
    assert page.evaluate(BY_SCRIPT, ["follow_dataset", "id", seen_by_others]) == 200 and following()
    table = "Stadtteil;Haushalte\nNord;12\n"
    assert page.evaluate(BY_SCRIPT, ["ierwohnen_table_recognise", "upload", table]) == 200
    with page.expect_navigation():
        page.evaluate(BY_FORM, f"/dataset/unfollow/{DATASET}")
    assert not following()


def test_programs_with_the_cookie_and_tokens_are_free(live_portal, new_page, following, seen_by_others):
    page = new_page(role="publisher")
    login = requests.Session()
    login.headers["X-CSRFToken"] = page.evaluate(TOKEN)
    for cookie in page.context.cookies():
        login.cookies.set(cookie["name"], cookie["value"])
    action, foreign = f"{live_portal.url}/api/3/action/follow_dataset", {"Origin": "https://mitmachen.stadt.example"}

    refused = login.post(action, json={"id": seen_by_others}, headers=foreign, timeout=60)
    assert refused.status_code == 403 and not following()
    assert "public" not in refused.headers["Cache-Control"]
    answer = refused.json()
    assert answer["success"] is False and answer["error"]["__type"] == "Authorization Error"
    assert answer["help"].endswith("/api/3/action/help_show?name=follow_dataset")
    english = login.post(f"{live_portal.url}/en/api/3/action/follow_dataset", json={}, headers=foreign, timeout=60)
    assert english.status_code == 403 and english.json()["error"]["message"] == MESSAGE
    assert login.head(action, headers=foreign, timeout=60).status_code == 403
    referred = {"Referer": "http://127.0.0.1:1/page"}
    assert login.post(action, json={"id": seen_by_others}, headers=referred, timeout=60).status_code == 403
    # A key that is none does not make a request one with an API token.
    assert login.post(action, json={}, headers={**foreign, "Authorization": "x"}, timeout=60).status_code == 403

    read = login.get(f"{live_portal.url}/api/3/action/package_show?id={DATASET}", headers=foreign, timeout=60)
    assert read.status_code == 200
    assert login.post(action, json={"id": seen_by_others}, timeout=60).status_code == 200 and following()
    token = {"Authorization": live_portal.accounts["publisher"]["token"]}
    undo = f"{live_portal.url}/api/3/action/unfollow_dataset"
    undone = requests.post(undo, json={"id": seen_by_others}, headers={**foreign, **token}, timeout=60)
    assert undone.status_code == 200 and not following()
