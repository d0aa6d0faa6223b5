"""Ed25519 keys (RFC 8032): JWK thumbprints (RFC 7638), PEM files, raw signatures.

libsodium signs and verifies, in half the time of OpenSSL (ADR 2); `cryptography` reads and writes the files.
"""

import hashlib
import os
from binascii import a2b_base64, b2a_base64
from pathlib import Path
from typing import Final, Protocol, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from shared.files import replace_file


class KeyUnusable(Exception):
    """A key file cannot be used; the message says which and why."""


_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
# The last characters without unused bits, by the number of characters in the last group.
_LAST_CHARACTERS: Final = {0: b"", 2: b"AQgw", 3: b"AEIMQUYcgkosw048"}


def encode_base64url(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Decode base64url without padding. Raises ValueError, also for a non-canonical encoding."""
    encoded = text.encode("ascii").translate(_FROM_URL)
    over = len(encoded) % 4
    if over and encoded[-1] not in _LAST_CHARACTERS.get(over, b""):
        raise ValueError("not base64url without padding")
    return a2b_base64(encoded + b"=" * (-len(encoded) % 4), strict_mode=True)


class VerifyingKey:
    """A public key. `kid` is its thumbprint."""

    __slots__ = ("kid", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise ValueError("an Ed25519 public key has 32 bytes")
        self.raw = raw
        canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{encode_base64url(raw)}"}}'
        self.kid = encode_base64url(hashlib.sha256(canonical.encode()).digest())

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature of 64 bytes over the message is by this key."""
        if len(signature) != crypto_sign_BYTES:
            return False
        try:
            crypto_sign_open(signature + message, self.raw)
        except BadSignatureError:
            return False
        return True

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a JWK (RFC 8037)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(self.raw), "kid": self.kid}


class Signer(Protocol):
    """A private key that signs: in memory, or in a device."""

    @property
    def public(self) -> VerifyingKey:
        """The public key."""

    @property
    def kid(self) -> str:
        """The thumbprint of the public key."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes. Raises KeyUnusable if the device does not sign."""


class SigningKey:
    """A private key and its public key. Has no text representation."""

    __slots__ = ("_secret", "public")

    def __init__(self, seed: bytes) -> None:
        raw_public, self._secret = crypto_sign_seed_keypair(seed)
        self.public = VerifyingKey(raw_public)

    @classmethod
    def generate(cls) -> Self:
        """Generate a key."""
        return cls(os.urandom(32))

    @property
    def kid(self) -> str:
        """The thumbprint of the public key."""
        return self.public.kid

    @property
    def seed(self) -> bytes:
        """The 32 bytes of the private key (RFC 8032)."""
        return self._secret[:32]

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes."""
        return crypto_sign(message, self._secret)[:crypto_sign_BYTES]

    @staticmethod
    def is_encrypted(file: Path) -> bool:
        """Return whether the key in a PEM file is encrypted. Raises KeyUnusable."""
        try:
            return _ENCRYPTED in file.read_bytes()
        except OSError as error:
            raise KeyUnusable(f"key file {file} cannot be read ({error.strerror})") from error

    @classmethod
    def load(cls, file: Path, passphrase: bytes | None = None) -> Self:
        """Read a key from a PEM file (PKCS 8). Raises KeyUnusable."""
        try:
            key = load_pem_private_key(file.read_bytes(), password=passphrase)
        except FileNotFoundError as error:
            raise KeyUnusable(f"key file {file} is missing") from error
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            if passphrase is not None:
                raise KeyUnusable(f"key file {file} cannot be opened with this passphrase") from error
            raise KeyUnusable(f"key file {file} cannot be read as a PEM private key: restore or remove it") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"key file {file} holds no Ed25519 key: restore or remove it")
        return cls(key.private_bytes_raw())

    def save(self, file: Path, passphrase: bytes | None = None) -> None:
        """Write the key to a PEM file of mode 0600, encrypted if there is a passphrase."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
        write_secret(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))


def write_secret(file: Path, content: bytes) -> None:
    """Write a file of mode 0600 atomically."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(file, content, mode=0o600)
