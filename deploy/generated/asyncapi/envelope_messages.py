"""The messages that i247 defines: signed envelopes, and the parts of the directory."""

from typing import Any, Final

from deploy.generated.asyncapi.message_parts import BODY, BYTES, EMPTY, TEXT, Message, json_object, message
from deploy.generated.asyncapi.schemas import reference
from shared.crypto.hpke import CONTENT_KEY_BYTES, NONCE_BYTES, TAG_BYTES
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
from shared.transport.subjects import KEY_HEADER

WRAP_BYTES: Final = 1120 + CONTENT_KEY_BYTES + TAG_BYTES
_FIRST, *_OTHERS = (f"`{name}`" for name in sorted(SERVICE_FORMS))
_OF_SERVICES: Final = " and ".join((", ".join((_FIRST, *_OTHERS[:-1])), *_OTHERS[-1:]))

_SEALED: Final = {
    **BODY,
    "contentMediaType": BYTES,
    "description": (
        f"{NONCE_BYTES} bytes of nonce, then AES-256-GCM of a salt of {SALT_BYTES} bytes and the content, with the "
        f"tag of {TAG_BYTES} bytes at the end. Key: HKDF-SHA256 of the content key, without salt, info "
        "`i247 body`, 32 bytes. Additional data: the id of the message. The content is JSON in UTF-8 of at most "
        f"{MAX_CONTENT_BYTES} bytes that fits `x-plaintext`, and `content_digest` in the head is the SHA-256 of "
        "salt and content. If the content has a form, its body is JSON that fits the schema of that name in "
        f"`x-forms`, without duplicate members, and there are no attachments. {_OF_SERVICES} are for "
        "services, which send no others; all others are for bureaus. Treat an unknown form as text."
    ),
    "x-plaintext": reference(Content),
    "x-forms": {name: reference(form) for name, form in FORMS.items()},
}
_SIGNATURE: Final = {
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
}
_DIGEST: Final = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{43}$",
    "description": "The SHA-256 of the whole signature header of the request, base64url.",
}
_WRAPPED_KEY: Final = {
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
_ENTRY: Final = {
    "type": "string",
    "maxLength": MAX_ENTRY,
    "description": (
        "A compact JWS (RFC 7515), signed by the root key: its protected header is "
        f'{{"alg":"Ed25519","kid":<thumbprint of the root key>,"typ":"{ENTRY_TYPE}"}}, its payload JSON that '
        "fits `x-entry`. Ignore unknown members."
    ),
    "x-entry": reference(Entry),
}
_DIRECTORY_PART: Final = json_object(
    {
        "head": {
            "type": "string",
            "description": (
                f"A checkpoint (C2SP tlog-checkpoint) of the log `{DIRECTORY_LOG}`, signed by the root key, with "
                "the lines of bureaus that cosigned it (tlog-cosignature v1)."
            ),
        },
        "from": {"type": "integer", "minimum": 0, "description": "The index of the first entry."},
        "entries": {"type": "array", "items": _ENTRY, "description": "The next entries of the log, in order."},
    },
    required=["head", "from", "entries"],
)
_DIRECTORY_QUERY: Final = json_object(
    {
        "size": {"type": "integer", "minimum": 0, "description": "How many entries of the log you have."},
        "root": {"type": "string", "description": "Their root hash (RFC 6962), base64url."},
        "from": {"type": "integer", "minimum": 0, "description": "The index of the first entry that you want."},
        "cosignature": {"type": "string", "description": "Your cosignature of that head; bureaus only."},
        "witnesses": {"type": "integer", "description": "How many cosignatures of it you have."},
    },
    required=["size", "root", "from"],
)


def _envelope(head: type[Head], summary: str, payload: Message, **more: Message) -> Message:
    headers: dict[str, Any] = {SIGNATURE_HEADER: {**_SIGNATURE, "x-protected-header": reference(head)}, **more}
    return {
        "title": str(head.__struct_config__.tag),
        "summary": summary,
        "contentType": BYTES,
        "headers": json_object(headers, required=list(headers)),
        "payload": payload,
    }


ENVELOPE_MESSAGES: Final = {
    "request": _envelope(RequestHead, "A request of a bureau to a service, with the body of the HTTP request.", BODY),
    "reply": _envelope(ReplyHead, "The reply of a service, with the body of the HTTP response.", BODY),
    "repetition": {
        **message("A request that arrived again: its sender, a colon, and its id", {"type": "string"}, TEXT),
        "headers": json_object({SIGNATURE_HEADER: _DIGEST}, required=[SIGNATURE_HEADER]),
    },
    "message": _envelope(
        MessageHead, "A message to bureaus, encrypted for each recipient.", _SEALED, **{KEY_HEADER: _WRAPPED_KEY}
    ),
    "receipt": _envelope(
        ReceiptHead, "A receipt of a recipient for a message, or `acknowledged` for a receipt.", EMPTY
    ),
    "directoryQuery": message("Fetch the directory; empty for all of it", _DIRECTORY_QUERY),
    "directoryEntries": message("A part of the directory; empty if nothing is new", _DIRECTORY_PART),
}
