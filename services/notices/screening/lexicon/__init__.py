"""The terms of each concept that the patterns name.

A term is a word, or several joined by `_`; `*` stands for any ending. Case, accents, articles and prepositions do not
count. English, French, Spanish and Arabic first, then what is cheap of languages in which charges are often worded.
"""

from typing import Final

from services.notices.screening.lexicon import belief, common, politics, private, rights

LEXICON: Final = {**common.TERMS, **politics.TERMS, **belief.TERMS, **private.TERMS, **rights.TERMS}
