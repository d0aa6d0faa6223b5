"""The colours of notices, and what each says of its purpose and of the person that it is about."""

from enum import StrEnum
from typing import Final

from shared.identity import Purpose
from shared.people import StatusOfPerson
from shared.records import service_kit as kit


class Colour(StrEnum):
    """The kind of a notice: what it asks of its recipients."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    BLACK = "black"
    ORANGE = "orange"
    PURPLE = "purple"
    SILVER = "silver"
    UN_SPECIAL = "un-special"


# RPD articles 82 to 95. The first is that of a notice that states none.
PURPOSES: Final = {
    Colour.RED: (Purpose.WANTED_PERSON,),
    Colour.BLUE: (Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION, Purpose.IDENTIFICATION),
    Colour.GREEN: (Purpose.WARNING,),
    Colour.YELLOW: (Purpose.LOCATE, Purpose.IDENTIFICATION),
    Colour.BLACK: (Purpose.IDENTIFICATION,),
    Colour.ORANGE: (Purpose.WARNING,),
    Colour.PURPLE: (Purpose.WARNING, Purpose.CRIMINAL_INVESTIGATION),
    Colour.SILVER: (Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION),
    # Of the measures of the Security Council one is a ban on travel.
    Colour.UN_SPECIAL: (Purpose.WARNING, Purpose.WANTED_PERSON, Purpose.BORDER_MANAGEMENT),
}

_OFFENDER: Final = (
    StatusOfPerson.SUSPECT,
    StatusOfPerson.CHARGED,
    StatusOfPerson.CONVICTED,
    StatusOfPerson.WANTED,
    StatusOfPerson.OTHER,
)
_STATED: Final = kit.FittingStatuses(_OFFENDER, None)

# A purple notice is never about a person.
STATUSES: Final = {
    Colour.RED: kit.FittingStatuses(
        (StatusOfPerson.WANTED, StatusOfPerson.CHARGED, StatusOfPerson.CONVICTED), StatusOfPerson.WANTED
    ),
    Colour.BLUE: kit.FittingStatuses((*_OFFENDER, StatusOfPerson.WITNESS, StatusOfPerson.VICTIM), None),
    Colour.GREEN: _STATED,
    Colour.YELLOW: kit.FittingStatuses(
        (StatusOfPerson.MISSING, StatusOfPerson.UNABLE_TO_IDENTIFY), StatusOfPerson.MISSING
    ),
    Colour.BLACK: kit.FittingStatuses((StatusOfPerson.DECEASED,), StatusOfPerson.DECEASED),
    Colour.ORANGE: _STATED,
    Colour.SILVER: _STATED,
    # Listed by the Security Council, not accused by a court.
    Colour.UN_SPECIAL: kit.FittingStatuses(_OFFENDER, StatusOfPerson.OTHER),
}
# Of a red notice to serve a sentence.
CONVICTED: Final = kit.FittingStatuses((StatusOfPerson.CONVICTED,), StatusOfPerson.CONVICTED)
