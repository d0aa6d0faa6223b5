"""Requests, with one reply or many. Those to the broker itself fail when the connection is lost.

One subscription receives all replies, each request having a subject of its own below it. What a consumer delivers keeps
its own subject, so each pull has a subscription of its own; that of a complete pull is used again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count

from nats import errors
from nats.aio.msg import Msg

from shared.compat.nats_messages import DirectSubscription
from shared.transport import DeadlinePassed, Disconnected, NoResponder
from shared.transport.nats.client import BrokerClient, disconnected

LOST = "the connection to the broker was lost"


class Answers:
    """The replies to one request."""

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox
        self._received: asyncio.Queue[Msg | None] = asyncio.Queue()
        self.receive = self._received.put_nowait
        """Adds a reply; None where the connection is lost."""

    async def next(self, seconds: float) -> Msg | None:
        """Return the next reply, or None if there is none within `seconds`. Raises Disconnected."""
        try:
            async with asyncio.timeout(seconds):
                message = await self._received.get()
        except TimeoutError:
            return None
        if message is None:
            raise Disconnected(LOST)
        return message


class PullAnswers(Answers):
    """The replies to a pull, over a subscription of its own. Set `complete` once nothing more can come."""

    subscription: DirectSubscription
    complete = False


class Replies:
    """Sends requests, and returns the replies."""

    def __init__(self, client: BrokerClient) -> None:
        self._client = client
        self._inbox: str | None = None
        self._subscribing = asyncio.Lock()
        self._numbers = count()
        self._free: list[PullAnswers] = []
        # By the subject of the reply.
        self._waiting: dict[str, Callable[[Msg | None], None]] = {}
        client.lost = self._fail_all

    async def only(
        self,
        subject: str,
        body: bytes,
        seconds: float,
        headers: dict[str, str] | None = None,
        *,
        outlives_connection: bool = False,
    ) -> Msg:
        """Send a request that has one reply, and return it. Raises NoResponder, DeadlinePassed, Disconnected.

        If it `outlives_connection`, the reply may come over the next one: it is carried out all the same.
        """
        self._client.require_connection()
        inbox = f"{self._inbox or await self._common_inbox()}.{next(self._numbers)}"
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Msg | None] = loop.create_future()
        self._waiting[inbox] = partial(_answer_unless_lost if outlives_connection else _answer, answer)
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
        """Send a request and yield its replies until the block ends. Raises Disconnected."""
        self._client.require_connection()
        answers = Answers(f"{await self._common_inbox()}.{next(self._numbers)}")
        async with self._asking(answers, subject, body):
            yield answers

    @asynccontextmanager
    async def pull(self, subject: str, body: bytes) -> AsyncIterator[PullAnswers]:
        """Send a pull to a consumer and yield what it delivers until the block ends. Raises Disconnected."""
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
                # A closed connection has no subscriptions left.
                with suppress(errors.Error):
                    await self._client.end_subscription(answers.subscription)

    @asynccontextmanager
    async def _asking(self, answers: Answers, subject: str, body: bytes) -> AsyncIterator[None]:
        self._waiting[answers.inbox] = answers.receive
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
                    await self._subscribe(f"{inbox}.*", self._dispatch)
                    self._inbox = inbox
        return self._inbox

    def _dispatch(self, message: Msg) -> None:
        receive = self._waiting.get(message.subject)
        if receive is not None:
            receive(message)

    async def _subscribed(self) -> PullAnswers:
        answers = PullAnswers(self._client.new_inbox())
        answers.subscription = await self._subscribe(answers.inbox, answers.receive)
        return answers

    async def _subscribe(self, subject: str, take: Callable[[Msg], None]) -> DirectSubscription:
        try:
            return await self._client.open_subscription(partial(DirectSubscription, self._client, subject, take))
        except errors.Error as error:
            raise disconnected(error) from error

    def _fail_all(self) -> None:
        for receive in self._waiting.values():
            receive(None)


def _answer(answer: "asyncio.Future[Msg | None]", message: Msg | None) -> None:
    if not answer.done():
        answer.set_result(message)


def _answer_unless_lost(answer: "asyncio.Future[Msg | None]", message: Msg | None) -> None:
    if message is not None:
        _answer(answer, message)


def _give_up(answer: "asyncio.Future[Msg | None]", seconds: float) -> None:
    if not answer.done():
        answer.set_exception(DeadlinePassed(f"no answer within {seconds:.1f} s"))


def size_of(message: Msg) -> int:
    """Return the size of a message in bytes, with its headers."""
    return len(message.data) + sum(len(name) + len(value) for name, value in (message.headers or {}).items())


def status_of(message: Msg) -> str:
    """Return the status that the broker sends in place of a reply, or an empty string."""
    return "" if message.data else str((message.headers or {}).get("Status", ""))


def is_nobody(message: Msg) -> bool:
    """Return whether the broker reports that there is no responder."""
    return status_of(message) == "503"
