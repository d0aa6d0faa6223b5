"""Nets of participants, in memory and over a real NATS server, on which the same tests run."""

import asyncio
from abc import ABC, abstractmethod

from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    DeadlinePassed,
    Handler,
    NoResponder,
    PostArrival,
    Subscription,
    Transport,
    TransportFailure,
)
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import Lane, message_subject, request_subject
from tests.broker import NatsServer

REQUESTS = request_subject("notices", "*")
FROM_FRANCE = request_subject("notices", "FR")
PROBE = Parcel("", b"are you there?")
DEADLINE = 5.0
PARCEL = Parcel("signature", bytes(range(256)), "key")
MOMENT = 0.05


class Net(ABC):
    """Connects participants, and keeps their transports to be closed."""

    def __init__(self) -> None:
        self.opened: list[Transport] = []

    @abstractmethod
    async def _connect(self, name: str) -> Transport: ...

    async def connect(self, name: str) -> Transport:
        """Connect a participant."""
        transport = await self._connect(name)
        self.opened.append(transport)
        return transport

    async def listening(
        self, requester: Transport, subject: str, *, server: Transport, pattern: str, handler: Handler, group: str = ""
    ) -> Subscription:
        """Subscribe, and return once messages to the subject arrive: a subscription takes a moment to become active."""
        arrived = asyncio.Event()

        async def watched(arrival: Arrival) -> None:
            if arrival.parcel != PROBE:
                await handler(arrival)
                return
            arrived.set()
            await arrival.reply(Parcel("", b""))

        subscription = await server.subscribe(pattern, watched, group=group)
        while not arrived.is_set():
            try:
                await requester.request(subject, PROBE, timeout=DEADLINE)
            except NoResponder:
                continue
        return subscription


class InMemory(Net):
    """Participants of one broker in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._broker = MemoryBroker(max_parcel_bytes=1_000_000)

    async def _connect(self, name: str) -> Transport:
        return self._broker.connect(name)


class OverNats(Net):
    """Participants of a real NATS server, each under its own key."""

    def __init__(self, server: NatsServer) -> None:
        super().__init__()
        self._server = server

    async def _connect(self, name: str) -> Transport:
        return await self._server.connect(name)


class Mail:
    """France posts, Germany collects."""

    def __init__(self, france: Transport, germany: Transport) -> None:
        self.france = france
        self.germany = germany

    async def post(self, number: int = 1, parcel: Parcel = PARCEL, *, to: str = "DE", lane: Lane = Lane.URGENT) -> None:
        """Post from France."""
        await self.france.post(message_subject(to, lane, f"id{number}", "FR"), parcel, seconds=DEADLINE)

    async def collect(self, seconds: float = DEADLINE, limit: int = 10, lane: Lane = Lane.URGENT) -> list[PostArrival]:
        """Collect as Germany."""
        return await self.germany.collect(lane, limit=limit, seconds=seconds)

    async def collect_all(self, count: int, lane: Lane = Lane.URGENT) -> list[PostArrival]:
        """Collect until a number of parcels has arrived."""
        arrivals: list[PostArrival] = []
        async with asyncio.timeout(DEADLINE):
            while len(arrivals) < count:
                arrivals += await self.collect(lane=lane)
        return arrivals

    async def nothing_waits(self) -> bool:
        """Return whether there is nothing to collect at the moment."""
        return await self.collect(MOMENT) == []


class Pair:
    """A bureau that sends requests, and a service that answers them."""

    def __init__(self, net: Net, bureau: Transport, service: Transport) -> None:
        self.net = net
        self.bureau = bureau
        self.service = service

    async def serve(self, handler: Handler, *, group: str = "", by: Transport | None = None) -> Subscription:
        """Start the service, and return once it answers."""
        return await self.net.listening(
            self.bureau, FROM_FRANCE, server=by or self.service, pattern=REQUESTS, handler=handler, group=group
        )

    async def ask(self, body: bytes = b"question", seconds: float = DEADLINE) -> Parcel:
        """Send a request to the service as France."""
        return await self.bureau.request(FROM_FRANCE, Parcel("signature", body), timeout=seconds)


async def echo(arrival: Arrival) -> None:
    """Answer with the parcel received."""
    await arrival.reply(arrival.parcel)


async def ask_until_failure(failure: type[TransportFailure], pair: Pair) -> None:
    """Repeat a request until it fails with a certain error."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await pair.ask(seconds=0.05)
            except failure:
                return
            except DeadlinePassed:
                continue


async def ask_until_success(pair: Pair) -> None:
    """Repeat a request until it is answered."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await pair.ask(seconds=0.05)
            except (NoResponder, DeadlinePassed):
                continue
            else:
                return
