"""Reads a bureau's list of disclosures from a service, and verifies it against a checkpoint. Keeps nothing."""

from typing import Final

import msgspec

from gateway.witness.log_client import LogClient
from gateway.witness.rules import MAX_SAID, Alarm, Fault
from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import OwnList, read_opened
from shared.audit.verify.disclosures import ListVerifier, unproven_length
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion
from shared.crypto.signed_note import Checkpoint

PAGE_SIZE: Final = 100


class Cursor(msgspec.Struct, frozen=True):
    """How many disclosures of a list were read, and the index of the leaf that has the last of them."""

    found: int = 0
    leaf: int = 0


START: Final = Cursor()


class _Leaf(msgspec.Struct, frozen=True):
    index: int
    leaf: str
    proof: tuple[str, ...]
    opened: str


class _Leaves(msgspec.Struct, frozen=True):
    items: tuple[_Leaf, ...]


class ListReader:
    """Reads the list of disclosures of one bureau in one log, as it was at a checkpoint."""

    def __init__(self, logs: LogClient, service: str, checkpoint: Checkpoint, own: OwnList) -> None:
        self.length = own.length
        self._logs = logs
        self._service = service
        self._checkpoint = checkpoint
        self._own = own

    async def read(self, begin: Cursor, end: int) -> Cursor:
        """Read from a cursor to disclosure number `end`. Raises Alarm for a gap, Unanswered, Refusal."""
        verifier, cursor = ListVerifier(self._own, found=begin.found), begin
        while cursor.found < end:
            leaf = cursor.leaf
            for each in await self._page(cursor, min(PAGE_SIZE, end - cursor.found)):
                _verify(each, self._checkpoint, verifier)
                leaf = each.index
            if verifier.found == cursor.found:
                missing = f"number {cursor.found + 1} of {self.length} disclosures in the list of {self._own.bureau}"
                raise Alarm(Fault.GAP, f"the log does not show {missing}")
            cursor = Cursor(verifier.found, leaf)
        return cursor

    async def _page(self, cursor: Cursor, limit: int) -> tuple[_Leaf, ...]:
        part = f"since={cursor.leaf}&after={cursor.found}&limit={limit}"
        target = f"disclosures?size={self._checkpoint.size}&log={self._checkpoint.log}&{part}"
        return (await self._logs.read(self._service, target, _Leaves)).items


async def open_list(logs: LogClient, service: str, checkpoint: Checkpoint, bureau: str) -> ListReader:
    """Return a reader of a bureau's list, whose length the checkpoint proves. Raises Alarm, Unanswered, Refusal."""
    own = await logs.read(service, f"list?size={checkpoint.size}&log={checkpoint.log}", OwnList)
    if own.bureau != bureau:
        raise Alarm(Fault.GAP, f"the log showed the list of {own.bureau} instead of that of {bureau}")
    if faults := "; ".join(unproven_length(checkpoint, own)):
        raise Alarm(Fault.GAP, faults[:MAX_SAID])
    return ListReader(logs, service, checkpoint, own)


def _verify(listed: _Leaf, checkpoint: Checkpoint, verifier: ListVerifier) -> None:
    """Verify one leaf of the list. Raises Alarm where the log does not have it, or its records contradict it."""
    raw, faults = listed.leaf.encode(), list[str]()
    try:
        proof = [decode_base64url(each) for each in listed.proof]
        if root_from_inclusion(listed.index, checkpoint.size, leaf_hash(raw), proof) != checkpoint.root:
            faults.append("the log does not have it")
        faults += verifier.read(decode(raw), read_opened(listed.opened.encode()))
    except (ValueError, RecursionError) as error:
        faults.append(str(error))
    if faults:
        raise Alarm(Fault.GAP, f"leaf {listed.index} of the list: {'; '.join(faults)}"[:MAX_SAID])
