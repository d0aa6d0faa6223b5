"""Looks at an audit log as a witness of one bureau, and cosigns each checkpoint that extends what it has seen.

What was seen is stored before it is cosigned, so that nothing is forgotten that a signature stands for. A service that
is down or slow, and a bureau that cannot sign at present, are no faults: it looks again. A log that signs on without a
consistency proof is one, after a time.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

import msgspec

from gateway.witness.alarms import Alarms, checkpoint_of
from gateway.witness.log_client import CheckpointText, LogClient, Unanswered
from gateway.witness.rules import (
    Alarm,
    Fault,
    Shown,
    Undecided,
    Waiting,
    lost,
    must_be_proven,
    read_new_log,
    read_shown,
    require_consistency,
    unproven,
)
from gateway.witness.store import WitnessStore
from shared.audit.verify.new_log import OpenedLog
from shared.crypto.merkle import EMPTY_ROOT
from shared.crypto.signed_note import Checkpoint, cosign, cosigned_by, log_name, witness_name
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.protocol.http import HttpRequest
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.web.routing import path_of

# A witness that cosigns nothing for as long logs why, once.
IDLE_FOR: Final = timedelta(minutes=5)
JSON: Final = "application/json"
# No log is retired as often while a witness is away.
MAX_OPENED: Final = 100


class _Proof(msgspec.Struct, frozen=True):
    proof: tuple[str, ...]


class _Log(msgspec.Struct, frozen=True):
    log: int
    opening: str | None


class _Logs(msgspec.Struct, frozen=True):
    items: tuple[_Log, ...]


A = TypeVar("A")


class Witness:
    """One bureau, as a witness of the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._logs = LogClient(bureau)
        self._alarms = Alarms(mailbox, bureau)
        self._cosigned: dict[str, tuple[str, str]] = {}
        """For each service the last note that has a cosignature of the bureau, and of which key."""

        self._unproven = Waiting()
        self._idle = Waiting()
        self._idle_logged: set[str] = set()

    async def look(self, service: str) -> None:
        """Look at the log of a service once, and cosign its checkpoint if it extends what was seen."""
        try:
            await self._look(service)
        except (Refusal, Unanswered, Undecided) as reason:
            is_idle = self._idle.waited(service, self._bureau.clock.monotonic()) >= IDLE_FOR
            if is_idle and service not in self._idle_logged:
                self._idle_logged.add(service)
                why = reason.code if isinstance(reason, Refusal) else str(reason)
                self._bureau.log.warning("witness-idle", bureau=self._bureau.name, service=service, reason=why)
        else:
            self._idle.over(service)
            self._idle_logged.discard(service)

    async def _look(self, service: str) -> None:
        # Read first: what another process sees after that is no fault of the log.
        before = await WitnessStore(self._mailbox.reading.session).seen(service)
        text = (await self._logs.read(service, "checkpoint?witnesses=0", CheckpointText)).checkpoint
        if self._cosigned.get(service) == (text, self._bureau.keys.signing.kid):
            return
        shown = None
        try:
            shown = read_shown(text, service, self._bureau.directory, self._bureau.clock.now())
            await self._verify(service, shown, before)
        except Alarm as alarm:
            against = text if shown is None else shown.note.written
            await self._alarms.raise_alarm(service, alarm, before or "", against)
        else:
            await self._cosign(service, shown, text)

    async def _verify(self, service: str, shown: Shown, before: str | None) -> None:
        """Store as seen what may be cosigned. Raises Alarm, Undecided, Unanswered, NotStored."""
        seen = None if before is None else checkpoint_of(before)
        if shown.checkpoint.log > (0 if seen is None else seen.log):
            await self._accept_new_log(service, before, shown)
            return
        if seen is not None and must_be_proven(seen, shown.checkpoint):
            await self._require_consistency(service, seen, shown.checkpoint, shown)
        if seen is None or shown.checkpoint.size > seen.size:
            await self._store_seen(service, before, shown)

    async def _require_consistency(self, service: str, seen: Checkpoint, grown: Checkpoint, shown: Shown) -> None:
        target = f"consistency?old={seen.size}&new={grown.size}&log={seen.log}"
        require_consistency(seen, grown, (await self._proof(service, seen, shown, target, _Proof)).proof)
        self._unproven.over(f"{seen.origin} {seen.size}")

    async def _accept_new_log(self, service: str, before: str | None, shown: Shown) -> None:
        """Store the checkpoint of a new log together with the alarm about it and what was lost. Raises as `_verify`."""
        seen = None if before is None else checkpoint_of(before)
        leaves, opened = await self._opened(service, seen, shown)
        says, kept = [each.says for each in reversed(opened)], opened[-1].kept
        if seen is not None:
            says.insert(0, lost(seen, kept))
            if kept is not None and kept.log == seen.log and kept.size > seen.size:
                await self._require_consistency(service, seen, kept, shown)
        alarm = Alarm(Fault.NEW_LOG, "; ".join(says))
        evidence = self._alarms.evidence(service, alarm, before or "", shown.note.written)
        evidence = msgspec.structs.replace(evidence, answer="\n".join(leaves))
        notes = [*(each.retired for each in opened if each.retired), shown.note]

        async def begin(store: MailStore) -> bool:
            witnessed, lowest = WitnessStore(store.session), 0 if kept is None else kept.log
            # In one transaction, so that no new log is cosigned without an alarm.
            return await witnessed.raise_alarm(evidence) and await witnessed.begin_new(
                service, before, notes, lowest=lowest, at=self._mailbox.now()
            )

        await self._write(begin)
        self._alarms.log(evidence)

    async def _opened(self, service: str, seen: Checkpoint | None, shown: Shown) -> tuple[list[str], list[OpenedLog]]:
        """Return the first leaves of the logs that were opened since what was seen, newest first, and as parsed."""
        seen = seen or Checkpoint(log_name(service), 0, EMPTY_ROOT)
        known = {each.log: each.opening for each in (await self._proof(service, seen, shown, "logs", _Logs)).items}
        leaves, opened = list[str](), list[OpenedLog]()
        checkpoint: Checkpoint | None = shown.checkpoint
        while checkpoint is not None and checkpoint.log > seen.log:
            if len(opened) == MAX_OPENED:
                raise Undecided("too many logs were opened since the last look")
            target = f"inclusion/0?size={checkpoint.size}&log={checkpoint.log}"
            proof = (await self._proof(service, seen, shown, target, _Proof)).proof
            leaves.append(known.get(checkpoint.log) or "")
            opened.append(read_new_log(leaves[-1], proof, checkpoint, self._bureau.name, self._bureau.directory))
            checkpoint = opened[-1].kept
        return leaves, opened

    async def _proof(self, service: str, seen: Checkpoint, shown: Shown, target: str, kind: type[A]) -> A:
        try:
            return await self._logs.read(service, target, kind)
        except NoKeyInForce:
            raise
        except (Refusal, Unanswered) as failure:
            if isinstance(failure, Unanswered) and failure.is_damaged:
                raise Alarm(Fault.REWRITTEN, "leaves are missing that the log has signed for") from failure
            # Only a proof ends the wait: otherwise a log could show an old checkpoint in between.
            waited = self._unproven.waited(f"{seen.origin} {seen.size}", self._bureau.clock.monotonic())
            size = shown.checkpoint.size
            what = f"that the {size} leaves that it signed begin with the {seen.size} that it had signed before"
            if (alarm := unproven(waited, what)) is not None:
                raise alarm from failure
            raise

    async def _store_seen(self, service: str, before: str | None, shown: Shown) -> None:
        async def move(store: MailStore) -> bool:
            seen, size, note = WitnessStore(store.session), shown.checkpoint.size, shown.note.written
            return await seen.move(service, before=before, size=size, note=note, at=self._mailbox.now())

        await self._write(move)

    async def _write(self, work: Callable[[MailStore], Awaitable[bool]]) -> None:
        if not await self._mailbox.write(work):
            raise Undecided("another process of this gateway has seen more")

    async def _cosign(self, service: str, shown: Shown, text: str) -> None:
        key, name = self._bureau.keys.signing, witness_name(self._bureau.name)
        if cosigned_by(shown.note, name, key.public) is None:
            line = cosign(shown.note, name, key, self._bureau.clock.now())
            body = msgspec.json.encode({"size": shown.checkpoint.size, "line": line})
            await self._logs.ask(service, HttpRequest("POST", f"{path_of(service)}/audit/cosignatures", JSON, body))
        else:
            self._cosigned[service] = text, key.kid
