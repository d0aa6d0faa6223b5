"""By what lists of records, and extracts, are narrowed: the parameters of the API, with the codes that each takes.

A test compares them with the document of the API.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Selection(NamedTuple):
    """A parameter that narrows a list."""

    name: str
    codes: tuple[str, ...] = ()
    """What it may be; anything where there are none."""

    is_sign: bool = False
    """Whether it is a number or a code, which is written from left to right."""

    example: str = ""
    """What an officer may type."""


def _choice(codes: str, name: str = "status") -> Selection:
    return Selection(name, tuple(codes.split()))


_STATUS_OF_PERSON: Final = _choice(
    "convicted charged suspect wanted witness victim missing unable-to-identify deceased other", "person_status"
)
_COMMON: Final = (
    Selection("owner", (), True, "FR"),
    Selection("reference", (), True),
    Selection("expires_by", (), True, "2027-05"),
)

SELECTIONS: Final[Mapping[str, tuple[Selection, ...]]] = {
    "notices": (
        _choice("red blue green yellow black orange purple silver un-special", "colour"),
        _choice("draft submitted under-review waiting diffused published updated refused withdrawn expired cancelled"),
        Selection("number", (), True),
        _STATUS_OF_PERSON,
        *_COMMON,
    ),
    "persons": (_choice("in-force ended withdrawn"), _STATUS_OF_PERSON, *_COMMON),
    "missing-persons": (_choice("missing found withdrawn"), _STATUS_OF_PERSON, *_COMMON),
    "bodies": (_choice("unidentified identified withdrawn"), _STATUS_OF_PERSON, *_COMMON),
    "travel-documents": (
        _choice(
            "passport diplomatic service emergency identity-card visa residence-permit refugee seafarer laissez-passer",
            "type",
        ),
        _choice("stolen lost stolen-blank revoked invalid"),
        Selection("issuer", (), True),
        _choice("recovered withdrawn", "ended"),
        Selection("blanks", ("true", "false")),
        *_COMMON,
    ),
    "stolen-vehicles": (_choice("stolen recovered withdrawn"), *_COMMON),
    "vessels": (
        _choice(
            "motor-boat sailing-boat inflatable rigid-inflatable personal-watercraft dinghy houseboat"
            " fishing-vessel workboat ship other outboard-engine",
            "kind",
        ),
        _choice("stolen recovered withdrawn"),
        *_COMMON,
    ),
    "firearms": (
        _choice("lost stolen trafficked smuggled"),
        _choice("sought recovered withdrawn", "state"),
        *_COMMON,
    ),
    "works": (_choice("stolen origin-sought recovered withdrawn"), Selection("type"), *_COMMON),
    "valuables": (
        _choice("watch jewel coin musical-instrument telephone computer camera instrument machine tool other", "kind"),
        _choice("stolen recovered withdrawn"),
        *_COMMON,
    ),
    "fingerprints": (
        _choice("criminal non-criminal missing-person unidentified-body", "category"),
        _choice("active withdrawn"),
        _STATUS_OF_PERSON,
        *_COMMON,
    ),
}
"""Of the list of each kind."""

EXTRACTS: Final = (
    _choice("red yellow un-persons un-entities un", "kind"),
    Selection("name"),
    Selection("forename"),
    Selection("nationality", (), True),
    Selection("age_min", (), True),
    Selection("age_max", (), True),
    Selection("sex", ("M", "F", "U")),
    Selection("free_text"),
    Selection("warrant_country", (), True),
    Selection("un_reference", (), True),
    Selection("un_resolution", (), True),
)
"""Of the extracts of notices that everybody may see."""

STATEMENTS: Final = (
    Selection("title"),
    Selection("maker"),
    Selection("words"),
    Selection("type"),
    Selection("material"),
    Selection("made", (), True),
    Selection("height_mm", (), True),
    Selection("width_mm", (), True),
    Selection("depth_mm", (), True),
    Selection("length_mm", (), True),
    Selection("diameter_mm", (), True),
    Selection("weight_g", (), True),
    _choice("stolen origin-sought recovered withdrawn"),
)
"""Of a statement on what the public register of works of art has."""
