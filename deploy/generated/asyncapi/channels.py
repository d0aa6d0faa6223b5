"""Subjects of the network, who says and hears what on them, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from shared.rpc.directory_sync import CHANGES_SUBJECT, FETCH_EVERY_SECONDS, fetch_subject
from shared.service import Service
from shared.transport.nats.stream_setup import SETTLE_SECONDS
from shared.transport.nats.system import ACCOUNTS, reload_subject
from shared.transport.subjects import (
    ADMISSION_REPLIES,
    ADMISSION_SUBJECT,
    MESSAGES,
    RELAY_SUBJECT,
    REPLY_PREFIX,
    Lane,
    bucket_stream,
    inbox_of,
    lane_consumer,
    message_subject,
    object_subject,
    posting_subject,
    reading_subject,
    request_subject,
    writing_subject,
)

BUREAU: Final = "bureau"
SERVICE: Final = "service"
SECRETARIAT: Final = "secretariat"
OPERATOR: Final = "operator"
SYSTEM: Final = "system"
RELAY: Final = "relay"
# What stands for as many tokens as there are, at the end of an address.
REST: Final = "{rest}"

_LANE: Final = cast("Lane", "{lane}")
_CONSUMER: Final = lane_consumer("{participant}", _LANE)


@dataclass(frozen=True, slots=True)
class Act:
    """What someone does on a channel."""

    name: str
    by: tuple[str, ...]
    says: bool
    channel: str
    summary: str
    answers: tuple[str, ...] = ()
    """The messages with which it is answered, or which it answers with."""

    messages: tuple[str, ...] = ()
    """Those of the channel that it is about; by default all."""

    queue: str = ""
    """The queue group in which it is heard, so that one of many hears it."""

    more: dict[str, Any] = field(default_factory=dict)


CHANNELS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "requests": (request_subject("{service}", "{bureau}"), ("request",)),
    "inbox": (
        f"{inbox_of('{participant}')}.{REST}",
        (
            "reply",
            "directoryEntries",
            "stored",
            "message",
            "receipt",
            "nothing",
            "objectChunk",
            "objectDescription",
            "nothingThere",
            "outcome",
            "listed",
            "discovered",
            "counted",
        ),
    ),
    "directory": (fetch_subject("{participant}"), ("directoryQuery",)),
    "directoryChanges": (CHANGES_SUBJECT, ("directoryEntries",)),
    "post": (
        posting_subject(message_subject("{recipient}", _LANE, "{id}", "{participant}")),
        ("message", "receipt"),
    ),
    "messages": (message_subject("{recipient}", _LANE, "{id}", "{sender}"), ("message", "receipt")),
    "collection": (f"$JS.API.CONSUMER.MSG.NEXT.{MESSAGES}.{_CONSUMER}", ("pull",)),
    "settlement": (f"$JS.ACK.{MESSAGES}.{_CONSUMER}.{REST}", ("settlement",)),
    "objectWriting": (writing_subject("{name}", "{part}", "{bureau}"), ("objectChunk", "objectDescription")),
    "objectReading": (reading_subject("{owner}", "{name}", "{part}", "{bureau}"), ("nothingMore",)),
    "objects": (object_subject("{owner}", "{name}", "{part}"), ("objectChunk", "objectDescription")),
    "objectFinding": (
        f"$JS.API.DIRECT.GET.{bucket_stream('{owner}')}.{object_subject('{owner}', '{name}', '{part}')}",
        ("nothingMore",),
    ),
    "relay": (RELAY_SUBJECT, ("nothingMore",)),
    "answers": (f"{REPLY_PREFIX}.{REST}", ("stored", "objectChunk", "objectDescription", "nothingThere")),
    "admission": (ADMISSION_SUBJECT, ("connectionQuestion",)),
    "admissionAnswers": (f"{ADMISSION_REPLIES}.{REST}", ("connectionAnswer",)),
    "streamList": ("$JS.API.STREAM.LIST", ("page",)),
    "streamCreation": ("$JS.API.STREAM.CREATE.{stream}", ("streamConfiguration",)),
    "streamCorrection": ("$JS.API.STREAM.UPDATE.{stream}", ("streamConfiguration",)),
    "streamRemoval": ("$JS.API.STREAM.DELETE.{stream}", ("nothingMore",)),
    "streamState": ("$JS.API.STREAM.INFO.{stream}", ("streamStateQuery",)),
    "postRemoval": (f"$JS.API.STREAM.PURGE.{MESSAGES}", ("postRemoval",)),
    "postSize": (f"$JS.API.STREAM.MSG.GET.{MESSAGES}", ("parcelRequest",)),
    "storeState": ("$JS.API.INFO", ("nothingMore",)),
    "consumerList": ("$JS.API.CONSUMER.LIST.{stream}", ("page",)),
    "consumerState": ("$JS.API.CONSUMER.INFO.{stream}.{consumer}", ("nothingMore",)),
    "consumerRemoval": ("$JS.API.CONSUMER.DELETE.{stream}.{consumer}", ("nothingMore",)),
    "consumerCreation": (
        f"$JS.API.CONSUMER.CREATE.{MESSAGES}.{lane_consumer('{recipient}', _LANE)}.i247.msg.{{recipient}}.{{lane}}.>",
        ("consumerConfiguration",),
    ),
    "discovery": ("$SRV.{verb}.{service}", ("discoveryQuery",)),
    "accountStatistics": (ACCOUNTS, ("anyAccount",)),
    "reload": (reload_subject("{server}"), ("nothingMore",)),
}

ACTS: Final = (
    Act("ask", (BUREAU,), True, "requests", "Ask a service.", answers=("reply",)),
    Act(
        "learnDirectory",
        (BUREAU, SERVICE),
        True,
        "directory",
        f"Learn all keys: when connected, after each reconnection, and every {FETCH_EVERY_SECONDS:.0f} s.",
        answers=("directoryEntries",),
    ),
    Act("hearOfChanges", (BUREAU, SERVICE), False, "directoryChanges", "Learn of new, rotated and revoked keys."),
    Act("hearAnswers", (BUREAU, SERVICE), False, "inbox", "Hear what answers your questions."),
    Act(
        "post",
        (BUREAU, SERVICE),
        True,
        "post",
        "Post a message to a bureau, or a receipt in the lane `urgent` to the sender of a message, which may be a "
        "service. The broker keeps the last parcel of each subject: what is sent again replaces what was sent before.",
        answers=("stored",),
    ),
    Act(
        "collect",
        (BUREAU, SERVICE),
        True,
        "collection",
        "Ask for what is posted to you, in each lane separately. It comes to the inbox that the question names, but "
        "under the subject on which it was posted; what comes there under the inbox's own subject is the broker's.",
        answers=("message", "receipt", "nothing"),
    ),
    Act(
        "takePost",
        (BUREAU, SERVICE),
        False,
        "messages",
        "What was posted arrives as the answer to `collect`: there is nothing to subscribe to.",
        more={"x-through": "collect"},
    ),
    Act(
        "settle",
        (BUREAU, SERVICE),
        True,
        "settlement",
        f"Say what has become of a parcel, on the reply subject with which it came, within {SETTLE_SECONDS} s.",
    ),
    Act(
        "writeObject",
        (BUREAU,),
        True,
        "objectWriting",
        "Write a part of an attachment into your own bucket: its chunks first, then its description; and an empty part "
        "in the place of each once all have it, of the description first.",
        answers=("stored",),
    ),
    Act(
        "readObject",
        (BUREAU,),
        True,
        "objectReading",
        "Read a part of an object of any bureau; several may be on their way. It is empty where there is none.",
        answers=("objectChunk", "objectDescription", "nothingThere"),
    ),
    Act(
        "takePosts",
        (RELAY,),
        False,
        "post",
        "Take what participants post, so many of each at a time, and say what JetStream answers.",
        answers=("stored",),
        queue="relay-posts",
    ),
    Act("keepPost", (RELAY,), True, "messages", "Have it kept, with the headers of a parcel.", answers=("outcome",)),
    Act(
        "takeWriting",
        (RELAY,),
        False,
        "objectWriting",
        "Take parts of objects, so many of each bureau at a time.",
        answers=("stored",),
        queue="relay-writes",
    ),
    Act(
        "keepObject",
        (RELAY,),
        True,
        "objects",
        "Have a part kept; one that is empty only for a second (`Nats-TTL`), in the place of another.",
        answers=("outcome",),
    ),
    Act(
        "takeReading",
        (RELAY,),
        False,
        "objectReading",
        "Take questions for parts of objects, so many of each bureau at a time.",
        answers=("objectChunk", "objectDescription", "nothingThere"),
        queue="relay-reads",
    ),
    Act(
        "findObject",
        (RELAY,),
        True,
        "objectFinding",
        "Read a part of an object.",
        answers=("objectChunk", "objectDescription", "nothing"),
    ),
    Act("answer", (RELAY,), True, "answers", "Answer, where the server of NATS wants it for another account."),
    Act("hearAsRelay", (RELAY,), False, "inbox", "Hear what answers your questions."),
    Act("beThere", (RELAY,), False, "relay", "Say that you are there.", answers=("stored",), queue="relay"),
    Act(
        "admit",
        (RELAY,),
        False,
        "admission",
        "Say, with TLS, whether a connection is let in: by NKEY and certificate of one name.",
        queue="relay",
    ),
    Act("answerServer", (RELAY,), True, "admissionAnswers", "Answer, where the server of NATS wants it."),
    Act("findRelay", (OPERATOR,), True, "relay", "See that there is a relay.", answers=("stored",)),
    Act("serve", (SERVICE,), False, "requests", "Answer bureaus, once each.", answers=("reply",), queue="{service}"),
    Act("beFound", (SERVICE,), False, "discovery", "Answer NATS service discovery.", answers=("discovered",)),
    Act(
        "tellDirectory",
        (SECRETARIAT,),
        False,
        "directory",
        "Tell all keys, those that were issued last first.",
        answers=("directoryEntries",),
        queue="directory",
    ),
    Act("announce", (SECRETARIAT,), True, "directoryChanges", "Announce new, rotated and revoked keys."),
    Act("listStreams", (OPERATOR,), True, "streamList", "See which streams there are.", answers=("listed",)),
    Act(
        "createStream",
        (OPERATOR,),
        True,
        "streamCreation",
        "Make the stream of messages, and a bucket for each bureau.",
        answers=("outcome",),
    ),
    Act("correctStream", (OPERATOR,), True, "streamCorrection", "Correct a stream.", answers=("outcome",)),
    Act(
        "removeStream", (OPERATOR,), True, "streamRemoval", "Remove a stream that nobody planned.", answers=("outcome",)
    ),
    Act("seeStream", (OPERATOR,), True, "streamState", "See how much a stream holds.", answers=("outcome",)),
    Act("seeStore", (OPERATOR,), True, "storeState", "See how much all streams hold.", answers=("outcome",)),
    Act(
        "boundPosts",
        (OPERATOR,),
        True,
        "postRemoval",
        "Remove what a participant has posted beyond its quota; its outbox has it still.",
        answers=("outcome",),
    ),
    Act(
        "seeSizeOfPost",
        (OPERATOR,),
        True,
        "postSize",
        "Learn the size of a sealed parcel.",
        answers=("outcome",),
    ),
    Act("listConsumers", (OPERATOR,), True, "consumerList", "See which consumers there are.", answers=("listed",)),
    Act("seeConsumer", (OPERATOR,), True, "consumerState", "See how far a consumer is.", answers=("outcome",)),
    Act(
        "removeConsumer",
        (OPERATOR,),
        True,
        "consumerRemoval",
        "Remove a consumer that nobody planned.",
        answers=("outcome",),
    ),
    Act(
        "createConsumer",
        (OPERATOR,),
        True,
        "consumerCreation",
        "Make or correct the two durable consumers of a bureau or a service, one for each lane.",
        answers=("outcome",),
    ),
    Act(
        "discover",
        (OPERATOR,),
        True,
        "discovery",
        "Ask a service what it is, and what it has done.",
        answers=("discovered",),
    ),
    Act(
        "countMessages",
        (SYSTEM,),
        True,
        "accountStatistics",
        "Learn how many messages each account has exchanged with each server.",
        answers=("counted",),
    ),
    Act(
        "reloadServer",
        (SYSTEM,),
        True,
        "reload",
        "Have a server read its configuration again, as when keys change or a participant is paused.",
        answers=("outcome",),
    ),
    Act("hearAsSystem", (SYSTEM,), False, "inbox", "Hear what answers your questions."),
    Act("hearAsOperator", (OPERATOR,), False, "inbox", "Hear what answers your questions."),
)


def channels(services: Sequence[Service]) -> dict[str, Any]:
    """Return every channel by its name."""
    known = _parameters(services)
    return {
        name: {
            "address": address,
            "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
            "parameters": {parameter: known[parameter] for parameter in re.findall(r"\{(\w+)\}", address)},
        }
        for name, (address, messages) in CHANNELS.items()
    }


def operations() -> dict[str, Any]:
    """Return every operation by its name. Who acts is said by tags."""
    return {act.name: _operation(act) for act in ACTS}


def _operation(act: Act) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": "send" if act.says else "receive",
        "channel": {"$ref": f"#/channels/{act.channel}"},
        "summary": act.summary,
        "tags": [{"name": role} for role in act.by],
        "messages": _of_channel(act.channel, act.messages or CHANNELS[act.channel][1]),
        **act.more,
    }
    if act.queue:
        operation["bindings"] = {"nats": {"queue": act.queue}}
    if act.answers:
        operation["reply"] = {"channel": {"$ref": "#/channels/inbox"}, "messages": _of_channel("inbox", act.answers)}
    return operation


def _of_channel(channel: str, messages: Sequence[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{message}"} for message in messages]


def _parameters(services: Sequence[Service]) -> dict[str, Any]:
    return {
        "bureau": {"description": "The code of the bureau that acts.", "examples": ["FR", "IPSG"]},
        "participant": {
            "description": "The participant that acts: a bureau, a service or the operator.",
            "examples": ["FR", "notices"],
        },
        "service": {"description": "The name of a service.", "enum": [service.name for service in services]},
        "recipient": {
            "description": "The code of the bureau that it is for; of receipts also the name of a service.",
            "examples": ["DE"],
        },
        "lane": {"description": "Urgent parcels overtake.", "enum": [lane.value for lane in Lane]},
        "id": {
            "description": "The id of the message or receipt.",
            "examples": ["019e8312-1c00-7000-8000-000000000003"],
        },
        "rest": {"description": "One token or several."},
        "verb": {"description": "What is asked for (NATS ADR-32).", "enum": ["PING", "INFO", "STATS"]},
        "owner": {"description": "The code of the bureau whose bucket it is.", "examples": ["DE"]},
        "sender": {"description": "Who posted it: a bureau or a service.", "examples": ["FR"]},
        "name": {
            "description": "Of chunks a random name, the same for all of one object; of a description the name of the "
            "object, `<message id>.<number>`, as base64url, here with padding.",
            "examples": ["Yx3dPzqf2AhN9mTnRk1sQw", "MDE5ZTgzMTItMWMwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAzLjE="],
        },
        "part": {
            "description": "The place of a chunk among those of its object, from 0, or `description`.",
            "examples": ["0", "description"],
        },
        "server": {"description": "The id of a server, as each answer to `countMessages` has it."},
        "stream": {"description": "The stream.", "examples": [MESSAGES, bucket_stream("DE")]},
        "consumer": {"description": "The consumer.", "examples": [lane_consumer("DE", Lane.URGENT)]},
    }
