"""Encryption of messages and attachments for their recipients. Does NOT know their format: see `protocol.messages`.

Each message has a random content key, wrapped for each recipient with HPKE (RFC 9180). The KEM is hybrid, ML-KEM-768
with X25519 (X-Wing, draft-connolly-cfrg-xwing-kem), as messages recorded today could be decrypted by later quantum
computers. Content is encrypted with AES-256-GCM; attachments in chunks, after the STREAM construction (Hoang,
Reyhanitabar, Rogaway, Vizár 2015): they are never whole in memory, and a truncation is detected.
"""

import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.crypto.ed25519 import KeyUnusable, decode_base64url, encode_base64url, write_secret

SEED_BYTES: Final = 32
CONTENT_KEY_BYTES: Final = 32
MLKEM_SEED_BYTES: Final = 64
MLKEM_PUBLIC_BYTES: Final = 1184
PUBLIC_KEY_BYTES: Final = MLKEM_PUBLIC_BYTES + 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
CHUNK_BYTES: Final = 256 * 1024

_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes(range(32)))
_SUITE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class SealBroken(Exception):
    """Decryption failed: it was changed or truncated, or is for another recipient."""


class SealingPublicKey:
    """The public key of a recipient. `raw` is the encoding of X-Wing: ML-KEM-768 (1184 bytes), then X25519 (32)."""

    __slots__ = ("_key", "kid", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != PUBLIC_KEY_BYTES:
            raise ValueError(f"a sealing key has {PUBLIC_KEY_BYTES} bytes")
        self.raw = raw
        self.kid = encode_base64url(hashlib.sha256(raw).digest())
        x25519 = X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC_BYTES:])
        # A point of small order would only fail when something is sealed to it.
        _PROBE.exchange(x25519)
        self._key = hpke.MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC_BYTES]), x25519)

    def wrap(self, secret: bytes, info: bytes) -> bytes:
        """Encrypt a secret to this key: HPKE's `enc` (1120 bytes), then the ciphertext."""
        return _SUITE.encrypt(secret, self._key, info=info)


class SealingKey:
    """The private key of a recipient: the seed of X-Wing. Has no text representation."""

    __slots__ = ("_key", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"the seed of a sealing key has {SEED_BYTES} bytes")
        self.seed = seed
        expanded = hashlib.shake_256(seed).digest(MLKEM_SEED_BYTES + 32)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:MLKEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[MLKEM_SEED_BYTES:])
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = SealingPublicKey(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Self:
        """Generate a key."""
        return cls(os.urandom(SEED_BYTES))

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a key from a file that holds its seed as base64url. Raises KeyUnusable."""
        try:
            return cls(decode_base64url(file.read_text().strip()))
        except FileNotFoundError as error:
            raise KeyUnusable(f"key file {file} is missing") from error
        except (OSError, ValueError) as error:
            raise KeyUnusable(f"key file {file} holds no sealing key: restore or remove it") from error

    def save(self, file: Path) -> None:
        """Write the key to a file of mode 0600."""
        write_secret(file, f"{encode_base64url(self.seed)}\n".encode())

    @property
    def kid(self) -> str:
        """The SHA-256 of the public key, base64url."""
        return self.public.kid

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Decrypt a secret that was wrapped for this key. Raises SealBroken."""
        try:
            return _SUITE.decrypt(wrapped, self._key, info=info)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the wrapped key cannot be opened") from error


class ContentKey:
    """The key of one message and its attachments."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != CONTENT_KEY_BYTES:
            raise SealBroken(f"a content key has {CONTENT_KEY_BYTES} bytes")
        self.raw = raw

    @classmethod
    def generate(cls) -> Self:
        """Generate a key."""
        return cls(os.urandom(CONTENT_KEY_BYTES))

    def seal(self, content: bytes, context: bytes) -> bytes:
        """Encrypt a content with its context as associated data: nonce, then ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._body.encrypt(nonce, content, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a content. Raises SealBroken."""
        try:
            return self._body.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the content cannot be opened with the key that was sent with it") from error

    def attachment(self, number: int) -> "AttachmentCipher":
        """Return the cipher of an attachment by its number."""
        return AttachmentCipher(self._derive(f"i247 attachment {number}"))

    def blocks(self) -> "BlockCipher":
        """Return the cipher of the blocks of a field pack."""
        return BlockCipher(self._derive("i247 field pack"))

    @cached_property
    def _body(self) -> AESGCM:
        return AESGCM(self._derive("i247 body"))

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, None, purpose.encode()).derive(self.raw)


class AttachmentCipher:
    """Encrypts an attachment in chunks; the nonce has the index of the chunk and whether it is the last."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, number: int, chunk: bytes, *, last: bool) -> bytes:
        """Encrypt a chunk of `CHUNK_BYTES`, or fewer if it is the last."""
        return self._cipher.encrypt(_nonce(number, last=last), chunk, None)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """Decrypt a chunk. Raises SealBroken."""
        try:
            return self._cipher.decrypt(_nonce(number, last=last), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"chunk {number} of the attachment cannot be opened") from error


class BlockCipher:
    """Encrypts numbered blocks that are read in any order. Their count must be known by other means."""

    def __init__(self, key: bytes) -> None:
        """`key` must encrypt the blocks of one file alone, as the nonce is the number of the block."""
        self._cipher = AESGCM(key)

    def seal(self, number: int, block: bytes) -> bytes:
        """Encrypt a block."""
        return self._cipher.encrypt(number.to_bytes(NONCE_BYTES, "big"), block, None)

    def open(self, number: int, sealed: bytes) -> bytes:
        """Decrypt a block. Raises SealBroken."""
        try:
            return self._cipher.decrypt(number.to_bytes(NONCE_BYTES, "big"), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"block {number} cannot be opened with the key that was sent with it") from error


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])
