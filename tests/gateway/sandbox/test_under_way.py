"""Requests under way when the state of a sandbox is replaced: each gets one answer, or none that was whole."""

import asyncio
from typing import Any

import pytest

from gateway.sandbox import under_way
from gateway.sandbox.under_way import UnderWay

JSON, STREAM = b"application/json", b"text/event-stream; charset=utf-8"
PATIENCE = 20.0


class Request:
    """A request that its application begins to answer, or not, and ends when it may."""

    def __init__(self, work: UnderWay, begins: bytes | None, path: str = "/api/hits") -> None:
        self.sent: list[Any] = []
        self.is_worked_on = asyncio.Event()
        self.may_end = asyncio.Event()
        self._begins = begins
        self.task = asyncio.create_task(
            work.answer(self._application, {"type": "http", "path": path}, None, self._send)
        )

    async def _application(self, _scope: Any, _receive: Any, send: Any) -> None:
        if self._begins is not None:
            headers = [(b"content-type", self._begins)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
        self.is_worked_on.set()
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def statuses(self) -> list[int]:
        """The statuses that were answered."""
        return [each["status"] for each in self.sent if each["type"] == "http.response.start"]


@pytest.mark.parametrize(("begins", "statuses"), [(None, [503]), (JSON, [200])])
async def test_a_request_is_given_up_once_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, begins: bytes | None, statuses: list[int]
) -> None:
    """It is refused, unless its answer has begun; so is each that comes later, before any work on it."""
    monkeypatch.setattr(under_way, "FINISH_SECONDS", 0)
    work = UnderWay()
    request = Request(work, begins)
    async with asyncio.timeout(PATIENCE):
        await request.is_worked_on.wait()
        work.end_soon()
        await request.task
        await work.ended()
        later = Request(work, JSON)
        await later.task
    assert (request.statuses, later.statuses) == (statuses, [503])


async def test_a_stream_of_events_that_has_not_begun_ends_and_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `EventSource` connects anew after the end of a stream, and never again after an error status."""
    monkeypatch.setattr(under_way, "FINISH_SECONDS", 0)
    work = UnderWay()
    stream = Request(work, None, "/api/messages/stream")
    async with asyncio.timeout(PATIENCE):
        await stream.is_worked_on.wait()
        work.end_soon()
        await stream.task
        later = Request(work, STREAM, "/api/messages/stream")
        await later.task
    for each in (stream, later):
        start, body = each.sent
        assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, STREAM)
        # A comment, which is no event and has no number.
        assert body["body"].startswith(b": ")
        assert not body.get("more_body", False)


async def test_a_request_that_ends_in_time_is_answered_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The restore is answered after it."""
    monkeypatch.setattr(under_way, "FINISH_SECONDS", PATIENCE)
    monkeypatch.setattr(under_way, "MOST_SECONDS", 10 * PATIENCE)
    work = UnderWay()
    request = Request(work, JSON)
    async with asyncio.timeout(PATIENCE):
        await request.is_worked_on.wait()
        work.end_soon()
        ended = asyncio.create_task(work.ended())
        await asyncio.sleep(0)
        assert not ended.done()
        request.may_end.set()
        await ended
        await request.task
    assert [each["type"] for each in request.sent] == ["http.response.start", "http.response.body"]


async def test_nothing_waits_for_a_stream_of_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no end; nor for any other connection that is idle."""
    monkeypatch.setattr(under_way, "MOST_SECONDS", 10 * PATIENCE)
    work = UnderWay()
    stream = Request(work, STREAM)
    async with asyncio.timeout(PATIENCE):
        await stream.is_worked_on.wait()
        await work.ended()
    assert not stream.task.done()
    stream.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stream.task


async def test_a_client_that_goes_away_is_no_matter_of_a_restore() -> None:
    """Its request is cancelled as in any mesh."""
    work = UnderWay()
    request = Request(work, None)
    await request.is_worked_on.wait()
    request.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request.task
    assert request.sent == []
