"""What a check at a post may ask for: the options of the command, and the members of a search of the same names."""

from collections.abc import Mapping
from typing import Final

# Each is of some kinds; the search of the pack refuses those of others.
ASKED: Final[Mapping[str, str]] = {
    "issuer": "of a document, such as FRA",
    "number": "of a document, in any writing",
    "type": "of a document, such as passport",
    "check_digit": "of a document, as read behind its number",
    "mrz": "the machine-readable zone of a document, instead of issuer and number",
    "vin": "of a vehicle, in any writing",
    "plate": "in any writing",
    "country": "of registration, such as DE",
    "engine_number": "in any writing",
    "serial_number": "of a firearm or valuable, in any writing; state the make as well",
    "imei": "of a telephone",
    "make": "only those of it, as are those below",
    "model": "such as 156",
    "calibre": "of a firearm, such as 9x19",
    "kind": "of a valuable, such as watch",
    "colour": "such as red",
    "year_min": "of manufacture",
    "year_max": "of manufacture",
}
