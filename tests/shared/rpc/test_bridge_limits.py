"""The limits of a bridge: size and number of requests, size of answers, and the time for each."""

import asyncio
import json
from typing import Any

import pytest

from shared.protocol.parcel import Parcel
from shared.rpc.bridge import Limits
from tests.shared.rpc.network import SUBJECT, Counting, Net


async def test_an_oversized_request_is_refused_before_verification(net: Net) -> None:
    """The answer is a signed 413, whatever the signature of the request."""
    application = Counting()
    await net.serve(application, Limits(parcel_bytes=2_000))
    head, body = await net.send(Parcel("", bytes(2_001)))
    assert (head.status, head.error, body["type"]) == (413, "too-large", "urn:i247:problem:request-too-large")
    assert application.calls == 0


@pytest.mark.parametrize("limits", [Limits(), Limits(parcel_bytes=50_000)], ids=["the broker's", "its own"])
async def test_an_oversized_answer_becomes_a_signed_507(net: Net, limits: Limits) -> None:
    """The limit is that of the broker or of the bridge; the 507 is the answer to a duplicate too."""
    calls: list[int] = []

    async def generous(_scope: Any, _receive: Any, send: Any) -> None:
        calls.append(1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(100_000)})

    await net.serve(generous, limits)
    for _ in range(2):
        head, body = await net.send(net.sealed())
        assert (head.status, head.error, body["type"]) == (507, "too-large", "urn:i247:problem:reply-too-large")
        assert head.re == net.head().id
    assert calls == [1]


async def test_requests_beyond_the_running_limit_are_refused_as_busy(net: Net) -> None:
    """The signed 503 states when to retry; running requests are not affected."""
    application = Counting(allowed=False)
    await net.serve(application, Limits(running=1))
    first = asyncio.ensure_future(net.ask())
    await application.begun.wait()
    second = await net.ask()
    assert (second.head.status, second.head.error) == (503, None)
    assert second.head.headers == {"retry-after": "1"}
    assert json.loads(second.body)["type"] == "urn:i247:problem:busy"
    application.allowed.set()
    assert (await first).head.status == 201
    assert (await net.ask()).head.status == 201


@pytest.mark.thorough
async def test_an_application_is_cancelled_when_its_request_expires(net: Net) -> None:
    """The answer is a signed 504, which arrives before the timeout of the caller."""
    application = Counting(allowed=False)
    await net.serve(application)
    reply = await net.ask(seconds=0.4)
    assert (reply.head.status, reply.head.error) == (504, "timeout")
    assert json.loads(reply.body)["type"] == "urn:i247:problem:timeout"
    assert application.cancelled


@pytest.mark.thorough
async def test_an_answer_before_the_deadline_is_kept_when_background_work_is_cancelled(net: Net) -> None:
    """Background work ends with the request and does not change its answer."""
    background = Counting(allowed=False)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await Counting()(scope, receive, send)
        await background(scope, receive, send)

    bridge = await net.serve(application)
    reply = await net.ask(seconds=0.4)
    assert reply.head.status == 201
    (served,) = net.broker.subscriptions_for(SUBJECT, turn=0)
    await served.stop()
    assert background.cancelled
    assert bridge.metrics.answered == 1
