"""What a check asks the registers for: what it states, and what its machine-readable zone says.

The zone itself is not passed on: the registers of documents need no names, and those of persons no more than these.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from gateway.checks.models import CheckQuestion
from gateway.checks.registers import BIRTH, CHECK_DIGIT, ISSUER, NAME, NUMBER, Inputs, Unread
from shared import mrz
from shared.errors import Invalid

# A misread sign in one of these may be why nothing is found.
_INPUTS: Final = {mrz.ISSUES: ISSUER, mrz.NUMBER: NUMBER, mrz.NAMES: NAME, mrz.BIRTH: BIRTH}


class ReadZone(NamedTuple):
    """A machine-readable zone, as far as it could be read, and what it says of the holder."""

    read: mrz.PartlyRead
    holder: mrz.Holder

    @property
    def zone(self) -> mrz.Zone:
        """What could be read."""
        return self.read.zone

    @property
    def unread(self) -> Unread:
        """The parts that a check asks for and that could not be read, by their names in the table of registers."""
        return {_INPUTS[each.part]: each for each in self.read.unread if each.part in _INPUTS}

    @property
    def date_of_birth(self) -> str | None:
        """The date of birth, unless its check digit is wrong, or it cannot be read."""
        is_wrong = any(each.part == mrz.BIRTH for each in self.zone.wrong) or BIRTH in self.unread
        return None if is_wrong else self.holder.date_of_birth

    @property
    def name(self) -> str | None:
        """The name, unless it cannot be read."""
        return None if NAME in self.unread else self.holder.name or None

    @property
    def is_misread(self) -> bool:
        """Whether something was not read as printed, wherever: the digit of all parts may say what no other does."""
        return bool(self.read.unread or self.zone.wrong)


def zone_of(question: CheckQuestion, today: date) -> ReadZone | None:
    """Return what the machine-readable zone of a check says, if it states one. Raises Invalid if it is of no form."""
    if question.mrz is None:
        return None
    try:
        read = mrz.read_parts(question.mrz)
    except mrz.ZoneUnreadable as unreadable:
        raise Invalid(str(unreadable), at="/mrz") from None
    return ReadZone(read, mrz.holder_of(read.zone, today))


def inputs_of(question: CheckQuestion, read: ReadZone | None) -> Inputs:
    """Return what a check states, by the names in the table of registers."""
    stated = question.model_dump(exclude_none=True, exclude={"sources", "mrz"}, mode="json")
    document = {f"document.{name}": value for name, value in stated.pop("document", {}).items()}
    return {**({} if read is None else dict(_said_by(read))), **stated, **document}


def places_of(question: CheckQuestion, read: ReadZone | None) -> Mapping[str, str]:
    """Return pointers to the zone for what it says."""
    stated = _stated(question)
    return {} if read is None else {name: "/mrz" for name, _ in _said_by(read) if name not in stated}


def unread_of(question: CheckQuestion, read: ReadZone | None) -> Unread:
    """Return what could not be read in the zone of a check and is not stated besides, by the names in the table."""
    return {} if read is None else {name: why for name, why in read.unread.items() if name not in _stated(question)}


def _stated(question: CheckQuestion) -> Collection[str]:
    return {name for name in (NAME, BIRTH) if getattr(question, name) is not None}


def _said_by(read: ReadZone) -> Iterator[tuple[str, str]]:
    if ISSUER not in read.unread:
        yield ISSUER, read.zone.issuer
    if NUMBER not in read.unread:
        yield NUMBER, read.zone.number
        yield CHECK_DIGIT, read.zone.digit
    if read.name is not None:
        yield NAME, read.name
        if read.date_of_birth is not None:
            yield BIRTH, read.date_of_birth
