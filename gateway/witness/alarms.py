"""Stores and logs alarms about a log, once for each fault and each checkpoint that it contradicts."""

import re
from typing import Final

from gateway.witness.rules import Alarm
from gateway.witness.store import AlarmEvidence, WitnessStore
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.signed_note import MAX_NOTE, Checkpoint, NoteRefused, parse_note, read_checkpoint
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.rpc.client import Reply
from shared.rpc.participant import Participant

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Alarms:
    """The alarms of one bureau about the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau

    def evidence(
        self, service: str, alarm: Alarm, seen: str, shown: str = "", answer: Reply | None = None
    ) -> AlarmEvidence:
        """Return the evidence against a log: the note that was seen, and what it showed or answered then."""
        checkpoint = checkpoint_of(seen) if seen else None
        return AlarmEvidence(
            service=service,
            fault=alarm.fault,
            says=alarm.says,
            seen_log=checkpoint.log if checkpoint else 0,
            seen_size=checkpoint.size if checkpoint else 0,
            seen=seen,
            # A valid note has no control characters, and not every store takes them.
            shown=_CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", shown)[:MAX_NOTE],
            answer="" if answer is None else f"{answer.signature}\n{answer.body.decode()}",
            at=self._mailbox.now(),
        )

    async def raise_alarm(
        self, service: str, alarm: Alarm, seen: str, shown: str = "", answer: Reply | None = None
    ) -> None:
        """Store the evidence of an alarm, and log it if it is new."""
        evidence = self.evidence(service, alarm, seen, shown, answer)

        async def keep(store: MailStore) -> bool:
            return await WitnessStore(store.session).raise_alarm(evidence)

        if await self._mailbox.write(keep):
            self.log(evidence)

    def log(self, evidence: AlarmEvidence) -> None:
        """Log evidence that was stored."""
        self._bureau.log.error(
            "witness-alarm",
            bureau=self._bureau.name,
            service=evidence.service,
            fault=evidence.fault,
            says=evidence.says,
            **_logged("seen", evidence.seen),
            **_logged("shown", evidence.shown),
        )


def checkpoint_of(text: str) -> Checkpoint:
    """Return the checkpoint in a note. Raises NoteRefused."""
    return read_checkpoint(parse_note(text))


def _logged(which: str, note: str) -> dict[str, object]:
    try:
        checkpoint = checkpoint_of(note)
    except NoteRefused:
        return {}
    return {f"{which}_size": checkpoint.size, f"{which}_root": encode_base64url(checkpoint.root)}
