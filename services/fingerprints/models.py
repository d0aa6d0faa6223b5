"""The requests and answers of the service: records, prints, searches, and their states. Never a name."""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.identity import Purpose
from shared.ids import RecordId
from shared.people import LongText, Sex, StatusOfPerson
from shared.records import service_kit as kit

MAX_CANDIDATES: Final = 100
# Chosen for about one false match in 10,000 comparisons; measured in ADR 69 and docs/explanation/fingerprints.md.
LIKELY_SAME_FINGER: Final = 0.03
ERROR_RATES: Final = (
    "Measured on FVC2002 (DB1 and DB3, sets B): of 25,040 pairs of different fingers none reached it (false match rate "
    "below 1 in 8,000 with 95 % confidence); of 560 pairs of one finger 10 missed it (false non-match rate 1.8 %, with "
    "95 % confidence 0.9 to 3.3 %). Poor prints miss it more often."
)

# A score counts twelve pairs of minutiae, and courts of many countries ask for as many. LEADER found fewer in 1 of the
# 160 impressions of these sets.
LEAST_MINUTIAE: Final = 12
PAIRS_THAT_COUNT: Final = 12

Score = Annotated[
    float, Field(ge=0, le=1, description="How similar two prints are; equal fingers mostly reach 0.1 to 0.7.")
]
MinutiaeCount = Annotated[int, Field(ge=0, le=255, description="How many minutiae were found.", examples=[47])]
Quality = Annotated[
    float, Field(ge=0, le=1, description="How sure the detector was of the minutiae, on average.", examples=[0.87])
]


class PrintCategory(StrEnum):
    """Why the prints are on file; decides how long they are kept."""

    CRIMINAL = "criminal"
    NON_CRIMINAL = "non-criminal"
    MISSING_PERSON = "missing-person"
    UNIDENTIFIED_BODY = "unidentified-body"


# The first is that of a record that states none.
PURPOSES: Final = {
    PrintCategory.CRIMINAL: (
        Purpose.CRIMINAL_INVESTIGATION,
        Purpose.IDENTIFICATION,
        Purpose.FORENSIC_ANALYSIS,
        Purpose.WANTED_PERSON,
    ),
    PrintCategory.NON_CRIMINAL: (Purpose.IDENTIFICATION, Purpose.FORENSIC_ANALYSIS),
    PrintCategory.MISSING_PERSON: (Purpose.IDENTIFICATION, Purpose.LOCATE),
    PrintCategory.UNIDENTIFIED_BODY: (Purpose.IDENTIFICATION, Purpose.FORENSIC_ANALYSIS),
}
STATUSES: Final = {
    # Nobody is taken for an offender by default.
    PrintCategory.CRIMINAL: kit.FittingStatuses(
        (StatusOfPerson.SUSPECT, StatusOfPerson.CHARGED, StatusOfPerson.CONVICTED, StatusOfPerson.WANTED), None
    ),
    PrintCategory.NON_CRIMINAL: kit.FittingStatuses(
        (StatusOfPerson.OTHER, StatusOfPerson.WITNESS, StatusOfPerson.VICTIM), StatusOfPerson.OTHER
    ),
    PrintCategory.MISSING_PERSON: kit.FittingStatuses(
        (StatusOfPerson.MISSING, StatusOfPerson.UNABLE_TO_IDENTIFY), StatusOfPerson.MISSING
    ),
    PrintCategory.UNIDENTIFIED_BODY: kit.FittingStatuses((StatusOfPerson.DECEASED,), StatusOfPerson.DECEASED),
}


class RecordStatus(StrEnum):
    """The state of a record: only the prints of an active one are searched."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class Finger(IntEnum):
    """The position of a finger (ANSI/NIST-ITL, table 12)."""

    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fingers with the names by which generators of clients call them, instead of `VALUE_1`."""
        described = handler.resolve_ref_schema(handler(schema))
        described["x-enum-varnames"] = [*cls.__members__]
        return described


class PrintKind(StrEnum):
    """How a print was taken."""

    ROLLED = "rolled"
    PLAIN = "plain"


class MediaType(StrEnum):
    """The formats of images that are taken and kept."""

    PNG = "image/png"
    WSQ = "image/x-wsq"


Position = Annotated[
    Finger,
    Field(description="The finger: 1 to 5 right thumb to right little finger, 6 to 10 the left ones.", examples=[2]),
]


class RecordDescription(kit.PersonInput):
    """The prints of one person as the owner bureau files them. Holds no name."""

    category: PrintCategory
    reference: kit.Reference = Field(description="Of the owner; others ask by it.", examples=["2026/DCPJ/00417"])
    sex: Sex | None = None
    remark: Annotated[LongText, StringConstraints(max_length=500)] | None = Field(
        None, description="What an examiner should know. Never a name.", examples=["Scar across the right index finger"]
    )
    person_status: StatusOfPerson | None = Field(
        None, description=f"{kit.STATUS_DESCRIPTION} Required if the category is `criminal`.", examples=["suspect"]
    )

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes that fit the category."""
        return PURPOSES[self.category]

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the statuses of the person that fit the category."""
        return STATUSES[self.category]


class EnrolledPrint(BaseModel):
    """One print of a record, without its image."""

    model_config = ConfigDict(frozen=True)

    position: Position
    kind: PrintKind
    width: int = Field(ge=1, description="Of the image, in pixels at 500 dpi.", examples=[320])
    height: int = Field(ge=1, description="Of the image, in pixels at 500 dpi.", examples=[400])
    minutiae: MinutiaeCount
    quality: Quality
    image: MediaType | None = Field(description="The format of the image; null if none is kept.")
    enrolled: AwareDatetime = Field(description="When the print was taken in.", examples=["2026-06-01T12:00:00Z"])


class FingerprintRecord(RecordDescription, kit.Record):
    """The prints of one person as the network knows them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_status: kit.PersonStatusMember
    status: RecordStatus
    prints: tuple[EnrolledPrint, ...] = Field(description="One for each finger that was enrolled, by position.")


class RecordFilter(kit.RecordPageQuery):
    """Which records a list shows."""

    category: PrintCategory | None = None
    status: RecordStatus | None = None
    person_status: StatusOfPerson | None = Field(None, description="Only those of such a person.")


class Placement(BaseModel):
    """Of which finger a print is, and how it was taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    position: Position
    kind: PrintKind = PrintKind.ROLLED


class IdentificationQuery(BaseModel):
    """Which candidates a search shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(10, ge=1, le=MAX_CANDIDATES, description="The maximum number of candidates.")
    position: Position | None = Field(None, description="Search this finger only, if it is known which one it is.")
    person_status: StatusOfPerson | None = Field(None, description="Search the prints of such persons only.")
    least_score: float = Field(
        LIKELY_SAME_FINGER,
        ge=0.01,
        le=1,
        description=f"Candidates below are not shown; by default the threshold of one comparison. {ERROR_RATES} Among "
        "N fingers expect N times the false match rate: up to 1 stranger among 8,000 fingers, and 27 among 220,000. "
        "Lower it for a poor print, and expect more.",
        examples=[LIKELY_SAME_FINGER],
    )


class PrintSought(BaseModel):
    """A search as it is kept for a while: the minutiae of the print, without its image."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    template: bytes = Field(description="The minutiae, in the form in which this service keeps them.")
    wanted: IdentificationQuery = Field(description="Which candidates are wanted.")


class StandingPrint(IdentificationQuery):
    """Which candidates a subscription reports, and for how long."""

    valid_for_days: kit.ValidDays = kit.MAX_DAYS


class ImpressionForm(StrEnum):
    """In which form the image of an impression is sent."""

    SENT = "sent"
    PNG = "png"


class ComparedPrint(BaseModel):
    """The minutiae of one of two compared prints."""

    width: int = Field(ge=1, description="Of its image, in pixels at 500 dpi.", examples=[320])
    height: int = Field(ge=1, description="Of its image, in pixels at 500 dpi.", examples=[400])
    minutiae: MinutiaeCount
    quality: Quality


class KeptPrint(ComparedPrint):
    """A print that a bureau keeps for a while, to be sought and compared."""

    id: RecordId = Field(description="Of the print.")
    kept_until: AwareDatetime = Field(description="When it is deleted.", examples=["2026-06-04T12:00:00Z"])
    warnings: Sequence[kit.QueryWarning] = Field((), description="What makes it a poor one to search with.")


class PlacedMinutia(BaseModel):
    """A minutia, and where it is in the image."""

    x: float = Field(ge=0, description="Pixels from the left edge.", examples=[142.5])
    y: float = Field(ge=0, description="Pixels from the upper edge.", examples=[201.1])
    direction: float = Field(ge=0, le=360, description="In degrees, anticlockwise from the right.", examples=[271.4])


class MinutiaePair(BaseModel):
    """A minutia of each of two prints that agree: the score is the sum of the shares."""

    first: PlacedMinutia
    second: PlacedMinutia
    share: float = Field(ge=0, le=1, description="What the pair adds to the score.", examples=[0.0412])


class Verification(BaseModel):
    """How similar two prints are. An examiner decides whether they are of one finger."""

    score: Score
    match: bool = Field(description="Whether the score reaches the threshold.")
    threshold: float = Field(description=ERROR_RATES)
    first: ComparedPrint
    second: ComparedPrint
    pairs: tuple[MinutiaePair, ...] = Field(
        max_length=PAIRS_THAT_COUNT,
        description="The pairs of minutiae that the score counts, what adds most first. Those of different fingers "
        "agree by chance, and add little.",
    )
