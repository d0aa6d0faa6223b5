"""Requests and answers about the audit log: leaves, explanations, checkpoints and proofs."""

from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from shared.audit.format.leaf import MAX_LOG
from shared.bureaus import Bureau
from shared.dates import Moment
from shared.disclosure import How, Rule
from shared.identity import Purpose
from shared.ids import UUID_PATTERN, RecordId
from shared.patterns import in_words

MAX_INDEX: Final = 2**53
# A page of the longest that are usual fits into one answer.
MAX_PAGE: Final = 200
MAX_LEAVES: Final = 1_000
MAX_LINE: Final = 400
MAX_NAME: Final = 60

Index = Annotated[int, Field(ge=0, lt=MAX_INDEX, description="The index of a leaf in its log, from 0.", examples=[247])]
LeafNumber = Annotated[
    int, Field(ge=0, lt=MAX_INDEX, description="The number of a leaf among those of all logs, from 0.", examples=[247])
]
LogNumber = Annotated[int, Field(ge=0, lt=MAX_LOG, description="A log of the service: 0 is the first.", examples=[0])]
Size = Annotated[int, Field(ge=0, le=MAX_INDEX, description="A number of leaves.", examples=[248])]
RequestId = Annotated[
    str,
    Field(
        pattern=UUID_PATTERN,
        description="The id of a request, from the header `I247-Request-Id` of its answer.",
        examples=["0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d"],
    ),
]
AnswerDigest = Annotated[
    str,
    Field(
        pattern=in_words("^[A-Za-z0-9_-]{43}$", "must be a SHA-256 in base64url: 43 characters"),
        description="SHA-256 of the header `I247-Signature` of an answer, in base64url.",
        examples=["JD5NbbMTqVKDQiHNP2q4uTn3kV7m6vJ7h0P0l4gH2gE"],
    ),
]
Hash = Annotated[
    str, Field(description="SHA-256 in base64url.", examples=["JD5NbbMTqVKDQiHNP2q4uTn3kV7m6vJ7h0P0l4gH2gE"])
]


NAMED: Final = "The ids of the records that `reference` names, of those that the leaves of this page show."


class LeafFilter(BaseModel):
    """Which leaves to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bureau: Bureau | None = Field(None, description="The bureau that asked.")
    officer: str | None = Field(None, max_length=255, description="The officer who asked.", examples=["de.officer"])
    purpose: Purpose | None = Field(None, description="The purpose of the request.")
    operation: str | None = Field(None, max_length=64, description="An `operationId`.", examples=["search_vehicles"])
    request: RequestId | None = Field(None, description="The id of a request; it may have been used more than once.")
    record: RecordId | None = Field(None, description="The record that was shown or changed.")
    reference: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_NAME,
        description="The number of a notice, or the reference that its owner gave a record, instead of its id. It "
        "finds records that are there and that your bureau may see; one that was deleted is found by its id alone.",
        examples=["2026/52482"],
    )
    owner: Bureau | None = Field(None, description="The owner of the records that were shown or changed.")
    since: Moment | None = Field(None, description="The earliest time.", examples=["2026-06-01T00:00:00Z"])
    until: Moment | None = Field(None, description="The time after the latest.", examples=["2026-07-01T00:00:00Z"])
    limit: int = Field(50, ge=1, le=MAX_PAGE, description="How many at most.", examples=[50])


class LeafQuery(LeafFilter):
    """Which leaves of one service to list, newest first."""

    after: int | None = Field(None, ge=0, le=MAX_INDEX, description="The `next` of the previous page.")


DisclosureKind = TypeAliasType("DisclosureKind", How)


class ShownRecord(BaseModel):
    """A version of a record that was shown or made."""

    kind: str = Field(description="The kind of the record.", examples=["vehicle"])
    id: str = Field(description="The id of the record.", examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
    version: int = Field(description="The version that was shown.", examples=[1])
    owner: Bureau = Field(description="The owner of the record.")
    how: DisclosureKind = Field(description="How it was shown; `change` if the request made the version.")
    rule: Rule = Field(description="The rule that allowed it.")
    score: float = Field(description="How well it matched the search; 1 without a search.", examples=[1.0])
    match: str = Field(
        description="What matched; empty without a search, or if it was erased.", examples=["name: Dupond ~ Dupont"]
    )
    reader: Bureau | None = Field(
        None, description="Who was sent it, if it was `published`; null if the bureau of the leaf asked."
    )


class AuditedRequest(BaseModel):
    """The content of one leaf: the officer, the bureau, the request and its time, and the records that it showed."""

    index: LeafNumber
    at: AwareDatetime = Field(description="When it was answered.", examples=["2026-06-01T12:00:00Z"])
    request: str = Field(description="The id of the request.", examples=["0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d"])
    bureau: Bureau = Field(description="The bureau that asked.")
    officer: str = Field(description="The officer who asked, as their bureau names them.", examples=["de.officer"])
    purpose: Purpose
    operation: str = Field(description="An `operationId`.", examples=["search_vehicles"])
    status: int = Field(description="The HTTP status; 0 without an answer.", examples=[200])
    records: list[ShownRecord] = Field(description="The records that your bureau may see, at most 50.")


class AuditPage(BaseModel):
    """One page of a log, newest first."""

    items: list[AuditedRequest] = Field(description="The leaves, newest first; where few match, fewer than `limit`.")
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last page.", examples=[247])
    named: list[RecordId] = Field([], description=NAMED, examples=[["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"]])
    archived_below: Size = Field(
        0,
        description="Leaves of a number below this are archived. Of these, the list has those that showed or made "
        "records; the others are read by their number, or with the whole log. `logs` says where the archive is.",
        examples=[0],
    )


class Explanation(AuditedRequest):
    """Why one answer showed what it did, and the proof.

    For the bureau that asked, and for the Secretariat, it proves that there are no other records. For the owner of a
    record it proves that the record was shown, and does not reveal whether there were others.
    """

    explanation: list[str] = Field(
        description="The explanation in sentences.",
        examples=[
            [
                "Version 1 of the vehicle 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192 of FR was found by a search: vin.",
                "It showed no other record.",
            ]
        ],
    )
    witnesses: list[Bureau] = Field(
        description="The bureaus that cosigned the checkpoint of the proof; two are enough.", examples=[["DE", "FR"]]
    )
    proof: str = Field(description="The text of a file that `i247 audit verify` verifies offline.")


class AnswerProof(BaseModel):
    """The proof that an answer is in the audit log of its service, for who has the answer."""

    witnesses: list[Bureau] = Field(
        description="The bureaus that cosigned the checkpoint of the proof; two are enough.", examples=[["DE", "FR"]]
    )
    proof: str = Field(
        description="The text of a file that `i247 audit verify` verifies offline, with the answer: the leaf, the "
        "checkpoint that covers it (C2SP tlog-checkpoint), and the hashes that lead from one to the other (RFC 9162)."
    )


class SignedCheckpoint(BaseModel):
    """A checkpoint of a log (C2SP tlog-checkpoint)."""

    checkpoint: str = Field(
        description="The signed note, with the cosignatures of bureaus that saw the log grow (C2SP tlog-cosignature).",
        examples=[
            "i247/stolen-vehicles\n248\nJD5NbbMTqVKDQiHNP2q4uTn3kV7m6vJ7h0P0l4gH2gE=\n\n— i247/stolen-vehicles ..."
        ],
    )
    entries: list[str] = Field(description="The directory entry of every key that signed.")


class ConsistencyProof(BaseModel):
    """The proof that one tree of a log begins with another (RFC 9162 section 2.1.4)."""

    proof: list[Hash] = Field(description="The hashes of subtrees, in order.")


class ServiceLog(BaseModel):
    """One of the logs of a service."""

    log: LogNumber
    name: str = Field(description="The origin in its checkpoints.", examples=["i247/notices/1"])
    leaves: Size = Field(description="How many leaves it has, archived ones included.")
    archived: Size = Field(0, description="How many of them, the first, are archived: in files, 65,536 in each.")
    archive: str | None = Field(
        None,
        description="The folder of these files, within the service's `I247_AUDIT_ARCHIVE`; null if there are none.",
        examples=["stolen-vehicles/0"],
    )
    opening: str | None = Field(
        description="The text of its first leaf, which states which log was retired and why: its `new_log` has the "
        "last checkpoint of that log of which all leaves are kept. Null for the first log."
    )


class ServiceLogs(BaseModel):
    """The logs of a service."""

    items: list[ServiceLog] = Field(description="The retired ones first, last the one that grows.")


class LogLeaf(BaseModel):
    """One leaf of a log."""

    index: Index
    hash: Hash
    leaf: str | None = Field(description="The text that was hashed; null if your bureau may not see it.")
    opened: str | None = Field(
        description="The opening of its commitment, for the records that your bureau may see, as JSON that `i247 audit "
        "verify` verifies; null if there are none, or your bureau may not see the leaf."
    )


class LeafProof(BaseModel):
    """The inclusion proof of a leaf (RFC 9162 section 2.1.3).

    The answer is signed: if another root follows from it than that of the checkpoint, the two contradict each other.
    """

    origin: str = Field(description="The origin in the checkpoints of the log.", examples=["i247/notices"])
    size: Size = Field(description="The size of the tree.")
    index: Index
    hash: Hash
    proof: list[Hash] = Field(description="The hashes of subtrees, in order.")


class OwnListLength(BaseModel):
    """How many disclosures are in the list of your bureau, and the proof that the checkpoint states it."""

    bureau: Bureau = Field(description="Your bureau.")
    key: Hash = Field(description="The key that recognizes the disclosures of the list in leaves. Keep it secret.")
    length: int = Field(description="How many disclosures are in it.", examples=[247])
    position: int = Field(description="The index of the list among all lists, in this checkpoint.", examples=[17])
    path: list[Hash] = Field(description="The inclusion proof of the list among all lists.")


class ListQuery(BaseModel):
    """Which part of your bureau's list of disclosures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1, le=MAX_INDEX, description="The size of the log for the inclusion proofs.", examples=[248])
    log: LogNumber | None = Field(None, description="Which log: by default the one that grows.")
    since: int = Field(0, ge=0, le=MAX_INDEX, description="The index of the first leaf.")
    after: int = Field(0, ge=0, le=MAX_INDEX, description="How many of the list to skip.")
    limit: int = Field(100, ge=1, le=MAX_PAGE, description="How many at most.", examples=[100])


class ListedLeaf(BaseModel):
    """A leaf that showed records of your bureau, with its inclusion proof (RFC 9162 section 2.1.3)."""

    index: Index
    leaf: str = Field(description="The text that was hashed.")
    proof: list[Hash] = Field(description="The hashes of subtrees, in order.")
    opened: str = Field(description="The opening of its commitment to these records, as JSON.")


class ListedLeaves(BaseModel):
    """A part of your bureau's list of disclosures."""

    items: list[ListedLeaf] = Field(description="In the order of the list; empty at its end.")


class LeafRange(BaseModel):
    """Leaves of a log, in order."""

    items: list[LogLeaf] = Field(description="The leaves, oldest first.")
    next: int | None = Field(description="Pass as `after` to get the next leaves; null at the end.", examples=[1000])


class EntryFigures(BaseModel):
    """How many records a bureau entered, and took back soon after.

    A bureau could enter a record and take it back to learn who is interested in it. So in three days it may take back
    20 records, or a tenth of what it entered, and report 200 persons or bodies, or nine tenths, as found or identified.
    Beyond that the service refuses records that others could find: `429 too-many-taken-back`.
    """

    bureau: Bureau = Field(description="The bureau that entered them.")
    entered: int = Field(description="Entered in 31 days, where other bureaus could find them.", examples=[412])
    taken_back: int = Field(
        description="Withdrawn, deleted, restricted or changed for other searches soon after the last change.",
        examples=[7],
    )
    ended_well: int = Field(description="Found or identified soon after the last change.", examples=[31])
    entered_lately: int = Field(description="In the last three days.", examples=[38])
    taken_back_lately: int = Field(description="In the last three days.", examples=[1])
    ended_well_lately: int = Field(description="In the last three days.", examples=[4])
    limited: bool = Field(description="Whether the service takes no new records of this bureau.")


class ComplianceFigures(BaseModel):
    """How many records bureaus entered and took back; for the Secretariat's auditors of all bureaus."""

    items: list[EntryFigures] = Field(description="One for each bureau that entered something, in order of code.")


class Cosignature(BaseModel):
    """The cosignature of a witness on a checkpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1, le=MAX_INDEX, description="The size of the checkpoint.", examples=[248])
    line: str = Field(
        min_length=1,
        max_length=MAX_LINE,
        description="One signature line (C2SP tlog-cosignature v1), with its line feed.",
        examples=[
            "— i247/FR jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe/\n"
        ],
    )
