"""Messages: a recipient opens a sealed message, and refuses anything else with the reason."""

import hashlib
import os
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.hpke import ContentKey, SealingKey
from shared.protocol.envelope import EnvelopeRefused, MessageHead, ReceiptHead, RefusalReason, digest_of, sign_envelope
from shared.protocol.messages import (
    Answered,
    AttachmentMetadata,
    Content,
    OpenedMessage,
    SealedMessage,
    blinded,
    content_digest,
    is_among,
    make_receipt,
    named,
    open_message,
    seal_message,
)
from shared.protocol.parcel import Parcel
from shared.protocol.quotes import QuotedRecord
from tests.conftest import NOW
from tests.shared.correspondents import KEYS, MESSAGE_ID, SEALING_KEYS, content, draft, receipt, verifier_of

MESSAGE = seal_message(draft(), KEYS["FR"])
MANY = ("AT", "BE", "CH", "DE", "ES", "FI", "GR", "HU", "IT", "JP")
BLIND = seal_message(draft(disclosed=False), KEYS["FR"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
CONTENTS = st.builds(
    Content,
    officer=TEXT,
    subject=TEXT,
    body=TEXT,
    thread=st.uuids().map(str),
    in_reply_to=st.none() | st.uuids().map(str),
    attachments=st.lists(
        st.builds(AttachmentMetadata, TEXT, TEXT, st.integers(0, 2**24), st.just("A" * 43)), max_size=3
    ).map(tuple),
    quotes=st.lists(
        st.builds(
            QuotedRecord,
            service=st.just("vehicles"),
            kind=st.just("vehicle"),
            record=st.uuids().map(str),
            version=st.integers(1, 2**31),
            owner=st.sampled_from(["FR", "DE"]),
            handling=st.sampled_from(["OFFICIAL_USE", "RESTRICTED", "CONFIDENTIAL"]),
            conditions=st.lists(st.sampled_from(["H0", "H1", "H2", "H3"]), max_size=4).map(tuple),
            other_condition=st.none() | TEXT,
        ),
        max_size=3,
    ).map(tuple),
)


def wrap(message: SealedMessage, recipient: str, key: SealingKey | None = None) -> str:
    """Return the content key as it is sent to a recipient, sealed to their key or to another."""
    return message.parcel_for(recipient, (key or SEALING_KEYS[recipient]).public).key


def parcel(message: SealedMessage, recipient: str = "DE", **changed: Any) -> Parcel:
    """Return the parcel for a recipient, with something changed."""
    plain = {
        "signature": message.signature,
        "body": message.body,
        "key": wrap(message, recipient),
    }
    return Parcel(**(plain | changed))


def opened(parcel: Parcel, recipient: str = "DE") -> OpenedMessage:
    """Return the message that a recipient opens with their keys."""
    held = {SEALING_KEYS[recipient].kid: SEALING_KEYS[recipient]}
    return open_message(verifier_of(recipient), parcel, sender="FR", recipient=recipient, key_of=held.get)


def refusal_of(parcel: Parcel, recipient: str = "DE") -> RefusalReason:
    """Return the reason for which a recipient refuses a parcel."""
    with pytest.raises(EnvelopeRefused) as refused:
        opened(parcel, recipient)
    return refused.value.reason


@given(content=CONTENTS, disclosed=st.booleans(), recipient=st.sampled_from(["DE", "IT"]))
def test_a_sealed_message_opens_for_each_recipient(content: Content, disclosed: bool, recipient: str) -> None:
    """Whether or not the recipients are disclosed to each other."""
    message = seal_message(draft(content=content, disclosed=disclosed), KEYS["FR"])
    read = opened(parcel(message, recipient), recipient)
    assert read.head == message.head
    assert read.content == content
    assert (read.raw_content, read.salt, read.content_key) == (message.content, message.salt, message.content_key)
    assert read.blind == message.blinds.get(recipient, b"")


def test_a_message_can_use_the_content_key_of_its_attachments() -> None:
    """Attachments are sealed before the message."""
    key = ContentKey.generate()
    message = seal_message(draft(), KEYS["FR"], key)
    assert opened(parcel(message)).content_key == message.content_key == key.raw


def test_an_undisclosed_head_reveals_no_recipient() -> None:
    """It has one salted digest for each, in an order that reveals nothing."""
    assert not list(named(BLIND.head))
    assert list(named(MESSAGE.head)) == ["DE", "IT"]
    many = seal_message(draft(disclosed=False, recipients=tuple(map(BureauCode, MANY))), KEYS["FR"])
    assert many.head.to == tuple(sorted(blinded(code, salt) for code, salt in many.blinds.items()))
    assert len(set(many.head.to)) == len(set(many.blinds.values())) == len(MANY)
    # Without its salt a code cannot be tested against the digests.
    assert blinded("DE", b"") not in BLIND.head.to
    assert seal_message(draft(disclosed=False), KEYS["FR"]).head.to != BLIND.head.to


@given(place=st.integers(0, len(MESSAGE.body) * 8 - 1))
def test_a_flipped_bit_of_the_body_breaks_the_signature(place: int) -> None:
    """The signature covers the ciphertext, so no changed body is decrypted."""
    changed = bytearray(MESSAGE.body)
    changed[place // 8] ^= 1 << place % 8
    assert refusal_of(parcel(MESSAGE, body=bytes(changed))) is RefusalReason.SIGNATURE


WRAP = wrap(MESSAGE, "DE")


@given(place=st.integers(0, len(WRAP) - 1), other=st.characters())
def test_a_changed_character_in_the_wrapped_key_is_refused(place: int, other: str) -> None:
    """A changed key id is unknown; a changed wrap does not open."""
    changed = WRAP[:place] + other + WRAP[place + 1 :]
    kid = WRAP.index(".")
    if changed == WRAP:
        assert opened(parcel(MESSAGE, key=changed)).content == content()
        return
    assert refusal_of(parcel(MESSAGE, key=changed)) is (
        RefusalReason.SEALING_KEY_UNKNOWN if place <= kid else RefusalReason.SEAL
    )


@given(place=st.integers(0, len(MESSAGE.signature) - 1))
def test_a_changed_character_in_a_message_signature_is_refused(place: int) -> None:
    """In the head and in the signature."""
    other = "A" if MESSAGE.signature[place] != "A" else "B"
    changed = MESSAGE.signature[:place] + other + MESSAGE.signature[place + 1 :]
    assert refusal_of(parcel(MESSAGE, signature=changed)) in set(RefusalReason)


@pytest.mark.parametrize("key", ["", ".", "é", f"{SEALING_KEYS['DE'].kid}", f"{SEALING_KEYS['DE'].kid}.", "A" * 5_000])
def test_a_malformed_wrapped_key_is_refused(key: str) -> None:
    """With a refusal and no other error."""
    assert refusal_of(parcel(MESSAGE, key=key)) in {RefusalReason.SEALING_KEY_UNKNOWN, RefusalReason.SEAL}


def test_a_wrapped_key_opens_only_for_its_recipient_message_and_key() -> None:
    """Not for another recipient, another message, or a key that is not held."""
    # Even if both messages have the same content key.
    same_key = ContentKey(MESSAGE.content_key)
    other = seal_message(draft(id="019e8312-1c00-7000-8000-00000000000b"), KEYS["FR"], same_key)
    for_italy = wrap(MESSAGE, "IT", SEALING_KEYS["DE"])
    of_another = wrap(other, "DE")
    to_a_lost_key = wrap(MESSAGE, "DE", SealingKey.generate())
    assert refusal_of(parcel(MESSAGE, key=for_italy)) is RefusalReason.SEAL
    assert refusal_of(parcel(MESSAGE, key=of_another)) is RefusalReason.SEAL
    assert refusal_of(parcel(MESSAGE, key=to_a_lost_key)) is RefusalReason.SEALING_KEY_UNKNOWN


def signed(body: bytes, **changed: Any) -> SealedMessage:
    """Return the message as a malicious sender would make it: another body or head with a genuine signature."""
    head = msgspec.structs.replace(MESSAGE.head, **changed)
    return msgspec.structs.replace(MESSAGE, head=head, body=body, signature=sign_envelope(head, body, KEYS["FR"]))


def test_two_recipients_cannot_open_different_contents_under_one_signature() -> None:
    """The signed digest matches one content only: another key or another content is refused."""
    with_another_key = msgspec.structs.replace(MESSAGE, content_key=os.urandom(32))
    assert refusal_of(parcel(with_another_key)) is RefusalReason.SEAL
    # With AES-GCM alone a ciphertext could open under two keys: the signed digest matches at most one of the contents.
    other_content = ContentKey(MESSAGE.content_key).seal(MESSAGE.salt + b"{}", MESSAGE_ID.encode())
    assert refusal_of(parcel(signed(other_content))) is RefusalReason.CONTENT
    another_salt = ContentKey(MESSAGE.content_key).seal(bytes(16) + MESSAGE.content, MESSAGE_ID.encode())
    assert refusal_of(parcel(signed(another_salt))) is RefusalReason.CONTENT


def test_a_body_signed_again_under_another_message_id_is_refused() -> None:
    again = signed(MESSAGE.body, id="019e8312-1c00-7000-8000-00000000000b")
    assert refusal_of(parcel(again)) is RefusalReason.SEAL


@pytest.mark.parametrize("length", [0, 31])
def test_a_content_key_that_is_too_short_is_refused(length: int) -> None:
    """It is reported as a broken seal."""
    assert refusal_of(parcel(msgspec.structs.replace(MESSAGE, content_key=bytes(length)))) is RefusalReason.SEAL


@pytest.mark.parametrize(
    "blind",
    [bytes(16), BLIND.blinds["IT"], b"", BLIND.blinds["DE"][:-1], BLIND.blinds["DE"] + b"\0"],
    # Named, because each process draws its own random salts.
    ids=["zeros", "of-another", "none", "too-short", "too-long"],
)
def test_a_blind_salt_that_matches_no_digest_is_refused(blind: bytes) -> None:
    """The recipient must find their own salted digest in the head."""
    wrong_salt = msgspec.structs.replace(BLIND, blinds={"DE": blind})
    assert refusal_of(parcel(wrong_salt)) is RefusalReason.RECIPIENT


def test_a_blind_salt_for_a_disclosed_recipient_is_refused() -> None:
    assert refusal_of(parcel(msgspec.structs.replace(MESSAGE, blinds={"DE": bytes(16)}))) is RefusalReason.RECIPIENT


def test_a_recipient_digest_matches_one_bureau_only() -> None:
    """The salt has a fixed length; otherwise the digest of IPSG would match SG with a salt that ends in IP."""
    salt = bytes(16)
    assert blinded("IPSG", salt) == blinded("SG", salt + b"IP")
    head = msgspec.structs.replace(BLIND.head, to=(blinded("IPSG", salt),))
    assert is_among(head, "IPSG", salt)
    assert not is_among(head, "SG", salt + b"IP")


def test_a_recipient_digest_without_a_salt_matches_no_bureau() -> None:
    """Anyone could test all codes against such a digest."""
    head = msgspec.structs.replace(BLIND.head, to=(blinded("DE", b""),))
    assert not is_among(head, "DE", b"")


def test_a_wrapped_key_for_a_bureau_that_is_not_in_the_head_is_refused() -> None:
    to_italy = seal_message(draft(recipients=(BureauCode("IT"),)), KEYS["FR"])
    assert refusal_of(parcel(to_italy)) is RefusalReason.RECIPIENT
    secretly = seal_message(draft(recipients=(BureauCode("IT"),), disclosed=False), KEYS["FR"])
    assert refusal_of(parcel(secretly)) is RefusalReason.RECIPIENT


def test_a_malformed_content_is_refused_when_it_is_opened() -> None:
    """Its sender sealed and signed it genuinely."""
    raw = b'{"body":"Nothing seen."}'
    body = ContentKey(MESSAGE.content_key).seal(MESSAGE.salt + raw, MESSAGE_ID.encode())
    assert refusal_of(parcel(signed(body, content_digest=content_digest(MESSAGE.salt, raw)))) is RefusalReason.CONTENT


def test_a_receipt_is_bound_to_its_message_and_opens_for_the_sender() -> None:
    """It states message id, digest and state, and its body is empty."""
    header = receipt(MESSAGE, "DE", "refused", at=NOW)
    head = verifier_of("FR").verify(ReceiptHead, header, b"", sender="DE")
    assert (head.re, head.re_digest) == (MESSAGE_ID, digest_of(MESSAGE.signature))
    assert (head.sender, head.to, head.state, head.reason) == ("DE", "FR", "refused", "wrong-bureau")
    with pytest.raises(EnvelopeRefused, match="signature"):
        verifier_of("FR").verify(ReceiptHead, header, b"x", sender="DE")


def test_an_acknowledgement_refers_to_the_receipt_it_answers() -> None:
    """By id and digest."""
    header = receipt(MESSAGE, "DE", at=NOW)
    held = verifier_of("FR").verify(ReceiptHead, header, b"", sender="DE")
    answered = Answered(id=held.id, digest=digest_of(header), sender="DE", by="FR")
    acknowledged = make_receipt(answered, "acknowledged", None, key=KEYS["FR"], at=NOW)
    assert verifier_of("DE").verify(ReceiptHead, acknowledged.signature, b"", sender="FR") == acknowledged.head
    assert (acknowledged.head.re, acknowledged.head.re_digest) == (held.id, digest_of(header))


def test_the_content_digest_is_the_sha_256_of_salt_and_content() -> None:
    """A third party can check it with SHA-256 alone."""
    both = hashlib.sha256(MESSAGE.salt + MESSAGE.content).digest()
    assert MESSAGE.head.content_digest == encode_base64url(both)
    assert isinstance(MESSAGE.head, MessageHead)
