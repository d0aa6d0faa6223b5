"""Looks at an audit log as a witness of one bureau, and cosigns it as long as it goes on from the past.

What was seen is kept before it is cosigned, so that nothing is forgotten that a signature stands for. A service that
is down or slow, and a bureau that cannot sign at present, are no faults: they are asked again. But a log that goes on
signing and does not prove that it grew from what was seen is accused.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

import msgspec

from gateway.witness.alarms import Accuser, checkpoint_of
from gateway.witness.log_client import LogReader, Unanswered, read
from gateway.witness.rules import (
    Alarm,
    Fault,
    Shown,
    Undecided,
    lost,
    must_be_proven,
    read_new_log,
    read_shown,
    require_growth,
    require_proof_in_time,
)
from gateway.witness.store import WitnessStore
from shared.audit.opened import Opened
from shared.crypto.merkle import EMPTY_ROOT
from shared.crypto.signed_note import Checkpoint, cosign, cosigned_by, log_name, witness_name
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.protocol.http import HttpRequest
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.web.routing import path_of

# A witness that cosigns nothing for as long says why, once.
IDLE_FOR: Final = timedelta(minutes=5)
JSON: Final = "application/json"
# No log was retired as often while a witness was away.
MAX_OPENED: Final = 100


class _Checkpoint(msgspec.Struct, frozen=True):
    checkpoint: str


class _Growth(msgspec.Struct, frozen=True):
    proof: tuple[str, ...]


class _Log(msgspec.Struct, frozen=True):
    log: int
    opening: str | None


class _Logs(msgspec.Struct, frozen=True):
    items: tuple[_Log, ...]


class _Cosignature(msgspec.Struct, frozen=True):
    size: int
    line: str


A = TypeVar("A")

_checkpoint: Final = msgspec.json.Decoder(_Checkpoint)
_growth: Final = msgspec.json.Decoder(_Growth)
_logs: Final = msgspec.json.Decoder(_Logs)
_encode: Final = msgspec.json.Encoder().encode


class _Idle(msgspec.Struct):
    since: float
    is_told: bool = False


class Witness:
    """One bureau, as a witness of the logs of all services."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._logs = LogReader(bureau)
        self._accuser = Accuser(mailbox, bureau)
        self._cosigned: dict[str, tuple[str, str]] = {}
        """By service the note last seen, where a key of the bureau stands below it, and which one."""

        self._unproven: dict[str, tuple[int, float]] = {}
        """By service how large it had been seen when it failed to prove for the first time that it grew, and when."""

        self._idle: dict[str, _Idle] = {}
        """By service since when there is nothing to be cosigned, and no fault either."""

    async def look(self, service: str) -> None:
        """Look at the log of a service once, and cosign it if it goes on from what was seen."""
        try:
            await self._look(service)
        except (Refusal, Unanswered, Undecided) as reason:
            self._note_idle(service, reason)
        else:
            self._idle.pop(service, None)

    async def _look(self, service: str) -> None:
        # Read before it is asked for: what another process sees meanwhile is no fault of the log.
        before = await WitnessStore(self._mailbox.reading.session).seen(service)
        text = read(_checkpoint, await self._logs.get(service, "checkpoint?witnesses=0")).checkpoint
        if self._cosigned.get(service) == (text, self._bureau.keys.signing.kid):
            return
        shown = None
        try:
            shown = read_shown(text, service, self._bureau.directory, self._bureau.clock.now())
            await self._judge(service, shown, before)
        except Alarm as alarm:
            against = text if shown is None else shown.note.written
            await self._accuser.raise_alarm(self._accuser.evidence(service, alarm, before or "", against))
        else:
            await self._cosign(service, shown, text)

    async def _judge(self, service: str, shown: Shown, before: str | None) -> None:
        """Note as seen what may be cosigned. Raises Alarm, Undecided, Unanswered, NotStored."""
        seen = None if before is None else checkpoint_of(before)
        if shown.checkpoint.log > (0 if seen is None else seen.log):
            await self._note_new_log(service, before, shown)
            return
        if seen is not None and must_be_proven(seen, shown.checkpoint):
            await self._require_growth(service, seen, shown.checkpoint, shown)
        if seen is None or shown.checkpoint.size > seen.size:
            await self._note(service, before, shown)

    async def _require_growth(self, service: str, seen: Checkpoint, grown: Checkpoint, shown: Shown) -> None:
        target = f"consistency?old={seen.size}&new={grown.size}&log={seen.log}"
        require_growth(seen, grown, (await self._proof(service, seen, shown, target, _growth)).proof)

    async def _note_new_log(self, service: str, before: str | None, shown: Shown) -> None:
        """Note that another log was opened, together with the alarm that says so and what was lost. Raises as above."""
        seen = None if before is None else checkpoint_of(before)
        leaves, opened = await self._opened(service, seen, shown)
        says, kept = [each.says for each in reversed(opened)], opened[-1].kept
        if seen is not None:
            says.insert(0, lost(seen, kept))
            if kept is not None and kept.log == seen.log and kept.size > seen.size:
                await self._require_growth(service, seen, kept, shown)
        alarm = Alarm(Fault.NEW_LOG, "; ".join(says))
        evidence = self._accuser.evidence(service, alarm, before or "", shown.note.written)
        evidence = msgspec.structs.replace(evidence, answer="\n".join(leaves))
        notes = [*(each.retired for each in opened if each.retired), shown.note]

        async def begin(store: MailStore) -> bool:
            witnessed, lowest = WitnessStore(store.session), 0 if kept is None else kept.log
            # Together, so that no new log is cosigned of which the bureau is not told.
            return await witnessed.raise_alarm(evidence) and await witnessed.begin_new(
                service, before, notes, lowest=lowest, at=self._mailbox.now()
            )

        await self._keep(begin)
        self._accuser.tell(evidence)

    async def _opened(self, service: str, seen: Checkpoint | None, shown: Shown) -> tuple[list[str], list[Opened]]:
        """Return the first leaves of the logs that were opened since what was seen, and what they say: newest first."""
        seen = seen or Checkpoint(log_name(service), 0, EMPTY_ROOT)
        known = {each.log: each.opening for each in (await self._proof(service, seen, shown, "logs", _logs)).items}
        leaves, opened = list[str](), list[Opened]()
        checkpoint: Checkpoint | None = shown.checkpoint
        while checkpoint is not None and checkpoint.log > seen.log:
            if len(opened) == MAX_OPENED:
                raise Undecided("too many logs were opened since it was looked at last")
            target = f"inclusion/0?size={checkpoint.size}&log={checkpoint.log}"
            proof = (await self._proof(service, seen, shown, target, _growth)).proof
            leaves.append(known.get(checkpoint.log) or "")
            opened.append(read_new_log(leaves[-1], proof, checkpoint, self._bureau.name, self._bureau.directory))
            checkpoint = opened[-1].kept
        return leaves, opened

    async def _proof(
        self, service: str, seen: Checkpoint, shown: Shown, target: str, decoder: "msgspec.json.Decoder[A]"
    ) -> A:
        try:
            return read(decoder, await self._logs.get(service, target))
        except NoKeyInForce:
            raise
        except (Refusal, Unanswered) as failure:
            if isinstance(failure, Unanswered) and failure.is_damaged:
                raise Alarm(Fault.REWRITTEN, "leaves are missing that the log has signed for") from failure
            require_proof_in_time(seen, shown.checkpoint, self._waited_for_proof(service, seen))
            raise

    def _waited_for_proof(self, service: str, seen: Checkpoint) -> timedelta:
        now = self._bureau.clock.monotonic()
        seen_size, since = self._unproven.get(service, (-1, now))
        # Nothing but a proof, which moves what was seen, ends the wait: else a log would show that again in between.
        if seen_size != seen.size:
            self._unproven[service] = seen.size, (since := now)
        return timedelta(seconds=now - since)

    def _note_idle(self, service: str, reason: Refusal | Unanswered | Undecided) -> None:
        now = self._bureau.clock.monotonic()
        idle = self._idle.setdefault(service, _Idle(now))
        if not idle.is_told and now - idle.since >= IDLE_FOR.total_seconds():
            idle.is_told = True
            why = reason.code if isinstance(reason, Refusal) else str(reason)
            self._bureau.log.warning("witness-idle", bureau=self._bureau.name, service=service, reason=why)

    async def _note(self, service: str, before: str | None, shown: Shown) -> None:
        async def move(store: MailStore) -> bool:
            seen, size, note = WitnessStore(store.session), shown.checkpoint.size, shown.note.written
            return await seen.move(service, before=before, size=size, note=note, at=self._mailbox.now())

        await self._keep(move)

    async def _keep(self, work: Callable[[MailStore], Awaitable[bool]]) -> None:
        if not await self._mailbox.write(work):
            raise Undecided("another process of this gateway has seen more")

    async def _cosign(self, service: str, shown: Shown, text: str) -> None:
        key, name = self._bureau.keys.signing, witness_name(self._bureau.name)
        if cosigned_by(shown.note, name, key.public) is None:
            line = cosign(shown.note, name, key, self._bureau.clock.now())
            body = _encode(_Cosignature(shown.checkpoint.size, line))
            await self._logs.ask(service, HttpRequest("POST", f"{path_of(service)}/audit/cosignatures", JSON, body))
        else:
            self._cosigned[service] = text, key.kid
