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

from ckanext.ierwohnen.previews.raster import png_of

GOLDEN = Path(__file__).parent / "golden"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def pixels(png: bytes) -> np.ndarray:
    """Height × width × 3 bytes on white of an 8-bit RGBA or RGB PNG that is not interlaced."""
    width, height, depth, kind, *_, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    assert depth == 8 and kind in (2, 6) and not interlaced, "a PNG of another kind"
    channels = 4 if kind == 6 else 3
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    size = width * channels
    raw, above, lines = zlib.decompress(data), bytes(size), []
    for start in range(0, len(raw), size + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + size], above, channels)
        lines.append(above)
    image = np.frombuffer(b"".join(lines), np.uint8).reshape(height, width, channels)
    if channels == 3:
        return image
    share = image[..., 3:] / 255
    return (image[..., :3] * share + 255 * (1 - share)).round().astype(np.uint8)


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """One line without its filter (PNG specification, 9.2)."""
    if kind == 0:
        return line
    out = bytearray(step) + bytearray(line)
    over = bytes(step) + above
    for at in range(step, len(out)):
        left, up, corner = out[at - step], over[at], over[at - step]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            rest = left + up - corner
            guess = min((left, up, corner), key=lambda value: abs(rest - value))
        out[at] = (out[at] + guess) & 255
    return bytes(out[step:])


def small_png(image: np.ndarray) -> bytes:
    """A PNG of few bytes: 16 steps in each channel, which is finer than the tolerance."""
    height, width, _ = image.shape
    steps = (image // 16 * 17).astype(np.uint8)
    lines = np.hstack([np.zeros((height, 1), np.uint8), steps.reshape(height, -1)]).tobytes()
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(lines, 9)),
             (b"IEND", b"")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def assert_same_picture(svg: str, name: str, *, share: float = 0.001, depth: int = 40) -> None:
    """Drawn at half its size, at most `share` of the pixels differ by more than `depth` of 255 in a channel."""
    file, made = GOLDEN / f"{name}.png", pixels(png_of(svg, 0.5))
    if os.environ.get("IERWOHNEN_NEW_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(small_png(made))
    golden = pixels(file.read_bytes())
    assert made.shape == golden.shape, f"{name} is {made.shape}, was {golden.shape}"
    different = (np.abs(made.astype(int) - golden) > depth).any(axis=2).mean()
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
