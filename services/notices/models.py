"""The answers of the service: notices of each colour, and the decisions on them."""

from enum import StrEnum
from typing import Annotated, Any, Final, Self, cast

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter
from typing_extensions import TypeAliasType

from services.notices import entries
from services.notices.colours import Colour
from services.notices.lifecycle import TO_REVIEW, NoticeStatus
from services.notices.queries import NoticeNumber
from services.notices.subjects import Part, public_subject
from shared.bureaus import REVIEWERS
from shared.identity import Caller
from shared.patterns import in_words
from shared.people import LongText
from shared.records import service_kit as kit

PhotographId = Annotated[
    str,
    Field(
        pattern=in_words("^[0-9]{7}[02468]$", "must be the id of a photograph, such as 62412748"),
        description="A random even number; the next number is that of its thumbnail.",
        examples=["62412748"],
    ),
]


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


class Weight(StrEnum):
    """What a finding of the screening asks of the review."""

    STOPS = "stops"
    """Not published unless the reviewers say why the finding does not hold."""

    ASKS = "asks"
    """The reviewers look at it."""


class Finding(Part):
    """What the automated screening found in a notice, and the words that it rests on."""

    code: str = Field(
        pattern="^[a-z][a-z0-9-]{0,39}$", description="For programs.", examples=["insult-of-head-of-state"]
    )
    reason: Reason = Field(description="On what ground it would be refused.", examples=["article-3"])
    weight: Weight = Field(description="What it asks of the review.", examples=["stops"])
    pointer: str = Field(description="Where in the notice, a JSON pointer (RFC 6901).", examples=["/facts"])
    words: str = Field(description="The words it rests on, as they stand there.", examples=["insulted the president"])
    detail: str = Field(
        description="Why, and what the bureau can do.", examples=["The act is an opinion about the head of state."]
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


class Photograph(Part):
    """A photograph of the subject: checked and encoded anew, without the metadata of the file that was sent."""

    id: PhotographId
    width: int = Field(ge=1, description="In pixels.", examples=[480])
    height: int = Field(ge=1, description="In pixels.", examples=[640])
    bytes: int = Field(ge=1, description="Of the JPEG file.", examples=[48120])
    sha256: str = Field(
        description="Of the JPEG file, in base64url.", examples=["n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"]
    )


class NoticeRecord(entries.CommonEntry, kit.Record):
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
    photographs: tuple[Photograph, ...] = Field((), max_length=10, description="The main one first.", examples=[[]])
    decision: Decision | None = Field(None, description="Why it was refused or cancelled; null otherwise.")
    findings: tuple[Finding, ...] = Field(
        (), description="Of the screening; shown to the issuer and the Secretariat alone.", examples=[[]]
    )
    exchanges: tuple[Exchange, ...] = Field(
        (),
        description="The review's questions; shown to the issuer and the Secretariat alone.",
        examples=[[{"question": "Which court issued the warrant?", "asked": "2026-06-01T12:00:00Z"}]],
    )

    public_fields = frozenset(
        {"status", "number", "published", "colour", "subject", "photographs", "warrants", "un_listing", "public"}
    )
    public_filters = frozenset(
        {"owner", "status", "colour", "number", "name", "nationality", "sex", "date_of_birth", "age_min", "age_max"}
    )

    def public_extract(self) -> Self:
        """Return the extract for the public: who is sought."""
        return super().public_extract().model_copy(update={"subject": public_subject(self.subject)})

    def shows_readers_to(self, caller: Caller) -> bool:
        """Return whether a caller is shown who else may see it: reviewers are, of what they are to decide on."""
        return super().shows_readers_to(caller) or (caller.bureau in REVIEWERS and self.status in TO_REVIEW)

    def shown_to(self, caller: Caller) -> Self:
        """Return the notice as the caller's bureau may see it: the review is between issuer and Secretariat."""
        shown = super().shown_to(caller)
        if caller.bureau in {self.owner, *REVIEWERS} or not (shown.exchanges or shown.findings):
            return shown
        return shown.model_copy(update={"exchanges": (), "findings": ()})

    @classmethod
    def record_kind(cls) -> str:
        """Return `notice`, for all colours."""
        return "notice"

    @classmethod
    def of_json(cls, content: str | bytes) -> Self:
        """Return the notice of a stored content, of whatever colour. Raises ValidationError."""
        return cast("Self", _NOTICES.validate_json(content))


class RedNotice(entries.RedEntry, NoticeRecord):
    """A red notice."""

    def public_extract(self) -> Self:
        """Return the extract for the public: who is sought, by which country, and on what charge."""
        warrants = tuple(warrant.public() for warrant in self.warrants)
        return super().public_extract().model_copy(update={"warrants": warrants})


class BlueNotice(entries.BlueEntry, NoticeRecord):
    """A blue notice."""


class GreenNotice(entries.GreenEntry, NoticeRecord):
    """A green notice."""


class YellowNotice(entries.YellowEntry, NoticeRecord):
    """A yellow notice."""

    public_fields = NoticeRecord.public_fields | {"event"}

    def public_extract(self) -> Self:
        """Return the extract for the public: who is missing, and since when and where."""
        event = self.event and self.event.model_copy(update={"time": None})
        return super().public_extract().model_copy(update={"event": event})


class BlackNotice(entries.BlackEntry, NoticeRecord):
    """A black notice."""


class OrangeNotice(entries.OrangeEntry, NoticeRecord):
    """An orange notice."""


class PurpleNotice(entries.PurpleEntry, NoticeRecord):
    """A purple notice."""


class SilverNotice(entries.SilverEntry, NoticeRecord):
    """A silver notice."""


class UnSpecialNotice(entries.UnSpecialEntry, NoticeRecord):
    """An INTERPOL-United Nations Security Council special notice."""


Notice = TypeAliasType(
    "Notice",
    Annotated[
        RedNotice
        | BlueNotice
        | GreenNotice
        | YellowNotice
        | BlackNotice
        | OrangeNotice
        | PurpleNotice
        | SilverNotice
        | UnSpecialNotice,
        Field(discriminator="colour"),
    ],
)
_NOTICES: Final[TypeAdapter[Any]] = TypeAdapter(Notice)
KINDS: Final[dict[Colour, type[NoticeRecord]]] = {
    Colour.RED: RedNotice,
    Colour.BLUE: BlueNotice,
    Colour.GREEN: GreenNotice,
    Colour.YELLOW: YellowNotice,
    Colour.BLACK: BlackNotice,
    Colour.ORANGE: OrangeNotice,
    Colour.PURPLE: PurpleNotice,
    Colour.SILVER: SilverNotice,
    Colour.UN_SPECIAL: UnSpecialNotice,
}
"""The class of the notices of each colour."""
