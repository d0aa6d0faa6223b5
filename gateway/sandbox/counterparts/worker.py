"""Watches the mailbox of each bureau of a sandbox: if it is a counterpart, acts on what has arrived.

What is unread is not handled yet. So nothing is forgotten when a process ends, and several processes may watch.
"""

from datetime import datetime, timedelta
from typing import Final

from gateway.messages.reading import MailboxReader
from gateway.sandbox.counterparts.acting import Counterpart, Step
from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.keys import EndedKeys, Retire
from gateway.sandbox.counterparts.models import (
    AnswerMessage,
    Doing,
    Ignore,
    ReplayEnvelope,
    StoredAct,
    StoredCounterpart,
)
from gateway.sandbox.counterparts.store import CounterpartStore
from shared.background import Job, repeat
from shared.bureaus import MEMBERS
from shared.errors import NotFound, Refusal
from shared.mailbox.host import MailboxHost, MailboxSession
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Box, MessageQuery, MessageSummary
from shared.protocol.envelope import EnvelopeRefused
from shared.rpc.participant import Participant
from shared.transport import TransportFailure

EVERY_SECONDS: Final = 0.1
# Another process may have stored another script, and an advanced clock does not notify.
POLL_SECONDS: Final = 0.5
BATCH_SIZE: Final = 100
MAX_BATCHES: Final = 10


class CounterpartWorkers:
    """Runs the counterparts of one gateway process."""

    def __init__(self, store: CounterpartStore, conditions: Conditions, retire: Retire) -> None:
        self._store = store
        self._conditions = conditions
        self._ended_keys = EndedKeys(retire)

    def register(self, host: MailboxHost) -> None:
        """Register the job of each bureau."""
        host.add_job("counterpart", self.work)

    async def work(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Act for a bureau whenever it is a counterpart, until cancelled."""
        if bureau.name not in MEMBERS:
            return
        session = MailboxSession(mailbox, bureau)
        acting = Counterpart(session, self._ended_keys.of)
        worker = CounterpartWorker(session, self._store, acting)
        condition = self._conditions.of(bureau.name)

        async def run_once() -> None:
            await condition.apply(self._store.acting(bureau.name))
            with self._store.turn(bureau.name) as stored:
                if stored is not None:
                    await worker.handle(stored)

        name = f"counterpart of {bureau.name}"
        await repeat(Job(name, run_once, EVERY_SECONDS, mailbox.changes, POLL_SECONDS), bureau.log)


class CounterpartWorker:
    """Handles the unread messages of one counterpart."""

    def __init__(self, session: MailboxSession, store: CounterpartStore, acting: Counterpart) -> None:
        self._mailbox, self._bureau = session
        self._reader = MailboxReader(*session)
        self._store = store
        self._acting = acting
        self._since: datetime | None = None
        # By this script, and unread still: what it ignores, and what failed.
        self._left: set[tuple[str, str]] = set()

    async def handle(self, stored: StoredCounterpart) -> None:
        """Act on all unread messages for which it is time. Raises NotStored."""
        if stored.since != self._since:
            self._since = stored.since
            self._left = set()
        noted = {act.about for act in stored.acts if act.did == "ignored"}
        for message in await self._unread():
            if (message.sender, message.id) in self._left:
                continue
            try:
                doing = await self._acting.doing(message, stored.script)
            except NotFound:
                # The request came before its hit.
                continue
            if isinstance(doing, Ignore) and message.id in noted:
                self._left.add((message.sender, message.id))
            elif doing is not None and self._is_time(message, doing) and not self._is_endless(message, doing):
                await self._act(message, doing)

    async def _unread(self) -> list[MessageSummary]:
        """Return the unread messages, the oldest first."""
        found: list[MessageSummary] = []
        after: int | None = None
        for _ in range(MAX_BATCHES):
            query = MessageQuery(box=Box.INBOX, unread=True, limit=BATCH_SIZE, after=after)
            page = await self._reader.page(query)
            found += page.items
            after = page.next
            if after is None:
                break
        return found[::-1]

    def _is_time(self, message: MessageSummary, doing: Doing) -> bool:
        if isinstance(doing, Ignore):
            return True
        return self._bureau.clock.now() >= message.stored + timedelta(seconds=doing.after_seconds)

    def _is_endless(self, message: MessageSummary, doing: Doing) -> bool:
        """Return whether two counterparts would answer each other for ever."""
        answers = message.form is None and isinstance(doing, AnswerMessage | ReplayEnvelope)
        return answers and self._store.of(message.sender) is not None

    async def _act(self, message: MessageSummary, doing: Doing) -> None:
        why: str | None = None
        try:
            steps = await self._acting.act(message, doing)
        except NotFound:
            return
        except (Refusal, EnvelopeRefused, TransportFailure, TimeoutError) as failure:
            steps, why = [Step("failed")], _words(failure)
        if any(step.did in ("ignored", "failed") for step in steps):
            self._left.add((message.sender, message.id))
        for step in steps:
            about = {"bureau": message.sender, "about": message.id, "at": self._bureau.clock.now(), "why": why}
            self._store.add(self._bureau.name, StoredAct(**about, **step._asdict()))
            towards = {"towards": message.sender, "id": message.id, "did": step.did}
            self._bureau.log.info("counterpart-acted", bureau=self._bureau.name, **towards)
        self._mailbox.changes.notify()


def _words(failure: Exception) -> str:
    if isinstance(failure, TimeoutError):
        return "no receipt came in time"
    return failure.detail if isinstance(failure, Refusal) else str(failure)
