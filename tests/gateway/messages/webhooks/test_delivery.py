"""Events of a mailbox are posted to its webhooks, signed, and their deliveries are listed."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, answer, receiving


async def test_webhooks_of_recipient_and_sender_are_notified(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """Of a received message, and of a changed state; without the content."""
    inbox = await registered(germany, receiver.url, "message")
    async with receiving() as other:
        outbox = await registered(france, other.url, "state")
        sent = await france.send()
        [posted] = await receiver.gets(1)
        [state] = await other.gets(1)
    assert posted.line == "POST /hook?of=247 HTTP/1.1"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (posted.event["type"], posted.event["id"], posted.event["bureau"]) == ("message", sent, "FR")
    assert (state.event["type"], state.event["id"], state.event["bureau"]) == ("state", sent, "DE")
    assert state.event["state"] == "delivered"
    assert b"car" not in posted.body + state.body
    assert b"border" not in posted.body + state.body
    [delivery] = await deliveries(germany, inbox, 1, "delivered")
    assert (delivery["event"], delivery["type"], delivery["attempts"]) == (posted.event["number"], "message", 1)
    assert (delivery["outcome"], delivery["next_attempt"]) == ("204", None)
    await deliveries(france, outbox, 1, "delivered")
    assert receiver.url.encode() not in mesh.written.getvalue()


async def test_an_independent_library_accepts_the_signature(
    france: Officer, germany: Officer, receiver: Receiver
) -> None:
    """That of the Standard Webhooks specification; it refuses a changed body and another secret."""
    webhook = await registered(germany, receiver.url)
    await france.send()
    [posted] = await receiver.gets(1)
    assert Webhook(webhook["secret"]).verify(posted.body, posted.headers) == posted.event
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(posted.body + b" ", posted.headers)
    other = await registered(germany, receiver.url)
    with pytest.raises(WebhookVerificationError):
        Webhook(other["secret"]).verify(posted.body, posted.headers)


async def test_a_webhook_receives_only_later_events_of_its_types(
    france: Officer, germany: Officer, receiver: Receiver
) -> None:
    """None from before its registration."""
    await germany.receives(await france.send())
    webhook = await registered(germany, receiver.url, "message")
    sent = await france.send()
    [delivery] = await deliveries(germany, webhook, 1, "delivered")
    [posted] = receiver.got
    assert (posted.event["id"], posted.event["number"]) == (sent, delivery["event"])


@pytest.mark.parametrize(
    ("wire", "outcome"),
    [
        (answer(200, body=b"so"), "200"),
        (answer(201), "201"),
        (b"HTTP/1.1 200 So\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFF\r\n" + b"x" * 1_000_000, "200"),
        (b"HTTP/1.1 103 Early\r\n\r\n" + answer(204), "204"),
    ],
)
async def test_any_success_status_delivers_an_event_whatever_the_body(
    france: Officer, germany: Officer, receiver: Receiver, wire: bytes, outcome: str
) -> None:
    """The body is not read, so it may be endless or truncated."""
    webhook = await registered(germany, receiver.url)
    receiver.usually = wire
    await france.send()
    [delivery] = await deliveries(germany, webhook, 1, "delivered")
    assert delivery["outcome"] == outcome


@pytest.mark.parametrize(
    ("wire", "outcome"),
    [
        (answer(400), "400"),
        (answer(503, "retry-after: 1"), "503"),
        (b"", "no-answer"),
        (b"nonsense\r\n\r\n", "no-answer"),
        (b"HTTP/1.1 204 So\r\n" + b"x: " + b"y" * 1_000_000, "too-long"),
    ],
)
async def test_an_error_status_or_an_invalid_answer_leaves_the_delivery_pending(
    france: Officer, germany: Officer, receiver: Receiver, wire: bytes, outcome: str
) -> None:
    """Also no answer at all, and an oversized header."""
    webhook = await registered(germany, receiver.url)
    receiver.usually = wire
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", outcome)


@pytest.mark.thorough
async def test_deliveries_are_listed_in_pages(france: Officer, germany: Officer, receiver: Receiver) -> None:
    """Newest event first, optionally by state."""
    webhook = await registered(germany, receiver.url)
    for _ in range(5):
        await france.send()
    await deliveries(germany, webhook, 5, "delivered")
    path, after, seen = f"{PATH}/{webhook['id']}/deliveries", None, []
    while True:
        page = await germany.get(path, limit=2, **({"after": after} if after else {}))
        seen += [item["event"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == sorted((posted.event["number"] for posted in receiver.got), reverse=True)
    assert len(seen) == 5
    assert (await germany.get(path, state="failed"))["items"] == []
