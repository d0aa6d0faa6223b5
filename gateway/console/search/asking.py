"""Asks all registers of a question at the same time, in the officer's name, and gives what each answers as it comes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from gateway.console.api import EVENTS, JSON, REQUEST_ID, Api, target_of
from gateway.console.in_process import ApiRefused, HttpAnswer, Problem
from gateway.console.search.answers import (
    ASKING,
    UNREACHABLE,
    SourceAnswer,
    asked_directly,
    asked_in_check,
    not_asked,
)
from gateway.console.search.known import KnownHits
from gateway.console.search.outcome import Outcome, outcome_of
from gateway.console.search.question import Question
from gateway.console.search.received_answers import answer_in_check, answer_of, refused
from gateway.console.search.sources import ORDER, Ask, LeftOut, asks_of, check_of, left_out_of, unasked_of

STREAM: Final = "/api/checks/stream"
# As a check gives its registers.
SECONDS: Final = 4.5


class Asking:
    """One question under way: `async with` it, then take the answers."""

    def __init__(self, api: Api, question: Question, services: Sequence[str], known: KnownHits) -> None:
        self._api = api
        self._known = known
        self._services = services
        self._is_guess = question.is_guess
        self._check = check_of(question)
        self._asks = asks_of(question, services)
        self._unasked = [not_asked(each) for each in unasked_of(question, services)]
        self._came = asyncio.Queue[SourceAnswer]()
        self._begun = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._sources: dict[str, SourceAnswer] = {}
        self._zone: Mapping[str, Any] | None = None
        self._problem: Problem | None = None

    async def __aenter__(self) -> "Asking":
        """Begin to ask. Raises ApiRefused if the question is refused as a whole."""
        self._known.begin()
        of_asks = [asked_directly(ask) for ask in self._asks]
        self._tasks = [
            asyncio.create_task(self._ask(ask, before)) for ask, before in zip(self._asks, of_asks, strict=True)
        ]
        checked: list[SourceAnswer] = []
        if self._check is not None:
            self._tasks.append(asyncio.create_task(self._read_check()))
            try:
                checked = await self._begun
            except BaseException:
                await self._give_up()
                raise
        known = sorted([*checked, *of_asks, *self._unasked], key=lambda each: ORDER.index(each.kind.name))
        self._sources = {each.key: each for each in known}
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give up what has not answered."""
        await self._give_up()

    async def _give_up(self) -> None:
        await self._known.give_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def sources(self) -> list[SourceAnswer]:
        """Each register that is asked, with what it has answered so far."""
        return [*self._sources.values()]

    @property
    def outcome(self) -> Outcome:
        """What it comes to, by what was answered so far."""
        zone = self._zone or {}
        is_misread = bool(zone.get("wrong_check_digits") or zone.get("unreadable"))
        return outcome_of(self.sources, is_misread=is_misread, is_guess=self._is_guess)

    @property
    def left_out(self) -> Sequence[LeftOut]:
        """The registers that nothing is asked of."""
        return left_out_of(self._services, [each.kind for each in self.sources])

    @property
    def zone(self) -> Mapping[str, Any] | None:
        """What was read in the machine-readable zone, at the end."""
        return self._zone

    @property
    def problem(self) -> Problem | None:
        """Why the check was refused on the way, at the end."""
        return self._problem

    async def answers(self) -> AsyncIterator[SourceAnswer]:
        """Yield what each register answers, as it comes, until all have or their time is over."""
        while any(each.state == ASKING for each in self._sources.values()):
            answer = await self._known.added_to(await self._came.get())
            self._sources[answer.key] = answer
            yield answer
        # The whole answer of a check comes after those of its registers.
        await asyncio.gather(*self._tasks)

    async def all(self) -> "Asking":
        """Wait for all answers."""
        async for _ in self.answers():
            pass
        return self

    # --- registers by requests of their own

    async def _ask(self, ask: Ask, before: SourceAnswer) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                replies = await asyncio.gather(*(self._reply(each.path, each.query) for each in ask.requests))
            answer = answer_of(before, replies)
        except TimeoutError:
            answer = replace(before, state="timeout")
        except ApiRefused as error:
            answer = refused(before, error)
        except msgspec.DecodeError:
            answer = replace(before, state=UNREACHABLE)
        self._came.put_nowait(answer)

    async def _reply(self, path: str, query: Mapping[str, str]) -> tuple[Any, str | None]:
        answered = await self._api.exchange("GET", target_of(path, query))
        return msgspec.json.decode(answered.body), answered.headers.get(REQUEST_ID)

    # --- the check

    async def _read_check(self) -> None:
        """Read the events of the check. What they do not say at their end is said here: nothing stays open."""
        checked: dict[str, SourceAnswer] = {}
        try:
            body = msgspec.json.encode(self._check)
            async with self._api.opened("POST", STREAM, body, JSON, EVENTS) as answer:
                async for name, data in _events_in(answer):
                    self._take(name, data, checked)
        except Exception as error:
            # Once it has begun, what is missing is said of its registers.
            if not self._begun.done():
                self._begun.set_exception(error)
        finally:
            if not self._begun.done():
                self._begun.set_result([])
            for each in checked.values():
                self._came.put_nowait(replace(each, state=UNREACHABLE))

    def _take(self, name: str, data: Any, checked: dict[str, SourceAnswer]) -> None:
        match name:
            case "asked":
                asked = {each["source"]: asked_in_check(each) for each in data["sources"]}
                checked |= asked
                self._begun.set_result([*asked.values()])
            case "source":
                before = checked.pop(data["source"]["source"])
                self._came.put_nowait(answer_in_check(before, data))
            case "answer":
                self._zone = data.get("mrz")
            case "problem":
                self._problem = msgspec.convert(data, Problem)


async def _events_in(answer: HttpAnswer) -> AsyncIterator[tuple[str, Any]]:
    """Yield the events of a stream with their data, which is JSON on one line."""
    waiting = b""
    async for part in answer.parts:
        *blocks, waiting = (waiting + part).split(b"\n\n")
        for block in blocks:
            lines = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
            if b"event" in lines and b"data" in lines:
                yield lines[b"event"].decode(), msgspec.json.decode(lines[b"data"])
