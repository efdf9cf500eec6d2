"""What a walk over all pages needs: addresses by kind, texts of a page, and what is not in the page's language."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import ckanext.ierwohnen
import flask
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from ckanext.ierwohnen.tables.code_lists import code_lists
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

ROOM = Path(ckanext.ierwohnen.__file__).parent
TYPES = "dataset|indicator-data|spatial-system|stock-data"
CORE = (
    (rf"/({TYPES})/edit/[^/]+", "/dataset/edit/…"),
    (rf"/({TYPES})/(new|activity|groups|followers|resources|manage_members|collaborators)(/.*)?", r"/dataset/\2/…"),
    (rf"/({TYPES})/[^/]+/resource/[^/]+/view/.*", "/dataset/…/resource/…/view/…"),
    (rf"/({TYPES})/[^/]+/resource/[^/]+", "/dataset/…/resource/…"),
    (rf"/({TYPES})/[^/]+/resource/[^/]+/(.+)", r"/dataset/…/resource/…/\2"),
    (r"/(spatial-system)/[^/]+", "/spatial-system/…"),
    (rf"/({TYPES})/[^/]+", "/dataset/…"),
    (r"/(organization|group|user)/(new|edit|about|activity|members|member_new|admins|bulk_process|generate_apikey)(/.*)?",
     r"/\1/\2/…"),
    (r"/(organization|group|user)/(login|reset|register|_logout|logged_out_redirect)", r"/\1/\2"),
    (r"/(organization|group|user)/[^/]+(/.*)?", r"/\1/…\2"),
    (r"/dashboard/(.*)", r"/dashboard/\1"),
)  # fmt: skip
TEXTS = ("title", "aria-label", "alt", "placeholder", "data-zoom-in", "data-zoom-out", "data-words")
SKIPPED = {"script", "style", "template", "pre", "code", "textarea"}
ENGLISH_WORDS = re.compile(
    r"\b([Tt]he|[Aa]nd|of|[Yy]our|[Yy]ou|[Tt]his|[Tt]hese|are|[Pp]lease|with|[Ff]rom|by|[Ss]earch|[Ss]how|[Tt]here|"
    r"have|has|been|which|[Oo]nly|[Oo]ther)\b"
)
GERMAN_WORDS = re.compile(
    r"[äöüÄÖÜß]|\b(und|oder|der|das|dem|den|nach|mit|von|bei|eine|einer|nicht|wird|werden|ist|sind|aus|zum|zur|"
    r"im|auf|als|kein|keine|je|alle|noch|Stadtteil|Stand|Quelle|Jahr|Datensatz|Anzahl)\b"
)


@dataclass(frozen=True)
class Text:
    """A piece of text of a page and where it stands."""

    where: str
    text: str


@cache
def our_routes() -> flask.Flask:
    """An application with nothing but our own routes."""
    app = flask.Flask("ours")
    found: dict[int, flask.Blueprint] = {}
    for module in pkgutil.walk_packages([str(ROOM)], "ckanext.ierwohnen."):
        if "views" in module.name.rsplit(".", 1)[-1] and ".tests" not in module.name:
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, flask.Blueprint):
                    found[id(value)] = value
    for blueprint in found.values():
        app.register_blueprint(blueprint)
    return app


def our_endpoints() -> set[str]:
    """Names of all routes of ours that answer GET."""
    rules = our_routes().url_map.iter_rules()
    return {rule.endpoint for rule in rules if "GET" in (rule.methods or ()) and rule.endpoint != "static"}


def kind_of(address: str) -> str:
    """What kind of page an address shows: our endpoint, or the pattern of CKAN's."""
    path = re.sub(r"^/(de|en)(?=/|$)", "", urlsplit(address).path) or "/"
    try:
        return our_routes().url_map.bind("x").match(path, method="GET")[0]
    except (HTTPException, RequestRedirect):  # not ours
        for pattern, kind in CORE:
            if (found := re.fullmatch(pattern, path)) is not None:
                return found.expand(kind)
        return path


def links_of(page: BeautifulSoup, address: str) -> Iterator[str]:
    """Addresses of the same portal without query that a page leads to."""
    host = urlsplit(address).netloc
    for link in page.find_all("a", href=True):
        parts = urlsplit(urljoin(address, str(link["href"])))
        if parts.netloc == host and parts.scheme.startswith("http"):
            yield re.sub(r"^/(de|en)(?=/|$)", "", parts.path) or "/"


def texts_of(page: BeautifulSoup) -> Iterator[Text]:
    """All texts in the language of the page: text nodes, and the attributes that readers see or hear."""
    language = str(page.html.get("lang", "")) if page.html else ""
    for mark in page.find_all("mark"):
        mark.unwrap()
    for cell in page.select(".iw-sheet td, .activity a"):
        cell.decompose()  # the uploaded file as it is; titles of what may be gone by now
    page.smooth()
    for node in page.find_all(string=True):
        if isinstance(node, NavigableString) and not isinstance(node, Comment) and (text := _plain(node)):
            parent = node.parent
            if parent is not None and parent.name not in SKIPPED and _language(parent) == language:
                yield Text(parent.name, text)
    for tag in page.find_all(True):
        for name in TEXTS:
            if (text := _plain(str(tag.get(name, "")))) and _language(tag) == language and tag.name not in SKIPPED:
                yield Text(f"{tag.name}[{name}]", text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _language(tag: Tag) -> str:
    for one in (tag, *tag.parents):
        if one.name in SKIPPED:
            return "none"
        if one.get("lang"):
            return str(one["lang"])
    return ""


@cache
def our_words() -> tuple[dict[str, str], list[re.Pattern[str]]]:
    """English → German of our catalogues, and patterns for those with places for values."""
    words: dict[str, str] = {}
    german: set[str] = set()
    for file in sorted(ROOM.glob("*/i18n/de/LC_MESSAGES/*.po")):
        with file.open("rb") as stream:
            for message in read_po(stream):
                pairs = zip(_several(message.id), _several(message.string), strict=False)
                found = {_plain(english): _plain(own) for english, own in pairs if english}
                words.update(found)
                german.update(found.values())
    differing = {english: own for english, own in words.items() if english != own and english not in german}
    places = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%[sd]")
    patterns = []
    for english in [one for one in differing if places.search(one)]:
        fixed = [re.escape(part) for part in places.split(english)]
        if len(re.sub(r"\W", "", "".join(fixed))) >= 8:
            patterns.append(re.compile(".+".join(fixed)))
    return differing, patterns


def _several(text: str | Iterable[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def not_german(text: str, data: list[str]) -> bool:
    """Whether a text of a German page is one of our English words, or holds English that is no data."""
    words, patterns = our_words()
    if text in data:
        return False
    if text in words or any(pattern.fullmatch(text) for pattern in patterns):
        return True
    return bool(ENGLISH_WORDS.search(text)) and bool(ENGLISH_WORDS.search(_without(text, data)))


def not_english(text: str, data: list[str]) -> bool:
    """Whether a text of an English page holds German that is no data, or a German class of a code list."""
    return any(words.search(text) and words.search(_without(text, data)) for words in (GERMAN_WORDS, german_classes()))


@cache
def german_classes() -> re.Pattern[str]:
    """Classes of dimensions as German tables write them: `weiblich`, `unter 18`, `75 und älter`."""
    labels = {pair for known in code_lists().values() for pair in known.labels.values()}
    words = sorted(re.escape(german) for german, english in labels if german != english)
    return re.compile(rf"\b({'|'.join(words)}|(unter|bis|ab) \d+|\d+ (und|oder) (mehr|älter|später))\b")


def without_classes(data: list[str]) -> list[str]:
    """What offices wrote without the names of classes, which every page says in its own language."""
    return [one for one in data if not german_classes().fullmatch(one)]


def _without(text: str, data: list[str]) -> str:
    """The text without the data in it, and empty if it is the beginning of one; `data` goes from long to short."""
    begun = re.sub(r"\s*(\.\.\.|…)$", "", text)
    if begun != text and any(one.startswith(begun) for one in data):
        return ""
    for one in data:
        text = text.replace(one, " ")
    return text
