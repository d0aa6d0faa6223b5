"""The files that are verified offline: proofs as JSON, and a full log as lines of JSON. Does NOT verify what it reads.

A proof has one encoding only, so that every changed byte is noticed. A full log may have millions of leaves and is read
as a stream: a header, then a line for each leaf.
"""

from collections.abc import Iterator
from enum import StrEnum
from io import BufferedIOBase
from typing import Annotated, Final, TypeVar

import msgspec

from shared.audit.format.commitment import MAX_DEPTH, MAX_SLOTS, MIN_DEPTH
from shared.audit.format.leaf import MAX_LEAF
from shared.bureaus import BureauCode
from shared.crypto.signed_note import LOG_NAMES, MAX_NOTE
from shared.disclosure import Disclosure, How
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, Digest

MAX_PROOF: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 2_048
MAX_CHECKPOINTS: Final = 1_000
MAX_BODY: Final = 64 * 1024
MAX_HEADER: Final = 64 * 1024 * 1024
# JSON within JSON at most doubles the length of a leaf, and a leaf may have many records.
MAX_LINE: Final = 2 * MAX_LEAF + MAX_PROOF
_MAX_HASHES: Final = 128


class Form(StrEnum):
    """The form of a file."""

    PROOF = "i247-audit-proof-1"
    CONSISTENCY = "i247-audit-consistency-1"
    LOG = "i247-audit-log-1"
    CONTRADICTION = "i247-audit-contradiction-1"
    CHECKPOINT = ""


_Note = Annotated[str, msgspec.Meta(max_length=MAX_NOTE)]
_Entries = Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_ENTRIES)]
_Hashes = Annotated[tuple[Digest, ...], msgspec.Meta(max_length=_MAX_HASHES)]


class _CommittedRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the commitment of a leaf includes a record."""

    tag: Digest
    """Of its place in the list of disclosures of its owner, who alone recognizes it."""

    slot: Annotated[int, msgspec.Meta(ge=0, lt=MAX_SLOTS)]
    path: Annotated[tuple[Digest, ...], msgspec.Meta(min_length=MIN_DEPTH, max_length=MAX_DEPTH)]
    """The inclusion proof in the commitment."""


class ClosedRecord(_CommittedRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record whose content was erased, so that its digest cannot be opened."""

    digest: Digest


class OpenedRecord(_CommittedRecord, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A version of a record that was shown, the rule for it, and the salt that opens its digest."""

    kind: str
    record: str
    version: int
    owner: str
    rule: str
    how: How
    score: float
    match: str
    salt: str
    """Base64url."""

    reader: str | None = None
    """Who was sent it, if it was `published`."""

    @property
    def shown(self) -> Disclosure:
        """The record as it was when it was shown."""
        owner, reader = BureauCode(self.owner), None if self.reader is None else BureauCode(self.reader)
        return Disclosure(self.kind, self.record, self.version, owner, self.how, self.score, self.match, reader)


class Completeness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it takes to compute the commitment again: only for readers who may see all records."""

    secret: Digest
    """From which the fillers are drawn. Opens no record."""

    closed: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=MAX_SLOTS)]
    """The digests of the records that are not opened, each bound to its place in a list."""


class OpenedLeaf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a reader may see of the records of one leaf."""

    records: tuple[OpenedRecord, ...] = ()
    forgotten: tuple[ClosedRecord, ...] = ()
    complete: Completeness | None = None
    omitted: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many more the reader may see, which were too many for one answer."""


class OwnList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The length of a bureau's list of disclosures at a checkpoint, and the key that finds its entries in leaves."""

    bureau: str
    key: Digest
    """For the bureau alone: it reveals how often and when records of the bureau were shown."""

    length: Annotated[int, msgspec.Meta(ge=0)]
    position: Annotated[int, msgspec.Meta(ge=0)]
    path: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=_MAX_HASHES)]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="format"):
    service: str
    entries: _Entries
    """The directory entry of every key that signed something here, sorted."""


class AuditProof(_File, frozen=True, kw_only=True, tag=Form.PROOF.value):
    """The inclusion proof of a leaf, and the records of it that the reader may see."""

    checkpoint: _Note
    index: Annotated[int, msgspec.Meta(ge=0)]
    leaf: Annotated[str, msgspec.Meta(max_length=MAX_LEAF)]
    """The bytes that were hashed, which are JSON."""

    proof: _Hashes
    query_salt: Annotated[str, msgspec.Meta(max_length=64)] | None
    """What opens the digest of the request, in base64url: only for readers who may see all records."""

    records: tuple[OpenedRecord, ...]
    """Sorted by slot."""

    complete: Completeness | None
    """If null, the proof does not show whether there are other records."""


class ConsistencyProof(_File, frozen=True, kw_only=True, tag=Form.CONSISTENCY.value):
    """The proof that one checkpoint of a log extends another."""

    old: _Note
    new: _Note
    proof: _Hashes


class Contradiction(_File, frozen=True, kw_only=True, tag=Form.CONTRADICTION.value):
    """An answer about a leaf and a checkpoint that cannot both be true, both signed by the service."""

    checkpoint: _Note
    signature: Annotated[str, msgspec.Meta(max_length=MAX_SIGNATURE_HEADER)]
    """The header `I247-Signature` of the answer."""

    body: Annotated[str, msgspec.Meta(max_length=MAX_BODY)]
    """Of the answer: it names the log, its size and the leaf."""


class LogHeader(_File, frozen=True, kw_only=True, tag=Form.LOG.value):
    """The first line of a full log."""

    checkpoints: Annotated[tuple[_Note, ...], msgspec.Meta(min_length=1, max_length=MAX_CHECKPOINTS)]
    """The last covers all leaves; the others are earlier."""

    own: OwnList | None = None
    """Of the bureau whose auditor fetched the log, at the last checkpoint."""


class LogLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The line of one leaf: its hash and, if the reader may see it, its text and its records."""

    hash: Digest
    leaf: str | None = None
    opened: OpenedLeaf | None = None


class _Format(msgspec.Struct, frozen=True):
    format: str = ""


class _Explanation(msgspec.Struct, frozen=True):
    proof: str


class CheckpointFile(msgspec.Struct, frozen=True):
    """A checkpoint as a service returns it."""

    checkpoint: _Note
    entries: _Entries = ()


Proof = AuditProof | ConsistencyProof | Contradiction

_encode: Final = msgspec.json.Encoder().encode
_proofs: Final[msgspec.json.Decoder[Proof]] = msgspec.json.Decoder(Proof)
_headers: Final = msgspec.json.Decoder(LogHeader)
_formats: Final = msgspec.json.Decoder(_Format)
_explanations: Final = msgspec.json.Decoder(_Explanation)
_checkpoints: Final = msgspec.json.Decoder(CheckpointFile)
read_opened: Final = msgspec.json.Decoder(OpenedLeaf).decode
read_line: Final = msgspec.json.Decoder(LogLine).decode

T = TypeVar("T")


def write_opened(opened: OpenedLeaf) -> str:
    """Return the records of a leaf as JSON."""
    return _encode(opened).decode()


def write_proof(proof: Proof) -> bytes:
    """Return a proof as a file."""
    proof = msgspec.structs.replace(proof, entries=tuple(sorted(set(proof.entries))))
    if isinstance(proof, AuditProof):
        complete = proof.complete
        if complete is not None:
            complete = msgspec.structs.replace(complete, closed=tuple(sorted(complete.closed)))
        records = tuple(sorted(proof.records, key=lambda record: record.slot))
        proof = msgspec.structs.replace(proof, records=records, complete=complete)
    return msgspec.json.format(_encode(proof), indent=1) + b"\n"


def read_proof(raw: bytes) -> Proof:
    """Return the proof in a file. Raises ValueError."""
    return _read(_proofs, raw, MAX_PROOF)


def write_header(header: LogHeader) -> bytes:
    """Return the first line of a log."""
    return _encode(header) + b"\n"


def write_line(hashed: str, leaf: str | None, opened: OpenedLeaf | None = None) -> bytes:
    """Return the line of one leaf; its hash is base64url."""
    return _encode(LogLine(hashed, leaf, opened)) + b"\n"


def read_header(line: bytes) -> LogHeader:
    """Return the first line of a log. Raises ValueError."""
    return _read(_headers, line, MAX_HEADER)


def lines_of(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines of a log, each cut off one byte after the greatest length."""
    limit = MAX_HEADER
    while line := stream.readline(limit + 1):
        yield line
        limit = MAX_LINE


def read_checkpoints(raw: bytes) -> list[CheckpointFile]:
    """Return the checkpoints in a file of any form; of a full log its first line is enough. Raises ValueError."""
    first = raw.partition(b"\n")[0]
    if first.startswith(LOG_NAMES.encode()):
        return [CheckpointFile(_bounded(raw, MAX_NOTE).decode())]
    if not first.startswith(b"{"):
        raise ValueError(f"it begins neither as JSON nor with the name of a log, such as {LOG_NAMES}notices")
    if form_of(first) is Form.LOG:
        header = read_header(first)
        return [CheckpointFile(note, header.entries) for note in header.checkpoints]
    if form_of(raw) is Form.CHECKPOINT:
        return [_read(_checkpoints, raw, MAX_PROOF)]
    proof = read_proof(raw)
    notes = (proof.old, proof.new) if isinstance(proof, ConsistencyProof) else (proof.checkpoint,)
    return [CheckpointFile(note, proof.entries) for note in notes]


def explained_by(raw: bytes) -> bytes:
    """Return the proof in the answer that explains a leaf; any other file as it is."""
    try:
        return _read(_explanations, raw, MAX_PROOF).proof.encode()
    except ValueError:
        return raw


def form_of(raw: bytes) -> Form:
    """Return the form of a file; of a full log its first line is enough. A checkpoint states none."""
    try:
        return Form(_read(_formats, raw, MAX_HEADER).format)
    except ValueError:
        return Form.CHECKPOINT


def _read(decoder: "msgspec.json.Decoder[T]", raw: bytes, limit: int) -> T:
    try:
        return decoder.decode(_bounded(raw, limit))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _bounded(raw: bytes, limit: int) -> bytes:
    if len(raw) > limit:
        raise ValueError(f"it exceeds {limit} bytes")
    return raw
