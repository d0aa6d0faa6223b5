"""Reads the whole text in the box: what it may be, the surest first. Pure.

A text may be several things: all that are likely are asked, and the officer sees what it was read as and corrects it.
Nothing is refused here: what is odd is for the registers to say.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from gateway.console.search.reading import documents, names, numbers, plates, references
from gateway.console.search.reading.labels import labelled_in, read_labelled
from gateway.console.search.reading.readings import Certainty, Reading

MAX_TEXT: Final = 300

_READERS: Final[tuple[Callable[[str, date], Iterator[Reading]], ...]] = (
    documents.read_zone,
    references.read_record_id,
    references.read_notice_number,
    numbers.read_vin,
    numbers.read_hull,
    names.read_person,
    documents.read_document,
    plates.read_plate,
    numbers.read_imo_or_mmsi,
    numbers.read_serial,
    documents.read_number_alone,
    numbers.read_engine,
    references.read_reference,
    names.read_work,
    names.read_vessel,
)
"""In the order in which their readings are shown, where they are equally certain."""


def readings_of(text: str, today: date) -> list[Reading]:
    """Return what a text may be, the surest first; empty if nothing can be asked of it."""
    text = text.strip()[:MAX_TEXT]
    if not any(each.isalnum() for each in text) or documents.is_line_of_zone(text):
        return []
    label = labelled_in(text, today)
    labelled = [] if label is None else [*read_labelled(label, today)]
    unlabelled = text if label is None else f"{label.before} {label.number}".strip()
    others = [reading for read in _READERS for reading in read(unlabelled, today)]
    if labelled:
        others = [each._replace(certainty=Certainty.POSSIBLE) for each in others]
    first: dict[str, Reading] = {}
    for each in labelled + others:
        first.setdefault(each.code, each)
    return sorted(first.values(), key=lambda each: -each.certainty)


def chosen_of(readings: list[Reading]) -> list[Reading]:
    """Return the readings that are asked unless the officer chooses others: all that are as sure as the surest."""
    surest = max((each.certainty for each in readings), default=Certainty.POSSIBLE)
    if surest is Certainty.POSSIBLE:
        return readings[:1]
    return [each for each in readings if each.certainty is surest]
