"""Requests and answers of the operations that all records have in common."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from typing_extensions import TypeAliasType

from shared.bureaus import COMMISSION, Bureau, BureauCode
from shared.identity import Purpose
from shared.ids import RecordId
from shared.patterns import in_words
from shared.people import LongText
from shared.records.admission import Addressed, Restricted
from shared.records.results import NamedGeneric, R
from shared.validation import wrong

MAX_CORRECTIONS: Final = 100
# More than any record has, and few enough to be encoded again.
MAX_LEVELS: Final = 16
MAX_VERSIONS: Final = 2**31 - 1

Ending = TypeAliasType("Ending", Literal["deleted", "expired", "decided"])
Act = Literal["withdrawn", "cancelled", "corrected"]
RecallAct = TypeAliasType("RecallAct", Act)
Reference = Annotated[
    str,
    Field(
        pattern=in_words("^CCF/[0-9]{4}/[0-9]{1,6}$", "must be a reference such as CCF/2026/12"),
        description="The reference of the Commission's decision; names no person.",
        examples=["CCF/2026/12"],
    ),
]
Reason = Annotated[
    LongText,
    StringConstraints(max_length=500),
    Field(description="Why it is still needed.", examples=["The investigation goes on: 2026/DCPJ/00417."]),
]


def _of_few_levels(corrections: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [corrections]
    for _ in range(MAX_LEVELS):
        parts = (part for each in level for part in (each.values() if isinstance(each, dict) else each))
        level = [part for part in parts if isinstance(part, dict | list)]
    if level:
        raise ValueError(f"may be nested at most {MAX_LEVELS} levels deep")
    return corrections


_PATCH: Final = (
    "A JSON merge patch of the owner's entry (RFC 7396). A photograph is removed by its id: "
    '`{"photographs": {"62412748": null}}`.'
)
Corrections = TypeAliasType(
    "Corrections",
    Annotated[
        dict[str, Any],
        Field(min_length=1, max_length=MAX_CORRECTIONS, description=_PATCH),
        AfterValidator(_of_few_levels),
    ],
)


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Restriction(_Request):
    """The bureaus and partners that are barred from a record, and the only bureaus that may see it."""

    restricted: Restricted
    addressed: Addressed | None = Field(
        None,
        description="The only bureaus that may see it, besides the Secretariat; all if empty, as before if absent.",
        examples=[None],
    )


class Renewal(_Request):
    """A renewal of a record."""

    reason: Reason


class Verdict(StrEnum):
    """The decision of the Commission on a record."""

    DELETE = "delete"
    CORRECT = "correct"


class CommissionDecision(_Request):
    """A decision of the Commission for the Control of INTERPOL's Files, which binds (RPD article 18)."""

    decision: Verdict
    reference: Reference
    corrections: Corrections | None = Field(None, description="With `correct` only.", examples=[None])

    @model_validator(mode="after")
    def _says_what_to_correct(self) -> Self:
        if (self.decision is Verdict.CORRECT) != (self.corrections is not None):
            raise wrong("/corrections", "the decision `correct` and corrections go together")
        return self


class DecisionOutcome(BaseModel):
    """The outcome of a decision."""

    id: RecordId
    decision: Verdict
    reference: Reference
    version: int = Field(ge=1, description="The corrected version, or that of the deletion.", examples=[3])
    at: AwareDatetime = Field(description="When it was carried out.", examples=["2026-06-01T12:00:00Z"])


class VersionsQuery(_Request):
    """Which versions of a record."""

    before: int | None = Field(None, ge=1, le=MAX_VERSIONS, description="The `next` of the page before.", examples=[2])
    limit: int = Field(20, ge=1, le=50, description="The maximum number.", examples=[20])


class Making(BaseModel):
    """Who made a version, and for what purpose."""

    bureau: Bureau = Field(description="Whose officer made it.")
    officer: str | None = Field(description="As their bureau names them; null if it was the Commission, or a reviewer.")
    purpose: Purpose
    operation: str = Field(description="The operationId of what was done.", examples=["update_vehicle"])
    at: AwareDatetime = Field(description="When it was done.", examples=["2026-06-01T12:00:00Z"])


class RecordVersion(NamedGeneric, Generic[R]):
    """A record as it is or was."""

    version: int = Field(ge=1, description="Counts the changes, from 1.", examples=[1])
    record: R
    made: Making | None = Field(description="Null if the audit log does not have it, or not yet.")
    reason: str | None = Field(description="Of a renewal, or the reference of a decision; null otherwise.")


class RecordVersions(NamedGeneric, Generic[R]):
    """The versions of a record, newest first."""

    items: list[RecordVersion[R]] = Field(description="The versions, newest first.")
    withheld: int = Field(0, ge=0, description="How many confidential ones of the page the officer may not read.")
    next: int | None = Field(description="Pass as `before` to get the next page; null on the last one.", examples=[2])


class RecallReceipt(BaseModel):
    """A receipt that a bureau signed for a notification to remove or replace its copies."""

    at: AwareDatetime = Field(description="When it was signed.", examples=["2026-06-01T12:00:01Z"])
    signature: str = Field(description="The signature header of the receipt, which proves it.")


class Recall(BaseModel):
    """A notification to a bureau to remove or replace its copies, and the receipts for it."""

    act: RecallAct = Field(
        description="`withdrawn`: to remove them; `cancelled`: to delete them, by instruction of the General "
        "Secretariat; `corrected`: to replace them."
    )
    version: int = Field(ge=1, description="All copies of earlier versions are concerned.", examples=[2])
    at: AwareDatetime = Field(description="When it was sent.", examples=["2026-06-01T12:00:00Z"])
    message: str = Field(description="The id of the message.", examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
    delivered: RecallReceipt | None = Field(description="That the bureau has the message.")
    applied: RecallReceipt | None = Field(description="That it has removed or replaced its copies.")
    refused: RecallReceipt | None = Field(description="That it refuses the message.")


class Applied(BaseModel):
    """That a post has applied a pack: what the post signed, and a receipt that its bureau signed."""

    at: AwareDatetime = Field(description="When, by the clock of the post.", examples=["2026-06-01T12:00:01Z"])
    post_key: str = Field(description="The key of the post, as its bureau registered it with the pack: base64url.")
    statement: str = Field(
        description="What the post signed, as JSON. Its `signature` is over `i247 applied`, a zero byte, and the same "
        "JSON with an empty `signature`."
    )
    signature: str = Field(description="The signature header of the receipt of the bureau.")


class HeldCopy(BaseModel):
    """That a bureau has a record in a field copy, and whether its posts have removed it."""

    number: int = Field(ge=1, description="The first field copy with the version.", examples=[1])
    version: int = Field(ge=1, description="The last version that it had.", examples=[1])
    removed_in: int | None = Field(
        ge=1,
        description="The field copy whose differential removes it; null if none was taken since.",
        examples=[2],
    )
    applied: list[Applied] = Field(
        description="Of each post that had the record, and signed that it applied a pack or differential without it."
    )
    outstanding: int = Field(
        ge=0,
        description="How many posts may still find any version of the record: with a pack that has not expired, and is "
        "not before one that the post signed as applied.",
        examples=[0],
    )
    until: AwareDatetime | None = Field(description="When the last of these packs expires; null without any.")


class Recipient(BaseModel):
    """A bureau that was shown a record."""

    bureau: Bureau = Field(description="The bureau that was shown it, or notified.")
    first: AwareDatetime | None = Field(description="When it was first shown it; null if it was only notified.")
    last: AwareDatetime | None = Field(description="When it was last shown it.")
    times: int = Field(ge=0, description="How often.", examples=[3])
    versions: list[int] = Field(description="The versions it was shown: the last 100.", examples=[[1, 2]])
    purposes: list[Purpose] = Field(description="For which purposes.")
    officers: list[str] = Field(description="The officers who saw it: the last 100.", examples=[["de.officer"]])
    sent: bool = Field(description="Whether the service sent it the record when it was published or changed.")
    recall: Recall | None = Field(description="Its last notification about the record; null if it had none.")
    field_copy: HeldCopy | None = Field(
        None, description="The field copy of the bureau that has the record, for its posts; null if none had it."
    )


class Deletion(BaseModel):
    """How a record ended."""

    act: Ending = Field(
        description="`deleted` by its owner, `expired`, or `decided` by the Commission.", examples=["deleted"]
    )
    at: AwareDatetime = Field(description="When it was deleted.", examples=["2026-06-01T12:00:00Z"])
    reference: Reference | None = Field(description="Of the decision; null otherwise.")
    leaf: int | None = Field(
        ge=0,
        description="The leaf of the audit log that proves it; for a decision only the Commission sees it.",
        examples=[17],
    )

    def shown_to(self, bureau: BureauCode) -> Self:
        """Return it as a bureau may see it."""
        hides_leaf = self.act == "decided" and bureau != COMMISSION
        return self.model_copy(update={"leaf": None}) if hides_leaf else self


class Confirmations(BaseModel):
    """Who of the recipients was notified last to remove or replace their copies, and what each has signed."""

    notified: list[Bureau] = Field(description="All who were.", examples=[["DE", "KE", "PL"]])
    applied: list[Bureau] = Field(description="That have signed that it is done.", examples=[["DE"]])
    refused: list[Bureau] = Field(description="That have signed that they refuse.", examples=[["PL"]])
    outstanding: list[Bureau] = Field(description="That have signed neither.", examples=[["KE"]])

    @classmethod
    def of(cls, recipients: Iterable[Recipient]) -> Self:
        """Return those of the recipients of a record."""
        recalls = {each.bureau: each.recall for each in recipients if each.recall is not None}
        applied = [bureau for bureau, recall in recalls.items() if recall.applied]
        refused = [bureau for bureau, recall in recalls.items() if recall.refused and not recall.applied]
        outstanding = [bureau for bureau in recalls if bureau not in {*applied, *refused}]
        return cls(notified=[*recalls], applied=applied, refused=refused, outstanding=outstanding)


class RecordDisclosures(BaseModel):
    """The recipients of a record since the audit log began, and whether they have removed it."""

    id: RecordId
    version: int = Field(ge=1, description="The last.", examples=[2])
    deleted: Deletion | None = Field(description="Null while the record exists.")
    confirmations: Confirmations
    recipients: list[Recipient] = Field(description="By their codes.")
