"""A network of several bureaus whose gateways reach the broker through proxies that a test controls."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import httpx

from deploy.provisioning.provision import Provisioner
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from gateway.messages import SERVICE
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import SystemClock
from tests.broker import NatsServer, another_nats
from tests.faults.gateway import TOKEN_MINUTES, Gateway
from tests.faults.proxy import Proxy
from tests.faults.traffic import Bureau, Record

ACTIVE = ("FR", "DE", "IT")
# A member whose gateway does not run until the end.
AWAY = "KE"
MEMBERS = (*ACTIVE, AWAY)
POLL_SECONDS = 0.1
REQUEST_SECONDS = 15

_TO_DELIVER = "SELECT count(*) FROM deliveries JOIN messages ON number = message WHERE deliveries.due IS NOT NULL"
TO_DELIVER_BUT_TO_ONE = f"{_TO_DELIVER} AND recipient <> ? AND stored <= ?"
TO_DELIVER_TO_ONE = f"{_TO_DELIVER} AND recipient = ?"
TO_BE_ACKNOWLEDGED = "SELECT count(*) FROM receipts WHERE due IS NOT NULL"


class Network:
    """The broker, the gateways, their proxies and their officers."""

    def __init__(self, home: StateDir, broker: NatsServer) -> None:
        self.home = home
        self.broker = broker
        self.record = Record()
        self.gateways: dict[str, Gateway] = {}
        self.proxies: dict[str, Proxy] = {}
        self.bureaus: dict[str, Bureau] = {}

    async def until(self, done: Callable[[], bool], seconds: float, what: str) -> float:
        """Wait for a condition, and return the seconds it took. Fails on a timeout, or when a gateway ends."""
        started = time.monotonic()
        while not done():
            for gateway in self.gateways.values():
                gateway.require_running()
            assert time.monotonic() - started < seconds, f"after {seconds:.0f} s still not {what}"
            await asyncio.sleep(POLL_SECONDS)
        return time.monotonic() - started

    async def more_accepted(self, count: int) -> None:
        """Return when `count` more messages were accepted."""
        target = len(self.record.accepted) + count
        await self.until(lambda: len(self.record.accepted) >= target, 60, f"{count} more messages accepted")

    async def until_delivered(self, seconds: float) -> float:
        """Return the seconds until all messages now in the outboxes are delivered, except to the absent bureau."""
        now = int(time.time() * 1000)
        return await self.until(
            lambda: not any(self.gateways[code].count(TO_DELIVER_BUT_TO_ONE, AWAY, now) for code in ACTIVE),
            seconds,
            "all is delivered",
        )

    async def until_away_has_all(self, seconds: float) -> float:
        """Return the seconds until the absent bureau has all its messages."""
        return await self.until(
            lambda: not any(self.gateways[code].count(TO_DELIVER_TO_ONE, AWAY) for code in ACTIVE),
            seconds,
            f"all is delivered to {AWAY}",
        )

    async def until_acknowledged(self, seconds: float) -> None:
        """Return when every sender has all receipts of its recipients."""
        await self.until(
            lambda: not any(self.gateways[code].count(TO_BE_ACKNOWLEDGED) for code in ACTIVE),
            seconds,
            "all is acknowledged",
        )

    def others(self, code: str) -> tuple[str, ...]:
        """Return the other members."""
        return tuple(member for member in MEMBERS if member != code)


@asynccontextmanager
async def running_network(folder: Path, random: Random, *, processes: int = 1) -> AsyncIterator[Network]:
    """Run a network until the block ends; the first gateway has `processes` processes, and one bureau is away."""
    home = StateDir(folder / "secretariat")
    home.open()
    members = tuple(map(BureauCode, MEMBERS))
    directory = Provisioner(home, SystemClock()).provision(members, (), (SERVICE,))
    async with AsyncExitStack() as stack:
        network = Network(home, stack.enter_context(another_nats(home, directory, folder)))
        for code in (SECRETARIAT, *MEMBERS):
            proxy = network.proxies[code] = Proxy(int(network.broker.url.rpartition(":")[2]))
            await proxy.restore()
            stack.push_async_callback(proxy.cut)
            gateway = Gateway(code, home, folder / code, proxy.port, processes if code == ACTIVE[0] else 1)
            network.gateways[code] = gateway
            stack.callback(gateway.close)
            client = await stack.enter_async_context(client_of(gateway))
            network.bureaus[code] = Bureau(code, client, network.record, random)
        await start_gateways(network, (SECRETARIAT, *ACTIVE))
        yield network


async def start_gateways(network: Network, codes: tuple[str, ...]) -> None:
    """Start the gateways of some bureaus, and return when they answer."""
    for code in codes:
        network.gateways[code].start()
    await asyncio.gather(*(network.gateways[code].until_up(network.bureaus[code].client) for code in codes))


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    """Return a client of an officer of a gateway."""
    token = demo_token(Settings(home=gateway.home.path, token_minutes=TOKEN_MINUTES), gateway.code)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=gateway.base, headers=headers, timeout=REQUEST_SECONDS)
