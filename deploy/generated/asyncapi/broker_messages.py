"""The messages that NATS and JetStream define, as this network uses them."""

from typing import Final

from deploy.generated.asyncapi.message_parts import BODY, BYTES, EMPTY, TEXT, Message, json_object, message
from deploy.generated.asyncapi.schemas import reference
from shared.crypto.hpke import CHUNK_BYTES, TAG_BYTES
from shared.transport import DEFAULT_QUOTAS
from shared.transport.nats import objects, stream_setup, system
from shared.transport.nats.post import PULL_BYTES
from shared.transport.subjects import MESSAGES, Lane

_JWT: Final = "application/jwt"
_ERROR: Final = json_object({"code": {"type": "integer"}, "description": {"type": "string"}})
_RESULT: Final = json_object({"error": _ERROR})
_OFFSET: Final = {"type": "integer", "description": "How many are known already."}

_PULL: Final = json_object(
    {
        "batch": {"type": "integer", "minimum": 1, "description": "How many at most."},
        "expires": {"type": "integer", "description": "How long to wait, in nanoseconds."},
        "no_wait": {"type": "boolean", "description": "Deliver what is there; wait only if nothing is."},
        "max_bytes": {"type": "integer", "description": "How many bytes at most."},
    },
    examples=[{"batch": 64, "no_wait": True, "expires": 30_000_000_000, "max_bytes": PULL_BYTES}],
)
_STATUS: Final = json_object(
    {
        "Status": {
            "type": "string",
            "description": "In the first line, as `NATS/1.0 404 ...`: 404 and 408 nothing there, 409 try "
            "again, 503 no responder.",
        },
        "Description": {"type": "string"},
    }
)
_SETTLEMENT: Final = {
    "type": "string",
    "pattern": r'^(\+ACK|\+WPI|\+TERM|-NAK( \{"delay": ?[0-9]+\})?)$',
    "description": (
        f"`+ACK`: it is stored, remove it. `+WPI`: in progress, wait another {stream_setup.SETTLE_SECONDS} s. "
        "`-NAK`: deliver it again, after so many nanoseconds. `+TERM`: discard it."
    ),
}
_CHUNK: Final = {
    **BODY,
    "maxLength": objects.CHUNK_BYTES,
    "description": (
        f"{objects.CHUNK_BYTES} bytes of an object, the last chunk the rest. The object is an encrypted "
        f"attachment: the plaintext in chunks of {CHUNK_BYTES} bytes, the last one shorter or empty, each under "
        f"AES-256-GCM with its tag of {TAG_BYTES} bytes at the end, concatenated. Key: HKDF-SHA256 of the "
        "content key, without salt, info `i247 attachment <number>`, 32 bytes. Nonce: the index of the chunk from "
        "0 in 11 bytes, big-endian, then 1 for the last chunk, else 0. No additional data."
    ),
}
_REMOVED: Final = json_object(
    {"Nats-TTL": {"const": "1s", "description": "By the relay, with an empty body, in place of a removed part."}}
)
_PARCEL_REQUEST: Final = json_object({"seq": {"type": "integer"}, "next_by_subj": {"type": "string"}})
_POST_REMOVAL: Final = json_object({"filter": {"type": "string"}, "keep": {"type": "integer"}})
_STREAM_STATE_QUERY: Final = json_object({"subjects_filter": {"type": "string"}, "offset": _OFFSET})
_LISTED: Final = json_object({"total": {"type": "integer"}, "error": _ERROR})
_STREAM: Final = {
    "type": "object",
    "examples": [stream_setup.messages_stream(DEFAULT_QUOTAS, ["DE", "FR"]), stream_setup.bucket("FR", DEFAULT_QUOTAS)],
}
_CONSUMER: Final = {
    "type": "object",
    "examples": [{"stream_name": MESSAGES, "config": stream_setup.consumer("FR", Lane.URGENT), "action": ""}],
}
_DISCOVERED: Final = {"type": "object", "description": "See NATS ADR-32."}

BROKER_MESSAGES: Final[dict[str, Message]] = {
    "stored": message("The broker has stored it, or the reason why not", _RESULT),
    "pull": message("Pull posts", _PULL),
    "status": {**message("A status in place of a reply", EMPTY, BYTES), "headers": _STATUS},
    "settlement": message("Acknowledge a parcel", _SETTLEMENT, TEXT),
    "objectChunk": {**message("A part of an object", _CHUNK, BYTES), "headers": _REMOVED},
    "objectDescription": {
        **message("The description of an object", reference(objects.Description)),
        "headers": _REMOVED,
    },
    "parcelRequest": message("Read the next parcel of a subject", _PARCEL_REQUEST),
    "postRemoval": message("Remove the parcels of a subject, but for some", _POST_REMOVAL),
    "underWay": message("The request is being carried out: ask again", EMPTY, BYTES),
    "noPart": message("There is no such part", EMPTY, BYTES),
    "result": message("The result, or an error", _RESULT),
    "authorizationRequest": message("A connection and its certificate (NATS ADR-26)", {"type": "string"}, _JWT),
    "authorizationResponse": message("The permissions of the user, or a refusal", {"type": "string"}, _JWT),
    "page": message("List what is there", json_object({"offset": _OFFSET})),
    "empty": message("An empty request", EMPTY, BYTES),
    "streamStateQuery": message("Read the state of a stream", _STREAM_STATE_QUERY),
    "listed": message("A page of the list", _LISTED),
    "streamConfiguration": message("A configuration of a stream", _STREAM),
    "consumerConfiguration": message("The configuration of a consumer", _CONSUMER),
    "discoveryQuery": message("A discovery request", EMPTY, BYTES),
    "discovered": message("The description of a service", _DISCOVERED),
    "accountQuery": message("The counters of all accounts", json_object({})),
    "statistics": message("The counters of a server", reference(system.Statistics)),
}
