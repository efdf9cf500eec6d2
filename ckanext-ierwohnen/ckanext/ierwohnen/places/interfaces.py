"""What other rooms give to this one, since arrows go down only: where the weights of a crosswalk come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ckan.plugins.interfaces import Interface
from ckan.types import Context


@dataclass(frozen=True)
class WeightPoints:
    """Points in degrees (``coordinates``: n × 2, longitude and latitude) with a weight each, and what they are of."""

    coordinates: np.ndarray
    weights: np.ndarray
    source: str


class ICrosswalkWeights(Interface):
    """Weights by which split units are divided: dwellings or people in small areas, addresses."""

    def crosswalk_bases(self, context: Context, systems: tuple[str, str], level: str) -> list[str]:
        """The bases (``dwellings``, ``population`` …) of which this reader may use weights between the systems."""
        return []

    def crosswalk_weights(
        self, context: Context, basis: str, systems: tuple[str, str], level: str
    ) -> WeightPoints | None:
        """The weights of a basis, or None if this plugin has none of it for this reader."""
        return None
