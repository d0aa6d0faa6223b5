"""Signs each second what the log has grown to, and forgets old checkpoints where others stand for them.

Of a retired log it signs nothing, and forgets nothing.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.audit.checkpoint_store import CheckpointStore, KeptCheckpoint
from shared.audit.format.lists import Lengths, read_lengths
from shared.audit.tree import Head, TreeStore
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import Checkpoint, log_name, sign_checkpoint
from shared.rpc.irreversible import may_be_taken
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.storage import Database

# However many processes a service has: each witness has to see a checkpoint before the next one takes its place.
APART: Final = timedelta(seconds=1)
# What is younger than this is kept whole; then the best of each minute, and after a day of each hour.
KEPT_WHOLE: Final = timedelta(hours=1)
KEPT_BY_MINUTE: Final = timedelta(days=1)
MINUTE: Final = 60.0
HOUR: Final = 3_600.0
THINNED_EVERY: Final = timedelta(minutes=10)
# A statement takes only so many parameters.
DROPPED_TOGETHER: Final = 500
# In a round: as many as are signed in an hour.
MOST_DROPPED: Final = 3_600


class Checkpoints:
    """The checkpoints of the log of one service."""

    def __init__(self, service: Participant, database: Database) -> None:
        self._service = service
        self._database = database
        self._thinned = -math.inf

    async def run_once(self) -> None:
        """Sign a checkpoint if the log has grown, and thin out old ones now and then."""
        await self._sign()
        since = self._service.clock.monotonic()
        if since - self._thinned >= THINNED_EVERY.total_seconds() and may_be_taken(self._service):
            await self._thin(self._service.clock.now())
            self._thinned = since

    async def _sign(self) -> None:
        reading = self._database.reading
        head = await TreeStore(reading).head()
        if head.size <= (await CheckpointStore(reading, head.log).newest() or 0):
            return
        try:
            key = self._service.keys.signing
        except NoKeyInForce:
            # It answers nobody either, until it has one again.
            return
        note = _signed(head, self._service.name, key)
        # Alone, so that of two processes that sign at once the second sees what the first did.
        async with self._database.writing(alone=True) as session:
            store, at = CheckpointStore(session, head.log), self._service.clock.now().timestamp()
            last = await store.signed_at()
            # A clock that was put back does not keep the log from signing for as long.
            if last is None or abs(at - last) >= APART.total_seconds():
                await store.add(head.size, at, note, head.lengths)

    async def _thin(self, now: datetime) -> None:
        log = (await TreeStore(self._database.reading).head()).log
        sizes = superfluous(await CheckpointStore(self._database.reading, log).kept(), now)[:MOST_DROPPED]
        for start in range(0, len(sizes), DROPPED_TOGETHER):
            async with self._database.writing() as session:
                await CheckpointStore(session, log).drop(sizes[start : start + DROPPED_TOGETHER])


def _signed(head: Head, service: str, key: SigningKey) -> str:
    name, size = log_name(service, head.log), head.size
    lists = Lengths(head.secret, read_lengths(head.lengths), size).root
    return sign_checkpoint(Checkpoint(name, size, head.frontier.root(), lists), name, key)


def superfluous(kept: Sequence[KeptCheckpoint], now: datetime) -> list[int]:
    """Return the sizes of those checkpoints that need not be kept, of all that are, the oldest first.

    Never the last one, nor the last that convinces.
    """
    best: dict[tuple[float, float], KeptCheckpoint] = {}
    for each in kept:
        period = _period(each, now)
        best[period] = max(best.get(period, each), each, key=_worth)
    needed = {each.size for each in (*best.values(), *kept[-1:], *[each for each in kept if _convinces(each)][-1:])}
    return [each.size for each in kept if each.size not in needed]


def _period(each: KeptCheckpoint, now: datetime) -> tuple[float, float]:
    """Return for which time one checkpoint is enough."""
    age = timedelta(seconds=now.timestamp() - each.at)
    if age <= KEPT_WHOLE:
        return 0.0, each.size
    length = MINUTE if age <= KEPT_BY_MINUTE else HOUR
    return length, each.at // length


def _convinces(each: KeptCheckpoint) -> bool:
    return each.witnesses >= MIN_WITNESSES


def _worth(each: KeptCheckpoint) -> tuple[bool, int]:
    return _convinces(each), each.size
