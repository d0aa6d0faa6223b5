"""Reads the event stream of a bureau as its demo officer. After a break it goes on where it ended: none is missed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError, aconnect_sse

from deploy.commands.officer_client import officer_client
from deploy.state.errors import CommandFailed, StartRefused
from deploy.state.gateway import fault_of, no_mesh_at
from deploy.state.settings import Settings
from shared.errors import UnknownBureau

PATH: Final = "/api/messages/stream"
# The gateway sends a comment each 15 seconds.
SILENT_SECONDS: Final = 40.0
CONNECT_SECONDS: Final = 5.0
RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
# Anything else is an answer that another attempt gets as well.
RETRIED_STATUS: Final = (502, 503, 504)

UNAUTHENTICATED: Final = 401
EVENT_STREAM: Final = "text/event-stream"

Report = Callable[[str], None]


class EventStream:
    """The events of one bureau from now on, or after a number."""

    def __init__(
        self, settings: Settings, bureau: str, begin: Callable[[], None], report: Report, after: int | None = None
    ) -> None:
        """`begin` is called once the stream is open; `report` says what a person should know of the connection."""
        self._settings = settings
        self._bureau = bureau
        self._begin = begin
        self._report = report
        self._last = None if after is None else str(after)
        self._failures = 0
        self._has_begun = False

    async def latest(self, most: int) -> int:
        """Return the number of the latest event there has been, but at most this one. Raises as `events` does."""
        self._last = str(most)
        try:
            async with aclosing(self._connected()) as connected:
                # The gateway begins with the number after which the stream goes on.
                async for first in connected:
                    return int(first.id or most)
        except (httpx.HTTPError, SSEError) as error:
            raise self._absent(error) from error
        raise CommandFailed("the gateway ended the stream before its first event: try again")

    async def events(self) -> AsyncGenerator[ServerSentEvent]:
        """Yield each event once. Raises StartRefused if no gateway answers at first, CommandFailed if it refuses."""
        while True:
            try:
                async with aclosing(self._connected()) as connected:
                    async for event in connected:
                        self._last = event.id or self._last
                        if event.data:
                            yield event
            except (httpx.HTTPError, SSEError) as error:
                if not self._has_begun:
                    raise self._absent(error) from error
            except (StartRefused, UnknownBureau):
                # While a sandbox is restored its directory and officers are replaced.
                if not self._has_begun:
                    raise
            # The gateway has ended or restarts, or the token has expired.
            await self._pause()

    def _absent(self, error: Exception) -> Exception:
        """Return why there is no stream: a gateway that answers is there."""
        if isinstance(error, httpx.HTTPStatusError):
            return CommandFailed(f"the stream of events was refused: {fault_of(error.response)}; try again")
        return no_mesh_at(self._settings)

    async def _connected(self) -> AsyncGenerator[ServerSentEvent]:
        """Yield the events of one connection, which has a token of its own."""
        headers = {} if self._last is None else {"Last-Event-ID": self._last}
        timeout = httpx.Timeout(CONNECT_SECONDS, read=SILENT_SECONDS)
        async with (
            officer_client(self._settings, self._bureau) as client,
            aconnect_sse(client, "GET", PATH, headers=headers, timeout=timeout) as source,
        ):
            await self._require_stream(source)
            self._note_connection()
            async for event in source.aiter_sse():
                yield event

    def _note_connection(self) -> None:
        if not self._has_begun:
            self._begin()
        elif self._failures > 1:
            self._report("connected again: what happened meanwhile follows")
        self._failures, self._has_begun = 0, True

    async def _require_stream(self, source: EventSource) -> None:
        answer = source.response
        # The next token is issued by the clock as it is then, which a restored sandbox has put back.
        if answer.status_code in RETRIED_STATUS or (self._has_begun and answer.status_code == UNAUTHENTICATED):
            await answer.aread()
            raise httpx.HTTPStatusError("try again", request=answer.request, response=answer)
        if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith(EVENT_STREAM):
            await answer.aread()
            raise CommandFailed(f"the stream of events was refused: {fault_of(answer)}")

    async def _pause(self) -> None:
        if self._failures == 1:
            self._report("the gateway does not answer: trying again until it does")
        seconds = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
        self._failures += 1
        await asyncio.sleep(seconds)
