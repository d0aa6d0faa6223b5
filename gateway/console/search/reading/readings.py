"""What a text may be read as, and how certain a reading is. Pure."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple


def _(text: str) -> str:
    return text


READINGS: Final = {
    "mrz": _("machine-readable zone"),
    "record": _("id of a record"),
    "notice-number": _("number of a notice"),
    "name": _("name"),
    "name-month-first": _("name, with the month first"),
    "name-whole": _("name, with each word"),
    "document": _("document of an issuer"),
    "document-number": _("number of a document"),
    "plate": _("number plate"),
    "plate-country": _("number plate with its country"),
    "vin": _("VIN"),
    "engine-number": _("engine number"),
    "serial": _("serial number or IMEI"),
    "serial-whole": _("serial number, with what may be a model"),
    "hull": _("hull number"),
    "imo": _("IMO number"),
    "mmsi": _("MMSI of a vessel"),
    "vessel": _("name of a vessel"),
    "work": _("work of art"),
    "reference": _("reference of an owner"),
}
"""What a text may be read as, and what that is called, in English: the key of its translations."""

NAME: Final = "name"
MONTH_FIRST: Final = "name-month-first"
"""The reading of a date whose day and month may be exchanged."""


class Certainty(IntEnum):
    """How certain a reading is."""

    POSSIBLE = 0
    """It is asked only if the officer says so."""
    LIKELY = 1
    """It is asked unless another reading is sure."""
    SURE = 2
    """Its form says what it is."""


class Reading(NamedTuple):
    """What a text may be."""

    code: str
    """One of `READINGS`."""

    fields: Mapping[str, str]
    """What is asked then, by the fields of a question."""

    certainty: Certainty
