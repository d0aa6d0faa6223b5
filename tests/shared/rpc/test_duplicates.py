"""A request that arrives twice is executed once: resent envelopes, and ids that are used again."""

import asyncio

from shared.protocol.envelope import RefusalReason
from shared.protocol.parcel import Parcel
from shared.rpc.bridge import Limits
from shared.transport import Arrival
from shared.transport.subjects import request_subject
from tests.shared.rpc.network import PATIENCE, SUBJECT, Counting, Net


async def test_a_resent_envelope_gets_the_identical_answer(net: Net) -> None:
    """The request is executed once; both answers have the same signed bytes."""
    application, parcel = Counting(), net.sealed()
    bridge = await net.serve(application)
    answers = [await net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE) for _ in range(2)]
    assert answers[0] == answers[1]
    assert application.calls == 1
    assert bridge.metrics.answered == 1


async def test_duplicates_of_a_running_request_wait_for_its_answer(net: Net) -> None:
    """All get the answer of the first; the application is called once."""
    application, parcel = Counting(allowed=False), net.sealed()
    await net.serve(application)
    asked = [
        asyncio.ensure_future(net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)) for _ in range(3)
    ]
    await application.begun.wait()
    application.allowed.set()
    answers = await asyncio.gather(*asked)
    assert len(set(answers)) == 1
    assert application.calls == 1


async def test_duplicates_beyond_the_waiting_limit_are_refused_as_busy(net: Net) -> None:
    """The refusal is a signed 503, so that a flood of duplicates does not fill the memory."""
    application, parcel = Counting(allowed=False), net.sealed()
    await net.serve(application, Limits(waiting=1))
    asked = [
        asyncio.ensure_future(net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)) for _ in range(2)
    ]
    await application.begun.wait()
    head, body = await net.send(parcel)
    assert (head.status, body["type"]) == (503, "urn:i247:problem:busy")
    application.allowed.set()
    assert len(set(await asyncio.gather(*asked))) == 1


async def test_a_waiting_duplicate_is_answered_when_the_first_cannot_be(net: Net) -> None:
    """A connection that was lost before the answer does not withhold it from the others."""
    application, answered = Counting(allowed=False), list[Parcel]()
    bridge = await net.serve(application)

    async def gone(_parcel: Parcel) -> None:
        raise ConnectionError("gone")

    async def present(parcel: Parcel) -> None:
        answered.append(parcel)

    arrivals = [Arrival(SUBJECT, net.sealed(), "_R_.1", answer) for answer in (gone, present)]
    handled = [asyncio.ensure_future(bridge.handle(arrival)) for arrival in arrivals]
    await application.begun.wait()
    await handled[1]
    application.allowed.set()
    await handled[0]
    assert len(answered) == 1
    assert bridge.metrics.failed == 1


async def test_a_known_id_in_another_envelope_is_refused_as_replayed(net: Net) -> None:
    """The second envelope has another body."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed(b"[1]"))
    head, body = await net.send(net.sealed(b"[2]"))
    assert (head.status, head.error, body["reason"]) == (403, "refused", RefusalReason.REPLAYED)
    assert application.calls == 1


async def test_the_same_id_from_two_bureaus_is_two_requests(net: Net) -> None:
    """A bureau cannot block an id of another bureau."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed())
    germany = net.participant("DE").transport
    parcel = net.sealed(by="DE", sender="DE", kid=net.keys["DE"].kid)
    await germany.request(request_subject("notices", "DE"), parcel, timeout=PATIENCE)
    assert application.calls == 2
