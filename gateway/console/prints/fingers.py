"""The fingers of two hands as a form has them, and what is said of a print. No input or output."""

from collections.abc import Mapping
from typing import Any, Final


def _(text: str) -> str:
    return text


LEFT: Final = (10, 9, 8, 7, 6)
"""As the back of the left hand lies before its owner, from the little finger to the thumb (ANSI/NIST-ITL, table 12)."""

RIGHT: Final = (1, 2, 3, 4, 5)
POSITIONS: Final = frozenset(map(str, (*LEFT, *RIGHT)))

# As the warnings of a search have them: below these a print misses its finger more than ten times as often.
FEW_MINUTIAE: Final = 16
POOR_QUALITY: Final = 0.8
# The threshold of one comparison, and the default of a search.
THRESHOLD: Final = 0.03

_WSQ: Final = b"\xff\xa0"
_ADVICE: Final = {
    "image-unusable": _(
        "Send one finger as PNG or WSQ at 500 dpi, at most 1,600 by 1,500 pixels and 3,000,000 bytes, in grey."
    ),
    "too-few-minutiae": _("Take the print again: more of the finger, even pressure, a clean and dry surface."),
    "several-fingers": _("Crop the image to one finger, and send each finger alone."),
    "too-large": _("Send one finger as PNG or WSQ at 500 dpi, at most 1,600 by 1,500 pixels and 3,000,000 bytes."),
    "malformed": _("Choose a file."),
}


def media_type_of(image: bytes) -> str:
    """Return what a file is sent as: WSQ by its first bytes, else PNG. The API looks what it is."""
    return "image/x-wsq" if image.startswith(_WSQ) else "image/png"


def advice_on(code: str) -> str | None:
    """Return what helps against a refusal of a print, in English: the key of its translations."""
    return _ADVICE.get(code)


def faults_of(taken: Mapping[str, Any]) -> list[str]:
    """Return what makes a print a poor one, in English."""
    faults = []
    if taken["minutiae"] < FEW_MINUTIAE:
        faults.append(_("It shows few minutiae: it may miss its finger. Take it again with more of the finger."))
    if taken["quality"] < POOR_QUALITY:
        faults.append(_("It is not clear: it may miss its finger. Clean finger and glass, and press evenly."))
    return faults
