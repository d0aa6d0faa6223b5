"""What happens in a mailbox is posted to its webhooks: signed, again until it is taken, and to no other address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.messages import webhook_sender
from gateway.messages.webhook_courier import RETRY_SECONDS, WebhookCourier
from shared.clock import FixedClock
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhook_mesh import HookedMesh
from tests.gateway.messages.webhook_receiver import Receiver, answer, receiving

PATH = "/webhooks"


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at the present time, as the verifier of signatures goes by that."""
    return FixedClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path) -> HookedMesh:
    """Return a mesh whose webhooks may go to loopback."""
    return HookedMesh(clock, tmp_path)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run a target."""
    async with receiving() as receiver:
        yield receiver


async def registered(officer: Officer, url: str, *events: str) -> Any:
    """Register a webhook, and return it with its secret."""
    draft = {"url": url} | ({"events": events} if events else {})
    answered = await officer.ask("POST", PATH, json=draft)
    assert answered.status_code == 201, answered.text
    return answered.json()


async def deliveries(officer: Officer, webhook: Any, number: int, state: str, **query: Any) -> list[Any]:
    """Wait until so many deliveries are in a state, and return them, the oldest event first."""
    page = await officer.until(
        f"{PATH}/{webhook['id']}/deliveries",
        lambda page: len(page["items"]) == number and all(item["state"] == state for item in page["items"]),
        **query,
    )
    return list(reversed(page["items"]))


async def attempted(officer: Officer, webhook: Any, attempts: int) -> Any:
    """Wait until what came of an attempt at the only delivery is known, and return it."""
    # While it is under way it still shows what came of the attempt before.
    now = officer.mesh.clock.now()
    page = await officer.until(
        f"{PATH}/{webhook['id']}/deliveries",
        lambda page: [
            item
            for item in page["items"]
            if (item["attempts"], datetime.fromisoformat(item["at"])) == (attempts, now) and item["outcome"]
        ],
    )
    [item] = page["items"]
    return item


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


async def test_what_is_not_taken_is_posted_again_for_a_day(
    gateway: httpx.AsyncClient, mesh: HookedMesh, receiver: Receiver
) -> None:
    """Under the same id, with a fresh signature, at growing distances; then it is given up, which is listed."""
    germany = Officer(gateway, mesh, "DE")
    webhook = await registered(germany, receiver.url)
    receiver.usually = answer(500)
    await Officer(gateway, mesh, "FR").send()
    for attempt, wait in enumerate(RETRY_SECONDS, start=1):
        delivery = await attempted(Officer(gateway, mesh, "DE"), webhook, attempt)
        assert (delivery["state"], delivery["outcome"]) == ("pending", "500")
        at, following = map(datetime.fromisoformat, (delivery["at"], delivery["next_attempt"]))
        assert (following - at).total_seconds() == wait
        await mesh.pass_time("DE", wait - 0.001)
        await asyncio.sleep(0.01)
        assert len(receiver.got) == attempt
        await mesh.pass_time("DE", 0.001)
        await receiver.gets(attempt + 1)
    [delivery] = await deliveries(Officer(gateway, mesh, "DE"), webhook, 1, "failed")
    assert (delivery["attempts"], delivery["outcome"]) == (len(RETRY_SECONDS) + 1, "500")
    assert delivery["next_attempt"] is None
    assert 24 * 3600 <= sum(RETRY_SECONDS) <= 26 * 3600
    assert len({posted.headers["webhook-id"] for posted in receiver.got}) == 1
    assert len({posted.body for posted in receiver.got}) == 1
    assert len({posted.headers["webhook-signature"] for posted in receiver.got}) == len(receiver.got)


async def test_it_is_taken_later(france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh) -> None:
    """Nobody answers at first, then the target is there."""
    async with receiving() as gone:
        url = gone.url
    webhook = await registered(germany, url)
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", "unreachable")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", gone.port)
    async with server:
        await mesh.pass_time("DE", 5)
        [delivery] = await deliveries(germany, webhook, 1, "delivered")
        assert delivery["attempts"] == 2


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
        (b"HTTP/1.1 204 So\r\n" + b"x: " + b"y" * 1_000_000, "no-answer"),
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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(france: Officer, germany: Officer, receiver: Receiver, status: int) -> None:
    """Where it leads nobody has checked."""
    async with receiving() as other:
        receiver.usually = answer(status, f"location: {other.url}")
        webhook = await registered(germany, receiver.url)
        await france.send()
        assert (await attempted(germany, webhook, 1))["outcome"] == str(status)
        assert other.got == []


async def test_gone_removes_the_webhook(france: Officer, germany: Officer, receiver: Receiver) -> None:
    """As the specification says."""
    await registered(germany, receiver.url)
    receiver.usually = answer(410)
    await france.send()
    await germany.until(PATH, lambda page: page["items"] == [])


async def test_a_slow_target_holds_up_no_other(france: Officer, germany: Officer, receiver: Receiver) -> None:
    """Others are told meanwhile; it itself is given up after some seconds, and asked again later."""
    async with receiving() as slow:
        slow.silent = True
        waiting = await registered(germany, slow.url)
        prompt = await registered(germany, receiver.url)
        for _ in range(10):
            await france.send()
        await deliveries(germany, prompt, 10, "delivered")
        assert len(slow.got) <= 4
        assert (await germany.get(f"{PATH}/{waiting['id']}/deliveries", state="delivered"))["items"] == []


async def test_no_answer_in_time_is_none(
    france: Officer, germany: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was still to come in the answer is not waited for."""
    monkeypatch.setattr(webhook_sender, "ANSWER_SECONDS", 0.1)
    receiver.silent = True
    webhook = await registered(germany, receiver.url)
    await france.send()
    assert (await attempted(germany, webhook, 1))["outcome"] == "timeout"


async def test_a_target_that_does_not_answer_is_left_alone_for_a_while(
    france: Officer, germany: Officer, mesh: HookedMesh
) -> None:
    """However much waits for it, it is asked for few at a time."""
    async with receiving() as gone:
        url = gone.url
    webhook = await registered(germany, url)
    for _ in range(10):
        await france.send()
    path = f"{PATH}/{webhook['id']}/deliveries"
    await germany.until(path, lambda page: len(page["items"]) == 10)
    await asyncio.sleep(0.05)
    tried = [item for item in (await germany.get(path))["items"] if item["attempts"]]
    assert 1 <= len(tried) <= 4
    async with await asyncio.start_server((back := Receiver()).serve, "127.0.0.1", gone.port):
        await mesh.pass_time("DE", 60)
        await deliveries(germany, webhook, 10, "delivered")
    assert len({posted.event["number"] for posted in back.got}) == 10


async def test_what_waits_for_a_deleted_webhook_is_forgotten(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """It is posted nowhere any more."""
    webhook = await registered(germany, receiver.url)
    receiver.usually = answer(500)
    await france.send()
    await attempted(germany, webhook, 1)
    assert (await germany.ask("DELETE", f"{PATH}/{webhook['id']}")).status_code == 204
    after = await registered(germany, receiver.url)
    receiver.usually = answer(204)
    await mesh.pass_time("DE", 60)
    await france.send()
    await deliveries(germany, after, 1, "delivered")
    assert len(receiver.got) == 2


async def test_nothing_is_left_out_over_a_restart(mesh: HookedMesh, receiver: Receiver) -> None:
    """What was on its way is posted again under its id, and what waited is posted."""
    receiver.silent = True
    async with mesh.handling_mail() as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        webhook = await registered(germany, receiver.url)
        sent = {await france.send() for _ in range(10)}
        for message_id in sent:
            await germany.receives(message_id)
        before = list(await receiver.gets(1))
    receiver.silent = False
    mesh.open_mailroom()
    async with mesh.handling_mail() as client:
        germany = Officer(client, mesh, "DE")
        await mesh.pass_time("DE", 31)
        await deliveries(germany, webhook, 10, "delivered")
    after = receiver.got[len(before) :]
    assert {posted.event["id"] for posted in after} == sent
    assert len({posted.headers["webhook-id"] for posted in receiver.got}) == 10


async def test_what_happened_while_nobody_told_it_is_told_later(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """However much it is, and by several couriers at once each is told once."""
    webhook = await registered(germany, receiver.url)
    sent = {await france.send() for _ in range(30)}
    mailbox = await mesh.mailbox("DE")
    async with asyncio.TaskGroup() as group:
        couriers = [group.create_task(WebhookCourier(mailbox, mesh.mailroom.webhook_sender).run()) for _ in range(3)]
        await deliveries(germany, webhook, 30, "delivered")
        for courier in couriers:
            courier.cancel()
    assert sorted(posted.event["id"] for posted in receiver.got) == sorted(sent)


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


async def test_the_connection_goes_to_the_address_that_was_judged(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """The name is looked up once for each attempt, and the target is asked by its name."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        # The first one does not answer.
        return ["127.0.0.9", "127.0.0.1"]

    mesh.resolve_with(resolve, private=True)
    webhook = await registered(germany, f"http://hooks.test:{receiver.port}/a")
    await france.send()
    [delivery] = await deliveries(germany, webhook, 1, "delivered")
    assert (delivery["attempts"], asked) == (1, ["hooks.test"] * 2)
    assert receiver.got[0].headers["host"] == f"hooks.test:{receiver.port}"


async def test_a_name_that_changes_its_address_leads_nowhere_private(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """Public when the webhook is registered, loopback when the event is posted: nothing is connected to."""
    answers = [["93.184.216.34"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        return answers.pop() if answers else ["127.0.0.1"]

    mesh.resolve_with(resolve, private=False)
    webhook = await registered(germany, f"https://hooks.test:{receiver.port}/a")
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", "refused-target")
    assert receiver.got == []


async def test_a_name_that_vanished_is_asked_for_again(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """It may come back."""
    answers = [["127.0.0.1"], OSError("no such name"), ["127.0.0.1"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        found = answers.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    mesh.resolve_with(resolve, private=True)
    webhook = await registered(germany, f"http://hooks.test:{receiver.port}/a")
    await france.send()
    assert (await attempted(germany, webhook, 1))["outcome"] == "unresolved"
    await mesh.pass_time("DE", 5)
    await deliveries(germany, webhook, 1, "delivered")


async def test_no_proxy_of_the_environment_is_used(
    france: Officer, germany: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would look up the name by itself."""
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(receiving())
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        webhook = await registered(germany, receiver.url)
        await france.send()
        await deliveries(germany, webhook, 1, "delivered")
        assert proxy.got == []
