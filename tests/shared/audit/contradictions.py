"""A signed answer about a leaf, and a checkpoint that contradicts it."""

from typing import Any

import msgspec

from shared.audit.format.proof_file import Contradiction, write_proof
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.merkle import inclusion_ranges
from shared.crypto.signed_note import log_name
from shared.protocol.envelope import ReplyHead, sign_envelope
from tests.conftest import NOW
from tests.shared.audit.notices_log import ENTRIES, KEYS, LOG, SERVICE, Log, entry_of, request_id

Plain = dict[str, Any]


def said(log: Log, index: int = 5, size: int = 300, **changed: Any) -> bytes:
    """Return the answer of a service about a leaf, with members changed."""
    plain: Plain = {
        "origin": log_name(SERVICE),
        "size": size,
        "index": index,
        "hash": encode_base64url(log.hashes[index]),
        "proof": log.prove(inclusion_ranges(index, size)),
    }
    return msgspec.json.encode(plain | changed)


def proof(body: bytes, *, key: SigningKey = KEYS[SERVICE], **changed: Any) -> bytes:
    """Return the file with an answer and the checkpoint, with members of the answer's head changed."""
    plain: Plain = {
        "kid": key.kid,
        "id": request_id(9),
        "sender": SERVICE,
        "to": "DE",
        "iat": NOW.timestamp(),
        "exp": NOW.timestamp() + 30,
        "re": request_id(8),
        "re_digest": "",
        "status": 200,
        "content_type": "application/json",
    }
    signature = sign_envelope(ReplyHead(**(plain | changed)), body, key)
    entries = tuple(sorted((*ENTRIES, entry_of("DE")))) if "sender" in changed else ENTRIES
    return write_proof(
        Contradiction(
            service=SERVICE, entries=entries, checkpoint=LOG.checkpoint(300), signature=signature, body=body.decode()
        )
    )
