"""Opens the commitment of a leaf for a reader: the records that they may see, each with its inclusion proof.

Does NOT decide who may see what: `queries` does. It reveals nothing of other records, unless the reader may see all.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from shared.audit.format.commitment import build_tree
from shared.audit.format.leaf import filler_secret, record_digest
from shared.audit.format.lists import bound
from shared.audit.format.proof_file import ClosedRecord, Completeness, OpenedLeaf, OpenedRecord
from shared.crypto.ed25519 import encode_base64url
from shared.disclosure import Disclosure
from shared.protocol.envelope import Digest


class DisclosedRecord(NamedTuple):
    """A record, the rule by which it was shown, and its place in the list of its owner."""

    shown: Disclosure
    rule: str
    salt: bytes | None
    """Of its digest: None where the content was erased."""

    digest: Digest
    tag: bytes


def open_leaf(
    salt: bytes, digests: Sequence[Digest], visible: Iterable[DisclosedRecord], *, is_whole: bool, omitted: int = 0
) -> OpenedLeaf:
    """Open the visible records of a leaf.

    `digests` are those of all records of its answer, each bound to its place in a list. With `is_whole` the result
    proves that there are no others; `omitted` is how many more the reader could see.
    """
    if not digests:
        return OpenedLeaf(omitted=omitted)
    secret, held = filler_secret(salt), frozenset(digests)
    tree = build_tree(secret, digests)
    records, forgotten = dict[Digest, OpenedRecord](), list[ClosedRecord]()
    for each in visible:
        content = each.digest if each.salt is None else record_digest(each.salt, each.shown, each.rule)
        if (digest := bound(each.tag, content)) not in held:
            continue
        tag, slot, path = encode_base64url(each.tag), tree.slot(digest), tuple(map(encode_base64url, tree.path(digest)))
        if each.salt is None:
            forgotten.append(ClosedRecord(digest=content, tag=tag, slot=slot, path=path))
        else:
            shown, opener = msgspec.structs.asdict(each.shown), encode_base64url(each.salt)
            records[digest] = OpenedRecord(**shown, rule=each.rule, salt=opener, tag=tag, slot=slot, path=path)
    closed = tuple(digest for digest in digests if digest not in records)
    return OpenedLeaf(
        records=tuple(records.values()),
        forgotten=tuple(forgotten),
        complete=Completeness(secret=encode_base64url(secret), closed=closed) if is_whole else None,
        omitted=omitted,
    )
