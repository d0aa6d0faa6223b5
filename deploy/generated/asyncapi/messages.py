"""Headers and payloads of every message of the network, and their schemas."""

from collections.abc import Iterable
from typing import Any, Final

from deploy.broker.server_configuration import MAX_PAYLOAD_BYTES
from deploy.generated.asyncapi.schemas import reference
from shared.crypto.hpke import CHUNK_BYTES, CONTENT_KEY_BYTES, NONCE_BYTES, TAG_BYTES
from shared.protocol.directory_entry import ENTRY_TYPE, MAX_ENTRY, Entry
from shared.protocol.directory_log import DIRECTORY_LOG
from shared.protocol.envelope import (
    MAX_SIGNATURE_HEADER,
    SIGNATURE_HEADER,
    Head,
    MessageHead,
    ReceiptHead,
    ReplyHead,
    RequestHead,
)
from shared.protocol.messages import MAX_CONTENT_BYTES, SALT_BYTES, Content
from shared.protocol.payloads import FORMS, SERVICE_FORMS
from shared.transport import DEFAULT_QUOTAS
from shared.transport.nats import objects, stream_setup, system
from shared.transport.nats.post import PULL_BYTES
from shared.transport.subjects import KEY_HEADER, MESSAGES, Lane

Message = dict[str, Any]

JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
JWT: Final = "application/jwt"
WRAP_BYTES: Final = 1120 + CONTENT_KEY_BYTES + TAG_BYTES

BODY: Final = {"type": "string", "format": "binary", "maxLength": MAX_PAYLOAD_BYTES}
EMPTY: Final = {"type": "string", "maxLength": 0}


def messages() -> dict[str, Message]:
    """Return every message by its name."""
    return _envelopes() | _directory() | _post() | _objects() | _stream_setup() | _discovery()


def _envelopes() -> dict[str, Message]:
    sealed = {
        **BODY,
        "contentMediaType": BYTES,
        "description": (
            f"{NONCE_BYTES} bytes of nonce, then AES-256-GCM of a salt of {SALT_BYTES} bytes and the content, with the "
            f"tag of {TAG_BYTES} bytes at the end. Key: HKDF-SHA256 of the content key, without salt, info "
            "`i247 body`, 32 bytes. Additional data: the id of the message. The content is JSON in UTF-8 of at most "
            f"{MAX_CONTENT_BYTES} bytes that fits `x-plaintext`, and `content_digest` in the head is the SHA-256 of "
            "salt and content. If the content has a form, its body is JSON that fits the schema of that name in "
            f"`x-forms`, without duplicate members, and there are no attachments. {_and(SERVICE_FORMS)} are for "
            "services, which send no others; all others are for bureaus. Treat an unknown form as text."
        ),
        "x-plaintext": reference(Content),
        "x-forms": {name: reference(form) for name, form in FORMS.items()},
    }
    return {
        "request": _envelope(
            RequestHead, "A request of a bureau to a service, with the body of the HTTP request.", BODY
        ),
        "reply": _envelope(ReplyHead, "The reply of a service, with the body of the HTTP response.", BODY),
        "message": _envelope(
            MessageHead,
            "A message to bureaus, encrypted for each recipient.",
            sealed,
            key=True,
        ),
        "receipt": _envelope(
            ReceiptHead, "A receipt of a recipient for a message, or `acknowledged` for a receipt.", EMPTY
        ),
    }


def _envelope(head: type[Head], summary: str, payload: Message, *, key: bool = False) -> Message:
    headers: dict[str, Any] = {SIGNATURE_HEADER: _signature(head)}
    if key:
        headers[KEY_HEADER] = _wrapped_key()
    return {
        "title": str(head.__struct_config__.tag),
        "summary": summary,
        "contentType": BYTES,
        "headers": {"type": "object", "properties": headers, "required": list(headers)},
        "payload": payload,
    }


def _signature(head: type[Head]) -> Message:
    return {
        "type": "string",
        "maxLength": MAX_SIGNATURE_HEADER,
        "pattern": r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}$",
        "contentMediaType": "application/jose",
        "description": (
            "A detached JWS with unencoded payload (RFC 7515 appendix F, RFC 7797): the protected header as "
            "base64url, two full stops, the Ed25519 signature as base64url. What is signed is the first part, a full "
            "stop and the exact body. The protected header is the head: JSON that fits `x-protected-header`, "
            "without duplicate members."
        ),
        "x-protected-header": reference(head),
    }


def _wrapped_key() -> Message:
    return {
        "type": "string",
        "pattern": r"^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]+$",
        "description": (
            "The kid of the recipient's sealing key (the SHA-256 of its 1216 bytes), a full stop, and the content key "
            "wrapped with HPKE (RFC 9180): `enc` (1120 bytes) and ciphertext, together base64url. Wrapped are the "
            f"{CONTENT_KEY_BYTES} bytes of the content key ({WRAP_BYTES} bytes in all), for an undisclosed recipient "
            f"followed by the salt of {SALT_BYTES} bytes of its digest in `to`."
        ),
        "x-hpke": {"mode": "base", "kem": 0x647A, "kdf": 0x0001, "aead": 0x0002, "info": "<id>|<recipient>", "aad": ""},
    }


def _directory() -> dict[str, Message]:
    entry = {
        "type": "string",
        "maxLength": MAX_ENTRY,
        "description": (
            "A compact JWS (RFC 7515), signed by the root key: its protected header is "
            f'{{"alg":"Ed25519","kid":<thumbprint of the root key>,"typ":"{ENTRY_TYPE}"}}, its payload JSON that '
            "fits `x-entry`. Ignore unknown members."
        ),
        "x-entry": reference(Entry),
    }
    part = _object(
        {
            "head": {
                "type": "string",
                "description": (
                    f"A checkpoint (C2SP tlog-checkpoint) of the log `{DIRECTORY_LOG}`, signed by the root key, with "
                    "the lines of bureaus that cosigned it (tlog-cosignature v1)."
                ),
            },
            "from": {"type": "integer", "minimum": 0, "description": "The index of the first entry."},
            "entries": {"type": "array", "items": entry, "description": "The next entries of the log, in order."},
        },
        required=["head", "from", "entries"],
    )
    known = _object(
        {
            "size": {"type": "integer", "minimum": 0, "description": "How many entries of the log you have."},
            "root": {"type": "string", "description": "Their root hash (RFC 6962), base64url."},
            "from": {"type": "integer", "minimum": 0, "description": "The index of the first entry that you want."},
            "cosignature": {
                "type": "string",
                "description": "Your cosignature of that head; bureaus only.",
            },
            "witnesses": {"type": "integer", "description": "How many cosignatures of it you have."},
        },
        required=["size", "root", "from"],
    )
    return {
        "directoryQuery": _plain("Fetch the directory; empty for all of it", JSON, known),
        "directoryEntries": _plain("A part of the directory; empty if nothing is new", JSON, part),
    }


def _post() -> dict[str, Message]:
    pull = _object(
        {
            "batch": {"type": "integer", "minimum": 1, "description": "How many at most."},
            "expires": {"type": "integer", "description": "How long to wait, in nanoseconds."},
            "no_wait": {"type": "boolean", "description": "Deliver what is there; wait only if nothing is."},
            "max_bytes": {"type": "integer", "description": "How many bytes at most."},
        },
        examples=[{"batch": 64, "no_wait": True, "expires": 30_000_000_000, "max_bytes": PULL_BYTES}],
    )
    settled = {
        "type": "string",
        "pattern": r'^(\+ACK|\+WPI|\+TERM|-NAK( \{"delay": ?[0-9]+\})?)$',
        "description": (
            f"`+ACK`: it is stored, remove it. `+WPI`: in progress, wait another {stream_setup.SETTLE_SECONDS} s. "
            "`-NAK`: deliver it again, after so many nanoseconds. `+TERM`: discard it."
        ),
    }
    return {
        "stored": _plain("The broker has stored it, or the reason why not", JSON, _result()),
        "pull": _plain("Pull posts", JSON, pull),
        "status": {
            **_plain("A status in place of a reply", BYTES, EMPTY),
            "headers": _object(
                {
                    "Status": {
                        "type": "string",
                        "description": "In the first line, as `NATS/1.0 404 ...`: 404 and 408 nothing there, 409 try "
                        "again, 503 no responder.",
                    },
                    "Description": {"type": "string"},
                }
            ),
        },
        "settlement": _plain("Acknowledge a parcel", TEXT, settled),
    }


def _objects() -> dict[str, Message]:
    chunk = {
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
    gone = {
        "Nats-TTL": {
            "const": "1s",
            "description": "By the relay, with an empty body, in place of a removed part.",
        }
    }
    return {
        "objectChunk": {**_plain("A part of an object", BYTES, chunk), "headers": _object(gone)},
        "objectDescription": {
            **_plain("The description of an object", JSON, reference(objects.Description)),
            "headers": _object(gone),
        },
        "parcelRequest": _plain(
            "Read the next parcel of a subject",
            JSON,
            _object({"seq": {"type": "integer"}, "next_by_subj": {"type": "string"}}),
        ),
        "postRemoval": _plain(
            "Remove the parcels of a subject, but for some",
            JSON,
            _object({"filter": {"type": "string"}, "keep": {"type": "integer"}}),
        ),
        "noPart": _plain("There is no such part", BYTES, EMPTY),
        "result": _plain("The result, or an error", JSON, _result()),
        "authorizationRequest": _plain("A connection and its certificate (NATS ADR-26)", JWT, {"type": "string"}),
        "authorizationResponse": _plain("The permissions of the user, or a refusal", JWT, {"type": "string"}),
    }


def _stream_setup() -> dict[str, Message]:
    streams = [stream_setup.messages_stream(DEFAULT_QUOTAS, ["DE", "FR"]), stream_setup.bucket("FR", DEFAULT_QUOTAS)]
    consumer = stream_setup.consumer("FR", Lane.URGENT)
    appointed = {"stream_name": MESSAGES, "config": consumer, "action": ""}
    page = {"type": "integer", "description": "How many are known already."}
    return {
        "page": _plain("List what is there", JSON, _object({"offset": page})),
        "empty": _plain("An empty request", BYTES, EMPTY),
        "streamStateQuery": _plain(
            "Read the state of a stream", JSON, _object({"subjects_filter": {"type": "string"}, "offset": page})
        ),
        "listed": _plain("A page of the list", JSON, _result(total={"type": "integer"})),
        "streamConfiguration": _plain(
            "A configuration of a stream",
            JSON,
            {"type": "object", "examples": streams},
        ),
        "consumerConfiguration": _plain(
            "The configuration of a consumer", JSON, {"type": "object", "examples": [appointed]}
        ),
    }


def _discovery() -> dict[str, Message]:
    described = {"type": "object", "description": "See NATS ADR-32."}
    return {
        "discoveryQuery": _plain("A discovery request", BYTES, EMPTY),
        "discovered": _plain("The description of a service", JSON, described),
        "accountQuery": _plain("The counters of all accounts", JSON, _object({})),
        "statistics": _plain("The counters of a server", JSON, reference(system.Statistics)),
    }


def _and(names: Iterable[str]) -> str:
    first, *others = (f"`{name}`" for name in sorted(names))
    return " and ".join((", ".join((first, *others[:-1])), *others[-1:]))


def _plain(title: str, content_type: str, payload: Message) -> Message:
    return {"title": title, "contentType": content_type, "payload": payload}


def _object(properties: Message, **more: Any) -> Message:
    return {"type": "object", "properties": properties, **more}


def _result(**properties: Message) -> Message:
    error = _object({"code": {"type": "integer"}, "description": {"type": "string"}})
    return _object({**properties, "error": error})
