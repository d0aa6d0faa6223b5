"""Verifies in turn the leaves of the logs that a bureau witnesses: whether they are still those that were signed.

Each step asks for the inclusion proof of one leaf of the next 256, which the service makes of these 256 as they are
now. If another root follows than that of the checkpoint that was seen, the service has signed both, which proves it. A
witness stores only the checkpoint for this.
"""

import secrets
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

from gateway.witness.alarms import Alarms, checkpoint_of
from gateway.witness.log_client import LogClient, Unanswered
from gateway.witness.rules import Alarm, Fault, Waiting, unproven
from gateway.witness.store import WitnessStore
from shared.audit.format.proof_file import MAX_BODY
from shared.audit.verify.leaf_proof import read_signed_leaf
from shared.crypto.merkle import STORED_LEVELS
from shared.crypto.signed_note import Checkpoint
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.rpc.client import Reply
from shared.rpc.participant import Participant

BLOCK: Final = 1 << STORED_LEVELS
"""How many leaves one proof verifies."""


class Patrol:
    """The patrol of one bureau through the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._logs = LogClient(bureau)
        self._alarms = Alarms(mailbox, bureau)
        self._block: dict[str, int] = {}
        """The next block of leaves of each service."""

        self._withheld = Waiting()

    async def step(self, service: str) -> None:
        """Verify the next leaves of the logs of a service, up to the checkpoint of each that was seen last."""
        seen_of_all = await WitnessStore(self._mailbox.reading.session).seen_of_all(service)
        notes = {note: checkpoint_of(note) for note in seen_of_all}
        if not any(each.size for each in notes.values()):
            return
        seen, index = self._next(service, notes)
        checkpoint, answer = notes[seen], None
        try:
            answer = await self._logs.get(service, f"inclusion/{index}?size={checkpoint.size}&log={checkpoint.log}")
            _verify(answer, index, checkpoint)
            self._withheld.over(service)
        except Refusal:
            # A service that is down is asked again.
            return
        except Unanswered as unanswered:
            self._block[service] -= 1
            if (alarm := self._withholding(service, unanswered, index, checkpoint)) is not None:
                await self._alarms.raise_alarm(service, alarm, seen, answer=answer)
        except Alarm as altered:
            await self._alarms.raise_alarm(service, altered, seen, answer=answer)

    def _next(self, service: str, notes: Mapping[str, Checkpoint]) -> tuple[str, int]:
        """Return one leaf of the next block of all logs, and advance."""
        blocks = {note: (each.size + BLOCK - 1) // BLOCK for note, each in notes.items()}
        total = sum(blocks.values())
        place = self._block.get(service, secrets.randbelow(total)) % total
        self._block[service] = place + 1
        ends = zip(blocks, accumulate(blocks.values()), strict=True)
        note, end = next(each for each in ends if place < each[1])
        start = (place - end + blocks[note]) * BLOCK
        return note, start + secrets.randbelow(min(BLOCK, notes[note].size - start))

    def _withholding(self, service: str, unanswered: Unanswered, index: int, checkpoint: Checkpoint) -> Alarm | None:
        """Return the alarm about another answer than a proof: at once where the service states that it is damaged."""
        if unanswered.is_damaged:
            return Alarm(Fault.ALTERED, f"leaves about leaf {index} are missing that the log had signed for")
        waited = self._withheld.waited(service, self._bureau.clock.monotonic())
        return unproven(waited, f"that leaf {index} is among the {checkpoint.size} leaves that it had signed")


def _verify(answer: Reply, index: int, checkpoint: Checkpoint) -> None:
    """Verify the inclusion proof of a leaf. Raises Alarm for a contradiction, Unanswered for another answer."""
    if len(answer.body) > MAX_BODY:
        raise Unanswered
    try:
        leaf = read_signed_leaf(answer.body)
        is_altered = leaf.contradicts(checkpoint)
    except (ValueError, RecursionError) as error:
        raise Unanswered(answer.body) from error
    if leaf.index != index:
        raise Unanswered(answer.body)
    if is_altered:
        where = f"leaf {index}, or one of the {BLOCK} about it,"
        says = f"{where} is not the one that the log had signed in its checkpoint of {checkpoint.size} leaves"
        raise Alarm(Fault.ALTERED, says)
