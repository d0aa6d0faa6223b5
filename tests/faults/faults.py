"""The faults. Each lasts until other bureaus have made progress in spite of it, and is then repaired."""

import time
from collections.abc import Awaitable, Callable

from shared.bureaus import SECRETARIAT
from tests.faults.gateway import fill_disk
from tests.faults.network import ACTIVE, Network

TIMEOUT_SECONDS = 60

INBOX = "SELECT id FROM messages WHERE box = 'inbox'"
DELIVERED_TO = (
    "SELECT id FROM deliveries JOIN messages ON number = message "
    "WHERE recipient = ? AND deliveries.state IN ('delivered', 'read', 'refused')"
)
HANDED_TO = (
    "SELECT count(*) FROM deliveries JOIN messages ON number = message "
    "WHERE recipient = ? AND deliveries.state <> 'queued' AND stored >= ?"
)


class Faults:
    """Injects faults into a network."""

    def __init__(self, network: Network, meanwhile: Callable[[], int]) -> None:
        """`meanwhile` returns how many messages are to be accepted while a fault lasts."""
        self._network = network
        self._meanwhile = meanwhile

    def kinds(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return every kind of fault by its name; each affects a bureau, or all."""
        return {
            "gateway killed": self.gateway_killed,
            "one process of a gateway killed": self.process_killed,
            "broker killed": self.broker_killed,
            "disk of the broker full": self.broker_disk_full,
            "store of the broker wiped": self.store_wiped,
            "store wiped while the Secretariat is away": self.store_wiped_unattended,
            "connection cut": self.connection_cut,
            "connection silent": self.connection_silent,
            "connection silent, then lost": self.connection_lost_in_silence,
            "connection forgotten": self.connection_forgotten,
            "disk full": self.disk_full,
            "started with a full disk": self.started_with_full_disk,
        }

    async def gateway_killed(self, code: str) -> None:
        """Kill a gateway while it sends and receives."""
        self._network.gateways[code].kill()
        await self._others_make_progress()
        self._network.gateways[code].start()
        await self._until_up(code)

    async def process_killed(self, code: str) -> None:
        """Kill one of the processes of a gateway; its port stays open."""
        self._network.gateways[code].replace_one()
        await self._until_up(code)

    async def broker_killed(self, _code: str) -> None:
        """Kill the broker, whose store remains."""
        self._network.broker.kill()
        await self._others_make_progress()
        self._network.broker.start()

    async def broker_disk_full(self, _code: str) -> None:
        """Make all writes of the broker fail, and restart it with space on its disk, as its operator would."""
        fill_disk(self._network.broker._process.pid)
        await self._others_make_progress()
        self._network.broker.kill()
        self._network.broker.start()

    async def store_wiped(self, _code: str) -> None:
        """Kill the broker, and start it with an empty store."""
        self._network.broker.kill()
        self._network.broker.lose_store()
        await self._others_make_progress()
        self._network.broker.start()

    async def store_wiped_unattended(self, _code: str) -> None:
        """Wipe the store of the broker while the gateway that sets up its streams is down."""
        self._network.gateways[SECRETARIAT].kill()
        await self.store_wiped("")
        await self._others_make_progress()
        self._network.gateways[SECRETARIAT].start()

    async def connection_cut(self, code: str) -> None:
        """Disconnect a gateway from the broker."""
        await self._network.proxies[code].cut()
        await self._others_make_progress()
        await self._network.proxies[code].restore()

    async def connection_silent(self, code: str) -> None:
        """Hold back all traffic between a gateway and the broker, and then deliver it."""
        self._network.proxies[code].go_silent()
        await self._others_make_progress()
        await self._network.proxies[code].restore()

    async def connection_lost_in_silence(self, code: str) -> None:
        """Hold back all traffic between a gateway and the broker, and then drop it."""
        self._network.proxies[code].go_silent()
        await self._others_make_progress()
        await self._network.proxies[code].cut()
        await self._network.proxies[code].restore()

    async def connection_forgotten(self, code: str) -> None:
        """Block existing connections permanently, and let new ones through."""
        self._network.proxies[code].forget()
        await self._others_make_progress()

    async def disk_full(self, code: str) -> None:
        """Fill the disk of a gateway: it refuses requests that it would have to store, and acknowledges nothing."""
        gateway = self._network.gateways[code]
        gateway.fill_disk()
        await self._suffer_full_disk(code)
        gateway.make_room()

    async def started_with_full_disk(self, code: str) -> None:
        """Kill a gateway, and start it with a full disk."""
        gateway = self._network.gateways[code]
        gateway.kill()
        gateway.start(disk_full=True)
        await self._until_up(code)
        await self._suffer_full_disk(code)
        gateway.make_room()

    async def _others_make_progress(self) -> None:
        await self._network.more_accepted(self._meanwhile())

    async def _until_up(self, code: str) -> None:
        await self._network.gateways[code].until_up(self._network.bureaus[code].client)

    async def _suffer_full_disk(self, code: str) -> None:
        refused, since = self._network.record.refused, int(time.time() * 1000)
        before = refused[code]
        others = [self._network.gateways[other] for other in ACTIVE if other != code]
        await self._network.until(lambda: refused[code] > before + 1, TIMEOUT_SECONDS, f"{code} refuses")
        await self._network.until(
            lambda: all(other.count(HANDED_TO, code, since) for other in others), TIMEOUT_SECONDS, "all wrote to it"
        )
        await self._others_make_progress()
        self._require_no_false_receipts(code)

    def _require_no_false_receipts(self, code: str) -> None:
        acknowledged = {
            each
            for other in ACTIVE
            if other != code
            for each in self._network.gateways[other].column(DELIVERED_TO, code)
        }
        # A message that is missing now was never stored, as the disk is still full.
        not_stored = acknowledged - set(self._network.gateways[code].column(INBOX))
        assert not not_stored, f"{code} acknowledged {len(not_stored)} messages that it does not hold"
