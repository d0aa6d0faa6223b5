"""Reads what names one record: its id, the number of a notice, or the reference of an owner. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.console.references import is_id
from gateway.console.search.reading.readings import Certainty, Reading
from gateway.console.search.reading.signs import figures_in, letters_in

MAX_REFERENCE: Final = 60
_NOTICE_NUMBER: Final = re.compile(r"((?:19|20)[0-9]{2})\s*/\s*([0-9]{1,7})")


def read_record_id(text: str, _today: date) -> Iterator[Reading]:
    """Yield the id of a record."""
    if is_id(text.lower()):
        yield Reading("record", {"record": text.lower()}, Certainty.SURE)


def read_notice_number(text: str, _today: date) -> Iterator[Reading]:
    """Yield the number of a notice: its year, and its number in it."""
    if found := _NOTICE_NUMBER.fullmatch(text):
        yield Reading("notice-number", {"notice_number": f"{found[1]}/{found[2]}"}, Certainty.SURE)


def read_reference(text: str, _today: date) -> Iterator[Reading]:
    """Yield the reference of an owner; only the form `2026/DCPJ/00417` is nothing else."""
    if len(text) <= MAX_REFERENCE and figures_in(text) and text.isprintable():
        is_sure = text.count("/") > 1 and letters_in(text) > 0 and " " not in text
        yield Reading("reference", {"reference": text}, Certainty.SURE if is_sure else Certainty.POSSIBLE)
