"""What happens in a mailbox is posted to its webhooks: signed, again until it is taken, and to no other address."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, answer, receiving


async def test_recipient_and_sender_are_told(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """Of a message that came, and of one that moved on; never what it says."""
    inbox = await registered(germany, receiver.url, "message")
    async with receiving() as other:
        outbox = await registered(france, other.url, "state")
        sent = await france.send()
        [posted] = await receiver.gets(1)
        [told] = await other.gets(1)
    assert posted.line == "POST /hook?of=247 HTTP/1.1"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (posted.event["type"], posted.event["id"], posted.event["bureau"]) == ("message", sent, "FR")
    assert (told.event["type"], told.event["id"], told.event["bureau"]) == ("state", sent, "DE")
    assert told.event["state"] == "delivered"
    assert b"car" not in posted.body + told.body
    assert b"border" not in posted.body + told.body
    [delivery] = await deliveries(germany, inbox, 1, "delivered")
    assert (delivery["event"], delivery["type"], delivery["attempts"]) == (posted.event["number"], "message", 1)
    assert (delivery["outcome"], delivery["next_attempt"]) == ("204", None)
    await deliveries(france, outbox, 1, "delivered")
    assert receiver.url.encode() not in mesh.written.getvalue()


async def test_an_independent_library_accepts_the_signature(
    france: Officer, germany: Officer, receiver: Receiver
) -> None:
    """That of the Standard Webhooks specification; it refuses a changed body, and another secret."""
    webhook = await registered(germany, receiver.url)
    await france.send()
    [posted] = await receiver.gets(1)
    assert Webhook(webhook["secret"]).verify(posted.body, posted.headers) == posted.event
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(posted.body + b" ", posted.headers)
    other = await registered(germany, receiver.url)
    with pytest.raises(WebhookVerificationError):
        Webhook(other["secret"]).verify(posted.body, posted.headers)


async def test_a_webhook_is_told_what_happens_from_then_on(
    france: Officer, germany: Officer, receiver: Receiver
) -> None:
    """Nothing that happened before it was registered, and nothing of a kind that it did not ask for."""
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
async def test_any_success_takes_it_whatever_the_body(
    france: Officer, germany: Officer, receiver: Receiver, wire: bytes, outcome: str
) -> None:
    """The answer's body is not read, so it may be endless or cut short."""
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
async def test_anything_else_does_not(
    france: Officer, germany: Officer, receiver: Receiver, wire: bytes, outcome: str
) -> None:
    """Errors, and what is no HTTP."""
    webhook = await registered(germany, receiver.url)
    receiver.usually = wire
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", outcome)


async def test_deliveries_are_listed_in_pages(france: Officer, germany: Officer, receiver: Receiver) -> None:
    """Those of the newest events first, all or those in a state."""
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
