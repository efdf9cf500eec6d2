"""Why a release may not leave."""

from __future__ import annotations


class CheckRefused(Exception):
    """The release may not leave: `code` of `texts.TEXTS`, with the cell where there is one.

    The cell is one of the new tables, or none: others' tables are not told of. `rule` is for a house that is alone in
    the release: it tells about whose records they are.
    """

    def __init__(self, code: str, cell: str = "", rule: str = "") -> None:
        self.code, self.cell, self.rule = code, cell, rule
        super().__init__(code)
