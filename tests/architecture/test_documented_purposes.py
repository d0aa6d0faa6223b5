"""The table of purposes and statuses in `explanation/records.md` is what the services require."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from services.fingerprints import models as fingerprints
from services.firearms import models as firearms
from services.missing_persons import models as missing_persons
from services.notices import colours
from services.notices.persons import entries as person_entries
from services.stolen_vehicles import models as stolen_vehicles
from shared.identity import Purpose
from shared.records.fitting import FittingStatuses
from tests.documents import DOCS

PAGE = "explanation/records.md"


def codes(listed: Sequence[StrEnum]) -> str:
    return ", ".join(f"`{each}`" for each in listed)


def row(record: str, purposes: Sequence[Purpose], statuses: FittingStatuses | None) -> str:
    """Return a row of the table."""
    if statuses is None:
        return f"| {record} | {codes(purposes)} | no person | |"
    derived = codes([statuses.derived]) if statuses.derived else "none"
    others = codes([each for each in statuses.fitting if each is not statuses.derived])
    return f"| {record} | {codes(purposes)} | {derived} | {others} |".replace("|  |", "| |")


def rows() -> Iterator[str]:
    """Yield the rows of the table, a kind of record after the other."""
    for colour in colours.Colour:
        # Purple is about an object.
        statuses = None if colour is colours.Colour.PURPLE else colours.STATUSES[colour]
        yield row(f"{colour} notice", colours.PURPOSES[colour], statuses)
    yield row("red notice to serve a sentence", colours.PURPOSES[colours.Colour.RED], colours.CONVICTED)
    yield row("criminal file", person_entries.PURPOSES, person_entries.STATUSES)
    for category in fingerprints.PrintCategory:
        yield row(f"fingerprints, {category}", fingerprints.PURPOSES[category], fingerprints.STATUSES[category])
    yield row("stolen vehicle", stolen_vehicles.PURPOSES, None)
    yield row("firearm", firearms.PURPOSES, None)
    yield row("missing person", missing_persons.PERSON_PURPOSES, missing_persons.PERSON_STATUSES)
    yield row("body", missing_persons.BODY_PURPOSES, missing_persons.BODY_STATUSES)


def test_the_table_of_purposes_and_statuses_is_that_of_the_services() -> None:
    """Complete, in their order."""
    text = (DOCS / PAGE).read_text()
    assert "\n".join(rows()) in text
