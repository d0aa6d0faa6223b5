"""Reads the numbers that identify things: of vehicles and their engines, of vessels, and serial numbers. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.console.countries import country_named
from gateway.console.search.reading.documents import LONGEST_DOCUMENT
from gateway.console.search.reading.plates import is_rather_plate
from gateway.console.search.reading.readings import Certainty, Reading
from gateway.console.search.reading.signs import (
    LEAST_SIGNS,
    MAX_NUMBER,
    figures_in,
    is_of_number,
    is_plate_shaped,
    letters_in,
)
from shared.numbers import has_wildcards, signs_of

_VIN_SIGNS: Final = 17
# A search knows a VIN by its last eight signs too.
_VIN_END: Final = 8
_SHORTEST_ENGINE: Final = 6
# ISO 10087: country, maker, serial, month and year of making, model year.
_HULL: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{3}[0-9A-Z]{5}[A-L][0-9]{3}")
_IMO_FIGURES: Final = 7
_MMSI_FIGURES: Final = 9
_IMEI_FIGURES: Final = 15
_LEAST_FIGURES_OF_SERIAL: Final = 3
_LONGEST_MODEL: Final = 5
_MAKE_BEFORE: Final = re.compile(r"([^\W\d_]{4,}(?:\s*&\s*[^\W\d_]+|[ -]+[^\W\d_]{4,})*)[\s:,#]+([0-9A-Za-z].{3,})")


def read_vin(text: str, _today: date) -> Iterator[Reading]:
    """Yield a VIN, or what is left of one."""
    signs = signs_of(text)
    if has_wildcards(text) or len(text) > MAX_NUMBER or not figures_in(signs):
        return
    if len(signs) == _VIN_SIGNS and figures_in(signs) < _VIN_SIGNS:
        yield Reading("vin", {"vin": text}, Certainty.LIKELY if set(signs) & set("IOQ") else Certainty.SURE)
    elif len(signs) in (_VIN_SIGNS - 1, _VIN_SIGNS + 1, _VIN_END) and is_of_number(text):
        yield Reading("vin", {"vin": text}, Certainty.POSSIBLE)


def read_engine(text: str, _today: date) -> Iterator[Reading]:
    """Yield the number of an engine, which has no form."""
    signs = signs_of(text)
    if is_of_number(text) and figures_in(signs) >= LEAST_SIGNS and len(signs) >= _SHORTEST_ENGINE:
        certainty = Certainty.LIKELY if len(signs) > LONGEST_DOCUMENT else Certainty.POSSIBLE
        yield Reading("engine-number", {"engine_number": text}, certainty)


def read_hull(text: str, _today: date) -> Iterator[Reading]:
    """Yield the number of a hull."""
    if _HULL.fullmatch(signs_of(text)) and len(text) <= MAX_NUMBER:
        yield Reading("hull", {"hull_number": text}, Certainty.SURE)


def read_imo_or_mmsi(text: str, _today: date) -> Iterator[Reading]:
    """Yield the IMO number or the MMSI of a vessel."""
    signs = signs_of(text)
    if not signs.isdecimal():
        return
    if len(signs) == _IMO_FIGURES and _has_imo_digit(signs):
        yield Reading("imo", {"imo_number": text}, Certainty.LIKELY)
    elif len(signs) == _MMSI_FIGURES and signs[0] in "234567":
        yield Reading("mmsi", {"mmsi": text}, Certainty.POSSIBLE)


def _has_imo_digit(figures: str) -> bool:
    """Return whether the last figure is the check digit (IMO resolution A.1117(30))."""
    weighted = sum(int(each) * weight for each, weight in zip(figures, range(7, 1, -1), strict=False))
    return weighted % 10 == int(figures[-1])


def read_serial(text: str, _today: date) -> Iterator[Reading]:
    """Yield a serial number, with the make that stands before it."""
    found = _MAKE_BEFORE.fullmatch(text)
    if found and figures_in(found[2]) and len(found[2]) <= MAX_NUMBER and country_named(found[1]) is None:
        yield from _of_make(found[1].strip(), found[2].strip())
        return
    signs = signs_of(text)
    if is_of_number(text) and len(signs) >= LEAST_SIGNS and figures_in(signs) >= _LEAST_FIGURES_OF_SERIAL:
        yield Reading("serial", {"serial": text}, _certainty_of_serial(text, signs))


def _of_make(make: str, number: str) -> Iterator[Reading]:
    """Yield the number of a thing of a make: without what may be its model, as in `Walther P99 DEM 204881`."""
    whole = Reading("serial", {"serial": number, "make": make}, Certainty.LIKELY)
    model, _, rest = number.partition(" ")
    is_rest = figures_in(rest) >= _LEAST_FIGURES_OF_SERIAL and (letters_in(rest) > 0 or figures_in(rest) > LEAST_SIGNS)
    if figures_in(model) and len(model) <= _LONGEST_MODEL and is_rest:
        yield whole._replace(fields={"serial": rest.strip(), "make": make})
        yield whole._replace(code="serial-whole", certainty=Certainty.POSSIBLE)
    else:
        yield whole


def _certainty_of_serial(text: str, signs: str) -> Certainty:
    if is_rather_plate(text):
        return Certainty.POSSIBLE
    if len(signs) == _IMEI_FIGURES and signs.isdecimal():
        return Certainty.SURE if _has_imei_digit(signs) else Certainty.LIKELY
    return Certainty.POSSIBLE if is_plate_shaped(signs) else Certainty.LIKELY


def _has_imei_digit(figures: str) -> bool:
    """Return whether the last figure is the check digit (ISO/IEC 7812, Luhn)."""
    doubled = (int(each) * (1 + at % 2) for at, each in enumerate(figures))
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0
