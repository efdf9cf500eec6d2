"""A company's upload never touches the disk: the web framework would put a larger file into a temporary one."""

from __future__ import annotations

import io
import re
from typing import IO, Any

from ckanext.ierwohnen.vault.deliveries import LIMIT

FORM = 1024**2  # bytes for what stands beside the file in a form
_PATHS = re.compile(r"/ierwohnen/bestand/|/api/(?:\d+/)?action/ierwohnen_stock_")
PATHS = re.compile(rf"{_PATHS.pattern}|/ierwohnen/(?:bestand|freigaben)|/action/ierwohnen_(?:stock|release|ledger)_")
"""Addresses under which somebody sends or reads what is a company's."""


def kept_in_memory(request_class: type) -> type:
    """The request class of an application, with stock uploads in memory and bounded, for every visitor."""

    class StockRequest(request_class):  # type: ignore[misc, valid-type]
        @property
        def max_content_length(self) -> int | None:
            general = super().max_content_length
            return min(general or LIMIT + FORM, LIMIT + FORM) if self._of_stock else general

        @max_content_length.setter
        def max_content_length(self, value: int | None) -> None:
            self._max_content_length = value

        @property
        def _of_stock(self) -> bool:
            return bool(_PATHS.search(self.path))

        def _get_file_stream(self, *about: Any, **more: Any) -> IO[bytes]:
            return io.BytesIO() if self._of_stock else super()._get_file_stream(*about, **more)

    return StockRequest
