"""The answers of the service: notices of each colour, with the update of one that waits for review."""

from datetime import datetime
from typing import Annotated, Any, Final, Self, cast

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, TypeAdapter
from typing_extensions import TypeAliasType

from services.notices import entries
from services.notices.colours import Colour
from services.notices.lifecycle import TO_REVIEW, NoticeStatus
from services.notices.queries import NoticeNumber
from services.notices.refused_updates import RefusedUpdate
from services.notices.review_models import Approval, OfficerName, Reviewable, is_reviewer, unnamed_approval
from services.notices.subjects.models import Part, public_subject
from shared.identity import Caller, examines
from shared.records import service_kit as kit


class PendingUpdate(Reviewable):
    """An update of a notice in force that waits for review, or was refused: the notice stays as it is meanwhile."""

    status: NoticeStatus = Field(description="`submitted`, `under-review` or `refused`.", examples=["submitted"])
    submitted: AwareDatetime = Field(description="When it was entered.", examples=["2026-06-03T09:15:00Z"])
    content: dict[str, JsonValue] = Field(
        description="The whole entry as the bureau wants it, of the schema of its colour.", examples=[{"colour": "red"}]
    )
    changes: tuple[str, ...] = Field(
        (),
        description="The members of the entry that it changes, a part of the subject as `subject.name`, without the "
        "terms, which change at once. All others stay as they are in force when it is published.",
        examples=[["facts", "subject.aliases"]],
    )
    photographs: tuple[kit.Photograph, ...] | None = Field(
        None, description="As the bureau wants them; null if they stay.", examples=[None]
    )


class LastShown(Part):
    """The version that others than issuer and Secretariat see while the two review an update, or a diffusion."""

    version: int = Field(ge=1, description="Its version.", examples=[4])
    updated: AwareDatetime = Field(description="When it was changed last.", examples=["2026-06-03T09:15:00Z"])


class NoticeRecord(entries.CommonEntry, Reviewable, kit.Record):
    """A notice as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: NoticeStatus
    number: NoticeNumber | None = None
    submitted: AwareDatetime | None = Field(
        None,
        description="When it was handed in for review; shown to the issuer and the Secretariat alone.",
        examples=["2026-06-01T08:00:00Z"],
    )
    published: AwareDatetime | None = Field(
        None, description="When the General Secretariat published it.", examples=["2026-06-03T09:15:00Z"]
    )
    diffused: AwareDatetime | None = Field(
        None, description="When it was sent as a diffusion.", examples=["2026-06-03T09:15:00Z"]
    )
    photographs: kit.Photographs = ()
    drafted_by: tuple[OfficerName, ...] = Field(
        (), description="The issuer's officers who drafted or changed it; shown to the issuer alone.", examples=[[]]
    )
    compliant: Approval | None = Field(
        None,
        description="Of a diffusion: that the Secretariat reviewed it; shown to the issuer and the Secretariat alone.",
    )
    pending: PendingUpdate | None = Field(
        None, description="An update that is not in force; shown to the issuer and the Secretariat alone."
    )
    refused_updates: tuple[RefusedUpdate, ...] = Field(
        (),
        description="Updates that were refused, for the screening of later ones; shown to the issuer and the "
        "Secretariat alone.",
        examples=[[]],
    )
    last_shown: LastShown | None = Field(
        None,
        description="What others see of `version` and `updated`, if not these; they do not see it.",
        examples=[None],
    )

    public_fields = frozenset(
        {"status", "number", "published", "colour", "subject", "photographs", "warrants", "un_listing", "public"}
    )
    public_filters = frozenset(
        {"owner", "status", "colour", "number", "name", "nationality", "sex", "date_of_birth"}
        | {"age_min", "age_max", "age_on"}
    )

    def called(self) -> str:
        """Return its number, which all who were shown it know, or its id if it has none."""
        return self.number or self.id

    def public_extract(self) -> Self:
        """Return the extract for the public: who is sought."""
        return super().public_extract().model_copy(update={"subject": public_subject(self.subject)})

    def shows_readers_to(self, caller: Caller) -> bool:
        """Return whether a caller is shown who else may see it: reviewers are, of what they are to decide on."""
        return super().shows_readers_to(caller) or (is_reviewer(caller) and self.status in TO_REVIEW)

    def shown_to(self, caller: Caller) -> Self:
        """Return the notice as the caller's bureau may see it: the review is between issuer and Secretariat."""
        if caller.bureau == self.owner:
            return super().shown_to(caller) if is_reviewer(caller) else self.without_reviewers()
        hidden: dict[str, Any] = {"drafted_by": ()}
        if not (is_reviewer(caller) or examines(caller.bureau, caller.purpose)):
            hidden |= _OF_REVIEW if self.last_shown is None else _OF_REVIEW | dict(self.last_shown)
        return super(NoticeRecord, self.model_copy(update=hidden)).shown_to(caller)

    def in_history_for(self, reader: Caller) -> Self:
        """Return a former version as its owner may see it: without the names of reviewers."""
        return self if is_reviewer(reader) else self.without_reviewers()

    def without_reviewers(self) -> Self:
        """Return the notice, and an update of it, as its issuer sees it: without the names of reviewers."""
        unnamed = super().without_reviewers()
        parts: dict[str, Any] = {}
        if self.compliant is not None:
            parts["compliant"] = unnamed_approval(self.compliant)
        if self.pending is not None:
            parts["pending"] = self.pending.without_reviewers()
        return unnamed.model_copy(update=parts) if parts else unnamed

    @property
    def shown_version(self) -> int:
        """The version that others than issuer and Secretariat see."""
        return self.version if self.last_shown is None else self.last_shown.version

    def next_version(self, at: datetime, **changes: Any) -> Self:
        """Return the next version, which all readers see as such."""
        return super().next_version(at, **{"last_shown": None, **changes})

    def unseen_version(self, at: datetime, **changes: Any) -> Self:
        """Return the next version, of which only issuer and Secretariat learn: all others see the notice as it was."""
        shown = self.last_shown or LastShown(version=self.version, updated=self.updated)
        return self.next_version(at, last_shown=shown, **changes)

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
_OF_REVIEW: Final[dict[str, Any]] = {
    "submitted": None,
    "findings": (),
    "exchanges": (),
    "approvals": (),
    "decision": None,
    "compliant": None,
    "pending": None,
    "refused_updates": (),
    "last_shown": None,
}
"""What is between issuer and Secretariat, and what others are shown in its place."""

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
