"""Types for the description of a person: bounded texts, and the codes of INTERPOL."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from shared.names.words import name_of
from shared.patterns import in_words
from shared.validation import wrong

# Printable characters, at least one of them no space; a long text may have several lines.
_ONE_LINE = in_words(
    r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$",
    "must be one line without control characters, and not blank",
)
_LINES = in_words(
    r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x08\x0b-\x1f\x7f]*$",
    "must have no control characters but line feeds and tabs, and not be blank",
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_ONE_LINE)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=_LINES)]
Centimetres = Annotated[int, Field(ge=20, le=280, description="In centimetres.", examples=[172])]
Kilograms = Annotated[int, Field(ge=1, le=400, description="In kilograms.", examples=[64])]


# What joins or parts the letters of some scripts belongs to the writing of names.
_JOINERS: Final = frozenset("\u200c\u200d")
# Marks on one letter, such as vowels and accents; more of them cover the lines above and below.
MAX_MARKS: Final = 4


def require_visible(texts: Mapping[str, str | None]) -> None:
    """Require texts, by their pointers, without characters that nobody sees: two could look alike and differ.

    Raises PydanticCustomError.
    """
    for pointer, text in texts.items():
        if any(unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp"} for each in text or "" if each not in _JOINERS):
            raise wrong(pointer, "must have no invisible characters, such as zero-width spaces and marks of direction")


def require_few_marks(texts: Mapping[str, str]) -> None:
    """Require texts, by their pointers, whose marks cover nothing beside them. Raises PydanticCustomError."""
    for pointer, text in texts.items():
        if _most_marks(text) > MAX_MARKS:
            raise wrong(pointer, f"must have at most {MAX_MARKS} marks on a letter, such as accents")


def _most_marks(text: str) -> int:
    """Return the greatest number of marks that follow one another."""
    runs = groupby(text, lambda each: unicodedata.category(each) in {"Mn", "Me"})
    return max((len(list(run)) for are_marks, run in runs if are_marks), default=0)


def comparable(text: str) -> str:
    """Return a name that has a word for comparison, which signs and pictures are not. Raises ValueError."""
    if not name_of(text).words:
        raise ValueError("must have a letter or a digit")
    return text


SearchedName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(comparable),
]


class StatusOfPerson(StrEnum):
    """What a person is in the case that a record is about (RPD article 44)."""

    CONVICTED = "convicted"
    CHARGED = "charged"
    SUSPECT = "suspect"
    WANTED = "wanted"
    WITNESS = "witness"
    VICTIM = "victim"
    MISSING = "missing"
    UNABLE_TO_IDENTIFY = "unable-to-identify"
    """Unable to identify themselves."""
    DECEASED = "deceased"
    OTHER = "other"


class Sex(StrEnum):
    """The sex as INTERPOL's notices code it."""

    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"


class EyeColour(StrEnum):
    """The colour of the eyes as INTERPOL's notices code it."""

    BLACK = "BLA"
    BLUE = "BLU"
    LIGHT_BLUE = "BLUL"
    BROWN = "BRO"
    DARK_BROWN = "BROD"
    HAZEL_BROWN = "BROH"
    LIGHT_BROWN = "BROL"
    GREEN = "GRE"
    GREY = "GRY"
    OTHER = "OTHC"
    OTHER_DARK = "OTHD"
    OTHER_LIGHT = "OTHL"


class HairColour(StrEnum):
    """The hair as INTERPOL's notices code it."""

    BLACK = "BLA"
    BROWN = "BRO"
    LIGHT_BROWN = "BROF"
    GREY = "GRY"
    GREYING = "GRYG"
    BALD = "HAIB"
    DYED = "HAID"
    OTHER_DARK = "OTHD"
    RED = "RED"
    AUBURN = "REDA"
    WHITE = "WHI"
    BLOND = "YELB"
