"""Hierarchies of a dimension: every category, its parent, and the total at the top.

Read from a parent file (CSV with the columns code and parent) or a τ-ARGUS `.hrc` file (depth by leading
signs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .errors import InputError
from .reading import clean_columns, cleaned, read_csv, read_text, row_of

TOTAL = "Total"


@dataclass(frozen=True)
class Hierarchy:
    """A tree of categories.

    `codes[0]` is the total; `parent[i]` is the index of the parent of `codes[i]` (−1 for the total). Parents
    come before their children.
    """

    codes: tuple[str, ...]
    parent: tuple[int, ...]

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each code in `codes`."""
        return {code: i for i, code in enumerate(self.codes)}

    @cached_property
    def is_leaf(self) -> np.ndarray:
        """bool[len(codes)]: categories that records may carry."""
        leaf = np.ones(len(self.codes), bool)
        for p in self.parent[1:]:
            leaf[p] = False
        return leaf

    @cached_property
    def depth(self) -> np.ndarray:
        """int[len(codes)]: 0 for the total, 1 for its children, …"""
        depth = np.zeros(len(self.codes), int)
        for i, p in enumerate(self.parent):
            if p >= 0:
                depth[i] = depth[p] + 1
        return depth

    @cached_property
    def height(self) -> np.ndarray:
        """int[len(codes)]: 0 for leaves, else one more than the highest child."""
        height = np.zeros(len(self.codes), int)
        for i in range(len(self.codes) - 1, 0, -1):
            height[self.parent[i]] = max(height[self.parent[i]], height[i] + 1)
        return height

    def ancestors(self, code: int) -> list[int]:
        """The category itself and everything above it, up to the total."""
        chain = [code]
        while self.parent[chain[-1]] >= 0:
            chain.append(self.parent[chain[-1]])
        return chain

    def children(self) -> dict[int, list[int]]:
        """Children by parent index; leaves are absent."""
        found: dict[int, list[int]] = {}
        for i, p in enumerate(self.parent):
            if p >= 0:
                found.setdefault(p, []).append(i)
        return found


def flat(categories: Iterable[str], total: str = TOTAL) -> Hierarchy:
    """A total over categories without levels between."""
    codes = sorted(set(categories))
    if total in codes:
        raise InputError("total-is-category", total=total)
    return Hierarchy((total, *codes), (-1, *([0] * len(codes))))


def from_parents(parents: Mapping[str, str | None], total: str = TOTAL, name: str = "") -> Hierarchy:
    """Build a hierarchy from child → parent (empty or None: directly below the total).

    Several categories without a parent are gathered under `total`; a single one is the total itself. Raises
    `InputError` for cycles, for a parent that is not itself listed (a gap), and for an inner node used twice.
    """
    if not parents:
        raise InputError("hierarchy-empty", name=name)
    for child, parent in parents.items():
        if parent and parent not in parents and parent != total:
            raise InputError("hierarchy-gap", name=name, code=child, parent=parent)
    _refuse_cycles(parents, name)
    tops = sorted(c for c, p in parents.items() if not p or (p == total and total not in parents))
    if len(tops) == 1 and tops[0] != total and any(p == tops[0] for p in parents.values()):
        total = tops[0]
    elif total in parents and (parents[total] or tops != [total]):
        raise InputError("hierarchy-total", name=name, total=total, tops=", ".join(tops))
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        if child != total:
            children.setdefault(parent or total, []).append(child)
    codes, above, queue = [total], [-1], [0]
    while queue:
        at = queue.pop(0)
        for child in sorted(children.get(codes[at], [])):
            codes.append(child)
            above.append(at)
            queue.append(len(codes) - 1)
    return Hierarchy(tuple(codes), tuple(above))


def _refuse_cycles(parents: Mapping[str, str | None], name: str) -> None:
    safe: set[str] = set()
    for start in parents:
        path: list[str] = []
        at: str | None = start
        while at and at in parents and at not in safe:
            if at in path:
                raise InputError("hierarchy-cycle", name=name, codes=" → ".join([*path[path.index(at) :], at]))
            path.append(at)
            at = parents[at]
        safe.update(path)


def read_parent_csv(path: Path, total: str = TOTAL) -> Hierarchy:
    """Read a CSV file with the columns `code` (or `key`) and `parent`; further columns are ignored."""
    frame = read_csv(path)
    names = {str(c).lower(): c for c in frame.columns}
    code = names.get("code") or names.get("key")
    if code is None or "parent" not in names:
        raise InputError("hierarchy-columns", name=path.name)
    frame = clean_columns(frame, (code, names["parent"]))
    parents: dict[str, str | None] = {}
    for at, (child, parent) in enumerate(zip(frame[code], frame[names["parent"]], strict=True)):
        if not child:
            raise InputError("hierarchy-no-code", name=path.name, row=row_of(frame, at))
        if child in parents and parents[child] != parent:
            raise InputError("hierarchy-two-parents", name=path.name, row=row_of(frame, at), code=child)
        parents[child] = parent
    return from_parents(parents, total, path.name)


def read_hrc(path: Path, total: str = TOTAL, sign: str = "@") -> Hierarchy:
    """Read a τ-ARGUS `.hrc` file: one category a line, its depth given by the leading signs ("@")."""
    parents: dict[str, str | None] = {}
    chain: list[str] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not cleaned(line):  # blank, or the sign that ends a file of DOS
            continue
        text = line.rstrip() if sign.isspace() else line.strip()
        depth = len(text) - len(text.lstrip(sign))
        code = cleaned(text[depth:])
        if not code:
            raise InputError("hierarchy-no-code", name=path.name, row=number)
        if depth > len(chain):
            raise InputError("hrc-jump", name=path.name, row=number, code=code)
        if code in parents:
            raise InputError("hierarchy-two-parents", name=path.name, row=number, code=code)
        parents[code] = chain[depth - 1] if depth else None
        chain = [*chain[:depth], code]
    if not parents:
        raise InputError("hierarchy-empty", name=path.name)
    tops = [c for c, p in parents.items() if p is None]
    if len(tops) == 1 and len(parents) > 1:  # a .hrc never lists the total; keep it above a single top category
        return from_parents(
            {**parents, total: None, tops[0]: total} if total not in parents else parents, total, path.name
        )
    return from_parents(parents, total, path.name)


def read_hierarchy(path: Path, total: str = TOTAL, sign: str = "@") -> Hierarchy:
    """Read a hierarchy file by its ending (`.hrc`, with the sign that shows the depth, else parent CSV)."""
    return read_hrc(path, total, sign) if path.suffix.lower() == ".hrc" else read_parent_csv(path, total)
