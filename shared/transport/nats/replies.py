"""Questions to the broker itself, with one answer or many. None of them outlives the connection.

What JetStream hands out keeps its own subject, so it is known by its subscription alone which question it answers: each
question has one to itself while it lasts. Those that ended well are used again, as a subscription costs a task.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from nats import errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.transport import DeadlinePassed, Disconnected, NoResponder
from shared.transport.nats.client import BrokerClient, disconnected


class Answers:
    """What comes in answer to one question."""

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox
        self.subscription: Subscription
        self.complete = False
        """Set by who asked, once nothing more can come."""
        self._come: asyncio.Queue[Msg | None] = asyncio.Queue()

    async def hear(self, message: Msg) -> None:
        """Take in an answer."""
        self._come.put_nowait(message)

    def end(self) -> None:
        """Let who waits know that the connection is lost."""
        self._come.put_nowait(None)

    async def next(self, seconds: float) -> Msg | None:
        """Return the next answer, or None if there is none after so many seconds. Raises Disconnected."""
        try:
            async with asyncio.timeout(seconds):
                message = await self._come.get()
        except TimeoutError:
            return None
        if message is None:
            raise Disconnected("the connection to the broker was lost")
        return message


class Replies:
    """Hands answers to those who wait for them."""

    def __init__(self, client: BrokerClient) -> None:
        self._client = client
        self._free: list[Answers] = []
        self._waiting: set[Answers] = set()
        client.lost = self._end_all

    async def only(self, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None) -> Msg:
        """Send a question that has one answer, and return it. Raises NoResponder, DeadlinePassed, Disconnected."""
        async with self.ask(subject, body, headers) as answers:
            message = await answers.next(seconds)
            answers.complete = message is not None
        if message is None:
            raise DeadlinePassed(f"no answer within {seconds:.1f} s")
        if is_nobody(message):
            raise NoResponder(f"nobody serves {subject}")
        return message

    @asynccontextmanager
    async def ask(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> AsyncIterator[Answers]:
        """Send a question and give what answers it, as long as the block lasts. Raises Disconnected."""
        self._client.require_connection()
        answers = self._free.pop() if self._free else await self._subscribed()
        answers.complete = False
        self._waiting.add(answers)
        try:
            await self._client.say(subject, body, answers.inbox, headers)
            yield answers
        finally:
            self._waiting.discard(answers)
            if answers.complete:
                self._free.append(answers)
            else:
                await self._forget(answers)

    async def _subscribed(self) -> Answers:
        answers = Answers(self._client.new_inbox())
        try:
            answers.subscription = await self._client.subscribe(answers.inbox, cb=answers.hear)
        except errors.Error as error:
            raise disconnected(error) from error
        return answers

    async def _forget(self, answers: Answers) -> None:
        # A connection that is closed has forgotten it already.
        with suppress(errors.Error):
            await answers.subscription.unsubscribe()

    def _end_all(self) -> None:
        for answers in self._waiting:
            answers.end()


def status_of(message: Msg) -> str:
    """Return the status by which the broker says something in place of what was asked for, or nothing."""
    return "" if message.data else str((message.headers or {}).get("Status", ""))


def is_nobody(message: Msg) -> bool:
    """Tell whether the broker says that nobody hears what was asked."""
    return status_of(message) == "503"
