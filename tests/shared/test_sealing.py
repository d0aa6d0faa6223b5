"""Sealing: a sealed text opens only with its key and in its context."""

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
    """Return bytes with one bit flipped."""
    changed = bytearray(raw)
    changed[place // 8 % len(raw)] ^= 1 << place % 8
    return bytes(changed)


def test_the_public_key_is_that_of_the_x_wing_test_vector() -> None:
    """First test vector of draft-connolly-cfrg-xwing-kem, appendix C."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    public = SealingKey(seed).public.raw
    assert public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
    assert public.hex().endswith("859edb06eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534")


@given(secret=st.binary(max_size=80), info=st.binary(max_size=80))
def test_a_wrapped_secret_is_unwrapped_with_its_key_and_info_only(secret: bytes, info: bytes) -> None:
    """Each wrap of the same secret is different."""
    public = SealingPublicKey(KEY.public.raw)
    wrapped = public.wrap(secret, info)
    assert KEY.unwrap(wrapped, info) == secret
    assert public.wrap(secret, info) != wrapped
    for key, its_info in ((OTHER, info), (KEY, info + b"x")):
        with pytest.raises(SealBroken):
            key.unwrap(wrapped, its_info)


@given(place=st.integers(0, len(WRAPPED) * 8 - 1))
def test_a_flipped_bit_of_a_wrap_is_refused(place: int) -> None:
    """In the encapsulation and in the ciphertext."""
    with pytest.raises(SealBroken):
        KEY.unwrap(flipped(WRAPPED, place), INFO)


@given(raw=st.binary(max_size=1_300))
def test_any_bytes_as_a_wrap_raise_only_seal_broken(raw: bytes) -> None:
    with pytest.raises(SealBroken):
        KEY.unwrap(raw, INFO)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(PUBLIC_KEY_BYTES - 1),
        bytes(PUBLIC_KEY_BYTES + 1),
        b"\xff" * PUBLIC_KEY_BYTES,
        # The neutral point of X25519, and one of order 8: anyone could open what is sealed to them.
        KEY.public.raw[:MLKEM_PUBLIC_BYTES] + bytes(32),
        KEY.public.raw[:MLKEM_PUBLIC_BYTES]
        + bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    ],
)
def test_an_invalid_public_key_is_refused_when_it_is_read(raw: bytes) -> None:
    """A wrong length, a value beyond the field, or a point of small order."""
    with pytest.raises(ValueError):
        SealingPublicKey(raw)


@given(content=st.binary(max_size=300), context=st.binary(max_size=40))
def test_a_sealed_content_opens_with_its_key_and_context_only(content: bytes, context: bytes) -> None:
    """The same content is sealed to different bytes each time."""
    sealed = CONTENT_KEY.seal(content, context)
    assert CONTENT_KEY.open(sealed, context) == content
    assert CONTENT_KEY.seal(content, context) != sealed
    for key, its_context in ((ContentKey.generate(), context), (CONTENT_KEY, context + b"x")):
        with pytest.raises(SealBroken):
            key.open(sealed, its_context)


@given(content=st.binary(max_size=60), place=st.integers(min_value=0))
def test_a_changed_truncated_or_extended_content_is_refused(content: bytes, place: int) -> None:
    sealed = CONTENT_KEY.seal(content, b"")
    for changed in (flipped(sealed, place), sealed[: place % len(sealed)], sealed + b"\0"):
        with pytest.raises(SealBroken):
            CONTENT_KEY.open(changed, b"")


def test_a_content_key_of_another_length_is_refused_as_a_broken_seal() -> None:
    for length in (0, CONTENT_KEY_BYTES - 1, CONTENT_KEY_BYTES + 1):
        with pytest.raises(SealBroken):
            ContentKey(bytes(length))


def sealed_chunks() -> list[bytes]:
    """Return the sealed chunks of an attachment with three chunks."""
    cipher = CONTENT_KEY.attachment(1)
    return [cipher.seal(number, chunk, last=number == 2) for number, chunk in enumerate(CHUNKS)]


def opened(sealed: list[bytes], cipher: AttachmentCipher | None = None) -> list[bytes]:
    """Return the chunks of an attachment as its reader opens them: the last one present must be the last chunk."""
    reader = cipher or CONTENT_KEY.attachment(1)
    return [reader.open(number, chunk, last=number == len(sealed) - 1) for number, chunk in enumerate(sealed)]


def test_an_attachment_opens_chunk_by_chunk() -> None:
    """Each sealed chunk is 16 bytes longer; an empty attachment has one chunk."""
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
    "an empty one appended": lambda chunks: [*chunks, b""],
    "one appended that is the last": lambda chunks: [*chunks, CONTENT_KEY.attachment(1).seal(3, b"!", last=True)],
    "the last one cut short": lambda chunks: [*chunks[:2], chunks[2][:-1]],
    "one a byte too long": lambda chunks: [chunks[0] + b"\0", *chunks[1:]],
    "two joined": lambda chunks: [chunks[0] + chunks[1], chunks[2]],
    "the last one not marked": lambda chunks: [*chunks[:2], CONTENT_KEY.attachment(1).seal(2, CHUNKS[2], last=False)],
}


@pytest.mark.parametrize("fault", MISPLACED)
def test_an_attachment_that_is_incomplete_or_out_of_order_is_refused(fault: str) -> None:
    """Chunks swapped, missing, repeated, appended or truncated, and a last chunk that is not marked as such."""
    with pytest.raises(SealBroken):
        opened(MISPLACED[fault](sealed_chunks()))


def test_an_attachment_opens_only_under_its_own_number_and_message() -> None:
    for cipher in (CONTENT_KEY.attachment(2), ContentKey.generate().attachment(1)):
        with pytest.raises(SealBroken):
            opened(sealed_chunks(), cipher)


@given(place=st.integers(min_value=0), number=st.integers(0, 2))
def test_a_flipped_bit_of_an_attachment_is_refused(place: int, number: int) -> None:
    """The error states the chunk."""
    sealed = sealed_chunks()
    sealed[number] = flipped(sealed[number], place)
    with pytest.raises(SealBroken, match=f"chunk {number}"):
        opened(sealed)


def test_a_sealing_key_file_has_mode_0600_and_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "DE.seed"
    KEY.save(file)
    assert file.stat().st_mode & 0o777 == 0o600
    loaded = SealingKey.load(file)
    assert (loaded.seed, loaded.kid) == (KEY.seed, KEY.kid)


@pytest.mark.parametrize("text", ["", "!", encode_base64url(bytes(SEED_BYTES - 1)), "é", "A" * 44])
def test_an_unusable_sealing_key_file_is_refused_without_repeating_its_content(tmp_path: Path, text: str) -> None:
    """The message names the file and the remedy, or states that it is missing."""
    file = tmp_path / "DE.seed"
    with pytest.raises(KeyUnusable, match=r"DE\.seed is missing$"):
        SealingKey.load(file)
    file.write_text(text)
    with pytest.raises(KeyUnusable, match=r"holds no sealing key: restore or remove it$") as refused:
        SealingKey.load(file)
    assert not text or text not in str(refused.value).replace(str(file), "")


def test_a_sealing_key_seed_is_not_in_its_repr_or_str() -> None:
    key = SealingKey.generate()
    for secret in (key.seed.hex(), encode_base64url(key.seed), repr(key.seed)):
        assert secret not in f"{key!r} {key} {key.public!r}"
