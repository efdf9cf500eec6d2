"""The documentation is complete: every option, action, plugin and dependency is in it, and no link is dead."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ckanext-ierwohnen" / "ckanext" / "ierwohnen"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def options() -> set[str]:
    found: set[str] = set()
    for file in PACKAGE.glob("*/config_declaration.yaml"):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            found |= {option["key"] for option in group["options"]}
    return found


def actions() -> set[str]:
    found: set[str] = set()
    for file in PACKAGE.glob("*/actions.py"):
        tree = ast.parse(file.read_text("utf-8"))
        found |= {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("ierwohnen_")
        }
    return found


def setup_text() -> str:
    return (ROOT / "setup.py").read_text("utf-8")


def test_every_option_is_documented():
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert options()
    assert not {option for option in options() if f"`{option}`" not in text}


def test_no_option_is_documented_that_does_not_exist():
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `((?:ckanext\.)?ierwohnen\.[a-z0-9_.]+)`", text, re.M))
    assert documented <= options()


def test_every_action_is_documented():
    text = (ROOT / "docs" / "actions.md").read_text("utf-8")
    assert actions()
    assert not {action for action in actions() if f"`{action}`" not in text}


def test_every_plugin_is_documented():
    plugins = set(re.findall(r'"(ierwohnen_[a-z]+) = ', setup_text()))
    text = (ROOT / "docs" / "install.md").read_text("utf-8")
    assert plugins
    assert not {plugin for plugin in plugins if f"`{plugin}`" not in text}


def test_all_plugins_are_turned_on_as_documented():
    """But the demonstration's, which belongs on no real portal."""
    ours = set(re.findall(r'"(ierwohnen_\w+) = ckanext', setup_text())) - {"ierwohnen_dcat_ap_de", "ierwohnen_demo"}
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    listed = re.search(r"ckan\.plugins = (.*?)```", page, re.S)
    assert listed and {one for one in listed[1].split() if one.startswith("ierwohnen_")} == ours


def test_every_dependency_has_its_reason():
    wanted = re.findall(r'^ {8,12}"([A-Za-z][A-Za-z0-9_-]*)', setup_text(), re.M)
    names = {name.lower() for name in wanted if not name.startswith(("ierwohnen", "ckanext.", "babel.", "ckan."))}
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    assert {"pandas", "shapely", "highspy"} <= names
    assert not {name for name in names if f"`{name}`" not in text}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_are_there(page: Path):
    """By their path from the checkout or from the rooms; ROOM stands for any."""
    named = re.findall(r"`([\w.-]+/[\w./-]+\.(?:py|yaml|css|js|po|md|html))`", page.read_text("utf-8"))
    assert not [one for one in named if "ROOM" not in one and not any((top / one).exists() for top in (ROOT, PACKAGE))]


def test_the_doctor_is_called_as_it_can_be():
    """`./portal python` has no addresses and keys of the store in its environment."""
    for page in PAGES:
        assert "./portal python -m ckanext.ierwohnen.vault doctor" not in page.read_text("utf-8")
    for name in ("vault.md", "development.md"):
        assert "./portal ckan ierwohnen-vault doctor" in (ROOT / "docs" / name).read_text("utf-8")


def test_what_data_protection_officers_read_fits_on_two_pages():
    """A4, 10 pt, margins of 2 cm, as it is printed and handed on."""
    import markdown
    from weasyprint import CSS, HTML

    text = (ROOT / "docs" / "confidentiality.md").read_text("utf-8")
    sheet = """@page { size: A4; margin: 2cm } html { font: 10pt "Liberation Sans" }
        h1 { font-size: 14pt; margin: 0 0 6pt } h2 { font-size: 11pt; margin: 8pt 0 3pt }
        p, ul, ol, table { margin: 0 0 4pt } table { border-collapse: collapse }
        td, th { border: 0.5pt solid; padding: 1pt 4pt; text-align: left; vertical-align: top }"""
    html = f'<html lang="de">{markdown.markdown(text, extensions=["tables"])}</html>'
    assert "<table>" in html and "<ol>" in html and text.count("\n- ") > 5
    assert len(HTML(string=html).render(stylesheets=[CSS(string=sheet)]).pages) <= 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert not [target for target in local if not (page.parent / target).exists()]
