"""Names of people who do not exist, in the languages of all members: composed from pieces, in two scripts."""

from services.synthetic_names.drawing import (
    LANGUAGES,
    SyntheticName,
    Written,
    draw_epithet,
    draw_name,
    draw_town,
    language_of,
    surname,
    surnames_in,
)

__all__ = [
    "LANGUAGES",
    "SyntheticName",
    "Written",
    "draw_epithet",
    "draw_name",
    "draw_town",
    "language_of",
    "surname",
    "surnames_in",
]
