"""Has each service prove that the list of disclosures of a bureau has no gap: who was ever shown a record of it.

What was proven is kept, and only what is new is asked for then; of the rest a part at each look, round and round, as
what was proven once may be deleted later. Of a log that is retired it reads all that is kept, round and round as well.
What a service never wrote down, nobody finds.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.witness.alarms import Accuser, checkpoint_of
from gateway.witness.log_client import LogReader, Unanswered, read
from gateway.witness.rules import PROVEN_WITHIN, Alarm, Fault, Shown, Undecided, Waiting, read_shown
from gateway.witness.store import ProvenList, WitnessStore
from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import OwnList, read_opened
from shared.audit.opened import vouchers
from shared.audit.verify.own_list import ListFollowed, followed, unproven_length
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion
from shared.crypto.signed_note import Checkpoint
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.rpc.participant import Participant

# Disclosures, at each look, beside all that are new.
AGAIN: Final = 100
# Of those that are new, at one look: a gateway that is new to a long list takes several.
AT_ONCE: Final = 10_000
MAX_SAID: Final = 400
# A part of a list may be spread over the whole log.
LIST_SECONDS: Final = 10.0


class _Checkpoint(msgspec.Struct, frozen=True):
    checkpoint: str


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


_checkpoint: Final = msgspec.json.Decoder(_Checkpoint)
_own_list: Final = msgspec.json.Decoder(OwnList)
_leaves: Final = msgspec.json.Decoder(_Leaves)
_BEGINNING: Final = _Place()


class OwnLists:
    """The lists of disclosures of one bureau, in the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._logs = LogReader(bureau, seconds=LIST_SECONDS)
        self._accuser = Accuser(mailbox, bureau)
        self._withheld = Waiting()
        self._again: dict[str, _Place] = {}
        """By log up to where was read again what had been proven."""

        self._begun: dict[str, _Place] = {}
        """By log up to where was read what is new, where that is more than is read at one look."""

    async def check(self, service: str) -> None:
        """Have a service prove the list up to the newest checkpoint that is cosigned, and raise an alarm if it does not.

        It does so for each log of which the list was proven before, and the one that grows.
        """
        proven = {each.log: each for each in await WitnessStore(self._mailbox.reading.session).proven_lists(service)}
        present = await self._check_log(service, None, proven)
        for log in proven:
            if present is not None and log != present:
                await self._check_log(service, log, proven)

    async def _check_log(self, service: str, log: int | None, of_logs: Mapping[int, ProvenList]) -> int | None:
        """Check the list of a log, or of the one that grows; return its number, if it was shown."""
        shown = proven = None
        try:
            shown = await self._newest(service, log)
            proven = of_logs.get(shown.checkpoint.log)
            await self._check(service, shown, proven, is_retired=log is not None)
        except Alarm as alarm:
            await self._accuse(service, alarm, proven, shown)
        except Unanswered as unanswered:
            await self._note_withheld(service, unanswered, proven, shown)
        except (Refusal, Undecided):
            # It is asked again at the next look.
            pass
        else:
            self._withheld.over(shown.checkpoint.origin)
        return None if shown is None else shown.checkpoint.log

    async def _accuse(self, service: str, alarm: Alarm, proven: ProvenList | None, shown: Shown | None) -> None:
        seen, against = "" if proven is None else proven.note, "" if shown is None else shown.note.written
        await self._accuser.raise_alarm(self._accuser.evidence(service, alarm, seen, against))

    async def _note_withheld(
        self, service: str, unanswered: Unanswered, proven: ProvenList | None, shown: Shown | None
    ) -> None:
        if shown is None:
            # There may be no checkpoint yet.
            return
        waited = self._withheld.waited(shown.checkpoint.origin, self._bureau.clock.monotonic())
        if unanswered.is_damaged:
            says = f"the log says that it cannot prove the list of {self._bureau.name}, as it is damaged"
            await self._accuse(service, Alarm(Fault.GAP, says), proven, shown)
        elif waited >= PROVEN_WITHIN:
            says = f"for {waited.total_seconds():.0f} s the log does not prove the list of {self._bureau.name}"
            await self._accuse(service, Alarm(Fault.UNPROVEN, says), proven, shown)

    async def _newest(self, service: str, log: int | None) -> Shown:
        """Return the newest checkpoint that the witnesses of a log have cosigned. Raises Alarm, Undecided, ..."""
        target = "checkpoint" if log is None else f"checkpoint?log={log}"
        text, directory = read(_checkpoint, await self._logs.get(service, target)).checkpoint, self._bureau.directory
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
                raise Undecided("the checkpoint is older than the one before")
            # What is lost of it, the witnesses say.
            proven = seen = None
        own = await self._own(service, checkpoint)
        since = _BEGINNING if proven is None or seen is None else _Place(proven.found, seen.size - 1)
        if own.length < since.found:
            says = f"the list of {own.bureau} has {own.length} disclosures, of which {since.found} were proven before"
            raise Alarm(Fault.GAP, says)
        if seen is None or checkpoint.size > seen.size:
            begin = self._begun.pop(checkpoint.origin, since)
            end = min(begin.found + AT_ONCE, own.length)
            place = await self._read_on(service, checkpoint, own, begin, end)
            if place.found < own.length:
                self._begun[checkpoint.origin] = place
                return
            await self._keep(service, shown, own)
        again = self._again.get(checkpoint.origin, _BEGINNING)
        again = _BEGINNING if again.found >= since.found else again
        self._again[checkpoint.origin] = await self._read_on(
            service, checkpoint, own, again, min(again.found + AGAIN, since.found)
        )

    async def _own(self, service: str, checkpoint: Checkpoint) -> OwnList:
        own = read(_own_list, await self._logs.get(service, f"list?size={checkpoint.size}&log={checkpoint.log}"))
        if own.bureau != self._bureau.name:
            raise Alarm(Fault.GAP, f"the list of {own.bureau} was told in place of that of {self._bureau.name}")
        if faults := "; ".join(unproven_length(checkpoint, own)):
            raise Alarm(Fault.GAP, faults[:MAX_SAID])
        return own

    async def _read_on(self, service: str, checkpoint: Checkpoint, own: OwnList, begin: _Place, end: int) -> _Place:
        """Read a list from a place up to a number; return where that is. Raises Alarm for a gap, Unanswered."""
        reading, place = followed(own, found=begin.found), begin
        while place.found < end:
            limit = min(AGAIN, end - place.found)
            part = f"since={place.leaf}&after={place.found}&limit={limit}"
            target = f"disclosures?size={checkpoint.size}&log={checkpoint.log}&{part}"
            for each in read(_leaves, await self._logs.get(service, target)).items:
                _read_leaf(each, checkpoint, reading)
                place = _Place(place.found, each.index)
            if reading.found == place.found:
                missing = f"number {place.found + 1} of {own.length} disclosures in the list of {own.bureau}"
                raise Alarm(Fault.GAP, f"the log does not tell {missing}")
            place = _Place(reading.found, place.leaf)
        return place

    async def _keep(self, service: str, shown: Shown, own: OwnList) -> None:
        async def keep(store: MailStore) -> None:
            proven = ProvenList(shown.checkpoint.log, shown.note.written, own.length)
            await WitnessStore(store.session).keep_list(service, proven)

        await self._mailbox.write(keep)


def _read_leaf(told: _Leaf, checkpoint: Checkpoint, reading: ListFollowed) -> None:
    """Read what is told of a leaf. Raises Alarm where it is not in the log, or what is told is not in the leaf."""
    raw, faults = told.leaf.encode(), list[str]()
    try:
        proof = [decode_base64url(each) for each in told.proof]
        if root_from_inclusion(told.index, checkpoint.size, leaf_hash(raw), proof) != checkpoint.root:
            faults.append("the log does not hold it")
        faults += reading.read(decode(raw), read_opened(told.opened.encode()))
    except (ValueError, RecursionError) as error:
        faults.append(str(error))
    if faults:
        raise Alarm(Fault.GAP, f"leaf {told.index} of the list: {'; '.join(faults)}"[:MAX_SAID])
