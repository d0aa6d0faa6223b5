"""Types for what an entry states of its readers, and for its reference. Who may see a record: see `access`."""

import unicodedata
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticKnownError
from typing_extensions import TypeAliasType

from shared.bureaus import MEMBERS, PARTNER_PATTERN, BureauCode, Member, kind_of
from shared.ids import RecordId
from shared.patterns import in_words
from shared.people import Text

MAX_PARTNERS: Final = 50
MAX_LINKS: Final = 20
MAX_REFERENCE: Final = 60
ALL_PARTNERS: Final = "all"


def _admissible(text: str) -> BureauCode:
    if text not in MEMBERS and kind_of(text) != "partner":
        raise ValueError(_A_READER)
    return BureauCode(text)


_A_READER: Final = "must be the code of a member, such as FR, or of a partner, such as PARTNER-ICC"


def _composed(reference: str) -> str:
    """Return a reference in Unicode form NFC, of which some characters are longer. Raises PydanticKnownError."""
    composed = unicodedata.normalize("NFC", reference)
    if len(composed) > MAX_REFERENCE:
        raise PydanticKnownError("string_too_long", {"max_length": MAX_REFERENCE})
    return composed


_A_PARTNER: Final = in_words(f"^{PARTNER_PATTERN}$", "must be the code of a partner, such as PARTNER-ICC")


def _form_of(partners: Any) -> str | None:
    """Return which form of partners is given, so that a mistake is an error of that form alone."""
    if isinstance(partners, list | tuple):
        return "named"
    return ALL_PARTNERS if partners == ALL_PARTNERS else None


Partner = Annotated[BureauCode, Field(pattern=_A_PARTNER, examples=["PARTNER-ICC"])]
Partners = TypeAliasType(
    "Partners",
    Annotated[
        # The list is first, as generated clients take the last form for granted.
        Annotated[Annotated[tuple[Partner, ...], Field(max_length=MAX_PARTNERS)], Tag("named")]
        | Annotated[Literal["all"], Tag(ALL_PARTNERS)],
        Discriminator(_form_of, custom_error_type="rule", custom_error_message="must be all, or a list of partners"),
        Field(
            description="Partners of the organisation that may see it: `all`, or those named, also such as join later; "
            "none if empty.",
        ),
    ],
)
Restricted = Annotated[
    tuple[
        Annotated[
            BureauCode,
            Field(pattern=in_words(f"^([A-Z]{{2}}|{PARTNER_PATTERN})$", _A_READER)),
            AfterValidator(_admissible),
        ],
        ...,
    ],
    Field(
        max_length=len(MEMBERS) + MAX_PARTNERS,
        description="Bureaus and partners that must not learn that the record exists.",
        examples=[["KE"]],
    ),
]
Addressed = Annotated[
    tuple[Member, ...],
    Field(
        max_length=len(MEMBERS),
        description="The only bureaus that may see it, besides the Secretariat; all members if empty.",
        examples=[["DE", "PL"]],
    ),
]
Links = Annotated[
    tuple[RecordId, ...],
    Field(
        max_length=MAX_LINKS,
        description="Records of yours, also of other services, that belong to the same case or person; shown to you "
        "alone. Who may see one of them finds those it may see of the others by `linked_to`.",
        examples=[[]],
    ),
]
Reference = Annotated[
    Text,
    StringConstraints(max_length=MAX_REFERENCE),
    AfterValidator(_composed),
    Field(
        description="Of the owner, unique among its records of this kind; names no person.",
        examples=["2026/DCPJ/00417"],
    ),
]
