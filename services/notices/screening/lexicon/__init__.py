"""The terms of each concept that the patterns name.

A term is a word, or several joined by `_`; `*` stands for any ending. Case, accents, articles and prepositions do not
count. English, French, Spanish and Arabic first, then what is cheap of languages in which charges are often worded.
"""

from typing import Final

from services.notices.screening.lexicon import (
    belief,
    civil_life,
    common,
    crimes,
    military,
    politics,
    private,
    private_life,
    public_life,
    rights,
)

_THEMES: Final = (
    common,
    crimes,
    politics,
    public_life,
    civil_life,
    military,
    belief,
    private,
    private_life,
    rights,
)
LEXICON: Final = {concept: terms for theme in _THEMES for concept, terms in theme.TERMS.items()}
