"""Comparing pictures in tests: PNG by pixels, SVG by text and numbers, each with a tolerance.

Set IERWOHNEN_NEW_GOLDEN=1 to write what is made now as the new golden file; look at it before you commit it.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def pixels(png: bytes) -> np.ndarray:
    """Height × width × 4 bytes of an 8-bit RGBA or RGB PNG that is not interlaced."""
    width, height, depth, kind, *_, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    assert depth == 8 and kind in (2, 6) and not interlaced, "a PNG of another kind"
    channels = 4 if kind == 6 else 3
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + width * channels)
    image = np.zeros((height, width * channels), np.uint8)
    for number, line in enumerate(lines):
        image[number] = _unfiltered(line[0], line[1:], image[number - 1] if number else None, channels)
    return image.reshape(height, width, channels)


def _unfiltered(kind: int, line: np.ndarray, above: np.ndarray | None, step: int) -> np.ndarray:
    over = np.zeros_like(line) if above is None else above
    if kind == 0:
        return line
    if kind == 2:
        return line + over
    out = np.zeros(line.size, np.uint8)
    for at in range(line.size):
        left = int(out[at - step]) if at >= step else 0
        up, corner = int(over[at]), int(over[at - step]) if at >= step else 0
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) // 2
        else:
            estimate = left + up - corner
            guess = min((left, up, corner), key=lambda value: abs(estimate - value))
        out[at] = (int(line[at]) + guess) & 255
    return out


def assert_same_png(png: bytes, name: str, *, share: float = 0.004, depth: int = 40) -> None:
    """At most `share` of the pixels differ by more than `depth` of 255 in a channel (edges, letters)."""
    file = GOLDEN / name
    if os.environ.get("IERWOHNEN_NEW_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(png)
    made, golden = pixels(png).astype(int), pixels(file.read_bytes()).astype(int)
    assert made.shape == golden.shape, f"{name} is {made.shape}, was {golden.shape}"
    different = (np.abs(made - golden) > depth).any(axis=2).mean()
    assert different <= share, f"{different:.2%} of the pixels of {name} differ"


def assert_same_svg(svg: str, name: str, *, tolerance: float = 0.6) -> None:
    """The same elements and words; each number within `tolerance` pixels."""
    file = GOLDEN / name
    if os.environ.get("IERWOHNEN_NEW_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(svg, "utf-8")
    golden = file.read_text("utf-8")
    assert _NUMBER.sub("#", svg) == _NUMBER.sub("#", golden), f"{name} has other elements or words"
    made, was = [np.array([float(number) for number in _NUMBER.findall(text)]) for text in (svg, golden)]
    assert np.abs(made - was).max() <= tolerance, f"{name} differs by {np.abs(made - was).max()}"
