"""A hostile client: plain nats-py with the key of a participant, which stores every byte that it receives."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from shared.transport.subjects import reading_subject, writing_subject
from tests.attacks.network import Network

ANSWER_SECONDS: Final = 2.0
PULL_NANOSECONDS: Final = 50_000_000
# For publications without an answer, or without one that is awaited.
QUIET_SECONDS: Final = 0.05
# After this time without a further answer none is expected.
ANSWERED_SECONDS: Final = 0.5


class TappedClient(Client):
    """nats-py that stores what it receives and each refusal, and is not closed by a refusal."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[bytes] = []
        self.refusals: list[str] = []
        parse = self._ps.parse

        async def tapped(data: bytes = b"") -> None:
            self.received.append(bytes(data))
            await parse(data)

        self._ps.parse = tapped

    async def _process_err(self, err_msg: str) -> None:
        self.refusals.append(err_msg)


class Attacker:
    """A participant that publishes arbitrary messages."""

    def __init__(self, name: str, client: TappedClient) -> None:
        self.name = name
        self.client = client

    @classmethod
    async def connect(cls, network: Network, name: str) -> "Attacker":
        """Connect under a participant's key."""
        client = TappedClient()
        await network.connect(name, client)
        # Every answer is received, so that it can be searched for data of others.
        await client.subscribe(f"_INBOX.{name}.>")
        return cls(name, client)

    @property
    def is_bureau(self) -> bool:
        """Whether this is a bureau, which has a bucket."""
        return self.name.isupper()

    async def publish(
        self, subject: str, body: bytes = b"{}", reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Publish, and name a subject for the answer."""
        await self.client.publish(subject, body, reply=reply or self.client.new_inbox(), headers=headers)

    async def settle(self) -> None:
        """Return when the broker has processed all publications, and immediate answers have arrived."""
        await self.client.flush(ANSWER_SECONDS)
        await asyncio.sleep(QUIET_SECONDS)
        await self.client.flush(ANSWER_SECONDS)

    async def ask(self, subject: str, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Msg | None:
        """Return the answer to a request, or None if it is refused, unanswered or has no responder."""
        try:
            return await self.client.request(subject, body, timeout=ANSWER_SECONDS, headers=headers)
        except (Error, TimeoutError):
            return None

    async def store(self, name: str, order: bytes) -> str:
        """Store a chunk in the own bucket, and return the subject on which it is read."""
        answer = await self.ask(writing_subject(name, 0, self.name), order)
        assert answer is not None, f"{self.name} cannot write into its own bucket"
        assert "error" not in json.loads(answer.data), answer.data
        return reading_subject(self.name, name, 0, self.name)

    async def read_into(self, stored: str, reply: str) -> None:
        """Have the broker send a stored chunk of the own bucket to a subject."""
        await self.publish(stored, b"", reply)

    async def pull(self) -> Msg | None:
        """Take one message out of the own lane, or None if there is none."""
        subscription = await self.client.subscribe(inbox := self.client.new_inbox())
        await self.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{self.name}-urgent", b'{"batch": 1, "no_wait": true}', inbox
        )
        try:
            message = await subscription.next_msg(ANSWER_SECONDS)
        except (Error, TimeoutError):
            return None
        await subscription.unsubscribe()
        return message if message.reply else None

    async def answered(self, requests: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """Return those requests that are answered."""
        asked, answered = list(requests), set[int]()
        prefix = self.client.new_inbox()

        async def note(message: Msg) -> None:
            if (message.headers or {}).get("Status") != "503" and message.subject.startswith(prefix):
                answered.add(int(message.subject.rpartition(".")[2]))

        subscription = await self.client.subscribe(f"{prefix}.*", cb=note)
        for number, (subject, body) in enumerate(asked):
            await self.publish(subject, body, f"{prefix}.{number}")
        before = -1
        while len(answered) > before:
            before = len(answered)
            await self.settle()
            await asyncio.sleep(ANSWERED_SECONDS)
        await subscription.unsubscribe()
        return [asked[number] for number in sorted(answered)]

    async def close(self) -> None:
        """Disconnect."""
        await self.client.close()


def as_json(value: Any) -> bytes:
    """Return the body of a request."""
    return json.dumps(value).encode()
