"""The channels of the network: each subject, with its messages and parameters."""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from shared.service import Service
from shared.transport.nats.system import ACCOUNTS, reload_subject
from shared.transport.subjects import (
    ADMISSION_REPLIES,
    ADMISSION_SUBJECT,
    DIRECTORY_CHANGES,
    MESSAGES,
    RELAY_SUBJECT,
    REPLY_PREFIX,
    Lane,
    bucket_stream,
    directory_subject,
    inbox_of,
    lane_consumer,
    message_subject,
    object_subject,
    posting_subject,
    reading_subject,
    repetition_subject,
    request_subject,
    writing_subject,
)

# Stands for one or more tokens at the end of an address.
REST: Final = "{rest}"

_LANE: Final = cast("Lane", "{lane}")
_CONSUMER: Final = lane_consumer("{participant}", _LANE)


CHANNELS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "requests": (request_subject("{service}", "{bureau}"), ("request",)),
    "repetitions": (repetition_subject("{service}"), ("repetition",)),
    "inbox": (
        f"{inbox_of('{participant}')}.{REST}",
        (
            "reply",
            "underWay",
            "directoryEntries",
            "stored",
            "message",
            "receipt",
            "status",
            "objectChunk",
            "objectDescription",
            "noPart",
            "result",
            "listed",
            "discovered",
            "statistics",
        ),
    ),
    "directory": (directory_subject("{participant}"), ("directoryQuery",)),
    "directoryChanges": (DIRECTORY_CHANGES, ("directoryEntries",)),
    "post": (
        posting_subject(message_subject("{recipient}", _LANE, "{id}", "{participant}")),
        ("message", "receipt"),
    ),
    "messages": (message_subject("{recipient}", _LANE, "{id}", "{sender}"), ("message", "receipt")),
    "collection": (f"$JS.API.CONSUMER.MSG.NEXT.{MESSAGES}.{_CONSUMER}", ("pull",)),
    "settlement": (f"$JS.ACK.{MESSAGES}.{_CONSUMER}.{REST}", ("settlement",)),
    "objectWriting": (writing_subject("{name}", "{part}", "{bureau}"), ("objectChunk", "objectDescription")),
    "objectReading": (reading_subject("{owner}", "{name}", "{part}", "{bureau}"), ("empty",)),
    "objects": (object_subject("{owner}", "{name}", "{part}"), ("objectChunk", "objectDescription")),
    "objectFinding": (
        f"$JS.API.DIRECT.GET.{bucket_stream('{owner}')}.{object_subject('{owner}', '{name}', '{part}')}",
        ("empty",),
    ),
    "relay": (RELAY_SUBJECT, ("empty",)),
    "replies": (f"{REPLY_PREFIX}.{REST}", ("stored", "objectChunk", "objectDescription", "noPart")),
    "authorization": (ADMISSION_SUBJECT, ("authorizationRequest",)),
    "authorizationReplies": (f"{ADMISSION_REPLIES}.{REST}", ("authorizationResponse",)),
    "streamList": ("$JS.API.STREAM.LIST", ("page",)),
    "streamCreation": ("$JS.API.STREAM.CREATE.{stream}", ("streamConfiguration",)),
    "streamCorrection": ("$JS.API.STREAM.UPDATE.{stream}", ("streamConfiguration",)),
    "streamRemoval": ("$JS.API.STREAM.DELETE.{stream}", ("empty",)),
    "streamState": ("$JS.API.STREAM.INFO.{stream}", ("streamStateQuery",)),
    "postRemoval": (f"$JS.API.STREAM.PURGE.{MESSAGES}", ("postRemoval",)),
    "postSize": (f"$JS.API.STREAM.MSG.GET.{MESSAGES}", ("parcelRequest",)),
    "storeState": ("$JS.API.INFO", ("empty",)),
    "consumerList": ("$JS.API.CONSUMER.LIST.{stream}", ("page",)),
    "consumerState": ("$JS.API.CONSUMER.INFO.{stream}.{consumer}", ("empty",)),
    "consumerRemoval": ("$JS.API.CONSUMER.DELETE.{stream}.{consumer}", ("empty",)),
    "consumerCreation": (
        f"$JS.API.CONSUMER.CREATE.{MESSAGES}.{lane_consumer('{recipient}', _LANE)}.i247.msg.{{recipient}}.{{lane}}.>",
        ("consumerConfiguration",),
    ),
    "discovery": ("$SRV.{verb}.{service}", ("discoveryQuery",)),
    "accountStatistics": (ACCOUNTS, ("accountQuery",)),
    "reload": (reload_subject("{server}"), ("empty",)),
}

PARAMETERS: Final[dict[str, Any]] = {
    "bureau": {"description": "The code of your bureau.", "examples": ["FR", "IPSG"]},
    "participant": {"description": "Your name: a bureau, a service or the operator.", "examples": ["FR", "notices"]},
    "recipient": {
        "description": "The code of the recipient; for receipts also the name of a service.",
        "examples": ["DE"],
    },
    "lane": {"description": "The priority: each lane has its own consumer.", "enum": [lane.value for lane in Lane]},
    "id": {"description": "The id of the message or receipt.", "examples": ["019e8312-1c00-7000-8000-000000000003"]},
    "rest": {"description": "One token or several."},
    "verb": {"description": "The kind of request (NATS ADR-32).", "enum": ["PING", "INFO", "STATS"]},
    "owner": {"description": "The code of the owner of the bucket.", "examples": ["DE"]},
    "sender": {"description": "The sender: a bureau or a service.", "examples": ["FR"]},
    "name": {
        "description": "For chunks a random name, the same for all of one object; for a description the name of "
        "the object, `<message id>.<number>`, as base64url, here with padding.",
        "examples": ["Yx3dPzqf2AhN9mTnRk1sQw", "MDE5ZTgzMTItMWMwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAzLjE="],
    },
    "part": {"description": "The index of a chunk, from 0, or `description`.", "examples": ["0", "description"]},
    "server": {"description": "The id of a server, from the replies to `countMessages`."},
    "stream": {"description": "The stream.", "examples": [MESSAGES, bucket_stream("DE")]},
    "consumer": {"description": "The consumer.", "examples": [lane_consumer("DE", Lane.URGENT)]},
}


def channels(services: Sequence[Service]) -> dict[str, Any]:
    """Return every channel by its name."""
    service = {"description": "The name of a service.", "enum": [service.name for service in services]}
    known = {**PARAMETERS, "service": service}
    return {
        name: {
            "address": address,
            "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
            "parameters": {parameter: known[parameter] for parameter in re.findall(r"\{(\w+)\}", address)},
        }
        for name, (address, messages) in CHANNELS.items()
    }
