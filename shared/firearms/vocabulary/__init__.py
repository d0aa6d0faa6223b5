"""The words for kinds, makes, models and calibres: each has a standard name, and names that mean the same.

They are tables, `kinds.csv`, `makes.csv` and `calibres.csv`, of what is marked on firearms and printed in public
catalogues; the names of calibres are those of the C.I.P. and of SAAMI where these have one. Makes and calibres are no
free text: what is in no list is `Other`, with the words that are on the firearm (ADR 79).
"""

from typing import Final

UNKNOWN: Final = "Unknown"
OTHER: Final = "Other"
CRAFT_MADE: Final = "Craft-made"
UNSPECIFIC: Final = frozenset({UNKNOWN, OTHER, CRAFT_MADE})
"""Names that tell no maker or calibre from another."""
