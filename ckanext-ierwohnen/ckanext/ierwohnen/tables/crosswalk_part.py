"""The part of the check page that shows a conversion to other boundaries, from the result of the check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

MOST = 40  # moves that are listed
WHOLE = 1 - 1e-9


def crosswalk_part(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows: sentence, bases to choose from, columns with their rule, and the units that changed."""
    stayed = [move["from"] == move["to"] and move["share"] > WHOLE for move in found["moves"]]
    moves = [_move(move) for move, same in zip(found["moves"], stayed, strict=True) if not same]
    left = len(moves) - MOST
    words = tk.ungettext("%(num)d more change", "%(num)d more changes", max(left, 0)) % {"num": left}
    return {
        "year": found["boundary_date_to"][:4],
        "text": found["text"],
        "basis": found["basis"],
        "bases": found["bases"],
        "columns": [_column(column) for column in found["columns"]],
        "moves": moves[:MOST],
        "moves_left": words if left > 0 else "",
    }


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    share = column["split_share"]
    split = tk._("{share} % of it were divided and are estimated.") if share else ""
    # Less than a tenth of a per cent is still something.
    shown = tk.h.iw_number(max(0.1, round(100 * share, 1)), precision=1)
    return {"column": column["column"], "why": column["why"], "split": split.format(share=shown)}


def _move(move: Mapping[str, Any]) -> str:
    source, target = (f"{move[end]} {move[f'{end}_name']}".strip() for end in ("from", "to"))
    if move["share"] > WHOLE:
        return tk._("{source} went wholly into {target}").format(source=source, target=target)
    share = tk.h.iw_number(100 * move["share"], precision=1)
    return tk._("{source} went to {share} % into {target}").format(source=source, share=share, target=target)
