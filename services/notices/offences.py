"""The categories of offences, and those that may not be the ground of a notice."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from services.notices.subjects.models import Part
from shared.people import LongText


class OffenceCategory(StrEnum):
    """The kind of an offence."""

    ARSON = "arson"
    ASSAULT = "assault"
    BURGLARY = "burglary"
    CHILD_SEXUAL_ABUSE = "child-sexual-abuse"
    CORRUPTION = "corruption"
    COUNTERFEITING = "counterfeiting"
    CULTURAL_PROPERTY = "cultural-property"
    CYBERCRIME = "cybercrime"
    DRUGS = "drugs"
    ENVIRONMENT = "environment"
    EXTORTION = "extortion"
    FIREARMS = "firearms"
    FRAUD = "fraud"
    HOMICIDE = "homicide"
    HUMAN_TRAFFICKING = "human-trafficking"
    INTERNATIONAL_CRIME = "international-crime"
    """Genocide, crimes against humanity, war crimes."""
    KIDNAPPING = "kidnapping"
    MIGRANT_SMUGGLING = "migrant-smuggling"
    MONEY_LAUNDERING = "money-laundering"
    ORGANISED_CRIME = "organised-crime"
    ROBBERY = "robbery"
    SEXUAL_OFFENCE = "sexual-offence"
    TERRORISM = "terrorism"
    THEFT = "theft"
    VEHICLE_CRIME = "vehicle-crime"
    OTHER = "other"
    BEHAVIOUR = "behaviour"
    """Against behavioural or cultural norms."""
    FAMILY = "family"
    """Of family or private life."""
    ADMINISTRATIVE = "administrative"
    """Against administrative law, or from a private dispute."""
    POLITICAL = "political"
    MILITARY = "military"
    RELIGIOUS = "religious"
    RACIAL = "racial"


# RPD article 83(1)(a)(i), unless (b) the offence serves a serious or organised crime.
EXCLUDED: Final = {
    OffenceCategory.BEHAVIOUR: "an offence against behavioural or cultural norms",
    OffenceCategory.FAMILY: "an offence of family or private life",
    OffenceCategory.ADMINISTRATIVE: "an offence of an administrative nature or from a private dispute",
}
# Constitution, article 3, without exception.
FORBIDDEN: Final = {
    OffenceCategory.POLITICAL: "a political offence",
    OffenceCategory.MILITARY: "a military offence",
    OffenceCategory.RELIGIOUS: "a religious offence",
    OffenceCategory.RACIAL: "an offence of a racial character",
}


class Offence(Part):
    """What kind of offence it is, by international categories."""

    category: OffenceCategory = Field(
        description="Of RPD article 83 `behaviour`, `family` and `administrative` are excluded unless they serve a "
        "serious crime; `political`, `military`, `religious` and `racial` always are (constitution, article 3).",
        examples=["robbery"],
    )
    serves_serious_crime: LongText | None = Field(
        None,
        description="Of an excluded category: which serious or organised crime it serves.",
        examples=[None],
    )
