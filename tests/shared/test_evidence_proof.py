"""Evidence: every byte is checked, keys are judged as of their time, other libraries agree, and no input raises."""

import base64
import hashlib
import json
import re
import tracemalloc
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.protocol.directory_entry import MAX_ENTRY
from shared.protocol.envelope import MAX_RECIPIENTS, MAX_SIGNATURE_HEADER, sign_envelope
from shared.protocol.evidence import MAX_EVIDENCE_BYTES, assemble, verify
from shared.protocol.messages import MAX_BODY, seal_message
from tests.conftest import NOW
from tests.shared.correspondents import ENTRIES, KEYS, ROOT, content, draft, entry_of, proven, receipt

REGISTRY = joserfc_jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
# Its default limit is 512 characters, which a head with two undisclosed recipients exceeds.
REGISTRY.max_header_length = MAX_SIGNATURE_HEADER
MESSAGE = seal_message(draft(disclosed=False), KEYS["FR"])
FILE = assemble(proven(MESSAGE), (receipt(MESSAGE, "IT", "refused"),), ENTRIES)
DISCLOSED = seal_message(draft(), KEYS["FR"])
REVOKED = NOW + timedelta(hours=1)
BEFORE, AFTER = REVOKED - timedelta(seconds=1), REVOKED

# The check that fails when a byte of a member is changed; for a receipt it also has its number.
NAMED = {
    "signature": "message",
    "head": "message",
    "ciphertext": "message",
    "ciphertext_digest": "ciphertext digest",
    "content": "content",
    "salt": "content",
    "blinds": "recipients",
    "entries": "directory entries",
}


def failed_checks(file: bytes) -> dict[str, str]:
    """Return what each failed check of a file reports."""
    return {found.check: found.says for found in verify(file, ROOT.public).found if not found.ok}


def checks_by_place() -> list[str]:
    """Return for each byte of the file the check that covers it: the file has one member on each line."""
    places: list[str] = []
    check, receipts = "form", 0
    for line in FILE.splitlines(keepends=True):
        member = re.match(rb' {1,2}"(\w+)": ', line)
        if line == b"  {\n":
            receipts += 1
            check = f"receipt {receipts}"
        elif member or not line.startswith(b"  "):
            check = NAMED.get(member[1].decode(), check) if member else "form"
        places += [check] * len(line)
    return places


@pytest.mark.thorough
def test_each_changed_byte_fails_the_check_of_its_part_or_of_the_form() -> None:
    for place, check in enumerate(checks_by_place()):
        changed = bytearray(FILE)
        changed[place] ^= 1
        names = failed_checks(bytes(changed)).keys()
        assert names & {check, "form"}, (FILE[place - 20 : place + 20], check, names)


def test_each_truncated_file_fails_the_form_check() -> None:
    for cut in range(0, len(FILE), 11):
        assert failed_checks(FILE[:cut]).keys() == {"form"}


@pytest.mark.parametrize(
    "file",
    [
        FILE.replace(b'"format": ', b'"format":'),
        FILE[:-1],
        FILE + b"\n",
        b"\xef\xbb\xbf" + FILE,
        FILE.replace(b"\n", b"\r\n"),
        FILE.replace("é".encode(), b"\\u00e9"),
        FILE.replace(b'"salt"', b'"s\\u0061lt"'),
        FILE.replace(b'{\n "format"', b'{\n "salt": "",\n "format"'),
    ],
)
def test_a_file_in_another_spelling_fails_the_form_check(file: bytes) -> None:
    """White space, other escapes, or a duplicate member: the same meaning, but not the canonical form."""
    assert file != FILE
    assert failed_checks(file).keys() == {"form"}


def revoked_evidence(*receipts: str, revoked: datetime = REVOKED) -> bytes:
    """Return the evidence of a message whose sender's key was revoked an hour after it was signed."""
    entries = [ENTRIES[0], entry_of("FR", revoked_at=revoked.timestamp()), ENTRIES[2]]
    return assemble(proven(DISCLOSED), receipts, entries)


def test_a_key_revoked_later_is_valid_with_a_receipt_from_before_the_revocation() -> None:
    """The receipt of a recipient shows that the message is older."""
    assert not failed_checks(revoked_evidence(receipt(DISCLOSED, "DE", at=BEFORE)))


def test_a_key_revoked_later_is_not_valid_without_a_valid_earlier_receipt() -> None:
    """A thief of the key could backdate a message."""
    not_its_own = receipt(DISCLOSED, "DE", at=BEFORE, key=KEYS["IT"])
    for receipts in ((), (receipt(DISCLOSED, "DE", at=AFTER),), (not_its_own,), (receipt(DISCLOSED, "FR", at=BEFORE),)):
        assert "only the sender states" in failed_checks(revoked_evidence(*receipts))["sender's key"]


def test_a_receipt_by_the_sender_does_not_prove_the_time_of_a_message() -> None:
    to_all = seal_message(draft(recipients=(BureauCode("FR"), BureauCode("DE"))), KEYS["FR"])
    entries = [ENTRIES[0], entry_of("FR", revoked_at=REVOKED.timestamp())]
    file = assemble(proven(to_all), (receipt(to_all, "FR", at=BEFORE),), entries)
    assert failed_checks(file).keys() == {"sender's key"}


@pytest.mark.parametrize("revoked", [NOW, NOW - timedelta(seconds=1)])
def test_a_key_revoked_before_signing_is_not_valid(revoked: datetime) -> None:
    """Whichever participant signed a receipt for the message."""
    file = revoked_evidence(receipt(DISCLOSED, "DE"), revoked=revoked)
    assert "revoked before" in failed_checks(file)["sender's key"]


@pytest.mark.parametrize("window", [{"not_before": NOW.timestamp() + 1}, {"not_after": NOW.timestamp() - 1}])
def test_a_key_outside_its_validity_period_at_signing_is_not_valid(window: dict[str, float]) -> None:
    """For the sender's message and for a receipt."""
    by_sender = assemble(proven(DISCLOSED), (), [entry_of("FR", **window)])
    assert "the key was valid from" in failed_checks(by_sender)["sender's key"]
    by_recipient = assemble(
        proven(DISCLOSED), (receipt(DISCLOSED, "DE", at=NOW),), [entry_of("DE", **window), ENTRIES[1]]
    )
    assert "the key was valid from" in failed_checks(by_recipient)["receipt 1"]


def test_a_key_that_expired_after_signing_is_valid() -> None:
    """Evidence may be verified years later, when all its keys have expired."""
    window = {"not_before": NOW.timestamp(), "not_after": NOW.timestamp()}
    assert not failed_checks(assemble(proven(DISCLOSED), (), [entry_of("FR", **window)]))


def test_a_receipt_is_valid_if_signed_before_the_revocation_of_its_key() -> None:
    """A receipt that is signed from the revocation on is not."""
    entries = [entry_of("DE", revoked_at=REVOKED.timestamp()), ENTRIES[1]]
    assert not failed_checks(assemble(proven(DISCLOSED), (receipt(DISCLOSED, "DE", at=BEFORE),), entries))
    after = assemble(proven(DISCLOSED), (receipt(DISCLOSED, "DE", at=AFTER),), entries)
    assert "revoked before" in failed_checks(after)["receipt 1"]


def decoded(text: str) -> bytes:
    """Return the decoded bytes of base64url, with the standard library only."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keys_in(plain: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the keys of a file by key id, after both libraries have verified the root's signature of each entry."""
    keys = {}
    for entry in plain["entries"]:
        token = JWS()
        token.deserialize(entry, JWK(**ROOT.public.jwk))
        checked = joserfc_jws.deserialize_compact(entry, OKPKey.import_key(ROOT.public.jwk), registry=REGISTRY)
        assert checked.payload == token.payload
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": json.loads(token.payload)["signing_key"]}
        keys[JWK(**jwk).thumbprint()] = jwk
    return keys


def test_joserfc_and_jwcrypto_verify_all_signatures_of_a_file() -> None:
    """A JOSE library, SHA-256 and the root's public key are enough."""
    plain = json.loads(FILE)
    keys, message = keys_in(plain), plain["message"]
    signed = [(message, decoded(message["ciphertext"])), *((receipt, b"") for receipt in plain["receipts"])]
    for each, body in signed:
        jwk = keys[each["head"]["kid"]]
        token = JWS()
        token.deserialize(each["signature"])
        token.verify(JWK(**jwk), detached_payload=body)
        assert json.loads(token.objects["protected"]) == each["head"]
        key = OKPKey.import_key(jwk)
        checked = joserfc_jws.deserialize_compact(each["signature"], key, registry=REGISTRY, payload=body)
        assert checked.protected == each["head"]
        with pytest.raises(BadSignatureError):
            joserfc_jws.deserialize_compact(each["signature"], key, registry=REGISTRY, payload=body + b"x")
    salted = decoded(plain["salt"]) + plain["content"].encode()
    assert decoded(message["head"]["content_digest"]) == hashlib.sha256(salted).digest()
    for code, salt in plain["blinds"].items():
        digest = hashlib.sha256(decoded(salt) + code.encode()).digest()
        assert digest in [decoded(each[1:]) for each in message["head"]["to"]]
    about = base64.urlsafe_b64encode(hashlib.sha256(message["signature"].encode()).digest()).decode().rstrip("=")
    assert {each["head"]["re_digest"] for each in plain["receipts"]} == {about}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(raw=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b'{"format":"i247-evidence-1","message":{"head":' + b"[" * 100_000)
@example(FILE.replace(b'"b64": false', b'"b64": ' + b"[" * 5_000 + b"]" * 5_000, 1))
@example(FILE.replace(b'"b64": false', b'"b64": ' + b"[" * 900 + b"]" * 900, 1))
@example(FILE.replace(b"1780315200.0", b"9" * 5_000))
@example(FILE.replace(b"1780315200.0", b"1e999"))
@example(FILE.replace(b'"FR"', b'"\\ud800"'))
def test_any_bytes_as_a_file_fail_the_checks_without_an_exception(raw: bytes) -> None:
    assert failed_checks(raw)


@given(member=st.sampled_from(["message", "content", "salt", "blinds", "receipts", "entries"]), value=JSON)
def test_any_value_of_a_member_fails_the_checks_without_an_exception(member: str, value: Any) -> None:
    plain = {**json.loads(FILE), member: value}
    assert failed_checks(json.dumps(plain).encode())


@given(
    place=st.sampled_from(["message", "receipt"]), name=st.sampled_from(["iat", "exp", "from", "kid", "to"]), value=JSON
)
def test_any_signed_head_fails_the_checks_without_an_exception(place: str, name: str, value: Any) -> None:
    plain = json.loads(FILE)
    signed = plain["message"] if place == "message" else plain["receipts"][0]
    signed["head"] = {**signed["head"], name: value}
    protected = encode_base64url(json.dumps(signed["head"]).encode())
    signed["signature"] = f"{protected}..{encode_base64url(KEYS['FR'].sign(protected.encode() + b'.'))}"
    assert failed_checks(json.dumps(plain, indent=1).encode())


@pytest.mark.parametrize("seconds", [1e300, -1e300, 1e12])
def test_a_time_outside_the_calendar_is_reported_in_seconds(seconds: float) -> None:
    head = msgspec.structs.replace(DISCLOSED.head, iat=seconds)
    signature = sign_envelope(head, DISCLOSED.body, KEYS["FR"])
    failures = failed_checks(assemble(proven(DISCLOSED, signature=signature), (), ENTRIES))
    assert "s after 1970" in failures["sender's key"]


def test_an_overlong_head_is_refused_with_bounded_memory() -> None:
    """A head longer than any that can be signed is not parsed."""
    long_head = FILE.replace(b'"b64": false', b'"b64": [' + b"[]," * 1_000_000 + b"[]]", 1)
    tracemalloc.start()
    try:
        assert "message" in failed_checks(long_head)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(long_head)
    finally:
        tracemalloc.stop()


def test_an_oversized_file_fails_the_form_check() -> None:
    assert "exceeds" in failed_checks(b"[" * (MAX_EVIDENCE_BYTES + 1))["form"]


def test_evidence_of_the_largest_message_to_the_most_recipients_is_within_the_limit() -> None:
    """With three receipts of each recipient and their directory entries."""
    largest = content(body="\U0001f4a5" * MAX_BODY)
    many = tuple(BureauCode(f"{number:03}") for number in range(MAX_RECIPIENTS))
    message = seal_message(draft(content=largest, recipients=many, disclosed=False), KEYS["FR"])
    signed = receipt(message, "DE")
    one = assemble(proven(message), (signed,), ENTRIES)
    # The head of a receipt occurs twice; an entry has a sealing key of 1216 bytes.
    size = len(one) + MAX_RECIPIENTS * (3 * 3 * len(signed) + MAX_ENTRY)
    assert size < MAX_EVIDENCE_BYTES
    assert failed_checks(one).keys() == {"receipt 1"}
