"""The requests and answers about field copies."""

from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypeAliasType

from shared.bureaus import Bureau
from shared.fieldpack.manifest import OwnerShare
from shared.fieldpack.search_log import MAX_ENTRY
from shared.identity import Purpose
from shared.ids import RecordId
from shared.patterns import in_words
from shared.protocol.envelope import MAX_FIELD_PACK_SECONDS
from shared.records.models import Applied

DIGEST_PATTERN: Final = in_words("^[A-Za-z0-9_-]{43}$", "must be a SHA-256 in base64url: 43 characters")
POST_PATTERN: Final = in_words(
    "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", "must be a name of letters, figures, dots and dashes, of at most 40 characters"
)
# A request has at most 1 MiB.
MAX_ENTRIES: Final = 500
MAX_RECEIPTS: Final = 100
MAX_VALID_HOURS: Final = int(MAX_FIELD_PACK_SECONDS) // 3600
_DIGEST: Final = "mZ3kP0x5cQ2yq1m5o1w2J0h3X7u8b9c0d1e2f3g4h5I"

Digest = Annotated[str, StringConstraints(pattern=DIGEST_PATTERN), Field(examples=[_DIGEST])]
PostName = Annotated[str, StringConstraints(pattern=POST_PATTERN), Field(examples=["DE-Kiefersfelden"])]
# An Ed25519 key has as many bytes.
PostSigningKey = Digest
Number = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[1])]
CopiedValue = TypeAliasType("CopiedValue", str | int | float | bool | None)


class FieldCopyOrder(BaseModel):
    """What a field copy has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidential: bool = Field(
        False,
        description="Whether it has records that are CONFIDENTIAL too; the officer needs the scope to read them, and "
        "all who use the post read them.",
    )


class CopiedShare(BaseModel):
    """The records of one owner in a field copy."""

    owner: Bureau
    count: int = Field(ge=1, description="How many records.", examples=[31])
    root: Digest = Field(description="The root of the tree over their ids and versions, as the audit log has it.")

    @classmethod
    def of(cls, share: OwnerShare) -> Self:
        """Return the share of a manifest."""
        return cls.model_validate({"owner": share.owner, "count": share.count, "root": share.root})


class RegisteredPack(BaseModel):
    """A pack that was made for a post, and whether the post has applied it."""

    digest: Digest
    post: PostName
    post_key: PostSigningKey = Field(description="The key with which the post signs.")
    number: Number = Field(description="Of the field copy that the post has with it.")
    after: Number | None = Field(description="Of the field copy that a differential follows; null for a whole pack.")
    made: AwareDatetime = Field(description="When it was made.", examples=["2026-06-01T12:00:00Z"])
    expires: AwareDatetime = Field(
        description="From then on the post answers nothing.", examples=["2026-06-02T12:00:00Z"]
    )
    applied: Applied | None = Field(description="Null until the bureau hands in that it was applied.")


class FieldCopy(BaseModel):
    """A numbered field copy of a bureau: the records that it could see at that time."""

    number: Number
    id: RecordId
    state: Literal["preparing", "ready"] = Field(description="`preparing` while the records are compared.")
    taken: AwareDatetime = Field(description="When it was taken.", examples=["2026-06-01T12:00:00Z"])
    officer: str = Field(description="Who took it.", examples=["fr.officer"])
    purpose: Purpose
    confidential: bool = Field(description="Whether it has confidential records.")
    records: int | None = Field(ge=0, description="How many records it has; null while it is prepared.", examples=[31])
    shares: list[CopiedShare] = Field(description="Of each owner; empty while it is prepared.")
    leaf: int | None = Field(
        ge=0, description="The leaf of the audit log that has it; null while it is prepared.", examples=[17]
    )
    packs: list[RegisteredPack] = Field(
        description="The packs that were made of it, the newest first: 200 at most of all copies that are listed."
    )


class FieldCopies(BaseModel):
    """The field copies of a bureau, the newest first."""

    items: list[FieldCopy]


class FieldCopyQuery(BaseModel):
    """Which field copies are listed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post_key: PostSigningKey | None = Field(
        None, description="Only those of which a pack was made for the post with this key, and only its packs."
    )
    before: Number | None = Field(None, description="Only those with a smaller number.")
    limit: int = Field(10, ge=1, le=50, description="How many at most.", examples=[10])


class CopiedQuery(BaseModel):
    """Which records of a field copy are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Number | None = Field(None, description="For a differential: the number of the copy that the post has.")
    after: RecordId | None = Field(None, description="The `next` of the page before.")


class CopiedPage(BaseModel):
    """A page of the records of a field copy, by their ids."""

    columns: list[str] = Field(description="The names of the values of each row.")
    rows: list[list[CopiedValue]] = Field(description="The records.")
    removed: list[str] = Field(
        description="Of a differential: the ids of records that are no longer as the copy before has them."
    )
    next: RecordId | None = Field(description="The last id compared; null if this is the last page.")


class PackEntry(BaseModel):
    """A pack that the bureau made for one of its posts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: Digest = Field(description="SHA-256 of its signature, base64url.")
    post: PostName
    post_key: PostSigningKey = Field(description="The public key with which the post signs.")
    after: Number | None = Field(None, description="The number of the copy that a differential follows.")
    previous: Digest | None = Field(None, description="The digest of the file that a differential follows.")
    valid_hours: int = Field(
        ge=1, le=MAX_VALID_HOURS, description="Until when it is valid, from now on.", examples=[24]
    )


class AppliedEntry(BaseModel):
    """That a post has applied a pack."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: str = Field(max_length=1_000, description="What the post signed of it, as JSON: see `Applied`.")
    receipt: str = Field(
        max_length=4_000, description="A receipt `applied` for it, signed by the bureau: a signature header."
    )


class HandedSearch(BaseModel):
    """One search of a post, as its log has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: str = Field(max_length=MAX_ENTRY, description="The entry as JSON, each byte as the post signed it.")
    signature: str = Field(max_length=100, description="By the key of the post, base64url.")


class HandIn(BaseModel):
    """What a post hands in: what it applied, and its searches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post_key: PostSigningKey
    applied: tuple[AppliedEntry, ...] = Field((), max_length=MAX_RECEIPTS)
    searches: tuple[HandedSearch, ...] = Field((), max_length=MAX_ENTRIES)


class HandInOutcome(BaseModel):
    """What the service has of a post now."""

    applied: Number | None = Field(description="The field copy that the post has; null if it signed none.")
    searches: int = Field(ge=0, description="The number of the last search that it handed in.", examples=[1])
    new: int = Field(ge=0, description="How many searches of this request are new.", examples=[1])


class Membership(BaseModel):
    """That a version of a record was in a field copy: a Merkle inclusion proof (RFC 9162 section 2.1.3)."""

    bureau: Bureau = Field(description="The bureau that took the copy.")
    number: Number
    copy_id: RecordId = Field(description="The copy, which the audit log names as what was disclosed.")
    owner: Bureau
    record: RecordId
    version: int = Field(ge=1, examples=[1])
    index: int = Field(ge=0, description="The place of the record among those of its owner.", examples=[0])
    count: int = Field(ge=1, description="How many records of the owner the copy has.", examples=[1])
    root: Digest
    path: list[Digest] = Field(description="The hashes of the proof, from the leaf up.")
    leaf: int = Field(ge=0, description="The leaf of the audit log that has the root.", examples=[17])
