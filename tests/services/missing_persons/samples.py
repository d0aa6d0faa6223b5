"""A missing person and an unidentified body, both fictitious."""

from typing import Any, Final

PERSON: Final[dict[str, Any]] = {
    "family_name": "Marlowe",
    "forename": "Julia Ann",
    "birth_name": "Ostrander",
    "sex": "F",
    "date_of_birth": "1987-04-19",
    "nationalities": ["NL", "BE"],
    "height": 172,
    "eyes": ["BLU"],
    "hair": ["BRO"],
    "marks": [{"kind": "tattoo", "body_part": "left forearm", "description": "swallow"}],
    "clothing": [{"kind": "jacket", "colour": "dark green"}],
    "jewellery": [{"kind": "ring", "material": "yellow gold", "inscription": "M & J 14-6-2009"}],
    "dental": {"teeth": [{"tooth": "36", "state": "filled", "surfaces": ["M", "O"], "material": "amalgam"}]},
    "last_seen_date": "2026-03-14",
    "last_seen_place": "Rotterdam, central station",
    "last_seen_country": "NL",
    "circumstances": "Left for work by train and did not arrive.",
    "report_reference": "RTD-2026-004417",
    "report_date": "2026-03-15",
}

BODY: Final[dict[str, Any]] = {
    "found_date": "2026-04-02",
    "found_place": "Hoek van Holland, beach",
    "found_country": "NL",
    "report_reference": "HVH-2026-000912",
    "condition": ["decomposed"],
    "sex": "F",
    "age_min": 30,
    "age_max": 45,
    "height_min": 165,
    "height_max": 173,
}
