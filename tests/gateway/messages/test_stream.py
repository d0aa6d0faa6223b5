"""The stream of events: in order, each once, resumable, and without the content of messages."""

import json
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

from gateway.messages.events import STREAMS_OF_AN_OFFICER
from shared.bureaus import BureauCode
from tests.gateway.mesh import Mesh
from tests.gateway.messages.event_stream import listening
from tests.gateway.messages.officers import Officer, refusal_of
from tests.gateway.messages.raw_messages import answers, post, sealed


async def test_events_are_streamed_in_order_to_sender_and_recipient(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """The recipient gets the message and the states it signed; the sender each state."""
    async with listening(mesh, germany) as there, listening(mesh, france) as here:
        sent = await france.send(urgency="urgent")
        await there.wait_for(1)
        await here.wait_for(1)
        await germany.step(sent, "read")
        await here.wait_for(2)
        await germany.step(sent, "refusal", {"reason": "purpose"})
        theirs, ours = await there.wait_for(3), await here.wait_for(3)
    assert there.headers["content-type"].startswith("text/event-stream")
    assert [(kind, event["state"]) for _, kind, event in ours] == [
        ("state", "delivered"),
        ("state", "read"),
        ("state", "refused"),
    ]
    assert [(kind, event["state"]) for _, kind, event in theirs] == [
        ("message", "delivered"),
        ("state", "read"),
        ("state", "refused"),
    ]
    assert [number for number, _, _ in ours] == [event["number"] for _, _, event in ours] == [1, 2, 3]
    assert theirs[0][2] == {
        "number": 1,
        "type": "message",
        "id": sent,
        "thread": sent,
        "urgency": "urgent",
        "bureau": "FR",
        "state": "delivered",
        "reason": None,
        "at": "2026-06-01T12:00:00Z",
    }
    assert ours[2][2]["reason"] == "purpose"


async def test_events_contain_nothing_of_the_content_of_a_message(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """An observer of the stream learns that there is a message, but neither text nor names."""
    async with listening(mesh, germany) as heard:
        sent = await france.attach(("evidence-name.jpg", b"a"), subject="Subject-text", body="Body-text")
        await germany.receives(sent)
        await heard.wait_for(1)
    for text in ("Subject-text", "Body-text", "evidence-name", "fr.officer"):
        assert text not in heard.text


@pytest.mark.thorough
async def test_a_stream_is_resumed_without_gap_or_duplicate(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """From the number of the last event that the client received; from the beginning with 0."""
    async with listening(mesh, germany) as heard:
        await france.send()
        [(last, _, _)] = await heard.wait_for(1)
    missed = [await france.send(subject=str(number)) for number in range(150)]
    await germany.until("", lambda page: len(page["items"]) == 151, limit=200)
    async with listening(mesh, germany, last) as resumed:
        await resumed.wait_for(150)
        later = await france.send()
        events = await resumed.wait_for(151)
    assert [number for number, _, _ in events] == list(range(last + 1, last + 152))
    assert sorted(event["id"] for _, _, event in events) == sorted([*missed, later])
    async with listening(mesh, germany, 0) as whole:
        assert len(await whole.wait_for(152)) == 152
    async with listening(mesh, germany) as fresh:
        await fresh.until(lambda: bool(fresh.text))
        assert (fresh.events, fresh.text.split("\n\n")[0]) == ([], f"id: {last + 151}")


@pytest.mark.thorough
async def test_a_stream_of_a_restored_mailbox_says_so_to_those_who_know_its_past(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """Who knows nothing of it is told nothing; numbers go on above those of all earlier states."""
    before = await france.send()
    await germany.receives(before)
    mailbox, _ = await mesh.mailbox_host.of(BureauCode("DE"))
    mailbox.events_begin_after = 1_000
    await mailbox.write(lambda store: store.events.begin_after(1_000))
    async with listening(mesh, germany) as fresh:
        after = await france.send()
        assert [number for number, _, _ in await fresh.wait_for(1)] == [1_001]
    async with listening(mesh, germany, 1) as resumed:
        restored, message = await resumed.wait_for(2)
    assert restored == (1_000, "restored", {"number": 1_000, "type": "restored"})
    assert (message[0], message[2]["id"]) == (1_001, after)
    async with listening(mesh, germany, 1_000) as again, listening(mesh, germany, 0) as whole:
        assert [number for number, _, _ in await again.wait_for(1)] == [1_001]
        # Of an empty mailbox, too, the number is 0: it says so, and has all events that there are.
        whole_events = await whole.wait_for(3)
        assert [number for number, _, _ in whole_events] == [1_000, 1, 1_001]
        assert whole_events[0] == restored
    # As a second process of the gateway does, when events have come already.
    await mailbox.write(lambda store: store.events.begin_after(1_000))
    async with listening(mesh, germany) as fresh:
        await france.send()
        assert [number for number, _, _ in await fresh.wait_for(1)] == [1_002]


@pytest.mark.parametrize("last", ["-1", "x", "1.5", "9" * 20])
async def test_an_invalid_last_event_id_is_refused(germany: Officer, last: str) -> None:
    """Before any event is sent."""
    answer = await germany.ask("GET", "/stream", headers={"Last-Event-ID": last})
    assert refusal_of(answer) == (422, "invalid")


async def test_a_stream_without_events_is_kept_alive_by_comments(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no proxy closes it as idle."""
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.01)
    async with listening(mesh, germany) as heard:
        await heard.until(lambda: ": ping" in heard.text)
    assert heard.events == []


@pytest.mark.thorough
async def test_a_stream_ends_when_the_gateway_closes(mesh: Mesh, germany: Officer) -> None:
    """Otherwise gateway and client would wait for each other."""
    async with listening(mesh, germany) as heard:
        mesh.event_streams.closed = True
        await heard.until(lambda: heard.ended)


@pytest.mark.thorough
async def test_a_stream_ends_when_the_token_of_its_officer_expires(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    async with listening(mesh, germany) as there:
        mesh.clock.advance(timedelta(minutes=61))
        await there.until(lambda: there.ended)
    assert there.events == []


@pytest.mark.thorough
async def test_a_stream_ends_when_the_tokens_of_its_officer_are_revoked(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """Streams of other officers continue."""
    async with listening(mesh, germany) as there, listening(mesh, france) as here:
        await mesh.accounts.revoke("de.officer")
        await there.until(lambda: there.ended)
        assert not here.ended


async def refused(mesh: Mesh, officer: Officer) -> tuple[int, str]:
    """Return status and problem with which one more stream is refused."""
    async with listening(mesh, officer) as heard:
        problem = json.loads(heard.text)
        assert heard.headers["retry-after"] == "1"
    return heard.status, problem["type"].rpartition(":")[2]


@pytest.mark.thorough
async def test_an_officer_beyond_the_limit_of_streams_is_refused(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """Until one of theirs has ended; other officers are not affected."""
    async with AsyncExitStack() as stack:
        for _ in range(STREAMS_OF_AN_OFFICER - 1):
            await stack.enter_async_context(listening(mesh, france))
        async with listening(mesh, france) as last:
            assert last.status == 200
            assert await refused(mesh, france) == (429, "too-many-streams")
            async with listening(mesh, germany) as other:
                assert other.status == 200
        async with listening(mesh, france) as again:
            assert again.status == 200


async def test_streams_beyond_the_total_limit_are_refused(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """So that connections are left for requests; a stream that has ended is not counted."""
    mesh.event_streams.total = 2
    async with listening(mesh, france), listening(mesh, germany):
        assert await refused(mesh, germany) == (503, "busy")
    async with listening(mesh, germany) as heard:
        assert heard.status == 200


async def test_a_bureau_receives_only_events_of_its_own_mailbox(
    mesh: Mesh, gateway: httpx.AsyncClient, kenya: Officer, germany: Officer
) -> None:
    """Event numbers of other mailboxes are the same."""
    async with listening(mesh, kenya, 0) as heard:
        await post(mesh, sealed(mesh))
        assert [answer.state for answer in await answers(mesh)] == ["delivered"]
        sent = await germany.send(to=["KE"])
        [(_, _, event)] = await heard.wait_for(1)
    assert event["id"] == sent
