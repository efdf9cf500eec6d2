"""The parts as a reader or a screen reader meets them, rendered without a portal."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from ckanext.ierwohnen.look import chips, examples
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.look.sparkline import sparkline
from ckanext.ierwohnen.look.template_functions import FUNCTIONS

TEMPLATES = Path(__file__).parent.parent / "templates"


@pytest.fixture(scope="module")
def parts():
    """The macros of parts.html, as a template would import them."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    functions = {**FUNCTIONS, "iw_route": lambda endpoint: None}
    environment.globals["h"] = SimpleNamespace(**functions)
    return environment.get_template("ierwohnen/parts.html").module


@pytest.mark.parametrize("status", ["secret", "later", "blocked", "uncertain", "missing"])
def test_a_sign_is_shown_and_said(parts, status):
    """A cell without a number shows its sign and says the reason to a screen reader."""
    html = parts.value(Figure.of(None, status))
    sign = FUNCTIONS["iw_sign"](status)
    assert f">{sign['sign']}</span>" in html
    assert f'<span class="visually-hidden">{sign["label"]}</span>' in html


def test_violet_hatch_is_for_protected_values_only(parts):
    """Violet means: not for everyone. Other signs are grey."""
    assert "iw-sign protected" in parts.value(Figure.of(None, "secret"))
    assert "iw-sign secondary" in parts.value(Figure.of(None, "secret"), True)
    for status in ("later", "blocked", "uncertain", "missing"):
        assert "protected" not in parts.value(Figure.of(None, status))


def test_action_output_is_written_like_a_figure(parts):
    """Pages may pass what the API gives."""
    figure = Figure.of(5.2, "preliminary", precision=1)
    assert parts.value(figure.as_dict()) == parts.value(figure)


def test_text_from_data_is_escaped(parts):
    """A name in an office table cannot become markup."""
    html = parts.table([{"label": "<b>"}], [{"cells": ["<script>alert(1)</script>"]}], "<i>")
    assert "<script>" not in html and "<i>" not in html and "<b>" not in html


def test_table_explains_exactly_the_signs_that_occur(parts):
    """No sign without its explanation, no explanation without its sign."""
    data = examples.table("de")
    row = parts.table(data["columns"], data["rows"], "Leerstand").split('class="iw-signs"')[1]
    for status in Status:
        sign = FUNCTIONS["iw_sign"](status)
        occurs = status in ("secret", "corrected", "uncertain", "nothing", "later")
        assert sign is None or (sign["label"] in row) is occurs, status


def test_chips_keep_violet_for_audiences():
    """Only an audience that is not everyone may be violet, and never the public one."""
    tones = {(kind, value): chip.tone for kind, values in chips.CHIPS.items() for value, chip in values.items()}
    violet = {key for key, tone in tones.items() if tone == "prot"}
    assert violet == {("audience", value) for value in chips.CHIPS["audience"] if value != "public"}


def test_unknown_chip_shows_its_word(parts):
    """A value that the vocabulary lacks is shown, not hidden."""
    assert "verschoben" in parts.chip("schedule", "verschoben")


def test_band_names_its_audience(parts):
    """Grey with a globe for everyone, violet with a lock otherwise."""
    assert "protected" not in parts.band("public", "Für alle sichtbar")
    assert "fa-lock" in parts.band("organization", "Nur für Sie")


def test_sparkline_leaves_a_gap_for_a_missing_value():
    """A line is never drawn across a year without a value."""
    assert sparkline([1, 2, None, 3, 4]).count("<polyline") == 2
    assert sparkline([1.0, None]) == ""
    assert "aria-hidden" in sparkline([1, 2]) and 'role="img"' in sparkline([1, 2], alt="steigt")


def test_sparkline_of_a_constant_lies_in_the_middle():
    """Equal values are a level line, not a division by zero."""
    assert sparkline([5, 5], height=20).count("10.0") >= 2
