"""Reads documents: a machine-readable zone, a number with its issuer, or a number alone. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.console.search.reading.plates import is_rather_plate
from gateway.console.search.reading.readings import Certainty, Reading
from gateway.console.search.reading.signs import LEAST_SIGNS, LONGEST_PLATE, figures_in, is_of_number, is_plate_shaped
from gateway.console.search.reading.stated_countries import issuer_beside
from shared.numbers import has_wildcards, signs_of

LONGEST_DOCUMENT: Final = 12
# Two lines of 36 signs, with a sign or two that were not copied.
_SHORTEST_ZONE: Final = 60
_LEAST_FIGURES: Final = 2
_SHORTEST_ALONE: Final = 6
_USUAL: Final = (8, 9, 10)


def read_zone(text: str, _today: date) -> Iterator[Reading]:
    """Yield a machine-readable zone."""
    if "<" in text and len(text) >= _SHORTEST_ZONE:
        yield Reading("mrz", {"mrz": text}, Certainty.SURE)


def is_line_of_zone(text: str) -> bool:
    """Return whether a text is a line of a machine-readable zone, which is nothing without the others."""
    return "<" in text and len(text) < _SHORTEST_ZONE


def read_document(text: str, _today: date) -> Iterator[Reading]:
    """Yield a number of a document beside its issuer: a code as in a machine-readable zone, or a country."""
    issued = issuer_beside(text)
    if issued is None or has_wildcards(text):
        return
    signs = signs_of(issued.rest)
    if figures_in(signs) >= _LEAST_FIGURES and LEAST_SIGNS <= len(signs) <= LONGEST_DOCUMENT:
        fields = {"issuer": issued.code, "document_number": issued.rest}
        yield Reading("document", fields, _certainty_of(text, signs))


def _certainty_of(text: str, signs: str) -> Certainty:
    is_coded = re.match("[A-Za-z]{3}[^A-Za-z]", text) is not None
    if len(signs) > max(_USUAL) or (len(signs) < min(_USUAL) and not is_coded):
        return Certainty.POSSIBLE
    return Certainty.SURE if is_coded and len(signs) > LONGEST_PLATE else Certainty.LIKELY


def read_number_alone(text: str, _today: date) -> Iterator[Reading]:
    """Yield a number of a document whose issuer is not stated."""
    signs = signs_of(text)
    if not is_of_number(text) or figures_in(signs) < LEAST_SIGNS or has_wildcards(text):
        return
    if _SHORTEST_ALONE <= len(signs) <= LONGEST_DOCUMENT:
        is_usual = len(signs) in _USUAL and not is_plate_shaped(signs) and not is_rather_plate(text)
        certainty = Certainty.LIKELY if is_usual else Certainty.POSSIBLE
        yield Reading("document-number", {"document_number": text}, certainty)
