"""The types of words that describe an object: a listed one is replaced by its standard name."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from services.cultural_property.vocabulary.makes import standard_make
from services.cultural_property.vocabulary.materials import standard_material, standard_technique
from services.cultural_property.vocabulary.types import standard_subtype, standard_type
from shared.numbers import require_searchable, signs_of
from shared.patterns import in_words
from shared.people import Text

LISTED: Final = "`GET /api/cultural-property/codes`"
_HAS_A_SIGN = in_words("[0-9A-Za-z\u00aa-\uffff]", "must have a letter or a figure")


def _require_latin_sign(number: str) -> str:
    if not signs_of(number):
        raise ValueError("must have a letter or a figure")
    return number


Word = Annotated[Text, StringConstraints(max_length=80, pattern=_HAS_A_SIGN)]
Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=30, pattern=_HAS_A_SIGN),
    AfterValidator(_require_latin_sign),
]
SearchedNumber = Annotated[Number, AfterValidator(require_searchable)]
TypeName = Annotated[
    Word,
    AfterValidator(standard_type),
    Field(
        description=f"The first level, in any of the writings that {LISTED} lists; the record states the standard "
        "name. `other` if none fits.",
        examples=["painting"],
    ),
]
SubtypeName = Annotated[
    Word,
    AfterValidator(standard_subtype),
    Field(
        description=f"The second level, in any of the writings that {LISTED} lists; one that is not listed is "
        "accepted as written, with a warning.",
        examples=["portrait"],
    ),
]
Material = Annotated[
    Word,
    AfterValidator(standard_material),
    Field(description=f"In any of the writings that {LISTED} lists; any other is accepted, with a warning."),
]
Technique = Annotated[
    Word,
    AfterValidator(standard_technique),
    Field(description=f"In any of the writings that {LISTED} lists; any other is accepted, with a warning."),
]
Make = Annotated[
    Word,
    AfterValidator(standard_make),
    Field(description=f"The maker, in any of the writings that {LISTED} lists; any other is accepted, with a warning."),
]


class Attribution(StrEnum):
    """How surely an object is by its maker."""

    BY = "by"
    ATTRIBUTED_TO = "attributed-to"
    WORKSHOP_OF = "workshop-of"
    CIRCLE_OF = "circle-of"
    FOLLOWER_OF = "follower-of"
    MANNER_OF = "manner-of"
    AFTER = "after"


class MarkingKind(StrEnum):
    """What is written or stamped on an object."""

    SIGNATURE = "signature"
    INSCRIPTION = "inscription"
    DATE = "date"
    MAKERS_MARK = "makers-mark"
    ASSAY_MARK = "assay-mark"
    STAMP = "stamp"
    SEAL = "seal"
    COAT_OF_ARMS = "coat-of-arms"
    MONOGRAM = "monogram"
    INVENTORY_MARK = "inventory-mark"
    LABEL = "label"
    OTHER = "other"
