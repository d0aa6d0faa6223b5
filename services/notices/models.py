"""The requests and answers of the service: notices, the decisions on them, lists and searches."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from services.notices.colours import CONVICTED, PURPOSES, STATUSES, Colour
from services.notices.lifecycle import TO_REVIEW, NoticeStatus
from services.notices.subjects import Part, Person, Subject, public_subject
from shared.bureaus import REVIEWERS, Bureau
from shared.codes import Country, Nationality
from shared.dates import OLDEST_AGE, PartialDate
from shared.identity import Caller, Purpose
from shared.patterns import in_words
from shared.people import LongText, SearchedName, Sex, StatusOfPerson, Text, require_visible
from shared.records import service_kit as kit
from shared.validation import wrong

_TIME = in_words("^([01][0-9]|2[0-3]):[0-5][0-9]$", "must be a time of day, such as 22:40")
Age = Annotated[int, Field(ge=0, le=OLDEST_AGE, description="In whole years.", examples=[40])]
Months = Annotated[int, Field(ge=0, le=1800, description="In months; 1200 stands for life.", examples=[60])]
NoticeNumber = Annotated[
    str,
    Field(
        pattern=in_words("^[0-9]{4}/[0-9]{1,7}$", "must be the number of a notice, such as 2026/52482"),
        description="Given on publication: the year and a random number.",
        examples=["2026/52482"],
    ),
]


class Stage(StrEnum):
    """The purpose for which a person is wanted."""

    PROSECUTION = "prosecution"
    SENTENCE = "sentence"


class Warrant(Part):
    """A warrant of arrest, or a judgment to be served."""

    stage: Stage = Field(Stage.PROSECUTION, description="Wanted to be prosecuted, or to serve a sentence.")
    issuing_country: Country | None = Field(None, description="ISO 3166-1 alpha-2.", examples=["FR"])
    reference: Text | None = Field(None, description="Of the warrant or judgment.", examples=["TJ-PARIS-2026-1187"])
    charge: LongText | None = Field(None, description="In the words of the court.", examples=["Vol avec arme"])
    charge_translation: LongText | None = Field(None, description="In English.", examples=["Armed robbery"])
    law: Text | None = Field(None, description="The provision that makes it a crime.", examples=["Code pénal 311-8"])
    maximum_penalty_months: Months | None = Field(None, description="For prosecution: red needs 24 at the least.")
    sentence_months: Months | None = Field(
        None, description="To serve: imposed or remaining; red needs 6 at the least."
    )


def public_warrant(warrant: Warrant) -> Warrant:
    """Return what the public is shown of a warrant."""
    return Warrant(
        issuing_country=warrant.issuing_country, charge=warrant.charge, charge_translation=warrant.charge_translation
    )


class Event(Part):
    """When and where it happened, or where a body was found."""

    date: PartialDate | None = Field(
        None,
        description="Day, month, year, or a range of two such as `2026-02-11/2026-02-14`; not in the future.",
        examples=["2026-02-11", "2026-02-11/2026-02-14"],
    )
    time: str | None = Field(None, pattern=_TIME, description="Local.", examples=["22:40"])
    place: Text | None = Field(None, description="As exactly as is known.", examples=["Marville, railway station"])
    country: Country | None = None


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
    un_listing: Resolution | None = Field(None, description="For a United Nations special notice.", examples=[None])
    public: bool = Field(
        False, description="Whether everybody may see an extract of it while it is published: who is sought, and why."
    )

    def require_sound(self) -> None:
        """Require names without invisible characters. Raises PydanticCustomError."""
        super().require_sound()
        texts = {f"/subject/{name}": getattr(self.subject, name, None) for name in ("name", "forename", "birth_name")}
        for several in ("aliases", "names_in_other_scripts"):
            given = getattr(self.subject, several, ())
            texts |= {f"/subject/{several}/{place}": name for place, name in enumerate(given)}
        require_visible(texts)

    @property
    def is_public(self) -> bool:
        """Whether its issuer wants everybody to see an extract of it."""
        return self.public

    def require_readers_agree(self) -> None:
        """Require that what is public may be. Raises PydanticCustomError."""
        super().require_readers_agree()
        if self.public and (fault := public_fault(self)):
            raise wrong("/public", fault)

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes that fit the colour; of a person unable to identify themselves, identification first."""
        purposes = PURPOSES[self.colour]
        if isinstance(self.subject, Person) and self.subject.person_status is StatusOfPerson.UNABLE_TO_IDENTIFY:
            return sorted(purposes, key=lambda each: each is not Purpose.IDENTIFICATION)
        return purposes

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the statuses of a person that fit the colour: with a sentence to serve, convicted alone."""
        is_to_serve = any(warrant.stage is Stage.SENTENCE for warrant in self.warrants)
        return CONVICTED if self.colour is Colour.RED and is_to_serve else STATUSES[self.colour]

    def resolved(self) -> Self:
        """Return the notice with its purpose and the status of its person, which a draft may lack.

        Raises StatusDoesNotFit, PurposeDoesNotFit.
        """
        if not isinstance(self.subject, Person):
            return super().resolved()
        status = kit.status_of(self.subject.person_status, self.fitting_statuses(), "/subject/person_status")
        subject = self.subject.model_copy(update={"person_status": status})
        return super(NoticeContent, self.model_copy(update={"subject": subject})).resolved()


def public_fault(content: NoticeContent) -> str | None:
    """Return why no extract of a notice may be public, or None; extracts of silver ones never are."""
    if content.colour is Colour.SILVER:
        return "an extract of a silver notice is never public"
    if content.handling is not kit.Handling.OFFICIAL_USE or content.conditions:
        return "only a notice for OFFICIAL_USE without conditions has a public extract"
    if content.addressed:
        return "a notice that is addressed to some bureaus has no public extract"
    return None


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
    diffused: AwareDatetime | None = Field(
        None, description="When it was sent as a diffusion.", examples=["2026-06-03T09:15:00Z"]
    )
    decision: Decision | None = Field(None, description="Why it was refused or cancelled; null otherwise.")
    exchanges: tuple[Exchange, ...] = Field(
        (),
        description="The review's questions; shown to the issuer and the Secretariat alone.",
        examples=[[{"question": "Which court issued the warrant?", "asked": "2026-06-01T12:00:00Z"}]],
    )

    public_fields = frozenset(
        {"status", "number", "published", "colour", "subject", "warrants", "un_listing", "public"}
    )
    public_filters = frozenset(
        {"owner", "status", "colour", "number", "name", "nationality", "sex", "date_of_birth", "age_min", "age_max"}
    )

    def public_extract(self) -> Self:
        """Return the extract for the public: who is sought, by which country, and on what charge."""
        parts = {"subject": public_subject(self.subject), "warrants": tuple(map(public_warrant, self.warrants))}
        return super().public_extract().model_copy(update=parts)

    def shows_readers_to(self, caller: Caller) -> bool:
        """Return whether a caller is shown who else may see it: reviewers are, of what they are to decide on."""
        return super().shows_readers_to(caller) or (caller.bureau in REVIEWERS and self.status in TO_REVIEW)

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
    person_status: StatusOfPerson | None = Field(None, description="Only those about such a person.")


class NoticeQuery(kit.RecordQuery):
    """A search for notices in force that match all parameters; at least one is required."""

    name: SearchedName | None = Field(
        None,
        description="Names in any order, case and script, with or without accents, and with one typo in each word.",
        examples=["dupont jean"],
    )
    colour: Colour | None = Field(None, description="Only notices of this colour.", examples=["red"])
    nationality: Nationality | None = Field(None, description="One of several is enough.", examples=["FR"])
    sex: Sex | None = Field(None, description="`U` finds those whose sex is not known.", examples=["M"])
    person_status: StatusOfPerson | None = Field(None, description="Only notices about such a person.")
    date_of_birth: PartialDate | None = Field(
        None, description="A day, month, year or range that the date of birth in the notice allows.", examples=["1987"]
    )
    age_min: Age | None = Field(None, description="At least as old today, in years.", examples=[30])
    age_max: Age | None = Field(None, description="At most as old today, in years.", examples=[45])

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise wrong("/age_min", "age_min is greater than age_max")
        return self
