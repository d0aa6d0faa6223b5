"""The event stream as `i247 listen` reads it: across breaks no event is missed, and none comes twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from deploy.commands.event_stream import EventStream
from deploy.state.errors import CommandFailed, StartRefused
from deploy.state.settings import Settings
from shared.bureaus import BureauCode
from shared.errors import UnknownBureau

FRANCE = BureauCode("FR")
PATIENCE = 20.0
STREAM = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
REFUSED = (
    "HTTP/1.1 {status} No\r\ncontent-type: application/problem+json\r\nconnection: close\r\n\r\n"
    '{{"title": "Too many event streams", "detail": "close one"}}'
)


def event(number: int) -> str:
    return f'event: message\ndata: {{"number": {number}}}\nid: {number}\n\n'


class Gateway:
    """Answers each connection with the next of its answers, and then ends it; without any it closes at once."""

    def __init__(self, *answers: str) -> None:
        self.after: list[str | None] = []
        """The `Last-Event-ID` of each request."""
        self._answers = list(answers)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        found = [line.partition(": ")[2] for line in head.splitlines() if line.startswith("last-event-id: ")]
        self.after.append(found[0] if found else None)
        if self._answers:
            writer.write(self._answers.pop(0).encode())
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving(settings: Settings, gateway: Gateway) -> AsyncIterator[None]:
    server = await asyncio.start_server(gateway.answer, settings.host, settings.port)
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


async def read(
    settings: Settings, gateway: Gateway, count: int, after: int | None = None
) -> tuple[list[str], list[str]]:
    """Return the numbers of so many events, and what was reported."""
    said = list[str]()
    stream = EventStream(settings, FRANCE, lambda: said.append("begun"), said.append, after)
    async with serving(settings, gateway), asyncio.timeout(PATIENCE), aclosing(stream.events()) as events:
        return [(await anext(events)).id for _ in range(count)], said


@pytest.mark.thorough
async def test_after_a_break_the_stream_goes_on_with_the_event_after_the_last(settings: Settings) -> None:
    """Also through a gateway that restarts, which closes connections and answers 503."""
    gateway = Gateway(STREAM + event(6) + event(7), REFUSED.format(status=503), "", STREAM + event(8))
    assert await read(settings, gateway, 3) == (
        ["6", "7", "8"],
        [
            "begun",
            "the gateway does not answer: trying again until it does",
            "connected again: what happened meanwhile follows",
        ],
    )
    assert gateway.after == [None, "7", "7", "7"]


async def test_the_latest_event_is_what_the_gateway_begins_with(settings: Settings) -> None:
    """It is asked for the one that is wanted, and answers with an earlier number if that has not been."""
    gateway = Gateway(STREAM + "id: 6\n\n", STREAM, REFUSED.format(status=503))
    stream = EventStream(settings, FRANCE, lambda: None, lambda _: None)
    async with serving(settings, gateway), asyncio.timeout(PATIENCE):
        assert await stream.latest(42) == 6
        for why in ("ended the stream before its first event", "was refused: Too many event streams: close one"):
            with pytest.raises(CommandFailed, match=why):
                await stream.latest(42)
    assert gateway.after == ["42"] * 3


@pytest.mark.thorough
async def test_a_break_before_the_first_event_misses_none(settings: Settings) -> None:
    """The stream begins with the number after which it begins."""
    gateway = Gateway(f"{STREAM}id: 5\n\n: ping\n\n", STREAM + event(6))
    assert (await read(settings, gateway, 1))[0] == ["6"]
    assert gateway.after == [None, "5"]


async def test_a_stream_begins_after_a_number(settings: Settings) -> None:
    """The first time, and none that is older."""
    gateway = Gateway(STREAM + event(4))
    assert (await read(settings, gateway, 1, after=3))[0] == ["4"]
    assert gateway.after == ["3"]


@pytest.mark.thorough
async def test_an_end_that_is_followed_at_once_is_not_reported(settings: Settings) -> None:
    """Such as that of a token, each hour."""
    assert (await read(settings, Gateway(STREAM + event(1), STREAM + event(2)), 2))[1] == ["begun"]


@pytest.mark.thorough
async def test_a_token_that_is_refused_later_is_replaced(settings: Settings) -> None:
    """As when a sandbox is restored, which puts its clock back."""
    gateway = Gateway(STREAM + event(6), REFUSED.format(status=401), STREAM + event(7))
    assert (await read(settings, gateway, 2))[0] == ["6", "7"]


async def test_a_token_that_is_refused_at_first_ends_the_command(settings: Settings) -> None:
    """It is that of another mesh."""
    with pytest.raises(StartRefused, match=r"refuses the token .* set I247_HOME"):
        await read(settings, Gateway(REFUSED.format(status=401)), 1)


@pytest.mark.thorough
async def test_an_officer_who_is_not_there_for_a_while_is_no_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a sandbox is restored its files are replaced."""
    issued = [None, StartRefused("there is no fr.officer here"), UnknownBureau("FR is not in this mesh"), None]

    def issue(*_: object) -> str:
        if (refusal := issued.pop(0)) is not None:
            raise refusal
        return "token"

    monkeypatch.setattr("deploy.commands.officer_client.demo_token", issue)
    gateway = Gateway(STREAM + event(6), STREAM + event(7))
    assert (await read(settings, gateway, 2))[0] == ["6", "7"]
    assert issued == []


async def test_a_refusal_ends_the_command_with_what_the_gateway_says(settings: Settings) -> None:
    """Another attempt would be refused too."""
    with pytest.raises(CommandFailed, match="refused: Too many event streams: close one"):
        await read(settings, Gateway(REFUSED.format(status=429)), 1)


async def test_a_gateway_that_does_not_answer_at_first_is_no_break(settings: Settings) -> None:
    with pytest.raises(StartRefused, match="start one with `i247 up`"):
        async with aclosing(EventStream(settings, FRANCE, lambda: None, lambda _: None).events()) as events:
            await anext(events)
