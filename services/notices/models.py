"""The requests and answers of the service: notices, the decisions on them, lists and searches."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.notices.lifecycle import NoticeStatus
from services.notices.subjects import Part, Subject
from shared.bureaus import REVIEWERS, Bureau
from shared.dates import OLDEST_AGE, PartialDate
from shared.identity import Caller
from shared.people import CountryCode, LongText, SearchedName, Sex, Text
from shared.records import service_kit as kit

Age = Annotated[int, Field(ge=0, le=OLDEST_AGE, description="In whole years.", examples=[40])]
Months = Annotated[int, Field(ge=0, le=1800, description="In months; 1200 stands for life.", examples=[60])]
NoticeNumber = Annotated[
    str,
    Field(
        pattern="^[0-9]{4}/[0-9]{1,7}$",
        description="Given on publication: the year and a random number.",
        examples=["2026/52482"],
    ),
]


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


class Stage(StrEnum):
    """The purpose for which a person is wanted."""

    PROSECUTION = "prosecution"
    SENTENCE = "sentence"


class Warrant(Part):
    """A warrant of arrest, or a judgment to be served."""

    stage: Stage = Field(Stage.PROSECUTION, description="Wanted to be prosecuted, or to serve a sentence.")
    issuing_country: CountryCode | None = Field(None, description="ISO 3166-1 alpha-2.", examples=["FR"])
    reference: Text | None = Field(None, description="Of the warrant or judgment.", examples=["TJ-PARIS-2026-1187"])
    charge: LongText | None = Field(None, description="In the words of the court.", examples=["Vol avec arme"])
    charge_translation: LongText | None = Field(None, description="In English.", examples=["Armed robbery"])
    law: Text | None = Field(None, description="The provision that makes it a crime.", examples=["Code pénal 311-8"])
    maximum_penalty_months: Months | None = Field(None, description="For prosecution: red needs 24 at the least.")
    sentence_months: Months | None = Field(
        None, description="To serve: imposed or remaining; red needs 6 at the least."
    )


class Event(Part):
    """When and where it happened, or where a body was found."""

    date: PartialDate | None = None
    time: str | None = Field(None, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local.", examples=["22:40"])
    place: Text | None = Field(None, description="As exactly as is known.", examples=["Marville, railway station"])
    country: CountryCode | None = None


class Resolution(Part):
    """The listing of the subject by the Security Council of the United Nations."""

    reference: Text = Field(description="Permanent reference number in the list.", examples=["QDi.999"])
    resolution: Text = Field(description="Number of the resolution.", examples=["1267"])


class NoticeContent(kit.RecordInput):
    """A notice as its issuing bureau describes it. A draft may be incomplete."""

    colour: Colour = Field(examples=["red"])
    subject: Subject = Field(
        description="The person, organisation or thing that the notice is about.",
        examples=[
            {"kind": "person", "name": "Dupont", "forename": "Jean", "sex": "M", "date_of_birth": "1987", "height": 178}
        ],
    )
    facts: LongText | None = Field(
        None, description="What happened, or what the threat is.", examples=["Held up a jeweller's with two others."]
    )
    event: Event | None = Field(None, description="Time and place of the facts.")
    warrants: tuple[Warrant, ...] = Field(
        (),
        max_length=20,
        description="For a red notice, one at the least.",
        examples=[
            [
                {
                    "issuing_country": "FR",
                    "reference": "TJ-2026-1187",
                    "charge": "Vol avec arme",
                    "law": "Code pénal 311-8",
                    "maximum_penalty_months": 240,
                }
            ]
        ],
    )
    police_report: Text | None = Field(None, description="Yellow: its reference.", examples=["MRV-2026-004417"])
    last_known_place: Text | None = Field(None, description="Yellow.", examples=["Marville, rue du Pont"])
    circumstances: LongText | None = Field(
        None, description="Yellow: how the person went missing.", examples=["Left for work and did not arrive."]
    )
    un_listing: Resolution | None = Field(None, description="For a United Nations special notice.")


class Reason(StrEnum):
    """Why the Secretariat refuses or cancels a notice, by article of the constitution."""

    ARTICLE_2 = "article-2"
    ARTICLE_3 = "article-3"
    OTHER = "other"


class Decision(Part):
    """Why a notice is refused or cancelled."""

    reason: Reason = Field(
        description="`article-2` human rights; `article-3` political, military, religious or racial; or `other`.",
        examples=["article-3"],
    )
    remark: LongText | None = Field(
        None, description="What the issuer should know.", examples=["Predominantly political."]
    )


class Question(Part):
    """What a reviewer asks the issuing bureau."""

    text: LongText = Field(description="The question.", examples=["Which court issued the warrant?"])


class Answer(Part):
    """What the issuing bureau answers."""

    text: LongText = Field(description="The answer.", examples=["The tribunal judiciaire of Marville."])


class Exchange(Part):
    """A question of the review, and its answer once there is one."""

    question: LongText = Field(description="By the reviewer.", examples=["Which court issued the warrant?"])
    asked: AwareDatetime = Field(description="When it was asked.", examples=["2026-06-01T12:00:00Z"])
    answer: LongText | None = Field(
        None, description="By the issuer; null while open.", examples=["The tribunal judiciaire of Marville."]
    )
    answered: AwareDatetime | None = Field(None, description="When it was answered.", examples=["2026-06-02T08:30:00Z"])


class Notice(NoticeContent, kit.Record):
    """A notice as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: NoticeStatus
    number: NoticeNumber | None = None
    published: AwareDatetime | None = Field(
        None, description="When the General Secretariat published it.", examples=["2026-06-03T09:15:00Z"]
    )
    decision: Decision | None = Field(None, description="Why it was refused or cancelled; null otherwise.")
    exchanges: tuple[Exchange, ...] = Field(
        (),
        description="The review's questions; shown to the issuer and the Secretariat alone.",
        examples=[[{"question": "Which court issued the warrant?", "asked": "2026-06-01T12:00:00Z"}]],
    )

    def shown_to(self, caller: Caller) -> Self:
        """Return the notice as the caller's bureau may see it: the review is between issuer and Secretariat."""
        shown = super().shown_to(caller)
        if not shown.exchanges or caller.bureau in {self.owner, *REVIEWERS}:
            return shown
        return shown.model_copy(update={"exchanges": ()})


class NoticeFilter(kit.RecordPageQuery):
    """Which notices a list shows."""

    owner: Bureau | None = Field(None, description="Only those of this bureau.")
    status: NoticeStatus | None = Field(None, description="Only those in this state.", examples=["published"])
    colour: Colour | None = Field(None, description="Only those of this colour.", examples=["red"])
    number: NoticeNumber | None = Field(None, description="Only the one of this number.", examples=["2026/52482"])


class NoticeQuery(BaseModel):
    """A search for notices in force that match all parameters; at least one is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SearchedName | None = Field(
        None,
        description="Names in any order, case and script, with or without accents, and with one typo in each word.",
        examples=["dupont jean"],
    )
    colour: Colour | None = Field(None, description="Only notices of this colour.", examples=["red"])
    nationality: CountryCode | None = Field(None, description="One of several is enough.", examples=["FR"])
    sex: Sex | None = Field(None, description="`U` finds those whose sex is not known.", examples=["M"])
    date_of_birth: PartialDate | None = Field(
        None, description="A day, a month or a year that the date of birth in the notice allows.", examples=["1987"]
    )
    age_min: Age | None = Field(None, description="At least as old, in years.", examples=[30])
    age_max: Age | None = Field(None, description="At most as old, in years.", examples=[45])

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise ValueError("age_min is greater than age_max")
        return self
