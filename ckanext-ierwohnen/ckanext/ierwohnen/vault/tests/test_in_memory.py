"""An upload of stock stays in memory and is bounded; any other upload goes as before."""

from __future__ import annotations

import io

import pytest
from flask import Flask, Request

from ckanext.ierwohnen.vault.deliveries import LIMIT
from ckanext.ierwohnen.vault.in_memory import FORM, kept_in_memory

LARGE = b"x" * 600_000  # beyond what the framework keeps in memory by itself


@pytest.mark.parametrize(
    ("path", "ours"),
    [("/ierwohnen/bestand/wohnbau/laden", True), ("/api/3/action/ierwohnen_stock_load", True),
     ("/api/action/ierwohnen_stock_check", True), ("/dataset/x/resource/new", False)],
    ids=["page", "load", "check", "other"],
)  # fmt: skip
def test_a_large_upload_never_becomes_a_file(path, ours):
    app = Flask(__name__)
    app.request_class = kept_in_memory(Request)
    data = {"upload": (io.BytesIO(LARGE), "bestand.csv")}
    with app.test_request_context(path, method="POST", data=data) as context:
        stream = context.request.files["upload"].stream
        assert isinstance(stream, io.BytesIO) is ours
        assert stream.read() == LARGE
        assert context.request.max_content_length == (LIMIT + FORM if ours else None)
