"""Recognises an IBAN in a text by its length and its check digits (ISO 13616, ISO 7064 MOD 97-10)."""

import re
from typing import Final

# As the registry of ISO 13616 states them.
_COUNTRIES: Final = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_LENGTHS: Final = {country: length for length, countries in _COUNTRIES.items() for country in countries.split()}
# In groups with spaces or without; other words may follow the last. With dashes in groups of four alone, as no id has.
_WRITTEN: Final = re.compile(
    r"(?<![^\W_])(?<!-)(?=([A-Za-z]{2} ?\d ?\d(?: ?[0-9A-Za-z]){11,29}|[A-Za-z]{2}\d{2}(?:-[0-9A-Za-z]{4}){2,7}"
    r"(?:-[0-9A-Za-z]{1,3})?))"
)
_BETWEEN: Final = re.compile("[ -]")


def has_iban(text: str) -> bool:
    """Return whether a text has an IBAN whose check digits are right."""
    return any(_is_valid(_BETWEEN.sub("", found[1]).upper()) for found in _WRITTEN.finditer(text))


def _is_valid(signs: str) -> bool:
    length = _LENGTHS.get(signs[:2], 0)
    moved = signs[4:length] + signs[:4]
    return 0 < length <= len(signs) and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
