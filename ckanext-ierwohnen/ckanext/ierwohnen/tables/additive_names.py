"""Names that speak for figures that cannot be added up: shares, means, prices, ranks, grades, labels."""

from __future__ import annotations

import re

# Words by themselves or at the end of a longer one ("Leerstandsquote"); a rank or a grade only as the whole word.
_RELATIVE = re.compile(
    r"%|‰|/|\b(?:prozent|percent|quote|rate|anteil|je|pro|median|mittel|durchschnitt|mean|average|share|rank|ratio)\w*\b"
    r"|(?<!sepa)(?:quote|quotient|rate|anteile?|dichte|index|rang|median|durchschnitt|mittelwert|preis|miete)n?\b",
    re.I,
)
_ORDINAL = re.compile(
    r"\b(?:rang|ränge|rangplatz|rangfolge|rangziffer|rangnummer|ranking|rank|platz|platzierung|position|stelle|"
    r"(?:schul|gesamt)?note|score|punktwert|stufe|klasse|kategorie|typ|baujahr|jahrgang|nummer|nr\.?|lfd\.? ?nr\.?)"
    r"(?:$|(?=[\s_(,;:–-]))|rang(?:platz|ziffer)?\b",
    re.I,
)


def named_not_additive(text: str) -> bool:
    """True for a name or unit of what does not add up, whatever the values look like (ranks are whole numbers, too)."""
    return bool(_RELATIVE.search(text) or named_ordinal(text))


def named_ordinal(text: str) -> bool:
    """True for ranks, grades, classes and numbers that are labels: neither sum nor mean of them says anything."""
    return bool(_ORDINAL.search(text))
