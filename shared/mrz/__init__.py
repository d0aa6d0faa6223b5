"""Machine-readable zones of travel documents (ICAO Doc 9303): their formats, check digits, and what they say.

Knows no record and no register.
"""

from shared.mrz.check_digits import OtherReading, check_digit, expected_digits, is_wrong, readings_of
from shared.mrz.holder import Holder, holder_of
from shared.mrz.layouts import BIRTH, NUMBER, ZoneFormat
from shared.mrz.zones import MAX_LENGTH, MAX_NUMBER, WrongDigit, Zone, ZoneUnreadable, read_zone

__all__ = [
    "BIRTH",
    "MAX_LENGTH",
    "MAX_NUMBER",
    "NUMBER",
    "Holder",
    "OtherReading",
    "WrongDigit",
    "Zone",
    "ZoneFormat",
    "ZoneUnreadable",
    "check_digit",
    "expected_digits",
    "holder_of",
    "is_wrong",
    "read_zone",
    "readings_of",
]
