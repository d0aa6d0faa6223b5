"""The types of numbers as entries and searches state them: with a letter or a figure, and of a bounded length."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from shared.numbers.patterns import require_searchable
from shared.numbers.writing import signs_of
from shared.patterns import in_words
from shared.validation import wrong

# As far as all dialects of regular expressions agree: what is a letter beyond ASCII, they do not.
HAS_A_SIGN: Final = in_words("[0-9A-Za-z\u00aa-\uffff]", "must have a letter or a figure")
_LATIN_SIGN: Final = re.compile("[0-9A-Z]")


def _require_latin_sign(number: str) -> str:
    if _LATIN_SIGN.search(signs_of(number)) is None:
        raise wrong("", "must have a letter of A to Z or a figure, of any script")
    return number


Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=30, pattern=HAS_A_SIGN),
    AfterValidator(_require_latin_sign),
]
SearchedNumber = Annotated[Number, AfterValidator(require_searchable)]
