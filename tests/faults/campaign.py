"""Traffic under faults, and the recovery after them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.faults.faults import Faults
from tests.faults.network import ACTIVE, AWAY, Network, start_gateways

WRITERS = 2


class Campaign:
    """Has officers write and read while faults occur in their network."""

    def __init__(self, network: Network, faults: Faults, *, max_pause: float, settle_seconds: float) -> None:
        self.applied: Counter[str] = Counter()
        self._network = network
        self._kinds = faults.kinds()
        self._max_pause = max_pause
        self._settle_seconds = settle_seconds

    @property
    def kinds(self) -> list[str]:
        """The names of all kinds of faults."""
        return list(self._kinds)

    async def apply(self, kind: str, code: str) -> None:
        """Inject one fault, and repair it."""
        await self._kinds[kind](code)
        self.applied[kind] += 1

    async def run(self, faults: Callable[[], Awaitable[None]]) -> None:
        """Have officers write until all faults are over, and return when all messages are delivered.

        Fails if an officer gets an answer that is not allowed.
        """
        bureaus = [self._network.bureaus[code] for code in ACTIVE]
        async with asyncio.TaskGroup() as reading:
            for bureau in bureaus:
                reading.create_task(bureau.read_letters())
            await self._write(faults)
            await self._network.until_delivered(self._settle_seconds)
            for bureau in bureaus:
                bureau.reads = False
        await start_gateways(self._network, (AWAY,))
        await self._network.until_away_has_all(self._settle_seconds)
        await self._network.until_acknowledged(self._settle_seconds)

    async def _write(self, faults: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as writing:
            for code in ACTIVE:
                bureau, others = self._network.bureaus[code], self._network.others(code)
                await bureau.found_group(others)
                for _ in range(WRITERS):
                    writing.create_task(bureau.write_letters(others, self._max_pause))
            await faults()
            for code in ACTIVE:
                self._network.bureaus[code].writes = False
