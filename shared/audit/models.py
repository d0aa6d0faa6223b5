"""What is told of the audit log: leaves in words, why records were shown, checkpoints and proofs."""

from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.audit.format.leaf import MAX_LOG
from shared.bureaus import Bureau
from shared.dates import Moment
from shared.disclosure import How, Rule
from shared.identity import Purpose
from shared.ids import RecordId

MAX_INDEX: Final = 2**53
# A whole page of the longest that are usual fits into one answer.
MAX_PAGE: Final = 200
MAX_STRETCH: Final = 1_000
MAX_LINE: Final = 400

Index = Annotated[int, Field(ge=0, lt=MAX_INDEX, description="The place of a leaf in its log, from 0.", examples=[247])]
LeafNumber = Annotated[
    int,
    Field(
        ge=0,
        lt=MAX_INDEX,
        description="The number of a leaf among those of all logs of the service, from 0. In its first log that is its "
        "place.",
        examples=[247],
    ),
]
LogNumber = Annotated[
    int, Field(ge=0, lt=MAX_LOG, description="Which of the logs of the service it is: 0 is the first.", examples=[0])
]
Size = Annotated[int, Field(ge=0, le=MAX_INDEX, description="A number of leaves.", examples=[248])]
RequestId = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The id of a request, as the header `I247-Request-Id` of its answer told it.",
        examples=["0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d"],
    ),
]
AnswerDigest = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9_-]{43}$",
        description="SHA-256 of the header `I247-Signature` of an answer, in base64url.",
        examples=["JD5NbbMTqVKDQiHNP2q4uTn3kV7m6vJ7h0P0l4gH2gE"],
    ),
]
Hash = Annotated[
    str, Field(description="SHA-256 in base64url.", examples=["JD5NbbMTqVKDQiHNP2q4uTn3kV7m6vJ7h0P0l4gH2gE"])
]


class LeafFilter(BaseModel):
    """Which leaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bureau: Bureau | None = Field(None, description="Whose officers asked.")
    officer: str | None = Field(None, max_length=255, description="Who asked.", examples=["de.officer"])
    purpose: Purpose | None = Field(None, description="For what.")
    operation: str | None = Field(
        None, max_length=64, description="What was asked: an `operationId`.", examples=["search_vehicles"]
    )
    request: RequestId | None = Field(
        None, description="Of which request: all that came of it, also where its id was used again."
    )
    record: RecordId | None = Field(None, description="Which record was shown or changed.")
    owner: Bureau | None = Field(None, description="Whose records were shown or changed.")
    since: Moment | None = Field(None, description="Not before.", examples=["2026-06-01T00:00:00Z"])
    until: Moment | None = Field(None, description="Before.", examples=["2026-07-01T00:00:00Z"])
    limit: int = Field(50, ge=1, le=MAX_PAGE, description="How many at the most.", examples=[50])


class LeafQuery(LeafFilter):
    """Which leaves of one service, newest first."""

    after: int | None = Field(None, ge=0, le=MAX_INDEX, description="The `next` of the page before.")


class ShownRecord(BaseModel):
    """A version of a record that was shown or made."""

    kind: str = Field(description="What kind of record it is.", examples=["vehicle"])
    id: str = Field(description="Of the record.", examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
    version: int = Field(description="Which version it was.", examples=[1])
    owner: Bureau = Field(description="Whose record it is.")
    how: How = Field(description="In what way; `change` where the request made the version.")
    rule: Rule = Field(description="The rule that allowed it.")
    score: float = Field(description="How well it fitted the search; 1 where nothing was searched.", examples=[1.0])
    match: str = Field(
        description="What met what; empty where nothing was searched, and once the record is deleted or your bureau "
        "was told to remove its copies.",
        examples=["name: Dupond ~ Dupont"],
    )


class AuditedRequest(BaseModel):
    """What one leaf says: who asked what and when, and which records he was shown."""

    index: LeafNumber
    at: AwareDatetime = Field(description="When it was answered.", examples=["2026-06-01T12:00:00Z"])
    request: str = Field(description="The id of the request.", examples=["0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d"])
    bureau: Bureau = Field(description="Whose officer asked.")
    officer: str = Field(description="Who asked, as his bureau names him.", examples=["de.officer"])
    purpose: Purpose
    operation: str = Field(description="What was asked: an `operationId`.", examples=["search_vehicles"])
    status: int = Field(
        description="The status of HTTP; 0 where the service did it by itself, or could not answer.", examples=[200]
    )
    records: list[ShownRecord] = Field(description="Of these what your bureau may know of, 50 at the most.")


class AuditPage(BaseModel):
    """One page of a log, newest first."""

    items: list[AuditedRequest] = Field(description="The leaves, newest first; where few fit, less than `limit`.")
    next: int | None = Field(
        description="Pass as `after` to get the next page, also if this one is empty; null on the last one.",
        examples=[247],
    )


class Explanation(AuditedRequest):
    """Why one answer showed what it did, in words, and the proof of it.

    To the bureau that asked, and to the Secretariat, the proof shows that there are no other records than those told;
    to the owner of a record it shows that his was among what was shown, and nothing of whether there were others.
    """

    explanation: list[str] = Field(
        description="The same in sentences.",
        examples=[
            [
                "Version 1 of the vehicle 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192 of FR was found by a search: vin.",
                "It showed no other record.",
            ]
        ],
    )
    witnesses: list[Bureau] = Field(
        description="Whose gateways cosigned the checkpoint of the proof; it takes two to convince.",
        examples=[["DE", "FR"]],
    )
    proof: str = Field(description="The text of a file that `i247 audit verify` checks, without any network.")


class SignedCheckpoint(BaseModel):
    """What a log has grown to, as a signed note (C2SP tlog-checkpoint)."""

    checkpoint: str = Field(
        description="The note, with the cosignatures of the bureaus that saw the log grow (C2SP tlog-cosignature).",
        examples=[
            "i247/stolen-vehicles\n248\nJD5NbbMTqVKDQiHNP2q4uTn3kV7m6vJ7h0P0l4gH2gE=\n\n— i247/stolen-vehicles ..."
        ],
    )
    entries: list[str] = Field(description="The directory entry of every key that signed, as the root signed it.")


class ConsistencyProof(BaseModel):
    """That one tree of a log begins with another (RFC 9162 section 2.1.4)."""

    proof: list[Hash] = Field(description="The hashes of subtrees from which both roots follow.")


class ServiceLog(BaseModel):
    """One of the logs of a service."""

    log: LogNumber
    name: str = Field(description="As its checkpoints bear it.", examples=["i247/notices/1"])
    leaves: Size = Field(description="How many leaves are in the store.")
    opening: str | None = Field(
        description="The text of its first leaf, which says which log was retired and why: in its `new_log` stands, as "
        "a signed note, the last checkpoint of that log of which all leaves are kept. Null for the first log."
    )


class ServiceLogs(BaseModel):
    """The logs of a service."""

    items: list[ServiceLog] = Field(description="The retired ones first, at last the one that grows.")


class LogLeaf(BaseModel):
    """One leaf as it stands in the log."""

    index: Index
    hash: Hash
    leaf: str | None = Field(description="The very text that was hashed; null where your bureau may not know of it.")
    opened: str | None = Field(
        description="What opens its commitment to the records that your bureau may know of, as JSON that `i247 audit "
        "verify` checks; null where it showed none, or your bureau may not know of it."
    )


class LeafProof(BaseModel):
    """What a log says of one of its leaves, with all that is needed to hold it to that (RFC 9162 section 2.1.3).

    The answer is signed: if the root that follows is not that of the checkpoint, the two contradict each other.
    """

    origin: str = Field(description="The name of the log, as its checkpoints bear it.", examples=["i247/notices"])
    size: Size = Field(description="Of the tree.")
    index: Index
    hash: Hash
    proof: list[Hash] = Field(description="The hashes of subtrees from which the root follows.")


class OwnListLength(BaseModel):
    """How many disclosures are in the list of your bureau, and the proof that the checkpoint says so."""

    bureau: Bureau = Field(description="Whose list it is: your own.")
    key: Hash = Field(
        description="Of the list: with it each disclosure in it is recognized in the leaves, and its number. For your "
        "bureau alone."
    )
    length: int = Field(description="How many disclosures are in it.", examples=[247])
    position: int = Field(description="Of the list among those of all, in this checkpoint.", examples=[17])
    path: list[Hash] = Field(description="The hashes from which follows what the checkpoint says of all lists.")


class ListQuery(BaseModel):
    """Which part of the list of disclosures of a bureau."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1, le=MAX_INDEX, description="Of the log in which they are proven to be.", examples=[248])
    log: LogNumber | None = Field(None, description="Which log: the one that grows, if it is left out.")
    since: int = Field(0, ge=0, le=MAX_INDEX, description="From which leaf on.")
    after: int = Field(0, ge=0, le=MAX_INDEX, description="How many of the list to leave out.")
    limit: int = Field(100, ge=1, le=MAX_PAGE, description="How many at the most.", examples=[100])


class ListedLeaf(BaseModel):
    """A leaf that showed records of your bureau, proven to be in the log (RFC 9162 section 2.1.3)."""

    index: Index
    leaf: str = Field(description="The very text that was hashed.")
    proof: list[Hash] = Field(description="The hashes of subtrees from which the root follows.")
    opened: str = Field(description="What opens its commitment to these records, as JSON.")


class ListedLeaves(BaseModel):
    """A part of the list of disclosures of your bureau."""

    items: list[ListedLeaf] = Field(description="In the order of the list; none where it ends.")


class LeafRange(BaseModel):
    """Some leaves of a log, in its order."""

    items: list[LogLeaf] = Field(description="The leaves, oldest first.")
    next: int | None = Field(description="Pass as `after` to get what follows; null at the end.", examples=[1000])


class EntryFigures(BaseModel):
    """How many records a bureau entered, and took back soon after: no record is named, nor what any says.

    Who enters a record and takes it back may want to learn who is interested in it. So 20 may be in three days, or a
    tenth of what was entered, and 200 persons or bodies, or nine tenths, may be said to be found or identified; beyond
    that the service refuses what others would find, `429 too-many-taken-back`.
    """

    bureau: Bureau = Field(description="Who entered them.")
    entered: int = Field(description="In 31 days, of what other bureaus could find.", examples=[412])
    taken_back: int = Field(
        description="Of these: withdrawn, deleted, restricted further, or changed so that other searches find them, "
        "within 72 hours.",
        examples=[7],
    )
    ended_well: int = Field(description="Of these: found or identified within 72 hours.", examples=[31])
    entered_lately: int = Field(description="In the last three days.", examples=[38])
    taken_back_lately: int = Field(description="In the last three days.", examples=[1])
    ended_well_lately: int = Field(description="In the last three days.", examples=[4])
    limited: bool = Field(description="Whether these are too many, so that the service takes nothing new from it.")


class ComplianceFigures(BaseModel):
    """How bureaus keep to the rules, in figures; of your bureau alone, but for the Secretariat's auditors."""

    items: list[EntryFigures] = Field(description="Of each bureau that entered something, by their codes.")


class Cosignature(BaseModel):
    """By what a bureau says that it saw a log grow to a checkpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1, le=MAX_INDEX, description="Of the checkpoint.", examples=[248])
    line: str = Field(
        min_length=1,
        max_length=MAX_LINE,
        description="One line of signature (C2SP tlog-cosignature v1), with the line feed at its end.",
        examples=[
            "— i247/FR jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe/\n"
        ],
    )
