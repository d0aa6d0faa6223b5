"""The files that are checked offline: the proof of one leaf, of two checkpoints, and a whole log as lines of JSON.

A proof is JSON in one spelling only, so that no byte of it can be another unnoticed. A log may have millions of leaves
and is read as a stream: a line that says what it is of, then a line for each leaf. Does NOT check what it reads.
"""

from collections.abc import Iterator
from enum import StrEnum
from io import BufferedIOBase
from typing import Annotated, Final, TypeVar

import msgspec

from shared.audit.format.commitment import MAX_DEPTH, MAX_SLOTS, MIN_DEPTH
from shared.audit.format.leaf import MAX_LEAF
from shared.bureaus import BureauCode
from shared.crypto.signed_note import MAX_NOTE
from shared.disclosure import Disclosure, How
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, Digest

MAX_PROOF: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 2_048
MAX_CHECKPOINTS: Final = 1_000
MAX_BODY: Final = 64 * 1024
MAX_HEADER: Final = 64 * 1024 * 1024
# A text in JSON has at most two characters for each of its own that is in a leaf, which is JSON itself; and a leaf may
# hold many records.
MAX_LINE: Final = 2 * MAX_LEAF + MAX_PROOF
_MOST_HASHES: Final = 128


class Form(StrEnum):
    """What a file may be."""

    PROOF = "i247-audit-proof-1"
    CONSISTENCY = "i247-audit-consistency-1"
    LOG = "i247-audit-log-1"
    CONTRADICTION = "i247-audit-contradiction-1"
    CHECKPOINT = ""


_Note = Annotated[str, msgspec.Meta(max_length=MAX_NOTE)]
_Entries = Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_ENTRIES)]
_Hashes = Annotated[tuple[Digest, ...], msgspec.Meta(max_length=_MOST_HASHES)]


class _HeldRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a leaf holds a record that was shown."""

    tag: Digest
    """Of its place in the list of disclosures of its owner, who alone can tell which it is."""

    slot: Annotated[int, msgspec.Meta(ge=0, lt=MAX_SLOTS)]
    """Where it is at the bottom of the tree over all records that were shown."""

    path: Annotated[tuple[Digest, ...], msgspec.Meta(min_length=MIN_DEPTH, max_length=MAX_DEPTH)]
    """What stands beside the way from there up to the root, which the leaf says. Tells of no other record."""


class ClosedRecord(_HeldRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of which is forgotten what was said when it was shown."""

    digest: Digest


class OpenedRecord(_HeldRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version of a record that was shown, why, the salt that opens its digest, and how the leaf holds that."""

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

    @property
    def shown(self) -> Disclosure:
        """The record as it was noted when it was shown."""
        owner = BureauCode(self.owner)
        return Disclosure(self.kind, self.record, self.version, owner, self.how, self.score, self.match)


class Completeness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With what the tree over all records is made anew: for those alone who may know of all of them."""

    secret: Digest
    """Of which the hashes of empty parts are drawn. Opens no record."""

    closed: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=MAX_SLOTS)]
    """The digests of those that are not told here, each bound to its place in a list."""


class Opened(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a reader may know of the records of one leaf of many."""

    records: tuple[OpenedRecord, ...] = ()
    forgotten: tuple[ClosedRecord, ...] = ()
    complete: Completeness | None = None
    omitted: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many more of those that he may know of were too many for one answer."""


class OwnList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the list of disclosures of a bureau is at a checkpoint, and with what it finds its own in the leaves."""

    bureau: str
    key: Digest
    """For the bureau alone: who has it finds out how often and when records of the bureau were shown."""

    length: Annotated[int, msgspec.Meta(ge=0)]
    position: Annotated[int, msgspec.Meta(ge=0)]
    """Among the lists of all."""

    path: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=_MOST_HASHES)]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="format"):
    """What all have in common."""

    service: str
    entries: _Entries
    """Of every key that signed something here what the root signed of it, in the order of these texts."""


class AuditProof(_File, frozen=True, kw_only=True, tag=Form.PROOF.value):
    """That a log holds a leaf, and what is behind its digests: of the records those that the reader may know of."""

    checkpoint: _Note
    """The note, with the cosignatures."""

    index: Annotated[int, msgspec.Meta(ge=0)]
    leaf: Annotated[str, msgspec.Meta(max_length=MAX_LEAF)]
    """The very bytes that were hashed, themselves JSON."""

    proof: _Hashes
    query_salt: Annotated[str, msgspec.Meta(max_length=64)] | None
    """What opens the digest of what was asked, in base64url: for those alone who may know of all."""

    records: tuple[OpenedRecord, ...]
    """By their slots."""

    complete: Completeness | None
    """Where it is not there, a proof does not tell whether there are other records."""


class ConsistencyProof(_File, frozen=True, kw_only=True, tag=Form.CONSISTENCY.value):
    """That one checkpoint of a log goes on from another."""

    old: _Note
    new: _Note
    proof: _Hashes


class Contradiction(_File, frozen=True, kw_only=True, tag=Form.CONTRADICTION.value):
    """That a service signed an answer about a leaf, and a checkpoint, which cannot both be true."""

    checkpoint: _Note
    signature: Annotated[str, msgspec.Meta(max_length=MAX_SIGNATURE_HEADER)]
    """The header `I247-Signature` of the answer."""

    body: Annotated[str, msgspec.Meta(max_length=MAX_BODY)]
    """Of the answer, which says of which leaf and which size of which log it is."""


class LogHeader(_File, frozen=True, kw_only=True, tag=Form.LOG.value):
    """The first line of a whole log."""

    checkpoints: Annotated[tuple[_Note, ...], msgspec.Meta(min_length=1, max_length=MAX_CHECKPOINTS)]
    """The last covers the whole; the others are of what it was before."""

    own: OwnList | None = None
    """Of the bureau whose auditor fetched the log, at the last checkpoint."""


class LogLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The line of one leaf: its hash, and where the reader is to know it its text and what stands behind that."""

    hash: Digest
    leaf: str | None = None
    opened: Opened | None = None


class _Format(msgspec.Struct, frozen=True):
    format: str = ""


class _Explanation(msgspec.Struct, frozen=True):
    proof: str


class CheckpointFile(msgspec.Struct, frozen=True):
    """What a log answers when it is asked for its checkpoint."""

    checkpoint: _Note
    entries: _Entries = ()


Proof = AuditProof | ConsistencyProof | Contradiction

_encode: Final = msgspec.json.Encoder().encode
_proofs: Final[msgspec.json.Decoder[Proof]] = msgspec.json.Decoder(Proof)
_headers: Final = msgspec.json.Decoder(LogHeader)
_formats: Final = msgspec.json.Decoder(_Format)
_explanations: Final = msgspec.json.Decoder(_Explanation)
_checkpoints: Final = msgspec.json.Decoder(CheckpointFile)
write_opened: Final = msgspec.json.Encoder().encode
"""Return what is told of the records of a leaf as it goes over the wire."""

read_opened: Final = msgspec.json.Decoder(Opened).decode
"""Return what is told of the records of a leaf. Raises ValueError."""

read_line: Final = msgspec.json.Decoder(LogLine).decode
"""Return what the line of a leaf says. Raises ValueError."""

T = TypeVar("T")


def write_proof(proof: Proof) -> bytes:
    """Return a proof as a file."""
    ordered = msgspec.structs.replace(proof, entries=tuple(sorted(set(proof.entries))))
    if isinstance(ordered, AuditProof):
        ordered = _in_order(ordered)
    return msgspec.json.format(_encode(ordered), indent=1) + b"\n"


def _in_order(proof: AuditProof) -> AuditProof:
    complete = proof.complete and msgspec.structs.replace(proof.complete, closed=tuple(sorted(proof.complete.closed)))
    records = tuple(sorted(proof.records, key=lambda record: record.slot))
    return msgspec.structs.replace(proof, records=records, complete=complete)


def read_proof(raw: bytes) -> Proof:
    """Return what is in the file of a proof. Raises ValueError with what does not fit its form."""
    return _read(_proofs, raw, MAX_PROOF)


def write_header(header: LogHeader) -> bytes:
    """Return the first line of a log."""
    return _encode(header) + b"\n"


def write_line(hashed: str, leaf: str | None, opened: Opened | None = None) -> bytes:
    """Return the line of one leaf: its hash in base64url, its text, and what stands behind that."""
    return _encode(LogLine(hashed, leaf, opened)) + b"\n"


def read_header(line: bytes) -> LogHeader:
    """Return what the first line of a log says. Raises ValueError with what does not fit its form."""
    return _read(_headers, line, MAX_HEADER)


def lines_of(stream: BufferedIOBase) -> Iterator[bytes]:
    """Return the lines of a log, each cut off where it is longer than any may be."""
    most = MAX_HEADER
    while line := stream.readline(most + 1):
        yield line
        most = MAX_LINE


def read_checkpoints(raw: bytes) -> list[CheckpointFile]:
    """Return the checkpoints in a file of any form: of a log its first line is enough. Raises ValueError."""
    first = raw.partition(b"\n")[0]
    if not first.startswith(b"{"):
        return [CheckpointFile(_bounded(raw, MAX_NOTE).decode())]
    if form_of(first) is Form.LOG:
        header = read_header(first)
        return [CheckpointFile(note, header.entries) for note in header.checkpoints]
    if form_of(raw) is Form.CHECKPOINT:
        return [_read(_checkpoints, raw, MAX_PROOF)]
    proof = read_proof(raw)
    notes = (proof.old, proof.new) if isinstance(proof, ConsistencyProof) else (proof.checkpoint,)
    return [CheckpointFile(note, proof.entries) for note in notes]


def explained_by(raw: bytes) -> bytes:
    """Return the proof in what a log answers who asks why something was shown; any other file as it is."""
    try:
        return _read(_explanations, raw, MAX_PROOF).proof.encode()
    except ValueError:
        return raw


def form_of(raw: bytes) -> Form:
    """Return what a file says that it is: a checkpoint says nothing. Of a log the first line is enough."""
    try:
        return Form(_read(_formats, raw, MAX_HEADER).format)
    except ValueError:
        return Form.CHECKPOINT


def _read(decoder: "msgspec.json.Decoder[T]", raw: bytes, most: int) -> T:
    try:
        return decoder.decode(_bounded(raw, most))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _bounded(raw: bytes, most: int) -> bytes:
    if len(raw) > most:
        raise ValueError(f"it exceeds {most} bytes")
    return raw
