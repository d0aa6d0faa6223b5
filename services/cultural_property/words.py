"""The types of words that describe an object: a listed one is replaced by its standard name."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from services.cultural_property.vocabulary.makes import standard_make
from services.cultural_property.vocabulary.materials import standard_material, standard_technique
from services.cultural_property.vocabulary.types import standard_subtype, standard_type
from shared.codes.word_list import folded
from shared.numbers.stated import HAS_A_SIGN
from shared.people import Text
from shared.validation import wrong

LISTED: Final = "`GET /api/cultural-property/codes`"


def _require_letter(text: str) -> str:
    """Require what is compared: without any letter or figure, a word would fit whatever there is."""
    if not folded(text):
        raise wrong("", "must have a letter or a figure")
    return text


Word = Annotated[Text, StringConstraints(max_length=80, pattern=HAS_A_SIGN), AfterValidator(_require_letter)]
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
