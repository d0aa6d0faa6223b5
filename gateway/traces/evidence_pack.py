"""Makes the evidence pack of a trace: each message about it that a bureau has, with the keys, in one file it signs.

It has the form of the pack of a test run, without logs, so that `i247 evidence verify` checks it offline.
"""

import asyncio
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from gateway.escalation.evidence import OwnEvidence
from gateway.traces.models import TraceSide
from gateway.traces.rows import StoredStep, StoredTrace
from shared.audit.format.pack_file import EvidencePack, sign_pack, write_pack
from shared.errors import Busy
from shared.fair_queue import FairQueue, LaneFull, QueueFull
from shared.mailbox.models import Box
from shared.mailbox.store import MailStore
from shared.protocol.directory_file import file_text
from shared.protocol.payloads import TraceComment, TraceRequest
from shared.rpc.participant import Participant

# Each takes up to 10 ms to assemble. Requests, answers and escalations are fewer than half.
MAX_PACKED: Final = 200
PROGRAM: Final = "i247"
# A process makes one at a time, as each takes up to 2 s of it.
WAITING_PER_BUREAU: Final = 4
WAITING: Final = 20


class EvidencePacks:
    """Makes packs in turn, so that one bureau that asks for many does not delay the others at its gateway."""

    def __init__(self) -> None:
        self._turns = FairQueue(1, waiting_per_lane=WAITING_PER_BUREAU, waiting=WAITING)

    async def make(
        self, store: MailStore, bureau: Participant, trace: StoredTrace, steps: Sequence[StoredStep]
    ) -> bytes:
        """Return the signed pack of a trace. Raises Busy, and what `pack_of` raises."""
        try:
            with self._turns.place(bureau.name) as turn:
                await turn
                return await pack_of(store, bureau, trace, steps)
        except (LaneFull, QueueFull) as full:
            raise Busy(f"{WAITING_PER_BUREAU} packs of your bureau wait already: try again later") from full


def messages_of(trace: StoredTrace, steps: Sequence[StoredStep]) -> Sequence[StoredStep]:
    """Return the steps whose messages are in the boxes of this bureau: the Secretariat has not those that prove one."""
    at_secretariat = trace.side is TraceSide.SECRETARIAT
    return [step for step in steps if not (at_secretariat and isinstance(step.form, TraceRequest))]


async def pack_of(store: MailStore, bureau: Participant, trace: StoredTrace, steps: Sequence[StoredStep]) -> bytes:
    """Return the signed pack of a trace. Of very many comments the first are in it. Raises Conflict, NoKeyInForce."""
    evidence, shown = OwnEvidence(store, bureau), messages_of(trace, steps)
    by_weight = sorted(shown, key=lambda step: isinstance(step.form, TraceComment))[:MAX_PACKED]
    boxes = {True: Box.OUTBOX, False: Box.INBOX}
    messages = []
    for step in sorted(by_weight, key=lambda step: step.signed):
        messages.append(await evidence.file(step.message, boxes[step.sender == bureau.name], step.sender))
        # A store may answer at once: let others go on between two files.
        await asyncio.sleep(0)
    pack = EvidencePack(
        maker=bureau.name,
        since=None,
        software=_software(),
        directory=file_text(bureau.directory.log.part()),
        logs=(),
        messages=tuple(file.decode() for file in messages),
        assertions=None,
        results=(),
        signature="",
    )
    return write_pack(sign_pack(pack, bureau.keys.signing, bureau.clock.now()))


def _software() -> dict[str, str]:
    try:
        return {PROGRAM: version(PROGRAM)}
    except PackageNotFoundError:
        return {}
