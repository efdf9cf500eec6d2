"""One set of parameters of noise for each secret and source.

The same records asked for with another variance, deviation or secret get other noise, and several of them can be
averaged. So the set is laid down in the rules, kept beside the secret from its first use on, and named in every
table, where the next one is compared with it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from pathlib import Path

from .cellkey import read_secret
from .errors import InputError
from .figures import PERTURBED
from .parameters import Noise
from .reading import read_csv, read_text

SUFFIX = ".noise"


def tightened(noise: Noise, max_deviation: int | None, variance: float | None, js: int | None) -> Noise:
    """The noise of the rules with what options ask for; raises `InputError` if that is less."""
    found = Noise(
        noise.max_deviation if max_deviation is None else max_deviation,
        noise.variance if variance is None else variance,
        noise.js if js is None else js,
    )
    for key in ("max_deviation", "variance", "js"):
        least, value = getattr(noise, key), getattr(found, key)
        if value < least:
            raise InputError("noise-less", option="--" + key.replace("_", "-"), value=f"{value:g}", least=f"{least:g}")
    return found


def mark(noise: Noise, secret: Path | None) -> str:
    """What a table says of its noise: the parameters, and a check of the secret that tells nothing about it."""
    found = f"cell key D={noise.max_deviation} V={noise.variance!r} js={noise.js}"
    if secret is None:
        return found
    return f"{found} {hmac.digest(read_secret(secret), b'mark of ' + found.encode(), 'sha256').hex()[:12]}"


def bound(secret: Path, wanted: str) -> dict[Path, str]:
    """The file beside the secret that is to be written with the first table.

    Raises `InputError` if another set of parameters was used with this secret.
    """
    path = record_of(secret)
    if path.is_file():
        recorded = read_text(path).strip()
        if recorded != wanted:
            raise InputError("noise-other", name=str(path), recorded=recorded, wanted=wanted)
        return {}
    return {path: wanted + "\n"}


def record_of(secret: Path) -> Path:
    """Where the parameters that belong to a secret are kept."""
    return secret.with_name(secret.name + SUFFIX)


def named(wanted: str, column: str | None) -> str:
    """The mark of a table: other identifiers or keys of the same records give other noise as well."""
    return f"{wanted} [{column}]"


def check_earlier(paths: Iterable[Path], wanted: str) -> None:
    """Raise `InputError` naming an earlier table whose noise is not the one that is wanted, or that names none."""
    for path in paths:
        frame = read_csv(path)
        noisy = frame[frame["status"].str.strip().str.lower() == PERTURBED]
        said = set(noisy["rule"]) if "rule" in noisy else {""}
        for recorded in sorted(said - {wanted}) if len(noisy) else ():
            raise InputError("noise-other", name=path.name, recorded=recorded or "–", wanted=wanted)
