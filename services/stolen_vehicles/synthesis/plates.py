"""The forms of plates: those of some countries as they are issued, of the others a common one."""

from collections.abc import Mapping
from typing import Final

from services.drawn_texts import Pattern, pattern
from shared.bureaus import MEMBERS

_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "AR": ("AA 999 AA", "AAA 999"),
    "AT": ("W 99999\\A", "GU 999 AA", "LL 999 AA", "I\\L 99 AAA"),
    "AU": ("AAA 99A", "1AA 9AA", "999 AAA"),
    "BE": ("\\1-LLL-999", "2-LLL-999"),
    "BG": ("\\CB 9999 KK", "PB 9999 KK", "\\C\\A 9999 KK"),
    "BR": ("AAA9A99", "AAA-9999"),
    "CA": ("AAAA 999", "AAA 999", "A99 99A"),
    "CH": ("ZH 199999", "BE 199999", "GE 99999", "\\VD 199999"),
    "CN": ("京A·V9999", "沪B·99V99", "粤B·9V999"),
    "CZ": ("1\\A9 9999", "2B9 9999", "5T9 9999"),
    "DE": ("B-AA 1999", "M-AA 1999", "HH-AA 199", "\\K-A 1999", "\\LB-AA 199", "FRG-A 199"),
    "DK": ("LL 99 999",),
    "ES": ("9999 CCC",),
    "FI": ("LLL-999",),
    "FR": ("LL-999-LL",),
    "GB": ("LL99 LLL", "LL99LLL"),
    "GR": ("KKK-1999",),
    "HU": ("AAA-999", "AA AA-999"),
    "IE": ("\\171-D-19999", "222-\\C-1999", "\\1\\91-\\L-199"),
    "IN": ("MH 99 AA 9999", "D\\L 9\\C AA 9999", "\\K\\A 99 AA 9999"),
    "IT": ("LL 999 LL",),
    "JP": ("品川 399 さ 99-99", "横浜 599 た 99-99"),
    "MX": ("AAA-99-99", "A99-AAA"),
    "NL": ("99-CCC-9", "C-999-CC", "CC-999-C"),
    "NO": ("LL 99999",),
    "PL": ("W\\A 99999", "\\KR 9\\A999", "PO 9LL99"),
    "PT": ("99-AA-99", "AA-99-AA"),
    "RO": ("B-199-AAA", "\\CJ-99-AAA", "TM-99-AAA"),
    "RU": ("K999KK 77", "K999KK \\1\\9\\9", "K999KK 78"),
    "SE": ("LLL 99V",),
    "TR": ("34 AA 9999", "06 AAA 999", "35 AA 999"),
    "UA": ("KK 9999 KK",),
    "US": ("9LLL999", "LLL-9999", "LLL 999", "999-LLL"),
    "ZA": ("LL 99 LL GP", "\\C\\A 999-999"),
}
# Of the countries that are not listed, by turns.
_COMMON: Final = ("AAA 9999", "AA 99999", "A 999 AA", "9999 AA 9", "AAA 999", "199999")


def _made() -> Mapping[str, tuple[Pattern, ...]]:
    codes = sorted(MEMBERS)
    common = {code: (_COMMON[place % len(_COMMON)],) for place, code in enumerate(codes)}
    return {code: tuple(map(pattern, _FORMS.get(code, common[code]))) for code in codes}


PLATES: Final = _made()
"""The patterns of plates of each member, by its code."""
