"""Messages and receipts are detached JWS for other JOSE libraries, and envelopes that those sign are accepted."""

import json
from typing import Any

import pytest
from joserfc import jws as joserfc_jws
from joserfc.errors import BadSignatureError, ExceededSizeError
from joserfc.jwk import OKPKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS, InvalidJWSSignature

from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, EnvelopeRefused, MessageHead, ReceiptHead
from shared.protocol.messages import seal_message
from tests.conftest import NOW
from tests.shared.correspondents import KEYS, draft, receipt, verifier_of

REGISTRY = joserfc_jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
REGISTRY.max_header_length = MAX_SIGNATURE_HEADER
DISCLOSED = seal_message(draft(), KEYS["FR"])
UNDISCLOSED = seal_message(draft(disclosed=False), KEYS["FR"])

# Signature header, exact body, and the signer's key.
SIGNED = {
    "message": (DISCLOSED.signature, DISCLOSED.body, KEYS["FR"]),
    "message to undisclosed recipients": (UNDISCLOSED.signature, UNDISCLOSED.body, KEYS["FR"]),
    "receipt": (receipt(DISCLOSED, "DE", at=NOW), b"", KEYS["DE"]),
    "receipt that refuses": (receipt(DISCLOSED, "DE", "refused", at=NOW), b"", KEYS["DE"]),
}
each_kind = pytest.mark.parametrize("kind", SIGNED)


def private_jwk(key: SigningKey) -> dict[str, Any]:
    """Return a private key as a JWK."""
    return {**key.public.jwk, "d": encode_base64url(key.seed)}


def stated(signature: str) -> dict[str, Any]:
    """Return the head that a signature header holds."""
    head: dict[str, Any] = json.loads(decode_base64url(signature.partition("..")[0]))
    return head


def verify_as_recipient(kind: str, signature: str, body: bytes) -> None:
    """Verify, as the recipient does, what another library signed."""
    if kind.startswith("message"):
        verifier_of("DE").verify(MessageHead, signature, body, sender="FR")
    else:
        verifier_of("FR").verify(ReceiptHead, signature, body, sender="DE")


@each_kind
def test_joserfc_verifies_our_messages_and_receipts(kind: str) -> None:
    """The body of a receipt is empty; another body does not verify."""
    signature, body, signer = SIGNED[kind]
    key = OKPKey.import_key(signer.public.jwk)
    checked = joserfc_jws.deserialize_compact(signature, key, registry=REGISTRY, payload=body)
    assert checked.protected == stated(signature)
    with pytest.raises(BadSignatureError):
        joserfc_jws.deserialize_compact(signature, key, registry=REGISTRY, payload=body + b"x")


@each_kind
def test_jwcrypto_verifies_our_messages_and_receipts(kind: str) -> None:
    """Another body does not verify."""
    signature, body, signer = SIGNED[kind]
    token = JWS()
    token.deserialize(signature)
    token.verify(JWK(**signer.public.jwk), detached_payload=body)
    assert token.jose_header == stated(signature)
    with pytest.raises(InvalidJWSSignature):
        token.verify(JWK(**signer.public.jwk), detached_payload=body + b"x")


@each_kind
def test_messages_and_receipts_signed_by_joserfc_are_verified(kind: str) -> None:
    """Not with another body."""
    signature, _, signer = SIGNED[kind]
    # joserfc signs only text and does not detach a URL-safe body; it verifies any body.
    body = b"" if kind.startswith("receipt") else b"{ciphertext}"
    key = OKPKey.import_key(private_jwk(signer))
    theirs = joserfc_jws.serialize_compact(stated(signature), body, key, registry=REGISTRY)
    verify_as_recipient(kind, theirs, body)
    with pytest.raises(EnvelopeRefused, match="signature"):
        verify_as_recipient(kind, theirs, body + b"x")


@each_kind
def test_messages_and_receipts_signed_by_jwcrypto_are_verified(kind: str) -> None:
    """In another spelling of the JSON; not with another body."""
    signature, _, signer = SIGNED[kind]
    body = b"" if kind.startswith("receipt") else "Chiffré".encode()
    token = JWS(body)
    token.add_signature(JWK(**private_jwk(signer)), protected=json.dumps(stated(signature), indent=2, sort_keys=True))
    token.detach_payload()
    theirs = token.serialize(compact=True)
    verify_as_recipient(kind, theirs, body)
    with pytest.raises(EnvelopeRefused, match="signature"):
        verify_as_recipient(kind, theirs, body + b"x")


def test_joserfc_refuses_a_head_with_many_recipients_at_its_default_limit() -> None:
    """The default is 512 characters, which is why the tests set another limit."""
    narrow = joserfc_jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    signature, body, signer = SIGNED["message to undisclosed recipients"]
    with pytest.raises(ExceededSizeError):
        joserfc_jws.deserialize_compact(signature, OKPKey.import_key(signer.public.jwk), registry=narrow, payload=body)
