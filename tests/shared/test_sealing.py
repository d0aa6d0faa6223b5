"""Sealing: what was sealed opens with its key, in its place, and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.ed25519 import KeyUnusable, encode_base64url
from shared.crypto.hpke import (
    CONTENT_KEY_BYTES,
    MLKEM_PUBLIC_BYTES,
    PUBLIC_KEY_BYTES,
    SEED_BYTES,
    TAG_BYTES,
    AttachmentCipher,
    ContentKey,
    SealBroken,
    SealingKey,
    SealingPublicKey,
)

KEY, OTHER = SealingKey(bytes(32)), SealingKey(bytes([1]) * 32)
CONTENT_KEY = ContentKey(bytes(range(32)))
SECRET, INFO = bytes(range(48)), b"id|DE"
WRAPPED = KEY.public.wrap(SECRET, INFO)
CHUNKS = (b"first chunk", b"second chunk", b"third")


def flipped(raw: bytes, place: int) -> bytes:
    """Return bytes of which one bit is another."""
    changed = bytearray(raw)
    changed[place // 8 % len(raw)] ^= 1 << place % 8
    return bytes(changed)


def test_the_public_key_is_that_of_the_draft_of_x_wing() -> None:
    """The seed of the first test vector of draft-connolly-cfrg-xwing-kem, appendix C, gives its public key."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    public = SealingKey(seed).public.raw
    assert public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
    assert public.hex().endswith("859edb06eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534")


@given(secret=st.binary(max_size=80), info=st.binary(max_size=80))
def test_what_was_wrapped_is_unwrapped_by_the_holder_of_the_key(secret: bytes, info: bytes) -> None:
    """Whatever is wrapped comes out, for its key and its info alone, and each wrap of it is another."""
    public = SealingPublicKey(KEY.public.raw)
    wrapped = public.wrap(secret, info)
    assert KEY.unwrap(wrapped, info) == secret
    assert public.wrap(secret, info) != wrapped
    for key, its_info in ((OTHER, info), (KEY, info + b"x")):
        with pytest.raises(SealBroken):
            key.unwrap(wrapped, its_info)


@given(place=st.integers(0, len(WRAPPED) * 8 - 1))
def test_a_flipped_bit_of_a_wrap_is_refused(place: int) -> None:
    """One bit of the encapsulation or the ciphertext changed anywhere, and the secret does not come out."""
    with pytest.raises(SealBroken):
        KEY.unwrap(flipped(WRAPPED, place), INFO)


@given(raw=st.binary(max_size=1_300))
def test_no_wrap_makes_unwrapping_fail_otherwise(raw: bytes) -> None:
    """Whatever comes as a wrap, of whatever length, the answer is that the seal is broken."""
    with pytest.raises(SealBroken):
        KEY.unwrap(raw, INFO)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(PUBLIC_KEY_BYTES - 1),
        bytes(PUBLIC_KEY_BYTES + 1),
        b"\xff" * PUBLIC_KEY_BYTES,
        # The neutral point of X25519, and one of order 8: what is sealed to it anybody could open.
        KEY.public.raw[:MLKEM_PUBLIC_BYTES] + bytes(32),
        KEY.public.raw[:MLKEM_PUBLIC_BYTES]
        + bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    ],
)
def test_what_is_no_public_key_is_refused_before_it_is_used(raw: bytes) -> None:
    """A key of another length, beyond the field, or of small order is none, and is found out when it is read."""
    with pytest.raises(ValueError):
        SealingPublicKey(raw)


@given(content=st.binary(max_size=300), context=st.binary(max_size=40))
def test_a_sealed_content_opens_in_its_context(content: bytes, context: bytes) -> None:
    """Whatever is sealed opens, with its key and its context, and twice the same content looks different."""
    sealed = CONTENT_KEY.seal(content, context)
    assert CONTENT_KEY.open(sealed, context) == content
    assert CONTENT_KEY.seal(content, context) != sealed
    for key, its_context in ((ContentKey.generate(), context), (CONTENT_KEY, context + b"x")):
        with pytest.raises(SealBroken):
            key.open(sealed, its_context)


@given(content=st.binary(max_size=60), place=st.integers(min_value=0))
def test_a_changed_or_shortened_content_is_refused(content: bytes, place: int) -> None:
    """One bit changed, or anything cut off or appended, and it does not open."""
    sealed = CONTENT_KEY.seal(content, b"")
    for changed in (flipped(sealed, place), sealed[: place % len(sealed)], sealed + b"\0"):
        with pytest.raises(SealBroken):
            CONTENT_KEY.open(changed, b"")


def test_a_content_key_of_another_length_is_none() -> None:
    """What came instead of a content key is taken for a broken seal, not for a fault."""
    for length in (0, CONTENT_KEY_BYTES - 1, CONTENT_KEY_BYTES + 1):
        with pytest.raises(SealBroken):
            ContentKey(bytes(length))


def sealed_chunks() -> list[bytes]:
    """Return an attachment of three chunks, sealed."""
    cipher = CONTENT_KEY.attachment(1)
    return [cipher.seal(number, chunk, last=number == 2) for number, chunk in enumerate(CHUNKS)]


def opened(sealed: list[bytes], cipher: AttachmentCipher | None = None) -> list[bytes]:
    """Return the chunks of an attachment as its reader opens them: the last that is there must be the last."""
    reader = cipher or CONTENT_KEY.attachment(1)
    return [reader.open(number, chunk, last=number == len(sealed) - 1) for number, chunk in enumerate(sealed)]


def test_an_attachment_opens_chunk_by_chunk() -> None:
    """The chunks come out in their order, each 16 bytes longer while it is sealed; an empty one has one chunk."""
    sealed = sealed_chunks()
    assert opened(sealed) == list(CHUNKS)
    assert [len(chunk) for chunk in sealed] == [len(chunk) + TAG_BYTES for chunk in CHUNKS]
    assert opened([CONTENT_KEY.attachment(1).seal(0, b"", last=True)]) == [b""]


MISPLACED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "two swapped": lambda chunks: [chunks[1], chunks[0], chunks[2]],
    "the last one missing": lambda chunks: chunks[:2],
    "the first one missing": lambda chunks: chunks[1:],
    "one in the middle missing": lambda chunks: [chunks[0], chunks[2]],
    "one twice": lambda chunks: [chunks[0], chunks[0], *chunks[1:]],
    "the last one twice": lambda chunks: [*chunks, chunks[2]],
    "one appended that is none": lambda chunks: [*chunks, b""],
    "one appended that is the last": lambda chunks: [*chunks, CONTENT_KEY.attachment(1).seal(3, b"!", last=True)],
    "the last one cut short": lambda chunks: [*chunks[:2], chunks[2][:-1]],
    "one with a byte more": lambda chunks: [chunks[0] + b"\0", *chunks[1:]],
    "two in one": lambda chunks: [chunks[0] + chunks[1], chunks[2]],
    "the last one not marked": lambda chunks: [*chunks[:2], CONTENT_KEY.attachment(1).seal(2, CHUNKS[2], last=False)],
}


@pytest.mark.parametrize("fault", MISPLACED)
def test_an_attachment_that_is_not_whole_and_in_order_is_refused(fault: str) -> None:
    """Chunks that were swapped, left out, doubled, appended or cut, and a last one that is not marked, do not open."""
    with pytest.raises(SealBroken):
        opened(MISPLACED[fault](sealed_chunks()))


def test_an_attachment_opens_in_its_own_place_alone() -> None:
    """What was sealed as attachment 1 of a message is neither its attachment 2 nor another message's."""
    for cipher in (CONTENT_KEY.attachment(2), ContentKey.generate().attachment(1)):
        with pytest.raises(SealBroken):
            opened(sealed_chunks(), cipher)


@given(place=st.integers(min_value=0), number=st.integers(0, 2))
def test_a_flipped_bit_of_an_attachment_is_refused(place: int, number: int) -> None:
    """One bit of any chunk changed, and the attachment does not open."""
    sealed = sealed_chunks()
    sealed[number] = flipped(sealed[number], place)
    with pytest.raises(SealBroken, match=f"chunk {number}"):
        opened(sealed)


def test_a_key_file_is_for_its_owner_alone_and_comes_back(tmp_path: Path) -> None:
    """A saved key has mode 0600 and comes back as the same key."""
    file = tmp_path / "DE.seed"
    KEY.save(file)
    assert file.stat().st_mode & 0o777 == 0o600
    loaded = SealingKey.load(file)
    assert (loaded.seed, loaded.kid) == (KEY.seed, KEY.kid)


@pytest.mark.parametrize("text", ["", "!", encode_base64url(bytes(SEED_BYTES - 1)), "é", "A" * 44])
def test_an_unusable_key_file_is_named_without_what_it_holds(tmp_path: Path, text: str) -> None:
    """The one sentence names the file and what to do; a file that is missing is said to be."""
    file = tmp_path / "DE.seed"
    with pytest.raises(KeyUnusable, match=r"DE\.seed is missing$"):
        SealingKey.load(file)
    file.write_text(text)
    with pytest.raises(KeyUnusable, match=r"holds no sealing key: restore or remove it$") as refused:
        SealingKey.load(file)
    assert not text or text not in str(refused.value).replace(str(file), "")


def test_a_private_key_is_not_rendered() -> None:
    """Neither the key nor its text form shows the seed."""
    key = SealingKey.generate()
    for secret in (key.seed.hex(), encode_base64url(key.seed), repr(key.seed)):
        assert secret not in f"{key!r} {key} {key.public!r}"
