"""Questions to the broker itself, with one answer or many. None of them outlives the connection.

One subscription hears all answers, each question having a subject of its own below it. What a consumer hands out keeps
its own subject, so that its subscription alone tells which pull it answers: a pull has one to itself while it lasts.
Those that ended well are used again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count

from nats import errors
from nats.aio.msg import Msg

from shared.compat.nats_client import DirectSubscription
from shared.transport import DeadlinePassed, Disconnected, NoResponder
from shared.transport.nats.client import BrokerClient, disconnected

LOST = "the connection to the broker was lost"


class Answers:
    """What comes in answer to one question."""

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox
        self._come: asyncio.Queue[Msg | None] = asyncio.Queue()

    def hear(self, message: Msg | None) -> None:
        """Take in an answer; None where the connection is lost."""
        self._come.put_nowait(message)

    async def next(self, seconds: float) -> Msg | None:
        """Return the next answer, or None if there is none after so many seconds. Raises Disconnected."""
        try:
            async with asyncio.timeout(seconds):
                message = await self._come.get()
        except TimeoutError:
            return None
        if message is None:
            raise Disconnected(LOST)
        return message


class PullAnswers(Answers):
    """What comes in answer to a pull, by a subscription of its own."""

    subscription: DirectSubscription
    complete = False
    """Set by who asked, once nothing more can come."""


class Replies:
    """Hands answers to those who wait for them."""

    def __init__(self, client: BrokerClient) -> None:
        self._client = client
        self._inbox: str | None = None
        self._subscribing = asyncio.Lock()
        self._numbers = count()
        self._free: list[PullAnswers] = []
        # By the subject on which they come.
        self._waiting: dict[str, Callable[[Msg | None], None]] = {}
        client.lost = self._end_all

    async def only(self, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None) -> Msg:
        """Send a question that has one answer, and return it. Raises NoResponder, DeadlinePassed, Disconnected."""
        self._client.require_connection()
        inbox = f"{self._inbox or await self._common_inbox()}.{next(self._numbers)}"
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Msg | None] = loop.create_future()
        self._waiting[inbox] = partial(_answer, answer)
        timer = loop.call_later(seconds, _give_up, answer, seconds)
        try:
            await self._client.send(subject, body, inbox, headers)
            message = await answer
        finally:
            timer.cancel()
            del self._waiting[inbox]
        if message is None:
            raise Disconnected(LOST)
        if is_nobody(message):
            raise NoResponder(f"nobody serves {subject}")
        return message

    @asynccontextmanager
    async def ask(self, subject: str, body: bytes) -> AsyncIterator[Answers]:
        """Send a question and give all that answers it, as long as the block lasts. Raises Disconnected."""
        self._client.require_connection()
        answers = Answers(f"{await self._common_inbox()}.{next(self._numbers)}")
        async with self._asking(answers, subject, body):
            yield answers

    @asynccontextmanager
    async def pull(self, subject: str, body: bytes) -> AsyncIterator[PullAnswers]:
        """Ask a consumer and give what it hands out, as long as the block lasts. Raises Disconnected."""
        self._client.require_connection()
        answers = self._free.pop() if self._free else await self._subscribed()
        answers.complete = False
        try:
            async with self._asking(answers, subject, body):
                yield answers
        finally:
            if answers.complete:
                self._free.append(answers)
            else:
                await self._forget(answers)

    @asynccontextmanager
    async def _asking(self, answers: Answers, subject: str, body: bytes) -> AsyncIterator[None]:
        self._waiting[answers.inbox] = answers.hear
        try:
            await self._client.send(subject, body, answers.inbox)
            yield
        finally:
            del self._waiting[answers.inbox]

    async def _common_inbox(self) -> str:
        if self._inbox is None:
            async with self._subscribing:
                if self._inbox is None:
                    inbox = self._client.new_inbox()
                    await self._subscribe(f"{inbox}.*", self._hear)
                    self._inbox = inbox
        return self._inbox

    def _hear(self, message: Msg) -> None:
        hear = self._waiting.get(message.subject)
        if hear is not None:
            hear(message)

    async def _subscribed(self) -> PullAnswers:
        answers = PullAnswers(self._client.new_inbox())
        answers.subscription = await self._subscribe(answers.inbox, answers.hear)
        return answers

    async def _subscribe(self, subject: str, hear: Callable[[Msg], None]) -> DirectSubscription:
        try:
            return await self._client.open_subscription(
                lambda number: DirectSubscription(self._client, number, subject, hear)
            )
        except errors.Error as error:
            raise disconnected(error) from error

    async def _forget(self, answers: PullAnswers) -> None:
        # A connection that is closed has forgotten it already.
        with suppress(errors.Error):
            await self._client.end_subscription(answers.subscription)

    def _end_all(self) -> None:
        for hear in self._waiting.values():
            hear(None)


def _answer(answer: "asyncio.Future[Msg | None]", message: Msg | None) -> None:
    if not answer.done():
        answer.set_result(message)


def _give_up(answer: "asyncio.Future[Msg | None]", seconds: float) -> None:
    if not answer.done():
        answer.set_exception(DeadlinePassed(f"no answer within {seconds:.1f} s"))


def size_of(message: Msg) -> int:
    """Return the bytes of a message, with its headers."""
    return len(message.data) + sum(len(name) + len(value) for name, value in (message.headers or {}).items())


def status_of(message: Msg) -> str:
    """Return the status by which the broker says something in place of what was asked for, or nothing."""
    return "" if message.data else str((message.headers or {}).get("Status", ""))


def is_nobody(message: Msg) -> bool:
    """Tell whether the broker says that nobody hears what was asked."""
    return status_of(message) == "503"
