"""The parts of the museum's exhibits: keys, their holders, and genuine envelopes to modify.

The keys are derived from their names and the time is fixed, so every run gives the same bytes.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.protocol.envelope import digest_of

TIME = "2026-06-01T12:00:00+00:00"
NOW = datetime.fromisoformat(TIME).timestamp()
DAY = 86_400.0
BODY = '{"plate":"AB-123-CD"}'

Exhibits = Iterator[tuple[str, dict[str, Any]]]

# Name: participant, valid from, valid until, revoked at.
HOLDERS: dict[str, tuple[str, float, float, float | None]] = {
    "FR": ("FR", NOW - DAY, NOW + DAY, None),
    "FR-expired": ("FR", NOW - 9 * DAY, NOW - DAY, None),
    "FR-not-yet-valid": ("FR", NOW + DAY, NOW + 9 * DAY, None),
    "FR-revoked": ("FR", NOW - DAY, NOW + DAY, NOW - 60),
    "FR-revoked-later": ("FR", NOW - DAY, NOW + DAY, NOW + 60),
    "DE": ("DE", NOW - DAY, NOW + DAY, None),
    "notices": ("notices", NOW - DAY, NOW + DAY, None),
}


def key(name: str) -> SigningKey:
    """Return the key for a name. Used by the museum only."""
    return SigningKey(hashlib.sha256(f"museum of bad envelopes: {name}".encode()).digest())


def keys() -> list[dict[str, Any]]:
    """Return every key in the directory of the museum as a JWK, with its participant."""
    return [
        {
            "name": name,
            "participant": participant,
            "not_before": not_before,
            "not_after": not_after,
            "revoked_at": revoked_at,
            "jwk": {**key(name).public.jwk, "d": encode_base64url(key(name).seed)},
        }
        for name, (participant, not_before, not_after, revoked_at) in HOLDERS.items()
    ]


def request(**changed: Any) -> dict[str, Any]:
    """Return the head of a genuine request, with members changed; a member that is None is left out."""
    head = {
        "typ": "i247-request",
        "alg": "Ed25519",
        "b64": False,
        "crit": ["b64"],
        "kid": key("FR").kid,
        "id": "019e8312-1c00-7000-8000-000000000001",
        "from": "FR",
        "to": "notices",
        "iat": NOW,
        "exp": NOW + 5,
        "method": "POST",
        "target": "/searches",
        "content_type": "application/json",
        "officer": "fr.officer",
        "scopes": ["notices:read"],
        "purpose": "security-check",
    }
    return {name: value for name, value in (head | changed).items() if value is not None}


def reply(**changed: Any) -> dict[str, Any]:
    """Return the head of a genuine reply, with members changed; a member that is None is left out."""
    head = {
        "typ": "i247-reply",
        "alg": "Ed25519",
        "b64": False,
        "crit": ["b64"],
        "kid": key("notices").kid,
        "id": "019e8312-1c00-7000-8000-000000000002",
        "from": "notices",
        "to": "FR",
        "iat": NOW,
        "exp": NOW + 30,
        "re": "019e8312-1c00-7000-8000-000000000001",
        "re_digest": digest_of(sealed(request())),
        "status": 200,
        "content_type": "application/json",
    }
    return {name: value for name, value in (head | changed).items() if value is not None}


def of_version_4(head: dict[str, Any]) -> str:
    """Return the id of a head as a UUID of version 4."""
    return f"{head['id'][:14]}4{head['id'][15:]}"


def of_variant_c(head: dict[str, Any]) -> str:
    """Return the id of a head as a UUID of the variant that RFC 9562 reserves."""
    return f"{head['id'][:19]}c{head['id'][20:]}"


def text(head: dict[str, Any]) -> bytes:
    """Return a head as JSON."""
    return json.dumps(head, separators=(",", ":")).encode()


def sealed(head: dict[str, Any] | bytes, *, by: str = "FR", body: str = BODY) -> str:
    """Return the signature header for a head that may be invalid."""
    protected = encode_base64url(head if isinstance(head, bytes) else text(head))
    return f"{protected}..{encode_base64url(key(by).sign(f'{protected}.{body}'.encode()))}"


def exhibit(reason: str | None, signature: str, **changed: Any) -> dict[str, Any]:
    """Return an exhibit: a received envelope, and the reason for which it must be refused."""
    return {
        "reason": reason,
        "kind": "i247-request",
        "sender": "FR",
        "recipient": "notices",
        "time": TIME,
        "body": BODY,
        "signature": signature,
        **changed,
    }
