"""The requests and answers of the service: reports, records, and their states."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.missing_persons import appearance
from shared.codes import Country, CountryOfBirth, Nationality
from shared.dates import OLDEST_AGE, Day, PartialDate
from shared.identity import Purpose
from shared.people import Centimetres, Kilograms, LongText, Sex, StatusOfPerson, Text, require_visible
from shared.records import service_kit as kit
from shared.validation import wrong

Age = Annotated[int, Field(ge=0, le=OLDEST_AGE, description="In whole years.")]
Ranges = tuple[tuple[str, str], ...]


class PersonStatus(StrEnum):
    """The state of a record: only a person who is still missing is a hit."""

    MISSING = "missing"
    FOUND = "found"
    WITHDRAWN = "withdrawn"


class IdentificationEvidence(StrEnum):
    """The evidence for an identification."""

    FINGERPRINTS = "fingerprints"
    DENTAL = "dental"
    DNA = "dna"
    PHOTOGRAPH = "photograph"
    RADIOGRAPH = "radiograph"


HeldEvidence = Annotated[
    tuple[IdentificationEvidence, ...],
    Field(max_length=5, description="What the owner holds and hands over on request.", examples=[["dental", "dna"]]),
]


# Of a person who cannot say who they are, the first is to identify them.
PERSON_PURPOSES: Final = (Purpose.LOCATE, Purpose.IDENTIFICATION)
BODY_PURPOSES: Final = (Purpose.IDENTIFICATION, Purpose.FORENSIC_ANALYSIS)
PERSON_STATUSES: Final = kit.FittingStatuses(
    (StatusOfPerson.MISSING, StatusOfPerson.UNABLE_TO_IDENTIFY), StatusOfPerson.MISSING
)
BODY_STATUSES: Final = kit.FittingStatuses((StatusOfPerson.DECEASED,), StatusOfPerson.DECEASED)


class PersonReport(kit.PersonInput):
    """A missing person as the owner bureau describes them: the content of a yellow notice and of the DVI form."""

    family_name: Text = Field(examples=["Marlowe"])
    forename: Text | None = Field(None, description="All forenames.", examples=["Julia Ann"])
    birth_name: Text | None = Field(None, description="Family name at birth, if another.", examples=["Ostrander"])
    other_names: tuple[Text, ...] = Field(
        (),
        max_length=10,
        description="Aliases, and the name in its own script, which transliteration alone does not find.",
        examples=[["Джулия Марлоу"]],
    )
    father_name: Text | None = Field(None, description="Family name of the father.", examples=["Ostrander"])
    father_forename: Text | None = Field(None, examples=["Piet"])
    mother_name: Text | None = Field(None, description="Family name of the mother.", examples=["Halloran"])
    mother_forename: Text | None = Field(None, examples=["Edith"])
    sex: Sex = Field(description="`U` if it is not known.", examples=["F"])
    date_of_birth: PartialDate | None = None
    place_of_birth: Text | None = Field(None, examples=["Utrecht"])
    country_of_birth: CountryOfBirth | None = None
    nationalities: tuple[Nationality, ...] = Field((), max_length=8, description="Empty if unknown.", examples=[["NL"]])
    height: Centimetres | None = None
    weight: Kilograms | None = None
    hair: appearance.Hair = ()
    eyes: appearance.Eyes = ()
    marks: appearance.Marks = ()
    physique: appearance.Physique | None = Field(None, description="Further physical description.")
    clothing: appearance.Clothing = ()
    jewellery: appearance.Jewellery = ()
    belongings: appearance.Belongings = ()
    dental: appearance.AnteMortemChart | None = Field(None, description="Teeth in life, from the dentist's file.")
    last_seen_date: PartialDate = Field(
        description="Day, month, year, or a range of two such as `2026-03-13/2026-03-16`: one day of it at least is "
        "not before the birth, not after the report and not in the future.",
        examples=["2026-03-14", "2026-03-13/2026-03-16"],
    )
    last_seen_place: Text = Field(examples=["Rotterdam, central station"])
    last_seen_country: Country
    circumstances: LongText = Field(
        description="How the person went missing.", examples=["Left for work by train and did not arrive."]
    )
    report_reference: Text = Field(description="Of the police report.", examples=["RTD-2026-004417"])
    report_date: Day = Field(
        description="Of the police report, an exact day; not before the person was last seen.", examples=["2026-03-15"]
    )
    evidence: HeldEvidence = ()

    def require_sound(self) -> None:
        """Require names without invisible characters. Raises PydanticCustomError."""
        super().require_sound()
        others = {f"/other_names/{place}": name for place, name in enumerate(self.other_names)}
        own = {f"/{name}": getattr(self, name) for name in ("family_name", "forename", "birth_name")}
        require_visible({**own, **others})

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a report, first to locate a missing person, or to identify one who is unable to."""
        is_missing = self.person_status is not StatusOfPerson.UNABLE_TO_IDENTIFY
        return PERSON_PURPOSES if is_missing else PERSON_PURPOSES[::-1]

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the statuses of a person in this register."""
        return PERSON_STATUSES


class MissingPerson(PersonReport, kit.Record):
    """A missing person as the network knows them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_status: kit.PersonStatusMember
    status: PersonStatus


def require_order(given: BaseModel, ranges: Ranges) -> None:
    """Require of each pair of fields that the first is not greater than the second. Raises PydanticCustomError."""
    for lower, upper in ranges:
        least, greatest = getattr(given, lower), getattr(given, upper)
        if least is not None and greatest is not None and least > greatest:
            raise wrong(f"/{lower}", f"{lower} is greater than {upper}")


class BodyStatus(StrEnum):
    """The state of a record: only a body that is not identified yet is a hit."""

    UNIDENTIFIED = "unidentified"
    IDENTIFIED = "identified"
    WITHDRAWN = "withdrawn"


class BodyCondition(StrEnum):
    """In what condition a body was found."""

    INTACT = "intact"
    INJURED = "injured"
    BURNT = "burnt"
    DECOMPOSED = "decomposed"
    MUMMIFIED = "mummified"
    SKELETON = "skeleton"
    INCOMPLETE = "incomplete"


def _may_occur_together(condition: tuple[BodyCondition, ...]) -> tuple[BodyCondition, ...]:
    # Not by `min_length`, which is a second fault of a list whose only item is none.
    if not condition:
        raise ValueError("state at least one condition")
    if len(set(condition)) < len(condition):
        raise ValueError("state each condition once")
    if BodyCondition.INTACT in condition and len(condition) > 1:
        raise ValueError("a body that is intact has no other condition: leave out intact, or the others")
    return condition


class BodyReport(kit.PersonInput):
    """An unidentified body as the owner bureau describes it: the content of a black notice and of the DVI form."""

    found_date: PartialDate = Field(
        description="Day, month, year, or a range of two such as `2026-04-01/2026-04-02`; not in the future.",
        examples=["2026-04-02", "2026-04"],
    )
    died: PartialDate | None = Field(
        None, description="Estimate of the date of death; not after the body was found.", examples=["2026-02/2026-03"]
    )
    found_place: Text = Field(examples=["Hoek van Holland, beach"])
    found_country: Country
    circumstances: LongText | None = Field(None, examples=["Washed ashore after the storm of 12 March."])
    report_reference: Text = Field(description="Of the police report.", examples=["HVH-2026-000912"])
    condition: Annotated[tuple[BodyCondition, ...], AfterValidator(_may_occur_together)] = Field(
        max_length=len(BodyCondition),
        description="One or several, each once; `intact` stands alone.",
        examples=[["burnt", "incomplete"]],
        json_schema_extra={"minItems": 1},
    )
    sex: Sex = Field(description="`U` if it cannot be determined.", examples=["F"])
    age_min: Age | None = Field(None, description="Least age estimated, at death, in years.", examples=[30])
    age_max: Age | None = Field(None, description="Greatest age estimated, at death, in years.", examples=[45])
    height_min: Centimetres | None = Field(None, description="Least height estimated, in centimetres.", examples=[165])
    height_max: Centimetres | None = Field(
        None, description="Greatest height estimated, in centimetres.", examples=[173]
    )
    hair: appearance.Hair = ()
    eyes: appearance.Eyes = ()
    marks: appearance.Marks = ()
    physique: appearance.Physique | None = Field(None, description="Further physical description.")
    clothing: appearance.Clothing = ()
    jewellery: appearance.Jewellery = ()
    belongings: appearance.Belongings = ()
    dental: appearance.DentalChart | None = Field(None, description="Teeth as found.")
    evidence: HeldEvidence = ()

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a report about a body."""
        return BODY_PURPOSES

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the status of the person whose body it is."""
        return BODY_STATUSES

    def require_sound(self) -> None:
        """Require estimates that are ranges. Raises PydanticCustomError."""
        super().require_sound()
        require_order(self, (("age_min", "age_max"), ("height_min", "height_max")))


class Identification(BaseModel):
    """The evidence of an identification. The network does not learn the identity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evidence: tuple[IdentificationEvidence, ...] = Field(min_length=1, max_length=5, examples=[["dental"]])


class Body(BodyReport, kit.Record):
    """An unidentified body as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_status: kit.PersonStatusMember
    status: BodyStatus
    identified_by: tuple[IdentificationEvidence, ...] = Field((), description="The evidence of its identification.")
