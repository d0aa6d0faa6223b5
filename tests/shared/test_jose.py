"""Interoperability with other JOSE libraries, in both directions; keys and signatures agree with the RFCs."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc import jws as joserfc_jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS, InvalidJWSSignature

from shared.clock import FixedClock
from shared.crypto.ed25519 import KeyUnusable, SigningKey, VerifyingKey, encode_base64url, write_secret
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused, sign_entry, verify_entry
from shared.protocol.envelope import EnvelopeRefused, RequestHead, sign_envelope
from shared.protocol.verifier import Verifier
from tests.conftest import NOW

KEY = SigningKey(bytes(range(32)))
PRIVATE_JWK = {**KEY.public.jwk, "d": encode_base64url(KEY.seed)}
# The libraries do not know this protocol's header members, but check everything else.
REGISTRY = joserfc_jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
BODIES = pytest.mark.parametrize(
    "body", [b"", b'{"plate":"AB-123-CD"}', b"only.url-safe", bytes(range(256))], ids=["none", "json", "dots", "bytes"]
)

# RFC 8032 section 7.1: secret key, public key, message, signature.
RFC8032 = {
    "TEST 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}


def request_head() -> RequestHead:
    """Return the head of a request from FR to notices."""
    return RequestHead(
        kid=KEY.kid,
        id="019e8312-1c00-7000-8000-000000000001",
        sender="FR",
        to="notices",
        iat=NOW.timestamp(),
        exp=NOW.timestamp() + 5,
        method="POST",
        target="/searches",
        officer="fr.officer",
        scopes=("notices:read",),
        purpose="security-check",
    )


def stated(head: RequestHead) -> dict[str, object]:
    """Return the protected header of a head as another implementation would write it."""
    return {
        "alg": "Ed25519",
        "b64": False,
        "crit": ["b64"],
        "exp": head.exp,
        "from": head.sender,
        "iat": head.iat,
        "id": head.id,
        "kid": head.kid,
        "method": head.method,
        "officer": head.officer,
        "purpose": head.purpose,
        "scopes": list(head.scopes),
        "target": head.target,
        "to": head.to,
        "typ": "i247-request",
    }


def entry() -> Entry:
    """Return the directory entry of FR's key."""
    return Entry(
        participant="FR",
        kind="bureau",
        signing_key=encode_base64url(KEY.public.raw),
        nats_user="UAFR",
        issued=NOW.timestamp(),
        not_before=NOW.timestamp(),
        not_after=NOW.timestamp() + 60,
    )


@pytest.fixture
def verifier() -> Verifier:
    """Return the verifier of notices, that knows the key of FR."""
    root = SigningKey.generate()
    return Verifier("notices", Directory(root.public, [sign_entry(entry(), root)]), FixedClock(NOW))


@BODIES
def test_joserfc_verifies_our_request_envelopes(body: bytes) -> None:
    """As a detached JWS over the raw body; not with another body."""
    header, key = sign_envelope(request_head(), body, KEY), OKPKey.import_key(KEY.public.jwk)
    checked = joserfc_jws.deserialize_compact(header, key, registry=REGISTRY, payload=body)
    assert checked.protected["officer"] == "fr.officer"
    with pytest.raises(BadSignatureError):
        joserfc_jws.deserialize_compact(header, key, registry=REGISTRY, payload=body + b"x")


@BODIES
def test_jwcrypto_verifies_our_request_envelopes(body: bytes) -> None:
    """As a detached JWS over the raw body; not with another body."""
    token = JWS()
    token.deserialize(sign_envelope(request_head(), body, KEY))
    token.verify(JWK(**KEY.public.jwk), detached_payload=body)
    assert token.jose_header["officer"] == "fr.officer"
    with pytest.raises(InvalidJWSSignature):
        token.verify(JWK(**KEY.public.jwk), detached_payload=body + b"x")


def test_a_request_envelope_signed_by_joserfc_is_verified(verifier: Verifier) -> None:
    """Not with another body."""
    body = b'{"plate":"AB-123-CD"}'
    header = joserfc_jws.serialize_compact(
        stated(request_head()), body, OKPKey.import_key(PRIVATE_JWK), registry=REGISTRY
    )
    assert verifier.verify(RequestHead, header, body, sender="FR") == request_head()
    with pytest.raises(EnvelopeRefused, match="signature"):
        verifier.verify(RequestHead, header, body + b"x", sender="FR")


@pytest.mark.parametrize("body", [b"", b'{"plate":"AB-123-CD"}', "Zoë".encode()])
def test_a_request_envelope_signed_by_jwcrypto_is_verified(verifier: Verifier, body: bytes) -> None:
    """In another spelling of the JSON; not with another body."""
    token = JWS(body)
    token.add_signature(JWK(**PRIVATE_JWK), protected=json.dumps(stated(request_head()), indent=2))
    token.detach_payload()
    header = token.serialize(compact=True)
    assert verifier.verify(RequestHead, header, body, sender="FR") == request_head()
    with pytest.raises(EnvelopeRefused, match="signature"):
        verifier.verify(RequestHead, header, body + b"x", sender="FR")


def test_joserfc_and_jwcrypto_verify_our_directory_entries() -> None:
    """An entry is an ordinary compact JWS."""
    signed = sign_entry(entry(), KEY)
    token = JWS()
    token.deserialize(signed, JWK(**KEY.public.jwk))
    assert json.loads(token.payload)["participant"] == "FR"
    checked = joserfc_jws.deserialize_compact(signed, OKPKey.import_key(KEY.public.jwk), registry=REGISTRY)
    assert checked.payload == token.payload


def test_directory_entries_signed_by_joserfc_and_jwcrypto_are_verified() -> None:
    """Not with another root key."""
    head = {"alg": "Ed25519", "kid": KEY.kid, "typ": "i247-directory-entry"}
    payload = json.dumps(
        {
            "participant": "FR",
            "kind": "bureau",
            "signing_key": KEY.public.jwk["x"],
            "nats_user": "UAFR",
            "issued": NOW.timestamp(),
            "not_before": NOW.timestamp(),
            "not_after": NOW.timestamp() + 60,
        }
    )
    token = JWS(payload)
    token.add_signature(JWK(**PRIVATE_JWK), protected=json.dumps(head))
    others = [
        token.serialize(compact=True),
        joserfc_jws.serialize_compact(head, payload, OKPKey.import_key(PRIVATE_JWK), registry=REGISTRY),
    ]
    for signed in others:
        assert verify_entry(signed, KEY.public) == entry()
        with pytest.raises(EntryRefused, match="root key"):
            verify_entry(signed, SigningKey.generate().public)


def test_the_thumbprint_of_a_key_is_that_of_rfc_8037() -> None:
    """RFC 8037 appendices A.2 and A.3; other libraries compute the same."""
    key = SigningKey(bytes.fromhex(RFC8032["TEST 1"][0])).public
    assert key.jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert JWK(**key.jwk).thumbprint() == OKPKey.import_key(key.jwk).thumbprint() == key.kid


@pytest.mark.parametrize("vector", RFC8032)
def test_keys_and_signatures_are_those_of_rfc_8032(vector: str) -> None:
    """Test vectors of section 7.1; no other message verifies."""
    secret, public, message, signature = map(bytes.fromhex, RFC8032[vector])
    key = SigningKey(secret)
    assert (key.public.raw, key.sign(message)) == (public, signature)
    assert VerifyingKey(public).verifies(signature, message)
    assert not VerifyingKey(public).verifies(signature, message + b"x")
    assert not VerifyingKey(public).verifies(signature[:-1], message)


def test_a_public_key_of_small_order_verifies_nothing() -> None:
    """With such a key one signature would be valid for every message."""
    neutral = bytes([1]) + bytes(31)
    assert not VerifyingKey(neutral).verifies(neutral + bytes(32), b"any message")


def test_a_key_file_is_pkcs8_with_mode_0600(tmp_path: Path) -> None:
    """It is read back as the same key."""
    file = tmp_path / "keys" / "FR.pem"
    KEY.save(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    loaded = load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(loaded, Ed25519PrivateKey)
    assert loaded.private_bytes_raw() == KEY.seed == SigningKey.load(file).seed
    assert [entry.name for entry in file.parent.iterdir()] == ["FR.pem"]


def test_writing_a_secret_replaces_the_file_and_sets_mode_0600(tmp_path: Path) -> None:
    """Whatever its mode was."""
    file = tmp_path / "secret"
    file.write_text("an older and longer secret")
    file.chmod(0o644)
    write_secret(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)


def pem(key: Ed25519PrivateKey, *, password: bytes | None = None) -> bytes:
    """Return a private key as a PEM file."""
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


ED25519 = Ed25519PrivateKey.from_private_bytes(KEY.seed)
UNUSABLE = {
    "empty": b"",
    "not text": bytes(range(256)),
    "cut short": pem(ED25519)[:70],
    "encrypted": pem(ED25519, password=b"secret"),
    "another character": pem(ED25519).replace(b"MC4", b"MC!"),
    "RSA": pem(rsa.generate_private_key(65537, 2048)),
    "P-256": pem(ec.generate_private_key(ec.SECP256R1())),
    "X25519": pem(x25519.X25519PrivateKey.generate()),
    "Ed448": pem(ed448.Ed448PrivateKey.generate()),
    "an unknown curve": b"-----BEGIN PRIVATE KEY-----\n"
    b"MCACAQAwEAYHKoZIzj0CAQYFK4EEAAYECTAHAgEBBAIAAQ==\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_an_unusable_key_file_is_refused_without_repeating_its_content(tmp_path: Path, fault: str) -> None:
    """The message names the file and the remedy."""
    file = tmp_path / "FR.pem"
    file.write_bytes(UNUSABLE[fault])
    with pytest.raises(KeyUnusable) as refused:
        SigningKey.load(file)
    sentence = str(refused.value)
    assert sentence.startswith(f"key file {file} ")
    assert sentence.endswith("restore or remove it")
    assert not any(line.decode("latin-1") in sentence for line in UNUSABLE[fault].splitlines() if len(line) > 8)


def test_a_missing_or_unreadable_key_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match=r"FR\.pem is missing$"):
        SigningKey.load(tmp_path / "FR.pem")
    with pytest.raises(KeyUnusable, match="cannot be read"):
        SigningKey.load(tmp_path)


def test_a_private_key_is_not_in_its_repr_or_str() -> None:
    assert KEY.seed.hex() not in f"{KEY!r} {KEY}"
    assert encode_base64url(KEY.seed) not in f"{KEY!r} {KEY}"
