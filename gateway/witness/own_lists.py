"""Has each service prove that the bureau's list of disclosures has no gap: who was ever shown a record of it.

Each time it asks for what is new since the last proof, and in turn for a part of the rest, as rows may be deleted
later. It goes on doing so for retired logs. What a service never wrote down, it CANNOT find.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.witness.alarms import Alarms, checkpoint_of
from gateway.witness.log_client import CheckpointText, LogClient, Unanswered
from gateway.witness.rules import MAX_SAID, PROVEN_WITHIN, Alarm, Fault, Shown, Undecided, Waiting, read_shown
from gateway.witness.store import ProvenList, WitnessStore
from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import OwnList, read_opened
from shared.audit.verify.disclosures import ListVerifier, unproven_length
from shared.audit.verify.new_log import vouchers
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion
from shared.crypto.signed_note import Checkpoint
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.rpc.participant import Participant

# How many disclosures that were proven before are asked for each time.
AGAIN: Final = 100
# How many new ones each time: a gateway that is new to a long list takes several runs.
MAX_NEW: Final = 10_000
# A part of a list may be spread over the whole log.
LIST_SECONDS: Final = 10.0


class _Leaf(msgspec.Struct, frozen=True):
    index: int
    leaf: str
    proof: tuple[str, ...]
    opened: str


class _Leaves(msgspec.Struct, frozen=True):
    items: tuple[_Leaf, ...]


class _Place(msgspec.Struct, frozen=True):
    """How many of a list were read, and in which leaf the last of them is."""

    found: int = 0
    leaf: int = 0


_BEGINNING: Final = _Place()


class OwnLists:
    """The lists of disclosures of one bureau, in the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._logs = LogClient(bureau, seconds=LIST_SECONDS)
        self._alarms = Alarms(mailbox, bureau)
        self._withheld = Waiting()
        self._again: dict[str, _Place] = {}
        """Up to where each log was read again."""

        self._begun: dict[str, _Place] = {}
        """Up to where new disclosures of each log were read, while there are more than one run reads."""

    async def check(self, service: str) -> None:
        """Have a service prove the list up to its newest cosigned checkpoint; raise an alarm if it does not.

        That is of the log that grows, and of each log of which the list was proven before.
        """
        proven = {each.log: each for each in await WitnessStore(self._mailbox.reading.session).proven_lists(service)}
        present = await self._check_log(service, None, proven)
        for log in proven:
            if present is not None and log != present:
                await self._check_log(service, log, proven)

    async def _check_log(self, service: str, log: int | None, of_logs: Mapping[int, ProvenList]) -> int | None:
        """Check the list in a log, or in the one that grows; return its number, if it was shown."""
        shown = proven = None
        try:
            shown = await self._newest(service, log)
            proven = of_logs.get(shown.checkpoint.log)
            await self._check(service, shown, proven, is_retired=log is not None)
            self._withheld.over(shown.checkpoint.origin)
        except Alarm as alarm:
            await self._raise(service, alarm, proven, shown)
        except Unanswered as unanswered:
            # Without a checkpoint there may be none yet.
            alarm_or_none = None if shown is None else self._withholding(shown, unanswered)
            if alarm_or_none is not None:
                await self._raise(service, alarm_or_none, proven, shown)
        except (Refusal, Undecided):
            # It is asked again in the next run.
            pass
        return None if shown is None else shown.checkpoint.log

    async def _raise(self, service: str, alarm: Alarm, proven: ProvenList | None, shown: Shown | None) -> None:
        seen, against = "" if proven is None else proven.note, "" if shown is None else shown.note.written
        await self._alarms.raise_alarm(service, alarm, seen, against)

    def _withholding(self, shown: Shown, unanswered: Unanswered) -> Alarm | None:
        waited = self._withheld.waited(shown.checkpoint.origin, self._bureau.clock.monotonic())
        if unanswered.is_damaged:
            return Alarm(
                Fault.GAP, f"the log states that it cannot prove the list of {self._bureau.name}, as it is damaged"
            )
        if waited < PROVEN_WITHIN:
            return None
        says = f"for {waited.total_seconds():.0f} s the log does not prove the list of {self._bureau.name}"
        return Alarm(Fault.UNPROVEN, says)

    async def _newest(self, service: str, log: int | None) -> Shown:
        """Return the newest checkpoint that the witnesses of a log have cosigned. Raises Alarm, Undecided, ..."""
        target = "checkpoint" if log is None else f"checkpoint?log={log}"
        text, directory = (await self._logs.read(service, target, CheckpointText)).checkpoint, self._bureau.directory
        # A retired log was signed while the key was valid.
        shown = read_shown(text, service, directory, self._bureau.clock.now() if log is None else None)
        if len(vouchers(shown.note, service, directory)) < MIN_WITNESSES:
            raise Undecided("its witnesses have not cosigned the checkpoint")
        if log is not None and shown.checkpoint.log != log:
            raise Undecided("the checkpoint is of another log")
        return shown

    async def _check(self, service: str, shown: Shown, proven: ProvenList | None, *, is_retired: bool) -> None:
        checkpoint, seen = shown.checkpoint, None if proven is None else checkpoint_of(proven.note)
        if seen is not None and checkpoint.contradicts(seen):
            raise Alarm(Fault.FORKED, f"the log signed two different checkpoints of {seen.size} leaves")
        if seen is not None and checkpoint.size < seen.size:
            if not is_retired:
                raise Undecided("the checkpoint is older than the last one")
            # The witnesses state what a retired log lost.
            proven = seen = None
        own = await self._own(service, checkpoint)
        since = _BEGINNING if proven is None or seen is None else _Place(proven.length, seen.size - 1)
        if own.length < since.found:
            says = f"the list of {own.bureau} has {own.length} disclosures, of which {since.found} were proven before"
            raise Alarm(Fault.GAP, says)
        if seen is None or checkpoint.size > seen.size:
            begin = self._begun.pop(checkpoint.origin, since)
            place = await self._read(service, checkpoint, own, begin, min(begin.found + MAX_NEW, own.length))
            if place.found < own.length:
                self._begun[checkpoint.origin] = place
                return
            await self._keep(service, shown, own)
        again = self._again.get(checkpoint.origin, _BEGINNING)
        again = _BEGINNING if again.found >= since.found else again
        end = min(again.found + AGAIN, since.found)
        self._again[checkpoint.origin] = await self._read(service, checkpoint, own, again, end)

    async def _own(self, service: str, checkpoint: Checkpoint) -> OwnList:
        own = await self._logs.read(service, f"list?size={checkpoint.size}&log={checkpoint.log}", OwnList)
        if own.bureau != self._bureau.name:
            raise Alarm(Fault.GAP, f"the log showed the list of {own.bureau} instead of that of {self._bureau.name}")
        if faults := "; ".join(unproven_length(checkpoint, own)):
            raise Alarm(Fault.GAP, faults[:MAX_SAID])
        return own

    async def _read(self, service: str, checkpoint: Checkpoint, own: OwnList, begin: _Place, end: int) -> _Place:
        """Read a list from a place up to a number; return where that is. Raises Alarm for a gap, Unanswered."""
        reading, place = ListVerifier(own, found=begin.found), begin
        while place.found < end:
            part = f"since={place.leaf}&after={place.found}&limit={min(AGAIN, end - place.found)}"
            target = f"disclosures?size={checkpoint.size}&log={checkpoint.log}&{part}"
            for each in (await self._logs.read(service, target, _Leaves)).items:
                _read_leaf(each, checkpoint, reading)
                place = _Place(place.found, each.index)
            if reading.found == place.found:
                missing = f"number {place.found + 1} of {own.length} disclosures in the list of {own.bureau}"
                raise Alarm(Fault.GAP, f"the log does not show {missing}")
            place = _Place(reading.found, place.leaf)
        return place

    async def _keep(self, service: str, shown: Shown, own: OwnList) -> None:
        async def keep(store: MailStore) -> None:
            proven = ProvenList(shown.checkpoint.log, shown.note.written, own.length)
            await WitnessStore(store.session).keep_list(service, proven)

        await self._mailbox.write(keep)


def _read_leaf(listed: _Leaf, checkpoint: Checkpoint, reading: ListVerifier) -> None:
    """Verify one leaf of the list. Raises Alarm where the log does not have it, or its records contradict it."""
    raw, faults = listed.leaf.encode(), list[str]()
    try:
        proof = [decode_base64url(each) for each in listed.proof]
        if root_from_inclusion(listed.index, checkpoint.size, leaf_hash(raw), proof) != checkpoint.root:
            faults.append("the log does not have it")
        faults += reading.read(decode(raw), read_opened(listed.opened.encode()))
    except (ValueError, RecursionError) as error:
        faults.append(str(error))
    if faults:
        raise Alarm(Fault.GAP, f"leaf {listed.index} of the list: {'; '.join(faults)}"[:MAX_SAID])
