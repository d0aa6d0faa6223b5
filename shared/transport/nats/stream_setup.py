"""The streams and consumers of JetStream: creates missing ones, corrects changed ones, removes all others.

Whole configurations are compared: a stream that is sealed or republishes its messages, or an unplanned one, is as
harmful as a missing one. To remove a stream loses nothing: senders keep what they sent.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from shared.transport import BrokerQuotas, BrokerRefused, Correction, NoResponder
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
# How many names an error lists.
SHOWN: Final = 3
# Of one lane: how many pulls may wait, for how many parcels each, and for how long.
MAX_PULLS: Final = 16
MAX_PULLED: Final = 1_000
MAX_PULL_SECONDS: Final = 60
# A message has at most 2 MiB of content, and its head.
MAX_POST_BYTES: Final = 5 * 512 * 1024
# A chunk of an object has at most 128 KiB, and its headers.
MAX_CHUNK_BYTES: Final = 132 * 1024
# The server keeps an index of the subjects of a bucket: one for each chunk and each description.
MAX_OBJECT_PARTS: Final = 8_192

Configuration = dict[str, Any]


class State(msgspec.Struct):
    """The state of a stream."""

    consumer_count: int = 0


class JetStreamInfo(msgspec.Struct):
    """An existing stream or consumer."""

    config: Configuration
    state: State = msgspec.field(default_factory=State)


class Page(msgspec.Struct):
    """A page of the streams or consumers."""

    total: int = 0
    streams: list[JetStreamInfo] | None = None
    consumers: list[JetStreamInfo] | None = None
    missing: list[str] | None = None
    """Those in a cluster about which no server answers at present."""


# In full: what the server adds to it must be known to come from the server.
_STREAM: Final[Configuration] = {
    "storage": "file",
    "max_consumers": -1,
    "max_msgs": -1,
    "max_age": KEPT_SECONDS * NANOSECONDS,
    # No parcel has a `Nats-Msg-Id`; the server would remember each for so long, at 60 kB.
    "duplicate_window": NANOSECONDS // 10,
    "compression": "none",
    # Beyond a limit the sender is refused, and nothing that others posted is removed.
    "discard": "new",
}


def messages_stream(quotas: BrokerQuotas, senders: Iterable[str]) -> Configuration:
    """Return the stream of all posts of these senders; for any other there is no responder."""
    return _STREAM | {
        "num_replicas": quotas.replicas,
        "name": MESSAGES,
        "subjects": [message_subject("*", "*", "*", sender) for sender in sorted(senders)],
        "retention": "workqueue",
        # A post that is sent again replaces the former one.
        "max_msgs_per_subject": 1,
        "max_msg_size": MAX_POST_BYTES,
        "max_bytes": quotas.store_bytes,
        # Nobody reads posts to others, and no header of a parcel has an effect on the stream.
        "allow_direct": False,
        "allow_rollup_hdrs": False,
    }


def bucket(owner: str, quotas: BrokerQuotas) -> Configuration:
    """Return the stream of the objects of a bureau."""
    return _STREAM | {
        "num_replicas": quotas.replicas,
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
        # A pull may demand a heartbeat each millisecond, so only a few may wait, and not for long.
        "max_waiting": MAX_PULLS,
        "max_batch": MAX_PULLED,
        "max_expires": MAX_PULL_SECONDS * NANOSECONDS,
        "replay_policy": "instant",
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """The API requests that create, correct and remove streams, or consumers of posts."""

    noun: str
    create: str
    correct: str
    remove: str

    def request(self, name: str, wanted: Configuration, verb: str) -> tuple[str, Configuration]:
        """Return a verb of the API and its request."""
        if self.noun == "stream":
            return verb.format(name=name), wanted
        request = {"stream_name": MESSAGES, "config": wanted, "action": ""}
        return verb.format(name=name, filter=wanted["filter_subject"]), request


STREAM: Final = Kind("stream", "STREAM.CREATE.{name}", "STREAM.UPDATE.{name}", "STREAM.DELETE.{name}")
_APPOINT: Final = f"CONSUMER.CREATE.{MESSAGES}.{{name}}.{{filter}}"
CONSUMER: Final = Kind("consumer", _APPOINT, _APPOINT, f"CONSUMER.DELETE.{MESSAGES}.{{name}}")


class StreamSetup:
    """Ensures the streams and consumers of the broker, as its operator."""

    def __init__(self, replies: Replies, quotas: BrokerQuotas) -> None:
        self._replies = replies
        self._quotas = quotas
        self._room = asyncio.Semaphore(UNDER_WAY)
        # By name, as the server returned them after they were created or corrected here.
        self._accepted: dict[str, Configuration] = {}
        self._corrections: list[Correction] = []
        # The members that may post, and those that are paused. One task at a time changes the stream of messages.
        self._senders: frozenset[str] = frozenset()
        self._excluded: frozenset[str] = frozenset()
        self._turn = asyncio.Lock()

    async def exclude(self, senders: Iterable[str]) -> None:
        """Refuse the posts of these senders and no others. Raises BrokerRefused, NoResponder, DeadlinePassed, ..."""
        async with self._turn:
            self._excluded = frozenset(senders)
            if self._senders:
                await self._update_senders()

    async def ensure_streams(
        self, bureaus: Iterable[str], services: Iterable[str], former: Iterable[str]
    ) -> list[Correction]:
        """Create or correct what these participants need; return the corrections, with those of calls that raised.

        Raises BrokerRefused, NoResponder, DeadlinePassed, Disconnected.
        """
        owners, gone = list(bureaus), list(former)
        posting = [*owners, *services]
        await self._ensure_streams(owners, posting, {bucket_stream(each) for each in gone})
        wanted = {lane_consumer(each, lane): consumer(each, lane) for each in posting for lane in Lane}
        await self._ensure_consumers(wanted, {lane_consumer(each, lane) for each in gone for lane in Lane})
        corrections, self._corrections = self._corrections, []
        return corrections

    async def _ensure_streams(self, owners: list[str], senders: list[str], tolerated: set[str]) -> None:
        plan = {bucket_stream(owner): bucket(owner, self._quotas) for owner in owners}
        async with self._turn:
            found = {each.config["name"]: each for each in await self._list("STREAM.LIST")}
            self._senders = frozenset(senders)
            await self._ensure_messages_stream(found[MESSAGES].config if MESSAGES in found else None)
        for name in found.keys() - plan.keys() - tolerated - {MESSAGES}:
            await self._administer(f"STREAM.DELETE.{name}", {})
            self._correct("stream-unknown", name, f"the unknown stream {name} was removed")
        present = {name: each.config for name, each in found.items()}
        await asyncio.gather(*(self._ensure(STREAM, name, each, present.get(name)) for name, each in plan.items()))
        occupied = [name for name, each in found.items() if name != MESSAGES and each.state.consumer_count]
        await asyncio.gather(*map(self._clear, occupied))

    async def _ensure_messages_stream(self, found: Configuration | None) -> None:
        """Ensure the stream of messages. Its subjects change with the members: that alone is no correction."""
        wanted, known = self._messages_stream(), self._accepted.get(MESSAGES)
        if found is None or found.get("subjects") == wanted["subjects"]:
            await self._ensure(STREAM, MESSAGES, wanted, found)
            return
        # At the first check, members may have changed since the last operator ended.
        is_untouched = (
            plain(found) == known if known else plain(found | {"subjects": wanted["subjects"]}) == plain(wanted)
        )
        if is_untouched:
            await self._update_senders()
        else:
            await self._ensure(STREAM, MESSAGES, wanted, found)

    async def _update_senders(self) -> None:
        wanted = self._messages_stream()
        self._accepted[MESSAGES] = plain(await self._ask(STREAM.request(MESSAGES, wanted, STREAM.correct)))

    def _messages_stream(self) -> Configuration:
        return messages_stream(self._quotas, self._senders - self._excluded)

    async def _ensure_consumers(self, plan: Mapping[str, Configuration], tolerated: set[str]) -> None:
        found = {each.config["name"]: each.config for each in await self._list(f"CONSUMER.LIST.{MESSAGES}")}
        for name in found.keys() - plan.keys() - tolerated:
            await self._remove_consumer(MESSAGES, name)
        await asyncio.gather(*(self._ensure(CONSUMER, name, each, found.get(name)) for name, each in plan.items()))

    async def _ensure(self, kind: Kind, name: str, wanted: Configuration, found: Configuration | None) -> None:
        if found is None:
            known = self._accepted.get(name)
            self._accepted[name] = plain(await self._ask(kind.request(name, wanted, kind.create)))
            if known is not None:
                self._correct(f"{kind.noun}-lost", name, f"the missing {kind.noun} {name} was created again")
        elif plain(found) != self._accepted.get(name, plain(wanted)):
            self._accepted[name] = plain(await self._replace(kind, name, wanted))
            if self._accepted[name] != plain(found):
                before, now = plain(found), self._accepted[name]
                what = ", ".join(sorted(key for key in before | now if before.get(key) != now.get(key)))
                self._correct(f"{kind.noun}-changed", name, f"the changed {kind.noun} {name} was corrected: {what}")

    async def _replace(self, kind: Kind, name: str, wanted: Configuration) -> Configuration:
        """Correct it, or delete and create it: some changes cannot be undone, as when a stream is sealed."""
        try:
            corrected = await self._ask(kind.request(name, wanted, kind.correct))
        except BrokerRefused:
            corrected = {}
        if plain(corrected) == plain(wanted):
            return corrected
        await self._administer(kind.remove.format(name=name), {})
        return await self._ask(kind.request(name, wanted, kind.create))

    async def _clear(self, stream: str) -> None:
        """Remove the consumers of a bucket, which needs none."""
        for found in await self._list(f"CONSUMER.LIST.{stream}"):
            await self._remove_consumer(stream, found.config["name"])

    async def _remove_consumer(self, stream: str, name: str) -> None:
        await self._administer(f"CONSUMER.DELETE.{stream}.{name}", {})
        about = f"{stream}.{name}"
        self._correct("consumer-unknown", about, f"the unknown consumer {name} of {stream} was removed")

    def _correct(self, fault: str, about: str, says: str) -> None:
        self._corrections.append(Correction(fault, says, about))

    async def _ask(self, act: tuple[str, Configuration]) -> Configuration:
        return msgspec.json.decode(await self._administer(*act), type=JetStreamInfo).config

    async def _administer(self, verb: str, request: Configuration) -> bytes:
        async with self._room:
            return await administer(self._replies, verb, request)

    async def _list(self, verb: str) -> list[JetStreamInfo]:
        listed: list[JetStreamInfo] = []
        while True:
            answer = await administer(self._replies, verb, {"offset": len(listed)})
            page = msgspec.json.decode(answer, type=Page)
            if page.missing:
                # They are there: to create them again would be a false alarm, and to remove others too early.
                raise NoResponder(f"no server leads {', '.join(page.missing[:SHOWN])} at present")
            found = page.streams or page.consumers or []
            listed += found
            if not found or len(listed) >= page.total:
                return listed


def plain(configuration: Mapping[str, Any]) -> Configuration:
    """Return a configuration without empty members and without the metadata of the server."""
    stated = {name: value for name, value in configuration.items() if value not in (None, False, 0, "", [], {})}
    metadata = {key: value for key, value in stated.pop("metadata", {}).items() if not key.startswith("_nats.")}
    return stated | {"metadata": metadata} if metadata else stated
