"""Watches the directory for each bureau of this gateway, and stores alarms about it in the bureau's mailbox."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from gateway.witness.directory_rules import (
    GRACE_SECONDS,
    Finding,
    History,
    false_entries,
    fork,
    unlogged,
    unvouched,
    unwitnessed,
    witnesses_of,
)
from gateway.witness.rules import Fault
from gateway.witness.store import AlarmEvidence, WitnessStore
from shared.background import Job, loop_time, repeat
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore
from shared.protocol.directory import Directory
from shared.protocol.directory_log import DirectoryLog
from shared.rpc.participant import Participant

# In alarms, in place of the name of a service.
DIRECTORY: Final = "directory"
POLL_SECONDS: Final = 15.0


class DirectoryWatch:
    """Watches one directory, which all bureaus of this gateway share."""

    def __init__(self) -> None:
        self._history: History | None = None
        self._since: dict[object, float] = {}
        self._ahead: dict[int, float] = {}
        self._cosigned: tuple[str, set[str]] = ("", set())

    async def watch(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Check the directory whenever it changes, and every few seconds, until cancelled."""
        raised = set[tuple[Fault, int]]()

        async def run_once() -> float:
            version = bureau.directory.version
            for finding in self._findings(bureau):
                if (finding.fault, finding.number) not in raised and await self._raise(mailbox, bureau, finding):
                    raised.add((finding.fault, finding.number))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await bureau.directory.changed(version)
            return 0.0

        # Nothing that the Secretariat signs ends the watch.
        await repeat(Job(f"directory watch of {bureau.name}", run_once, 0.0, retry_seconds=POLL_SECONDS), bureau.log)

    def _findings(self, bureau: Participant) -> Iterator[Finding]:
        directory, now = bureau.directory, bureau.clock.now()
        if self._history is None:
            self._history = History(directory)
        self._history.read(now)
        yield from false_entries(directory, self._history, bureau.name, bureau.keys, now.timestamp())
        yield from unvouched(self._history.introduced)
        yield from self._history.wrong
        yield from fork(directory)
        yield from unlogged([jws for jws in directory.unlogged if self._is_late(jws)])
        yield from self._of_head(bureau, directory)

    def _of_head(self, bureau: Participant, directory: Directory) -> Iterator[Finding]:
        """Yield faults of the head that last longer than the network takes to correct them, whatever heads come."""
        log = directory.log
        if (size := self._withheld(log)) is not None:
            says = f"the root key signed a directory of {size} entries, and no more than {log.size} are shown"
            yield Finding(Fault.WITHHELD, says, size, log.ahead[size])
        shrunk = None
        if log.shown and log.shown < log.size:
            says = f"the Secretariat shows a directory of {log.shown} entries where it had signed {log.size}"
            shrunk = Finding(Fault.SHRUNK, says, log.size)
        yield from self._if_late(bureau, Fault.SHRUNK, shrunk)
        found = unwitnessed(directory, bureau.name, self._witnesses(bureau), bureau.clock.now()) if log.head else None
        yield from self._if_late(bureau, Fault.UNWITNESSED, found)

    def _withheld(self, log: DirectoryLog) -> int | None:
        """Return the smallest size of which a head has been known for too long; each head has its own time."""
        now = loop_time()
        self._ahead = {size: self._ahead.get(size, now) for size in log.ahead}
        return min((size for size, since in self._ahead.items() if now - since >= GRACE_SECONDS), default=None)

    def _if_late(self, bureau: Participant, fault: Fault, finding: Finding | None) -> Iterator[Finding]:
        if finding is None:
            self._since.pop((bureau.name, fault), None)
        elif self._is_late((bureau.name, fault)):
            yield finding

    def _witnesses(self, bureau: Participant) -> set[str]:
        """Return who cosigned the head, verified once for all bureaus here."""
        head, witnesses = self._cosigned
        if head != bureau.directory.log.head:
            head, witnesses = bureau.directory.log.head, witnesses_of(bureau.directory, bureau.clock.now())
            self._cosigned = head, witnesses
        return witnesses

    def _is_late(self, what: object) -> bool:
        """Return whether something has lasted longer than the network takes to correct it."""
        now = loop_time()
        return now - self._since.setdefault(what, now) >= GRACE_SECONDS

    async def _raise(self, mailbox: Mailbox, bureau: Participant, finding: Finding) -> bool:
        head = finding.seen or bureau.directory.log.head
        evidence = AlarmEvidence(
            service=DIRECTORY,
            fault=finding.fault,
            says=finding.says,
            seen_size=finding.number,
            seen=head,
            shown=finding.shown,
            at=mailbox.now(),
        )

        async def keep(store: MailStore) -> bool:
            return await WitnessStore(store.session).raise_alarm(evidence)

        try:
            if await mailbox.write(keep):
                bureau.log.error("directory-alarm", bureau=bureau.name, fault=finding.fault, says=finding.says)
        except NotStored:
            return False
        return True
