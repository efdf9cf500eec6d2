"""What stays secret in a release when it is protected once more, by less than what its readers were told. Pure.

What hides enough beside all releases need not do so by itself: what others tell can count as told although no reader of
the new one may know it (`dates.without_other_dates`). Hiding more takes nothing away, so what stands in the end is
protected each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ckanext.ierwohnen.confidential.model import Place, UnionModel
from ckanext.ierwohnen.confidential.protection import Outcome

Secret = Mapping[Place, tuple[str, ...]]  # place → the rules that protect it, none where it protects others


def secret_of(outcome: Outcome) -> Secret:
    """What the release hides."""
    model, reasons = outcome.model, outcome.protection.reasons
    return {place: reasons.get(cell, ()) for cell, place in model.places(model.prepared) if outcome.hidden[cell]}


def hidden_in(model: UnionModel, secret: Secret) -> np.ndarray:
    """bool[cells]: where it stands."""
    found = np.zeros(len(model), bool)
    found[[cell for cell, place in model.places(model.prepared) if place in secret] if secret else []] = True
    return found


def staying(model: UnionModel, secret: Secret) -> UnionModel:
    """The model with these kept."""
    return replace(model, kept=model.kept | hidden_in(model, secret)) if secret else model


def with_reasons(outcome: Outcome, secret: Secret) -> Outcome:
    """With the rules for which places were secret before."""
    if not secret:
        return outcome
    new = outcome.model.places(outcome.model.prepared)
    before = {cell: secret[place] for cell, place in new if secret.get(place)}
    protection = replace(outcome.protection, reasons=outcome.protection.reasons | before)
    return replace(outcome, protection=protection)
