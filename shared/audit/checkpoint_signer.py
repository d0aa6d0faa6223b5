"""Signs a checkpoint each second while the log grows, and deletes old ones that others replace.

It signs and deletes nothing of a retired log.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.audit.checkpoint_store import CheckpointStore, StoredCheckpoint
from shared.audit.format.lists import Lengths, read_lengths
from shared.audit.tree import TreeStore
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.crypto.signed_note import Checkpoint, log_name, sign_checkpoint
from shared.rpc.irreversible import may_be_taken
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.storage import Database

# However many processes a service has: witnesses need to see each checkpoint before the next.
MIN_INTERVAL: Final = timedelta(seconds=1)
# All are kept for an hour, then the best of each minute, and after a day of each hour.
ALL_KEPT_FOR: Final = timedelta(hours=1)
EACH_MINUTE_KEPT_FOR: Final = timedelta(days=1)
MINUTE: Final = 60.0
HOUR: Final = 3_600.0
PRUNED_EVERY: Final = timedelta(minutes=10)
# A statement takes only so many parameters.
PRUNE_BATCH_SIZE: Final = 500
# In one run: as many as are signed in an hour.
MAX_PRUNED: Final = 3_600


class Checkpoints:
    """The checkpoints of the log of one service."""

    def __init__(self, service: Participant, database: Database) -> None:
        self._service = service
        self._database = database
        self._pruned = -math.inf

    async def run_once(self) -> None:
        """Sign a checkpoint if the log has grown, and prune old ones now and then."""
        await self._sign()
        now = self._service.clock.monotonic()
        if now - self._pruned >= PRUNED_EVERY.total_seconds() and may_be_taken(self._service):
            await self._prune()
            self._pruned = now

    async def _sign(self) -> None:
        reading = self._database.reading
        head = await TreeStore(reading).head()
        if head.size <= (await CheckpointStore(reading, head.log).newest_size() or 0):
            return
        try:
            key = self._service.keys.signing
        except NoKeyInForce:
            # The service answers nobody either, until it has one.
            return
        lists = Lengths(head.secret, read_lengths(head.lengths), head.size).root
        checkpoint = Checkpoint(log_name(self._service.name, head.log), head.size, head.tree.root(), lists)
        note = sign_checkpoint(checkpoint, checkpoint.origin, key)
        # Exclusive, so that of two processes that sign at once the second sees what the first did.
        async with self._database.writing(exclusive=True) as session:
            store, at = CheckpointStore(session, head.log), self._service.clock.now().timestamp()
            last = await store.newest_timestamp()
            # In both directions, so that a clock that was put back does not stop the log from signing.
            if last is None or abs(at - last) >= MIN_INTERVAL.total_seconds():
                await store.add(head.size, at, note, head.lengths)

    async def _prune(self) -> None:
        reading = self._database.reading
        log = (await TreeStore(reading).head()).log
        sizes = prunable(await CheckpointStore(reading, log).stored(), self._service.clock.now())[:MAX_PRUNED]
        for start in range(0, len(sizes), PRUNE_BATCH_SIZE):
            async with self._database.writing() as session:
                await CheckpointStore(session, log).delete(sizes[start : start + PRUNE_BATCH_SIZE])


def prunable(kept: Sequence[StoredCheckpoint], now: datetime) -> list[int]:
    """Return the sizes of the checkpoints that need not be kept, of all in order of time.

    Never the last one, nor the last that enough witnesses cosigned.
    """
    best: dict[tuple[float, float], StoredCheckpoint] = {}
    for each in kept:
        period = _period(each, now)
        best[period] = max(best.get(period, each), each, key=lambda one: (_is_cosigned(one), one.size))
    needed = {each.size for each in (*best.values(), *kept[-1:], *[each for each in kept if _is_cosigned(each)][-1:])}
    return [each.size for each in kept if each.size not in needed]


def _period(each: StoredCheckpoint, now: datetime) -> tuple[float, float]:
    """Return the period for which one checkpoint is enough."""
    age = timedelta(seconds=now.timestamp() - each.timestamp)
    if age <= ALL_KEPT_FOR:
        return 0.0, each.size
    length = MINUTE if age <= EACH_MINUTE_KEPT_FOR else HOUR
    return length, each.timestamp // length


def _is_cosigned(each: StoredCheckpoint) -> bool:
    return each.cosignatures >= MIN_WITNESSES
