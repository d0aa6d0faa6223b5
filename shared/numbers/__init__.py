"""Compares numbers that identify things, as people and cameras write them: plates, VINs, numbers of engines, serials.

Three forms: the normal form has the signs alone; the look-alike form, which is stored, makes one sign of those that are
taken for each other; the neighbourhood of a look-alike form has all that are one edit away. Knows no record.
"""

from shared.numbers.confusions import CONFUSED
from shared.numbers.edits import shortened
from shared.numbers.kinds import (
    DOCUMENT_NUMBER,
    END_SIGNS,
    ENGINE_NUMBER,
    MAX_SIGNS,
    PLATE,
    SERIAL_NUMBER,
    VIN,
    NumberKind,
)
from shared.numbers.neighbourhood import LEAST_SIGNS, neighbourhood
from shared.numbers.patterns import NumberPattern, has_wildcards, is_in_stars, masks_of, require_searchable
from shared.numbers.readings import Reading, reading, sign_words
from shared.numbers.writing import signs_of
from shared.numbers.written import COUNTRY_MARK, WrittenNumber, end_of, key_of, number_of

__all__ = [
    "CONFUSED",
    "COUNTRY_MARK",
    "DOCUMENT_NUMBER",
    "END_SIGNS",
    "ENGINE_NUMBER",
    "LEAST_SIGNS",
    "MAX_SIGNS",
    "PLATE",
    "SERIAL_NUMBER",
    "VIN",
    "NumberKind",
    "NumberPattern",
    "Reading",
    "WrittenNumber",
    "end_of",
    "has_wildcards",
    "is_in_stars",
    "key_of",
    "masks_of",
    "neighbourhood",
    "number_of",
    "reading",
    "require_searchable",
    "shortened",
    "sign_words",
    "signs_of",
]
