"""Watches the directory for each bureau of this gateway, and raises alarms in its mailbox for what is wrong with it."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from gateway.witness.directory_rules import (
    PATIENCE_SECONDS,
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
from gateway.witness.store import Evidence, WitnessStore
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore
from shared.protocol.directory import Directory
from shared.protocol.directory_log import DirectoryLog
from shared.rpc.participant import Participant

# As the service of an alarm, in place of the name of one.
DIRECTORY: Final = "directory"
LOOK_EVERY_SECONDS: Final = 15.0


class DirectoryWatch:
    """Watches one directory, which all bureaus of this gateway share."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._history: History | None = None
        self._since: dict[object, float] = {}
        self._ahead: dict[int, float] = {}
        self._cosigned: tuple[str, set[str]] = ("", set())

    async def watch(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Look whenever the directory changes, and every few seconds, until cancelled."""
        told = set[tuple[Fault, int]]()
        while True:
            version = bureau.directory.version
            try:
                for finding in self._findings(bureau):
                    if (finding.fault, finding.number) not in told and await self._raise(mailbox, bureau, finding):
                        told.add((finding.fault, finding.number))
            except Exception as error:
                # Nothing that the Secretariat signs ends the watch.
                bureau.log.failure("directory-watch-failed", error, bureau=bureau.name)
                await asyncio.sleep(LOOK_EVERY_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await bureau.directory.changed(version)

    def _findings(self, bureau: Participant) -> Iterator[Finding]:
        directory, now = bureau.directory, bureau.clock.now()
        if self._history is None:
            self._history = History(directory)
        self._history.read(now)
        yield from false_entries(directory, self._history, bureau.name, bureau.keys, now.timestamp())
        yield from unvouched(self._history.introduced())
        yield from self._history.wrong()
        yield from fork(directory)
        yield from unlogged([jws for jws in directory.unlogged if self._is_late(jws)])
        yield from self._of_head(bureau, directory)

    def _of_head(self, bureau: Participant, directory: Directory) -> Iterator[Finding]:
        """Yield what is wrong with the head for as long as the network has to put it right, whatever heads come."""
        log = directory.log
        if (size := self._withheld(log)) is not None:
            says = f"the root key signed a directory of {size} entries, and no more than {log.size} are shown"
            yield Finding(Fault.WITHHELD, says, size, log.ahead[size])
        if log.shown and log.shown < log.size:
            says = f"the Secretariat shows a directory of {log.shown} entries where it had signed {log.size}"
            yield from self._once_late(bureau, Finding(Fault.SHRUNK, says, log.size))
        else:
            self._in_time(bureau, Fault.SHRUNK)
        found = (
            list(unwitnessed(directory, bureau.name, self._witnesses(bureau), bureau.clock.now())) if log.head else []
        )
        for finding in found:
            yield from self._once_late(bureau, finding)
        if not found:
            self._in_time(bureau, Fault.UNWITNESSED)

    def _withheld(self, log: DirectoryLog) -> int | None:
        """Return the nearest size of which a head has been known for too long: each head has a time of its own."""
        now = asyncio.get_running_loop().time()
        self._ahead = {size: self._ahead.get(size, now) for size in log.ahead}
        return min((size for size, since in self._ahead.items() if now - since >= self._patience), default=None)

    def _once_late(self, bureau: Participant, finding: Finding) -> Iterator[Finding]:
        if self._is_late((bureau.name, finding.fault)):
            yield finding

    def _in_time(self, bureau: Participant, fault: Fault) -> None:
        self._since.pop((bureau.name, fault), None)

    def _witnesses(self, bureau: Participant) -> set[str]:
        """Return who cosigned the head, verified once for all bureaus here."""
        head, witnesses = self._cosigned
        if head != bureau.directory.log.head:
            head, witnesses = bureau.directory.log.head, witnesses_of(bureau.directory, bureau.clock.now())
            self._cosigned = head, witnesses
        return witnesses

    def _is_late(self, what: object) -> bool:
        """Tell whether something has been so for longer than it takes the network to put it right."""
        now = asyncio.get_running_loop().time()
        return now - self._since.setdefault(what, now) >= self._patience

    async def _raise(self, mailbox: Mailbox, bureau: Participant, finding: Finding) -> bool:
        head = finding.seen or bureau.directory.log.head
        evidence = Evidence(
            service=DIRECTORY,
            fault=finding.fault,
            says=finding.says,
            seen_size=finding.number,
            seen_note=head,
            shown_note=finding.shown,
            at=mailbox.now(),
        )

        async def raise_alarm(store: MailStore) -> bool:
            return await WitnessStore(store.session).raise_alarm(evidence)

        try:
            if await mailbox.write(raise_alarm):
                bureau.log.error("directory-alarm", bureau=bureau.name, fault=finding.fault, says=finding.says)
        except NotStored:
            return False
        return True
