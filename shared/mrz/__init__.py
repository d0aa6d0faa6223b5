"""Machine-readable zones of travel documents (ICAO Doc 9303): their formats, check digits, and what they say.

Knows no record and no register.
"""

from shared.mrz.check_digits import OtherReading, check_digit, expected_digits, is_wrong, readings_of
from shared.mrz.holder import Holder, holder_of
from shared.mrz.layouts import BIRTH, ISSUES, NAMES, NUMBER, ZoneFormat
from shared.mrz.zones import MAX_LENGTH, MAX_NUMBER, PartlyRead, WrongDigit, Zone, ZoneUnreadable, read_parts, read_zone

__all__ = [
    "BIRTH",
    "ISSUES",
    "MAX_LENGTH",
    "MAX_NUMBER",
    "NAMES",
    "NUMBER",
    "Holder",
    "OtherReading",
    "PartlyRead",
    "WrongDigit",
    "Zone",
    "ZoneFormat",
    "ZoneUnreadable",
    "check_digit",
    "expected_digits",
    "holder_of",
    "is_wrong",
    "read_parts",
    "read_zone",
    "readings_of",
]
