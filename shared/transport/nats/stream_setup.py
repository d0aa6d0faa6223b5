"""The streams and consumers of JetStream: makes what is missing, puts back what was changed, removes the rest.

What is found is compared as a whole: a stream that repeats what it keeps elsewhere, that is sealed, or one more that
nobody planned is as harmful as one that is missing. Nothing is lost by removing a stream: senders keep what they sent.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from shared.transport import BrokerQuotas, Correction, NotStored
from shared.transport.nats.jetstream import NANOSECONDS, administer
from shared.transport.nats.replies import Replies
from shared.transport.subjects import (
    MESSAGES,
    Lane,
    bucket_stream,
    lane_consumer,
    lane_subjects,
    message_subject,
    object_subject,
)

KEPT_SECONDS: Final = 7 * 24 * 3600
SETTLE_SECONDS: Final = 30
UNDER_WAY: Final = 32
# Of one lane: how many pulls may wait, for how many parcels each, and how long.
MAX_PULLS: Final = 16
MAX_PULLED: Final = 1_000
MAX_PULL_SECONDS: Final = 60
# A message has at most 2 MiB of content, and its head.
MAX_POST_BYTES: Final = 5 * 512 * 1024
# A chunk of an object has at most 128 KiB, and its headers.
MAX_CHUNK_BYTES: Final = 132 * 1024
# The server remembers each subject of a bucket: one for each chunk, and one for each description.
MAX_OBJECT_PARTS: Final = 8_192

Configuration = dict[str, Any]


class State(msgspec.Struct):
    """What a stream holds."""

    consumer_count: int = 0


class Found(msgspec.Struct):
    """A stream or consumer that is there."""

    config: Configuration
    state: State = msgspec.field(default_factory=State)


class Page(msgspec.Struct):
    """Some of the streams or consumers that are there."""

    total: int = 0
    streams: list[Found] | None = None
    consumers: list[Found] | None = None


# Stated in full, as all that the server adds by itself must be known to be its own.
_STREAM: Final[Configuration] = {
    "storage": "file",
    "num_replicas": 1,
    "max_consumers": -1,
    "max_msgs": -1,
    "max_age": KEPT_SECONDS * NANOSECONDS,
    # Nothing here names a parcel by `Nats-Msg-Id`; who does would have the server remember it, at 60 kB each.
    "duplicate_window": NANOSECONDS // 10,
    "compression": "none",
    # What is over a limit is refused to its sender, and takes nothing of what others posted away.
    "discard": "new",
}


def messages_stream(quotas: BrokerQuotas, senders: Iterable[str]) -> Configuration:
    """Return the stream of all posts of these senders; to any other it is as if nobody heard."""
    return _STREAM | {
        "name": MESSAGES,
        "subjects": [message_subject("*", "*", "*", sender) for sender in sorted(senders)],
        "retention": "workqueue",
        # What is sent again takes the place of what was sent before.
        "max_msgs_per_subject": 1,
        "max_msg_size": MAX_POST_BYTES,
        "max_bytes": quotas.store_bytes,
        # Nobody reads what is for others, and no header of a parcel moves, clears or repeats anything.
        "allow_direct": False,
        "allow_rollup_hdrs": False,
    }


def bucket(owner: str, quotas: BrokerQuotas) -> Configuration:
    """Return the stream of the objects of a bureau."""
    return _STREAM | {
        "name": bucket_stream(owner),
        "subjects": [object_subject(owner, "*", "*")],
        "retention": "limits",
        "max_msgs": MAX_OBJECT_PARTS,
        "max_msgs_per_subject": 1,
        "max_msg_size": MAX_CHUNK_BYTES,
        "max_bytes": quotas.bucket_bytes,
        "allow_direct": True,
        "allow_msg_ttl": True,
    }


def consumer(participant: str, lane: Lane) -> Configuration:
    """Return the durable consumer of one lane."""
    name = lane_consumer(participant, lane)
    return {
        "name": name,
        "durable_name": name,
        "filter_subject": lane_subjects(participant, lane),
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": SETTLE_SECONDS * NANOSECONDS,
        "max_deliver": -1,
        "max_ack_pending": 1000,
        # A pull may ask for a heartbeat each millisecond, so that only a few may wait, and not for long.
        "max_waiting": MAX_PULLS,
        "max_batch": MAX_PULLED,
        "max_expires": MAX_PULL_SECONDS * NANOSECONDS,
        "replay_policy": "instant",
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """How streams, or the consumers of the posts, are made, corrected and removed."""

    word: str
    create: str
    correct: str
    remove: str

    def make(self, name: str, wanted: Configuration, verb: str) -> tuple[str, Configuration]:
        """Return what to ask, and with which request."""
        if self.word == "stream":
            return verb.format(name=name), wanted
        request = {"stream_name": MESSAGES, "config": wanted, "action": ""}
        return verb.format(name=name, filter=wanted["filter_subject"]), request


STREAM: Final = Kind("stream", "STREAM.CREATE.{name}", "STREAM.UPDATE.{name}", "STREAM.DELETE.{name}")
_APPOINT: Final = f"CONSUMER.CREATE.{MESSAGES}.{{name}}.{{filter}}"
CONSUMER: Final = Kind("consumer", _APPOINT, _APPOINT, f"CONSUMER.DELETE.{MESSAGES}.{{name}}")


class StreamSetup:
    """Keeps the streams and consumers of the broker what they must be, as its operator."""

    def __init__(self, replies: Replies, quotas: BrokerQuotas) -> None:
        self._replies = replies
        self._quotas = quotas
        self._room = asyncio.Semaphore(UNDER_WAY)
        # By name, as the server returned them when they were made or corrected here.
        self._accepted: dict[str, Configuration] = {}
        self._corrections: list[Correction] = []
        # The members that may post, and those that are paused. One at a time changes the stream of messages.
        self._senders: frozenset[str] = frozenset()
        self._left_out: frozenset[str] = frozenset()
        self._turn = asyncio.Lock()

    async def leave_out(self, senders: Iterable[str]) -> None:
        """Refuse the posts of these senders until told otherwise. Raises NotStored, NoResponder, DeadlinePassed, ..."""
        async with self._turn:
            self._left_out = frozenset(senders)
            if self._senders:
                await self._hear_senders()

    async def ensure_streams(
        self, bureaus: Iterable[str], services: Iterable[str], former: Iterable[str]
    ) -> list[Correction]:
        """Make or correct what these participants need, and return what was otherwise.

        Raises NotStored, NoResponder, DeadlinePassed, Disconnected.
        """
        owners, gone = list(bureaus), list(former)
        self._corrections = []
        posting = [*owners, *services]
        await self._settle_streams(owners, posting, {bucket_stream(each) for each in gone})
        wanted = [consumer(each, lane) for each in posting for lane in Lane]
        await self._settle_consumers(wanted, {lane_consumer(each, lane) for each in gone for lane in Lane})
        return self._corrections

    async def _settle_streams(self, owners: list[str], senders: list[str], tolerated: set[str]) -> None:
        plan = {each["name"]: each for each in (self._bucket(each) for each in owners)}
        async with self._turn:
            found = {each.config["name"]: each for each in await self._list("STREAM.LIST")}
            self._senders = frozenset(senders)
            await self._settle_messages(found[MESSAGES].config if MESSAGES in found else None)
        for name in found.keys() - plan.keys() - tolerated - {MESSAGES}:
            await self._administer(f"STREAM.DELETE.{name}", {})
            self._correct("stream-unknown", name, f"the stream {name} is not in the plan, and was removed")
        configurations = {name: each.config for name, each in found.items()}
        await self._all(self._settle(STREAM, name, wanted, configurations.get(name)) for name, wanted in plan.items())
        await self._all(
            self._clear(name) for name, each in found.items() if name != MESSAGES and each.state.consumer_count
        )

    async def _settle_messages(self, found: Configuration | None) -> None:
        """Settle the stream of messages. Members come and go: that its subjects change with them is no tampering."""
        wanted, known = self._messages_stream(), self._accepted.get(MESSAGES)
        if found is None or found.get("subjects") == wanted["subjects"]:
            await self._settle(STREAM, MESSAGES, wanted, found)
            return
        # At the first look members may have changed since the broker was looked after last.
        is_untouched = (
            plain(found) == known if known else plain(found | {"subjects": wanted["subjects"]}) == plain(wanted)
        )
        if is_untouched:
            await self._hear_senders()
        else:
            await self._settle(STREAM, MESSAGES, wanted, found)

    async def _hear_senders(self) -> None:
        wanted = self._messages_stream()
        self._accepted[MESSAGES] = plain(await self._ask(STREAM.make(MESSAGES, wanted, STREAM.correct)))

    def _messages_stream(self) -> Configuration:
        return messages_stream(self._quotas, self._senders - self._left_out)

    async def _settle_consumers(self, wanted: list[Configuration], tolerated: set[str]) -> None:
        plan = {each["name"]: each for each in wanted}
        found = {each.config["name"]: each.config for each in await self._list(f"CONSUMER.LIST.{MESSAGES}")}
        for name in found.keys() - plan.keys() - tolerated:
            await self._remove_consumer(MESSAGES, name)
        await self._all(self._settle(CONSUMER, name, each, found.get(name)) for name, each in plan.items())

    async def _settle(self, kind: Kind, name: str, wanted: Configuration, found: Configuration | None) -> None:
        if found is None:
            known = self._accepted.get(name)
            self._accepted[name] = plain(await self._ask(kind.make(name, wanted, kind.create)))
            if known is not None:
                self._correct(f"{kind.word}-lost", name, f"the {kind.word} {name} was gone, and was made again")
        elif plain(found) != self._accepted.get(name, plain(wanted)):
            self._accepted[name] = plain(await self._replace(kind, name, wanted))
            if self._accepted[name] != plain(found):
                what = ", ".join(sorted(_differing(plain(found), self._accepted[name])))
                self._correct(
                    f"{kind.word}-changed", name, f"the {kind.word} {name} was otherwise and was put back: {what}"
                )

    async def _replace(self, kind: Kind, name: str, wanted: Configuration) -> Configuration:
        """Correct what is there, or make it anew: some changes cannot be taken back, as when a stream is sealed."""
        try:
            corrected = await self._ask(kind.make(name, wanted, kind.correct))
        except NotStored:
            corrected = {}
        if plain(corrected) == plain(wanted):
            return corrected
        await self._administer(kind.remove.format(name=name), {})
        return await self._ask(kind.make(name, wanted, kind.create))

    async def _clear(self, stream: str) -> None:
        """Remove the consumers of a bucket: it is read without any."""
        for found in await self._list(f"CONSUMER.LIST.{stream}"):
            await self._remove_consumer(stream, found.config["name"])

    async def _remove_consumer(self, stream: str, name: str) -> None:
        await self._administer(f"CONSUMER.DELETE.{stream}.{name}", {})
        self._correct(
            "consumer-unknown",
            f"{stream}.{name}",
            f"the consumer {name} of {stream} is not in the plan, and was removed",
        )

    def _bucket(self, owner: str) -> Configuration:
        return bucket(owner, self._quotas)

    def _correct(self, fault: str, about: str, says: str) -> None:
        self._corrections.append(Correction(fault, says, about))

    async def _ask(self, act: tuple[str, Configuration]) -> Configuration:
        return msgspec.json.decode(await self._administer(*act), type=Found).config

    async def _administer(self, verb: str, request: Configuration) -> bytes:
        async with self._room:
            return await administer(self._replies, verb, request)

    async def _all(self, acts: Iterable[Awaitable[None]]) -> None:
        await asyncio.gather(*acts)

    async def _list(self, verb: str) -> list[Found]:
        listed: list[Found] = []
        while True:
            answer = await administer(self._replies, verb, {"offset": len(listed)})
            page = msgspec.json.decode(answer, type=Page)
            found = page.streams or page.consumers or []
            listed += found
            if not found or len(listed) >= page.total:
                return listed


def plain(configuration: Mapping[str, Any]) -> Configuration:
    """Return a configuration without what is empty, and without what the server notes about itself."""
    told = {name: value for name, value in configuration.items() if value not in (None, False, 0, "", [], {})}
    noted = {key: value for key, value in told.pop("metadata", {}).items() if not key.startswith("_nats.")}
    return told | {"metadata": noted} if noted else told


def _differing(one: Configuration, other: Configuration) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
