"""The operations of the network: which roles send or receive on which channel."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.generated.asyncapi.channels import CHANNELS
from shared.rpc.directory_sync import FETCH_EVERY_SECONDS
from shared.transport.nats.stream_setup import SETTLE_SECONDS

BUREAU: Final = "bureau"
SERVICE: Final = "service"
SECRETARIAT: Final = "secretariat"
OPERATOR: Final = "operator"
SYSTEM: Final = "system"
RELAY: Final = "relay"
ROLES: Final = {
    BUREAU: "A national central bureau, or the General Secretariat.",
    SERVICE: "A service of the network, such as the notices.",
    SECRETARIAT: "The General Secretariat, which runs the directory.",
    OPERATOR: "Who sets up the streams of the broker, and enforces their quotas.",
    SYSTEM: "Who reads the counters of the broker's accounts, and reloads its configuration.",
    RELAY: "The relay between the participants and JetStream.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What participants of some roles send or receive on a channel."""

    name: str
    by: tuple[str, ...]
    action: str
    channel: str
    summary: str
    replies: tuple[str, ...] = ()
    """The messages of its reply."""

    queue: str = ""
    """The queue group of a subscription."""

    more: dict[str, Any] = field(default_factory=dict)


_END_OF_CLAUSE: Final = re.compile(r"[.:;](?:\s+|\Z)")
_PARTICIPANTS: Final = (BUREAU, SERVICE)
_PARTS: Final = ("objectChunk", "objectDescription", "noPart")


def _send(name: str, by: str | tuple[str, ...], channel: str, summary: str, *replies: str) -> Operation:
    return Operation(name, (by,) if isinstance(by, str) else by, "send", channel, summary, replies)


def _receive(
    name: str, by: str | tuple[str, ...], channel: str, summary: str, *replies: str, queue: str = "", **more: Any
) -> Operation:
    return Operation(name, (by,) if isinstance(by, str) else by, "receive", channel, summary, replies, queue, more)


OPERATIONS: Final = (
    _send("sendRequest", BUREAU, "requests", "Send a request to a service.", "reply"),
    _send(
        "fetchDirectory",
        _PARTICIPANTS,
        "directory",
        f"Fetch all keys: when connected, after each reconnection, and every {FETCH_EVERY_SECONDS:.0f} s.",
        "directoryEntries",
    ),
    _receive("receiveChanges", _PARTICIPANTS, "directoryChanges", "Receive new, rotated and revoked keys."),
    _receive("receiveReplies", _PARTICIPANTS, "inbox", "Receive replies to your requests."),
    _send(
        "post",
        _PARTICIPANTS,
        "post",
        "Post a message to a bureau, or a receipt in the lane `urgent` to the sender of a message, which may be a "
        "service. The broker keeps the last parcel of each subject: a parcel that is sent again replaces the former.",
        "stored",
    ),
    _send(
        "collect",
        _PARTICIPANTS,
        "collection",
        "Pull your posts, in each lane separately. They arrive in the inbox that the request names, under the subject "
        "of the post; what arrives under the subject of the inbox itself is from the broker.",
        *("message", "receipt", "status"),
    ),
    _receive(
        "receivePosts",
        _PARTICIPANTS,
        "messages",
        "Posts arrive as replies to `collect`: do not subscribe.",
        **{"x-through": "collect"},
    ),
    _send(
        "settle",
        _PARTICIPANTS,
        "settlement",
        f"Acknowledge a parcel on its reply subject, within {SETTLE_SECONDS} s.",
    ),
    _send(
        "writeObject",
        BUREAU,
        "objectWriting",
        "Write a part of an attachment into your own bucket: its chunks first, then its description. Once all "
        "recipients have it, replace each part by an empty one, the description first.",
        "stored",
    ),
    _send(
        "readObject",
        BUREAU,
        "objectReading",
        "Read a part of an object of any bureau; several requests may be pending. The reply is empty if there is none.",
        *_PARTS,
    ),
    _receive(
        "relayPosts",
        RELAY,
        "post",
        "Receive posts, a bounded number of each participant at a time, and return the reply of JetStream.",
        "stored",
        queue="relay-posts",
    ),
    _send("storePost", RELAY, "messages", "Store a post, with the headers of a parcel.", "result"),
    _receive(
        "relayWrites",
        RELAY,
        "objectWriting",
        "Receive parts of objects, a bounded number of each bureau at a time.",
        "stored",
        queue="relay-writes",
    ),
    _send(
        "storePart",
        RELAY,
        "objects",
        "Store a part of an object; an empty one replaces another, and expires after a second (`Nats-TTL`).",
        "result",
    ),
    _receive(
        "relayReads",
        RELAY,
        "objectReading",
        "Receive reads of parts, a bounded number of each bureau at a time.",
        *_PARTS,
        queue="relay-reads",
    ),
    _send("readPart", RELAY, "objectFinding", "Read a part.", *("objectChunk", "objectDescription", "status")),
    _send("relayReply", RELAY, "replies", "Reply, on the subject that the NATS server made for another account."),
    _receive("receiveAsRelay", RELAY, "inbox", "Receive replies to your requests."),
    _receive("confirmRelay", RELAY, "relay", "Confirm that a relay runs.", "stored", queue="relay"),
    _receive(
        "authorize",
        RELAY,
        "authorization",
        "Decide, with TLS, whether a connection is accepted: by an NKEY and a certificate of the same name.",
        queue="relay",
    ),
    _send("replyToServer", RELAY, "authorizationReplies", "Reply, on the subject that the NATS server made."),
    _send("checkRelay", OPERATOR, "relay", "Check that a relay runs.", "stored"),
    _receive("serve", SERVICE, "requests", "Reply to bureaus, once each.", "reply", queue="{service}"),
    _send(
        "askReplicas",
        SERVICE,
        "repetitions",
        "Ask the other processes of your service for the reply to a request that one of them carried out. Those that "
        "know nothing of it are silent.",
        *("reply", "underWay"),
    ),
    _receive(
        "answerReplicas",
        SERVICE,
        "repetitions",
        "Return the reply that you sent to a request, or that it is under way.",
        *("reply", "underWay"),
    ),
    _receive("beDiscovered", SERVICE, "discovery", "Reply to NATS service discovery.", "discovered"),
    _receive(
        "serveDirectory",
        SECRETARIAT,
        "directory",
        "Reply with the missing entries of the log, in order.",
        "directoryEntries",
        queue="directory",
    ),
    _send("announceChanges", SECRETARIAT, "directoryChanges", "Announce new, rotated and revoked keys."),
    _send("listStreams", OPERATOR, "streamList", "List the streams.", "listed"),
    _send(
        "createStream", OPERATOR, "streamCreation", "Create the stream of messages, or a bucket of a bureau.", "result"
    ),
    _send("correctStream", OPERATOR, "streamCorrection", "Correct a stream.", "result"),
    _send("removeStream", OPERATOR, "streamRemoval", "Remove an unknown stream.", "result"),
    _send("readStream", OPERATOR, "streamState", "Read how much a stream holds.", "result"),
    _send("readStore", OPERATOR, "storeState", "Read how much all streams hold.", "result"),
    _send("enforceQuota", OPERATOR, "postRemoval", "Remove posts beyond a quota; outboxes still have them.", "result"),
    _send("readPostSize", OPERATOR, "postSize", "Read a sealed parcel for its size.", "result"),
    _send("listConsumers", OPERATOR, "consumerList", "List the consumers.", "listed"),
    _send("readConsumer", OPERATOR, "consumerState", "Read the state of a consumer.", "result"),
    _send("removeConsumer", OPERATOR, "consumerRemoval", "Remove an unknown consumer.", "result"),
    _send(
        "createConsumer",
        OPERATOR,
        "consumerCreation",
        "Create or correct one of the two durable consumers of a participant, one for each lane.",
        "result",
    ),
    _send("discover", OPERATOR, "discovery", "Read the description and the counters of a service.", "discovered"),
    _send("countMessages", SYSTEM, "accountStatistics", "Read the counters of each account.", "statistics"),
    _send(
        "reloadServer",
        SYSTEM,
        "reload",
        "Reload the configuration of a server, such as after a change of keys or for a pause.",
        "result",
    ),
    _receive("receiveAsSystem", SYSTEM, "inbox", "Receive replies to your requests."),
    _receive("receiveAsOperator", OPERATOR, "inbox", "Receive replies to your requests."),
)


def operations() -> dict[str, Any]:
    """Return every operation by its name. Tags are the roles that may carry it out."""
    return {each.name: _operation(each) for each in OPERATIONS}


def _operation(each: Operation) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": each.action,
        "channel": {"$ref": f"#/channels/{each.channel}"},
        **_in_words(each),
        "tags": [{"name": role} for role in each.by],
        "messages": _of_channel(each.channel, CHANNELS[each.channel][1]),
        **each.more,
    }
    if each.queue:
        operation["bindings"] = {"nats": {"queue": each.queue}}
    if each.replies:
        operation["reply"] = {"channel": {"$ref": "#/channels/inbox"}, "messages": _of_channel("inbox", each.replies)}
    return operation


def _in_words(each: Operation) -> dict[str, str]:
    """Return the first clause as the summary, and as the description what follows it and whose operation it is."""
    summary, _, detail = _END_OF_CLAUSE.sub("\0", each.summary, count=1).partition("\0")
    allowed = f"The broker allows it to the role {' and the role '.join(each.by)} alone."
    return {"summary": summary, "description": f"{detail[:1].upper()}{detail[1:]} {allowed}".strip()}


def _of_channel(channel: str, messages: Sequence[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{message}"} for message in messages]
