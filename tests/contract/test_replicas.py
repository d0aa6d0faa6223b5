"""Replicas of a service that are replaced one after another while requests come, as when it is upgraded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.transport import Arrival, ServiceCard
from tests.contract.networks import REQUESTS, Net, Pair, ask_until_success

REPLACED = 20
ASKERS = 16
CARD = ServiceCard("notices", "A service.", dict)


async def reply_soon(arrival: Arrival) -> None:
    """Reply after other tasks have run, so that several requests are under way."""
    await asyncio.sleep(0)
    await arrival.reply(arrival.parcel)


@asynccontextmanager
async def replica(net: Net) -> AsyncIterator[None]:
    """Run a replica of the service until the block ends."""
    transport = await net.connect("notices")
    served = await transport.serve(REQUESTS, reply_soon, senders=["FR"], card=CARD)
    try:
        yield
    finally:
        await served.stop()
        await transport.close()


@pytest.mark.thorough
async def test_no_request_is_lost_while_replicas_are_replaced(net: Net) -> None:
    """Each is answered at its first attempt: a replica that stops first takes no more, and then answers what it has."""
    pair, answered = Pair(net, await net.connect("FR"), await net.connect("notices")), asyncio.Queue[None]()

    async def ask() -> None:
        while True:
            await pair.ask()
            answered.put_nowait(None)

    former = replica(net)
    await former.__aenter__()
    await ask_until_success(pair)
    async with asyncio.TaskGroup() as group:
        askers = [group.create_task(ask()) for _ in range(ASKERS)]
        for _ in range(REPLACED):
            following = replica(net)
            await following.__aenter__()
            await former.__aexit__(None, None, None)
            former = following
            for _ in range(2 * ASKERS):
                await answered.get()
        for asker in askers:
            asker.cancel()
    await former.__aexit__(None, None, None)
