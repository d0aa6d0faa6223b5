"""A log of the notices service with fixed keys, its proofs and cosigned checkpoints, for tests of verification."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.audit.format.commitment import commit
from shared.audit.format.leaf import Leaf, NewLog, encode, filler_secret, query_digest, query_salt, record_digest
from shared.audit.format.lists import Lengths, bound, tag
from shared.audit.format.proof_file import (
    AuditProof,
    CheckpointFile,
    ConsistencyProof,
    LogHeader,
    OpenedLeaf,
    write_header,
    write_line,
    write_proof,
)
from shared.audit.opening import DisclosedRecord, open_leaf
from shared.audit.verify.leaf_proof import Answer
from shared.bureaus import BureauCode
from shared.crypto import merkle
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.signed_note import (
    Checkpoint,
    cosign,
    log_name,
    parse_note,
    sign_checkpoint,
    with_signature,
    witness_name,
)
from shared.disclosure import Disclosure
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.envelope import ReplyHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from tests.conftest import NOW

ROOT = SigningKey(bytes(32))
SERVICE = "notices"
PARTICIPANTS = ("DE", "FR", "IT", SERVICE, "IPSG")
KEYS = {name: SigningKey(bytes([number]) * 32) for number, name in enumerate(PARTICIPANTS, 1)}
DAY = 86_400.0
# With this salt the records are in the tree in the order in which they were shown.
LEAF_SALT = bytes(range(3, 19))
SEEN = NOW + timedelta(seconds=2)


def entry_of(name: str, *, root: SigningKey = ROOT, **changed: Any) -> str:
    """Return the signed directory entry of a participant, with members changed."""
    entry = Entry(
        participant=name,
        kind="service" if name == SERVICE else "bureau",
        signing_key=encode_base64url(KEYS[name].public.raw),
        nats_user=f"UA{name}",
        issued=NOW.timestamp() - DAY,
        not_before=NOW.timestamp() - DAY,
        not_after=NOW.timestamp() + 300 * DAY,
    )
    return sign_entry(msgspec.structs.replace(entry, **changed), root)


ENTRIES = tuple(sorted(entry_of(name) for name in ("DE", "FR", SERVICE)))
SHOWN = (
    Disclosure(
        "notice", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", 3, BureauCode("FR"), "search", 0.9, "name: Dupond ~ Dupont"
    ),
    Disclosure("notice", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708193", 1, BureauCode("KE"), "search", 0.5, "name: Dupont"),
)
LIST_KEY = bytes(range(2, 34))
TOLD = [
    DisclosedRecord(shown, "members", LEAF_SALT, record_digest(LEAF_SALT, shown, "members"), tag(LIST_KEY, number))
    for number, shown in enumerate(SHOWN, 1)
]
DIGESTS = [bound(each.tag, each.digest) for each in TOLD]
ASKED = HttpRequest("GET", "/notices/search?name=Dupond")
BODY = b'{"hits": "of a search"}'


def opened(disclosed: Sequence[DisclosedRecord], digests: Sequence[str] = DIGESTS) -> OpenedLeaf:
    """Return the opening of some records of a leaf, for a reader who may see all."""
    return open_leaf(LEAF_SALT, digests, disclosed, is_whole=True)


def request_id(number: int) -> str:
    """Return the request id of a leaf."""
    return f"0197a3c2-5b1e-7c3a-9f20-{number:012x}"


def answer_to(number: int, **changed: Any) -> Answer:
    """Return the answer that a leaf records, with members of its head changed."""
    key = changed.pop("key", KEYS[SERVICE])
    plain: dict[str, Any] = {
        "kid": key.kid,
        "id": request_id(number + 1_000_000),
        "sender": SERVICE,
        "to": "DE",
        "iat": NOW.timestamp() + number,
        "exp": NOW.timestamp() + number + 30,
        "re": request_id(number),
        "re_digest": "",
        "status": 200,
    }
    return Answer(sign_envelope(ReplyHead(**(plain | changed)), BODY, key), BODY)


def leaf(number: int, **changed: Any) -> bytes:
    """Return the leaf of a search by DE, with members changed; leaves are a second apart."""
    plain: dict[str, Any] = {
        "at": NOW.timestamp() - 1_000 + number,
        "request": request_id(number),
        "bureau": "DE",
        "officer": "de.officer",
        "purpose": "wanted-person",
        "operation": "search_notices",
        "status": 200,
        "query": query_digest(LEAF_SALT, ASKED),
        "records": commit(filler_secret(LEAF_SALT), DIGESTS),
        "answer": digest_of(answer_to(number).signature),
    }
    return encode(Leaf(**(plain | changed)))


class Log:
    """A log with all its leaves and its number."""

    def __init__(self, leaves: Sequence[bytes], number: int = 0) -> None:
        self.number = number
        self.leaves = list(leaves)
        self.hashes = [merkle.leaf_hash(each) for each in self.leaves]

    def prove(self, ranges: list[merkle.Range]) -> tuple[str, ...]:
        """Return the hashes of ranges as they are in a proof."""
        kept: dict[merkle.Node, bytes] = {}
        compact_range = merkle.CompactRange()
        for number, each in enumerate(self.hashes):
            kept[merkle.Node(0, number)] = each
            kept.update(compact_range.append(each))
        return tuple(map(encode_base64url, merkle.hashes(ranges, kept)))

    def root(self, size: int) -> bytes:
        """Return the root of the tree of the first leaves."""
        compact_range = merkle.CompactRange()
        for each in self.hashes[:size]:
            compact_range.append(each)
        return compact_range.root()

    def checkpoint(self, size: int, *, by: Sequence[str] = ("DE", "FR"), at: datetime = SEEN) -> str:
        """Return the checkpoint of a size, with cosignatures of bureaus."""
        name = log_name(SERVICE, self.number)
        lists = Lengths(LIST_KEY, {}, size).root
        note = sign_checkpoint(Checkpoint(name, size, self.root(size), lists), name, KEYS[SERVICE])
        for number, bureau in enumerate(by):
            later = at + timedelta(seconds=number)
            note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], later))
        return note

    def proof(self, index: int, size: int, /, **changed: Any) -> AuditProof:
        """Return the proof of a leaf, with members changed."""
        plain: dict[str, Any] = {
            "service": SERVICE,
            "entries": ENTRIES,
            "checkpoint": self.checkpoint(size),
            "index": index,
            "leaf": self.leaves[index].decode(),
            "proof": self.prove(merkle.inclusion_ranges(index, size)),
            "query_salt": encode_base64url(query_salt(LEAF_SALT)),
            "records": opened(TOLD).records,
            "complete": opened(TOLD).complete,
        }
        return AuditProof(**(plain | changed))

    def growth(self, old: int, new: int, /, **changed: Any) -> ConsistencyProof:
        """Return the proof that one checkpoint extends another, with members changed."""
        plain: dict[str, Any] = {
            "service": SERVICE,
            "entries": ENTRIES,
            "old": self.checkpoint(old),
            "new": self.checkpoint(new),
            "proof": self.prove(merkle.consistency_ranges(old, new)),
        }
        return ConsistencyProof(**(plain | changed))

    def lines(self, *sizes: int, hidden: Sequence[int] = ()) -> list[bytes]:
        """Return the lines of the log file, with checkpoints of these sizes and of all; hidden leaves have no text."""
        checkpoints = tuple(self.checkpoint(size) for size in (*sizes, len(self.leaves)))
        header = LogHeader(service=SERVICE, entries=ENTRIES, checkpoints=checkpoints)
        return [
            write_header(header),
            *(
                write_line(encode_base64url(hashed), None if number in hidden else text.decode())
                for number, (text, hashed) in enumerate(zip(self.leaves, self.hashes, strict=True))
            ),
        ]


def shown_to_others(note: str, *entries: str) -> CheckpointFile:
    """Return a checkpoint that was shown to another bureau."""
    return CheckpointFile(note, entries)


def opening(retired: str | None, *, log: int = 1, reason: str = "a disk failed") -> bytes:
    """Return the first leaf of a log that was opened after another was retired."""
    new = NewLog(log=log, reason=reason, retired=retired)
    return leaf(300, operation="open_audit_log", status=0, query=None, records=None, answer=None, new_log=new)


LOG = Log([leaf(number) for number in range(300)])
PROOF = write_proof(LOG.proof(7, 300))
# The same log with another purpose in one leaf, signed by the same key.
FORGED = Log([*LOG.leaves[:5], leaf(5, purpose="locate"), *LOG.leaves[6:]])
# The log that was opened after a restore of the first, of which bureaus had cosigned 200 leaves.
NEW = Log([opening(LOG.checkpoint(200)), *(leaf(number, officer="de.another") for number in range(301, 360))], 1)
