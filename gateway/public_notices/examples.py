"""The requests of the public notices API as the documents show them: about notices that `i247 seed` makes public."""

from collections.abc import Mapping
from typing import Final

_UN: Final = {"unReference": "SYe.999", "unResolution": "1267"}
# Of the red notice, the Security Council's person and none else.
_OF_D: Final = "^D.*$"
_PERSON_OF_UN: Final = {"notice_id": "2026-52514", "picture_id": "62412814", "name": _OF_D, **_UN}

EXAMPLES: Final[Mapping[str, Mapping[str, str | int]]] = {
    "red": {
        "notice_id": "2026-52482",
        "picture_id": "62412748",
        "name": _OF_D,
        "forename": "marcel",
        "nationality": "FR",
        "freeText": "robbery",
        "sexId": "M",
        "arrestWarrantCountryId": "FR",
    },
    "yellow": {
        "notice_id": "2026-52512",
        "picture_id": "62412810",
        "name": "^H.*$",
        "forename": "mizuki",
        "nationality": "JP",
        "freeText": "liberdade",
        "sexId": "F",
    },
    "un": _PERSON_OF_UN,
    "un/persons": _PERSON_OF_UN,
    "un/entities": {"notice_id": "2026-52513", "picture_id": "62412812", "name": "harbour", **_UN},
}
"""By the path of a list: the notice, its picture, and the values of filters that find it."""

COMMON: Final[Mapping[str, int]] = {"ageMin": 18, "ageMax": 120, "page": 1, "resultPerPage": 20}
"""The values of parameters that are the same for all lists."""
