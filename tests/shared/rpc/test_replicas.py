"""A change that is sent again, and reaches another process of the service, gets the reply of the first."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from shared.protocol.parcel import Parcel
from shared.rpc import replicas
from tests.shared.rpc.network import PATIENCE, SUBJECT, Net


class Changing:
    """An application in two processes, whose common store knows what was carried out."""

    def __init__(self) -> None:
        self.carried_out = 0
        self.allowed, self.begun = asyncio.Event(), asyncio.Event()
        self.allowed.set()

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Carry a request out once."""
        recorder, status = scope["state"]["caller"].recorder, 201
        if self.carried_out:
            recorder.is_repeated, status = True, 409
        else:
            self.carried_out += 1
            self.begun.set()
            await self.allowed.wait()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class TwoProcesses:
    """The bridges of two processes of one service, which take turns."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.application = Changing()

    async def start(self, stack: AsyncExitStack, processes: int = 2) -> None:
        """Start them."""
        for _ in range(processes):
            bridge = await self.net.serve(self.application)
            await stack.enter_async_context(bridge.replicas.answering())

    async def send(self, parcel: Parcel) -> Parcel:
        """Send an envelope to the next process."""
        return await self.net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)


async def test_the_copy_gets_the_reply_of_the_process_that_carried_the_request_out(net: Net) -> None:
    """The same signed bytes, and the change is made once."""
    processes, parcel = TwoProcesses(net), net.sealed()
    async with AsyncExitStack() as stack:
        await processes.start(stack)
        replies = [await processes.send(parcel) for _ in range(4)]
    assert len(set(replies)) == 1
    assert processes.application.carried_out == 1


async def test_the_copy_waits_while_the_other_process_is_at_work(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until that one has replied."""
    monkeypatch.setattr(replicas, "ASKED_AGAIN_SECONDS", 0.001)
    processes, parcel = TwoProcesses(net), net.sealed()
    processes.application.allowed.clear()
    async with AsyncExitStack() as stack:
        await processes.start(stack)
        first = asyncio.ensure_future(processes.send(parcel))
        await processes.application.begun.wait()
        second = asyncio.ensure_future(processes.send(parcel))
        await asyncio.wait([second], timeout=0.05)
        assert not second.done()
        processes.application.allowed.set()
        assert await first == await second


async def test_without_the_process_that_knows_the_reply_the_caller_learns_that_it_was_carried_out(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has ended; the answer says so within a moment."""
    monkeypatch.setattr(replicas, "ASKED_SECONDS", 0.01)
    processes = TwoProcesses(net)
    processes.application.carried_out = 1
    async with AsyncExitStack() as stack:
        await processes.start(stack)
        head, _ = await net.send_raw(net.sealed())
    assert head.status == 409


async def test_another_envelope_with_the_same_id_gets_no_reply_of_the_first(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest of the whole envelope binds the reply."""
    monkeypatch.setattr(replicas, "ASKED_SECONDS", 0.01)
    processes = TwoProcesses(net)
    async with AsyncExitStack() as stack:
        await processes.start(stack)
        head, _ = await net.send_raw(net.sealed(id="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"))
        other, _ = await net.send_raw(net.sealed(id="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", target="/other"))
    assert (head.status, other.status) == (201, 409)
