"""Makes the evidence pack of a trace: each message about it that a bureau has, with the keys, in one file it signs.

It has the form of the pack of a test run, without logs, so that `i247 evidence verify` checks it offline.
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from gateway.escalation.evidence import OwnEvidence
from gateway.traces.models import TraceSide
from gateway.traces.rows import StoredStep, StoredTrace
from shared.audit.format.pack_file import EvidencePack, sign_pack, write_pack
from shared.mailbox.models import Box
from shared.mailbox.store import MailStore
from shared.protocol.directory_file import file_text
from shared.protocol.payloads import TraceComment, TraceRequest
from shared.rpc.participant import Participant

# Each takes up to 10 ms to assemble. Requests, answers and escalations are fewer than half.
MAX_PACKED: Final = 200
PROGRAM: Final = "i247"


def messages_of(trace: StoredTrace, steps: Sequence[StoredStep]) -> Sequence[StoredStep]:
    """Return the steps whose messages are in the boxes of this bureau: the Secretariat has not those that prove one."""
    at_secretariat = trace.side is TraceSide.SECRETARIAT
    return [step for step in steps if not (at_secretariat and isinstance(step.form, TraceRequest))]


async def pack_of(store: MailStore, bureau: Participant, trace: StoredTrace, steps: Sequence[StoredStep]) -> bytes:
    """Return the signed pack of a trace. Of very many comments the first are in it. Raises Conflict, NoKeyInForce."""
    evidence, shown = OwnEvidence(store, bureau), messages_of(trace, steps)
    by_weight = sorted(shown, key=lambda step: isinstance(step.form, TraceComment))[:MAX_PACKED]
    boxes = {True: Box.OUTBOX, False: Box.INBOX}
    messages = [
        await evidence.file(step.message, boxes[step.sender == bureau.name], step.sender)
        for step in sorted(by_weight, key=lambda step: step.signed)
    ]
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
