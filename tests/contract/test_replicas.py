"""Replicas of a service that are replaced one after another while requests come, as when it is upgraded."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.transport import Arrival, ServiceCard
from tests.contract.networks import REQUESTS, Net, Pair, ask_until_success

REPLACED = 20
ASKERS = 16
CARD = ServiceCard("notices", "A service.", dict)


async def test_no_request_is_lost_while_replicas_are_replaced(net: Net) -> None:
    """Each is answered at its first attempt: a replica that stops first takes no more, and then answers what it has."""
    pair = Pair(net, await net.connect("FR"), await net.connect("notices"))
    answered = 0

    async def handler(arrival: Arrival) -> None:
        await asyncio.sleep(0)
        await arrival.reply(arrival.parcel)

    async def replica() -> Callable[[], Awaitable[None]]:
        transport = await net.connect("notices")
        served = await transport.serve(REQUESTS, handler, senders=["FR"], card=CARD)

        async def stop() -> None:
            await served.stop()
            await transport.close()

        return stop

    async def ask() -> None:
        nonlocal answered
        while True:
            await pair.ask()
            answered += 1

    stop = await replica()
    await ask_until_success(pair)
    async with asyncio.TaskGroup() as group:
        askers = [group.create_task(ask()) for _ in range(ASKERS)]
        for _ in range(REPLACED):
            seen, former, stop = answered, stop, await replica()
            await former()
            while answered < seen + ASKERS:
                await asyncio.sleep(0.001)
        for asker in askers:
            asker.cancel()
    await stop()
