"""Checks what the file of a proof tells of records against the one hash that the leaf holds of all of them.

Each record that is told must be among them. Whether there are others is found out where the file was given to who may
know of all, and is otherwise neither known nor guessed at here.
"""

from collections.abc import Sequence

from shared.audit.format.commitment import MAX_SLOTS, commit, root_from_path
from shared.audit.format.leaf import SALT_BYTES, Leaf, record_digest
from shared.audit.format.lists import bound
from shared.audit.format.proof_file import AuditProof, ClosedRecord, Completeness, Opened, OpenedRecord
from shared.protocol.check_report import Faults, decoded
from shared.protocol.envelope import Digest


def untold(leaf: Leaf, proof: AuditProof) -> int | None:
    """Return how many records the leaf holds beside those that are told; None where the file does not tell."""
    if leaf.records is None:
        return 0
    return None if proof.complete is None else len(proof.complete.closed)


def says_of_records(leaf: Leaf, proof: AuditProof) -> str:
    """Say what is known of the records, if all fits."""
    others = untold(leaf, proof)
    if others is None:
        return "the leaf holds each that is told; the file does not tell whether it holds others"
    return (
        f"the leaf holds each that is told, and {others} more" if others else "the leaf holds those told and no others"
    )


def record_faults(leaf: Leaf, told: AuditProof | Opened) -> Faults:
    """Say what of the records is not as the leaf says."""
    root, complete = leaf.records, told.complete
    forgotten = told.forgotten if isinstance(told, Opened) else ()
    if root is None:
        if told.records or forgotten or complete is not None:
            yield "some are told where the leaf says that none was shown"
        return
    held: tuple[OpenedRecord | ClosedRecord, ...] = (*told.records, *forgotten)
    digests = [_digest(record) for record in held]
    for number, (record, digest) in enumerate(zip(held, digests, strict=True), 1):
        if digest is None or not _holds(root, record, digest):
            yield f"record {number} is not what the leaf has the digest of"
    closed = () if complete is None else complete.closed
    known = [digest for digest in (*digests[: len(told.records)], *closed) if digest is not None]
    if len(set(known)) < len(known):
        yield "one of them is told twice"
    if complete is not None and not _are_all(root, complete, known):
        yield "they are not all that the leaf holds"


def _digest(record: OpenedRecord | ClosedRecord) -> Digest | None:
    """Return the digest of a record, bound to its place in a list; None if there cannot be one."""
    tagged = decoded(record.tag)
    if tagged is None:
        return None
    if isinstance(record, ClosedRecord):
        return bound(tagged, record.digest)
    salt = decoded(record.salt)
    if salt is None or len(salt) != SALT_BYTES:
        return None
    return bound(tagged, record_digest(salt, record.shown, record.rule))


def _holds(root: Digest, record: OpenedRecord | ClosedRecord, digest: Digest) -> bool:
    path = [hashed for each in record.path if (hashed := decoded(each)) is not None]
    is_place = len(path) == len(record.path) and record.slot < 1 << len(path)
    return is_place and root_from_path(digest, record.slot, path) == root


def _are_all(root: Digest, complete: Completeness, digests: Sequence[Digest]) -> bool:
    secret = decoded(complete.secret)
    return secret is not None and len(digests) <= MAX_SLOTS and commit(secret, digests) == root
