"""Has each service prove that the bureau's list of disclosures has no gap: who was ever shown a record of it.

A run reads what is new since the last proof, and in turn a part of the rest, as rows may be deleted later; also in
retired logs. What a service never wrote down, it CANNOT find.

It keeps, for each log:
- in the store the `ProvenList`, written when a list was read to its end. Only the next runs read it.
- in memory the cursors of `OwnLists`. After a restart reading begins again at what the store has.
"""

from collections.abc import Mapping
from typing import Final

from gateway.witness.alarms import Alarms, checkpoint_of
from gateway.witness.list_reader import START, Cursor, ListReader, open_list
from gateway.witness.log_client import CheckpointText, LogClient, Unanswered
from gateway.witness.rules import Alarm, Fault, Shown, Undecided, Waiting, read_shown, unproven
from gateway.witness.store import ProvenList, WitnessStore
from shared.audit.verify.new_log import vouchers
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.crypto.signed_note import Checkpoint
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.rpc.participant import Participant

# How many disclosures that were proven before are read again in each run.
MAX_REPEATED: Final = 100
# How many new ones in each run: a gateway that is new to a long list takes several.
MAX_NEW: Final = 10_000
# A part of a list may be spread over the whole log.
LIST_SECONDS: Final = 10.0


class OwnLists:
    """The lists of disclosures of one bureau, in the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._logs = LogClient(bureau, seconds=LIST_SECONDS)
        self._alarms = Alarms(mailbox, bureau)
        self._withheld = Waiting()
        self._new: dict[str, Cursor] = {}
        """By the origin of a log: up to where new disclosures were read, if there are more than one run reads."""

        self._repeated: dict[str, Cursor] = {}
        """By the origin of a log: up to where proven disclosures were read again."""

    async def check(self, service: str) -> None:
        """Have a service prove the list up to its newest cosigned checkpoint; raise an alarm if it does not.

        That is of the log that grows, and of each log of which the list was proven before.
        """
        proven = {each.log: each for each in await WitnessStore(self._mailbox.reading.session).proven_lists(service)}
        growing = await self._check_log(service, None, proven)
        for log in proven:
            if growing is not None and log != growing:
                await self._check_log(service, log, proven)

    async def _check_log(self, service: str, log: int | None, of_logs: Mapping[int, ProvenList]) -> int | None:
        """Check the list in a log, or in the one that grows; return its number, if it was shown."""
        shown = proven = None
        try:
            shown = await self._cosigned(service, log)
            proven = of_logs.get(shown.checkpoint.log)
            await self._check_list(service, shown, proven, is_retired=log is not None)
            self._withheld.over(shown.checkpoint.origin)
        except (Alarm, Unanswered) as failure:
            alarm = failure if isinstance(failure, Alarm) else self._withholding(shown, failure)
            if alarm is not None:
                seen, against = proven.note if proven else "", shown.note.written if shown else ""
                await self._alarms.raise_alarm(service, alarm, seen, against)
        except (Refusal, Undecided):
            # It is asked again in the next run.
            pass
        return None if shown is None else shown.checkpoint.log

    def _withholding(self, shown: Shown | None, unanswered: Unanswered) -> Alarm | None:
        if shown is None:
            # There may be no checkpoint yet.
            return None
        waited = self._withheld.waited(shown.checkpoint.origin, self._bureau.clock.monotonic())
        the_list = f"the list of {self._bureau.name}"
        if unanswered.is_damaged:
            return Alarm(Fault.GAP, f"the log states that it cannot prove {the_list}, as it is damaged")
        return unproven(waited, the_list)

    async def _cosigned(self, service: str, log: int | None) -> Shown:
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

    async def _check_list(self, service: str, shown: Shown, proven: ProvenList | None, *, is_retired: bool) -> None:
        checkpoint, seen = shown.checkpoint, None if proven is None else checkpoint_of(proven.note)
        # The witnesses state what a retired log lost.
        if proven is None or seen is None or not _extends(checkpoint, seen, is_retired=is_retired):
            since, is_larger = START, True
        else:
            since, is_larger = Cursor(proven.length, seen.size - 1), checkpoint.size > seen.size
        own = await open_list(self._logs, service, checkpoint, self._bureau.name)
        if own.length < since.found:
            says = f"the list of {self._bureau.name} has {own.length} disclosures"
            raise Alarm(Fault.GAP, f"{says}, of which {since.found} were proven before")
        if is_larger:
            if not await self._read_new(own, checkpoint.origin, since):
                return
            now_proven = ProvenList(checkpoint.log, shown.note.written, own.length)
            await self._mailbox.write(lambda store: WitnessStore(store.session).keep_list(service, now_proven))
        await self._read_again(own, checkpoint.origin, since)

    async def _read_new(self, own: ListReader, origin: str, since: Cursor) -> bool:
        """Read new disclosures, from where the last run ended; return whether these were all."""
        begin = self._new.pop(origin, since)
        cursor = await own.read(begin, min(begin.found + MAX_NEW, own.length))
        if cursor.found < own.length:
            self._new[origin] = cursor
            return False
        return True

    async def _read_again(self, own: ListReader, origin: str, until: Cursor) -> None:
        """Read the next part of the disclosures that were proven before, from the start again after the last."""
        begin = self._repeated.get(origin, START)
        begin = START if begin.found >= until.found else begin
        self._repeated[origin] = await own.read(begin, min(begin.found + MAX_REPEATED, until.found))


def _extends(checkpoint: Checkpoint, seen: Checkpoint, *, is_retired: bool) -> bool:
    """Return whether a checkpoint has all leaves that were seen; only a retired log may lack some.

    Raises Alarm for a split view, Undecided for an older checkpoint.
    """
    if checkpoint.contradicts(seen):
        raise Alarm(Fault.FORKED, f"the log signed two different checkpoints of {seen.size} leaves")
    if checkpoint.size < seen.size and not is_retired:
        raise Undecided("the checkpoint is older than the last one")
    return checkpoint.size >= seen.size
