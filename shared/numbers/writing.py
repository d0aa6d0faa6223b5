"""The normal form of a number: its signs alone, whatever script, separators and accents it was written with."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NO_SIGN: Final = re.compile("[^0-9A-Z]+")
# Abroad a plate is read in Latin letters (Vienna Convention on Road Traffic, 1968, annex 2), and a VIN has no others
# (ISO 3779), so letters of the Greek and Cyrillic alphabets are compared as those they look like.
_LOOKS_LIKE: Final = str.maketrans("АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXIJSABEZHIKMNOPTYX")
# What Unicode does not decompose: letters with a stroke; yeh and kaf as keyboards of Persian and of Egypt write them;
# and the stroke that makes an Arabic letter longer (U+0640), which is no letter.
_WRITTEN_AS: Final = str.maketrans("ĐÐØŁیىک", "DDOLييك", "\u0640")
_AS_COMPARED: Final = _LOOKS_LIKE | _WRITTEN_AS


# A check compares a number, examines it, and saves it.
@lru_cache(maxsize=1 << 11)
def signs_of(text: str) -> str:
    """Return letters and figures alone: Latin where they look so, without accents, in capitals; figures are ours."""
    if text.isascii():
        return text.upper() if text.isalnum() else _NO_SIGN.sub("", text.upper())
    decomposed = unicodedata.normalize("NFKD", text).upper().translate(_AS_COMPARED)
    # Figures of any script are compared as ours.
    return "".join(str(unicodedata.decimal(each, each)) for each in decomposed if each.isalnum())
