"""Reads number plates, with the country that stands before or after them. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.console.search.country_codes import country_of, is_on_vehicles
from gateway.console.search.reading.readings import Certainty, Reading
from gateway.console.search.reading.signs import LONGEST_PLATE, figures_in, is_of_number, is_plate_shaped
from gateway.console.search.reading.stated_countries import country_beside
from shared.numbers import signs_of

MAX_PLATE: Final = 20
_LEAST_SIGNS: Final = 2
_LONGEST_USUAL: Final = 10
_LONGEST_OF_COUNTRY: Final = 9


# Two letters, three figures, two letters in France and Italy, two, two and three in Britain, four and three in Spain.
_WHOLE: Final = re.compile(
    r"[A-Z]{2}[ -]?[0-9]{3}[ -]?[A-Z]{2}|[A-Z]{2}[0-9]{2}[ -]?[A-Z]{3}|[0-9]{4}[ -]?[A-Z]{3}", re.IGNORECASE
)
_PARTED: Final = re.compile(r"[0-9A-Z]+(?:[ -][0-9A-Z]+)+", re.IGNORECASE)
_BEFORE_MAKE: Final = re.compile(
    r"(?P<plate>[0-9A-Z][0-9A-Z -]{3,11}?)[ ,]+[^\W\d_]{4,}(?:[ -].{1,60})?", re.IGNORECASE
)


def read_plate(text: str, today: date) -> Iterator[Reading]:
    """Yield a number plate, also before the make of its vehicle, as records are called."""
    before = _BEFORE_MAKE.fullmatch(text)
    if before and is_plate_shaped(signs_of(before["plate"])) and country_beside(text)[0] is None:
        found = read_plate(before["plate"], today)
        yield from (each._replace(certainty=min(each.certainty, Certainty.LIKELY)) for each in found)
        return
    country, plate = country_beside(text)
    is_after = country is not None and text.startswith(plate)
    if is_after and _PARTED.fullmatch(text) and is_plate_shaped(signs_of(text)):
        # The last letters are those of a country, or of the plate: one is asked, and the other is offered.
        is_whole = _WHOLE.fullmatch(text) is not None
        likely, possible = Certainty.LIKELY, Certainty.POSSIBLE
        yield Reading("plate", {"plate": text}, likely if is_whole else possible)
        yield Reading("plate-country", {"plate": plate, "country": country or ""}, possible if is_whole else likely)
        return
    signs = signs_of(plate)
    if not _LEAST_SIGNS <= len(signs) <= MAX_PLATE or len(plate) > MAX_PLATE or not is_of_number(plate):
        return
    is_mixed = 0 < figures_in(signs) < len(signs)
    if country is not None and len(signs) <= _LONGEST_OF_COUNTRY:
        is_sure = is_plate_shaped(signs) and _is_code_on_vehicles(text)
        yield Reading("plate", {"plate": plate, "country": country}, Certainty.SURE if is_sure else Certainty.LIKELY)
    elif is_mixed or (len(signs) <= LONGEST_PLATE and " " not in plate.strip()):
        is_usual = is_mixed and (len(signs) <= _LONGEST_USUAL or not signs.isascii())
        yield Reading("plate", {"plate": plate}, Certainty.LIKELY if is_usual else Certainty.POSSIBLE)


def _is_code_on_vehicles(text: str) -> bool:
    """Return whether the country beside a plate is written as on vehicles, or by its name; FRA is on documents."""
    code = re.search(r"(?:^|[^A-Za-z])([A-Z]{3})(?:[^A-Za-z]|$)", text, re.IGNORECASE)
    return code is None or is_on_vehicles(code[1]) or country_of(code[1]) is None


def is_rather_plate(text: str) -> bool:
    """Return whether a number is rather a plate than of a document or a thing: with a country, or of another script."""
    return country_beside(text)[0] is not None or not signs_of(text).isascii()
