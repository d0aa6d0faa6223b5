"""What a check asks the registers for: what it states, and what its machine-readable zone says.

The zone itself is not passed on: the registers of documents need no names, and those of persons no more than these.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from gateway.checks.models import CheckQuestion
from gateway.checks.registers import BIRTH, CHECK_DIGIT, ISSUER, NAME, NUMBER, Inputs
from shared.errors import Invalid
from shared.mrz import BIRTH as OF_BIRTH
from shared.mrz import NUMBER as OF_NUMBER
from shared.mrz import Holder, Zone, ZoneUnreadable, holder_of, read_zone

# A misread sign in one of these may be why nothing is found.
_DECISIVE: Final = frozenset({OF_NUMBER, OF_BIRTH})


class ReadZone(NamedTuple):
    """A machine-readable zone, and what it says of the holder."""

    zone: Zone
    holder: Holder

    @property
    def date_of_birth(self) -> str | None:
        """The date of birth, unless its check digit is wrong."""
        is_wrong = any(each.part == OF_BIRTH for each in self.zone.wrong)
        return None if is_wrong else self.holder.date_of_birth

    @property
    def is_misread(self) -> bool:
        """Whether the number or the date of birth was not read as it is printed."""
        return any(each.part in _DECISIVE for each in self.zone.wrong)


def zone_of(question: CheckQuestion, today: date) -> ReadZone | None:
    """Return what the machine-readable zone of a check says, if it states one. Raises Invalid for an unreadable one."""
    if question.mrz is None:
        return None
    try:
        zone = read_zone(question.mrz)
    except ZoneUnreadable as unreadable:
        raise Invalid(str(unreadable), at="/mrz") from None
    return ReadZone(zone, holder_of(zone, today))


def inputs_of(question: CheckQuestion, read: ReadZone | None) -> Inputs:
    """Return what a check states, by the names in the table of registers."""
    stated = question.model_dump(exclude_none=True, exclude={"sources", "mrz"}, mode="json")
    document = {f"document.{name}": value for name, value in stated.pop("document", {}).items()}
    return {**({} if read is None else dict(_said_by(read))), **stated, **document}


def places_of(question: CheckQuestion, read: ReadZone | None) -> Mapping[str, str]:
    """Return pointers to the zone for what it says."""
    stated = {name for name in (NAME, BIRTH) if getattr(question, name) is not None}
    return {} if read is None else {name: "/mrz" for name, _ in _said_by(read) if name not in stated}


def _said_by(read: ReadZone) -> Iterator[tuple[str, str]]:
    yield ISSUER, read.zone.issuer
    yield NUMBER, read.zone.number
    yield CHECK_DIGIT, read.zone.digit
    if read.holder.name:
        yield NAME, read.holder.name
        if read.date_of_birth is not None:
            yield BIRTH, read.date_of_birth
