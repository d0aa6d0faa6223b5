"""The keys of a post: one to which packs are encrypted, and one with which it signs what it applied and searched.

The private part is a file that a passphrase encrypts (Argon2id, RFC 9106, then AES-256-GCM); each guess of the
passphrase costs `MEMORY_KIBIBYTES`, and half a second of a processor of 2026. It binds the post to its bureau and to
the root key: without the passphrase neither can be replaced. The public part goes to the bureau, which must compare its
fingerprint with the post: nobody else vouches for it.
"""

import hashlib
import os
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import msgspec
from argon2.low_level import Type, hash_secret_raw

from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url, write_secret
from shared.crypto.hpke import ContentKey, SealBroken, SealingKey, SealingPublicKey
from shared.protocol.envelope import Code

KEY_FORMAT: Final = "i247-post-key-1"
PUBLIC_FORMAT: Final = "i247-post-1"
MIN_PASSPHRASE: Final = 12
MEMORY_KIBIBYTES: Final = 128 * 1024
TIME_COST: Final = 4
LANES: Final = 2
# Of a file that was altered to exhaust the machine.
MAX_MEMORY_KIBIBYTES: Final = 1024 * 1024
MAX_TIME_COST: Final = 64
MAX_KEY_FILE: Final = 8_000
_SALT_BYTES: Final = 16
_SEED_BYTES: Final = 32
_FINGERPRINT_BYTES: Final = 16
_CONTEXT: Final = b"i247 post key"

PostName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z")]


class PostKeyUnusable(Exception):
    """A key of a post cannot be used; the message says why."""


class PublicPost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public part of the keys of a post."""

    format: Literal["i247-post-1"] = PUBLIC_FORMAT
    post: PostName
    bureau: Code
    """Whose packs alone the post installs."""

    signing_key: str
    sealing_key: str
    signature: str = ""
    """By the signing key, over all else."""

    @property
    def verifying(self) -> VerifyingKey:
        """The key that verifies what the post signs."""
        return VerifyingKey(decode_base64url(self.signing_key))

    @property
    def sealing(self) -> SealingPublicKey:
        """The key to which packs are encrypted."""
        return SealingPublicKey(decode_base64url(self.sealing_key))

    @property
    def fingerprint(self) -> str:
        """What both sides compare, such as by telephone: eight groups of four digits."""
        digest = hashlib.sha256(_statement(self)).hexdigest()[: 2 * _FINGERPRINT_BYTES]
        return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["i247-post-key-1"] = KEY_FORMAT
    post: PostName
    bureau: Code
    root: str
    salt: str
    memory: Annotated[int, msgspec.Meta(ge=8, le=MAX_MEMORY_KIBIBYTES)]
    passes: Annotated[int, msgspec.Meta(ge=1, le=MAX_TIME_COST)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=64)]
    sealed: str


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Stored).decode
_decode_public: Final = msgspec.json.Decoder(PublicPost).decode


class PostKey:
    """The private keys of a post. Has no text representation."""

    def __init__(self, post: str, bureau: str, root: VerifyingKey, seed: bytes) -> None:
        self.post = post
        self.bureau = bureau
        """Whose packs alone the post installs."""

        self.root = root
        """The root key that the post trusts."""

        self._seed = seed
        self.signing = SigningKey(seed[:_SEED_BYTES])
        self.sealing = SealingKey(seed[_SEED_BYTES:])

    @classmethod
    def generate(cls, post: str, bureau: str, root: VerifyingKey) -> Self:
        """Generate the keys of a post. Raises PostKeyUnusable for another name than a post has."""
        try:
            msgspec.convert(post, PostName)
        except msgspec.ValidationError as error:
            detail = (
                "a post is named by letters, figures, dots, dashes and underscores, at most 40, such as DE-Waidhaus"
            )
            raise PostKeyUnusable(detail) from error
        return cls(post, bureau, root, os.urandom(2 * _SEED_BYTES))

    @property
    def public(self) -> PublicPost:
        """The public part."""
        unsigned = PublicPost(
            post=self.post,
            bureau=self.bureau,
            signing_key=encode_base64url(self.signing.public.raw),
            sealing_key=encode_base64url(self.sealing.public.raw),
        )
        return msgspec.structs.replace(unsigned, signature=encode_base64url(self.signing.sign(_statement(unsigned))))

    @property
    def own(self) -> ContentKey:
        """The key with which the post encrypts what it keeps for itself, such as its log of searches."""
        return ContentKey(hashlib.sha256(b"i247 post's own\0" + self._seed).digest())

    def save(self, file: Path, passphrase: str, *, memory: int = MEMORY_KIBIBYTES, passes: int = TIME_COST) -> None:
        """Write the keys to a file of mode 0600. Raises PostKeyUnusable for a short passphrase, OSError."""
        if len(passphrase) < MIN_PASSPHRASE:
            raise PostKeyUnusable(f"a passphrase has {MIN_PASSPHRASE} characters or more")
        salt = os.urandom(_SALT_BYTES)
        key = _derived(passphrase, salt, memory, passes, LANES)
        root = encode_base64url(self.root.raw)
        stored = _Stored(
            post=self.post,
            bureau=self.bureau,
            root=root,
            salt=encode_base64url(salt),
            memory=memory,
            passes=passes,
            lanes=LANES,
            sealed=encode_base64url(key.seal(self._seed, _context(self.post, self.bureau, root))),
        )
        write_secret(file, msgspec.json.format(_encode(stored), indent=1) + b"\n")

    @classmethod
    def load(cls, file: Path, passphrase: str) -> Self:
        """Read the keys from a file. Raises PostKeyUnusable."""
        try:
            with file.open("rb") as stream:
                stored = _decode(stream.read(MAX_KEY_FILE))
            salt, sealed = decode_base64url(stored.salt), decode_base64url(stored.sealed)
            root = VerifyingKey(decode_base64url(stored.root))
        except FileNotFoundError as error:
            raise PostKeyUnusable(f"{file} is missing: make the key of this post with `i247 fieldpack key`") from error
        except (OSError, ValueError) as error:
            raise PostKeyUnusable(f"{file} holds no key of a post: restore it, or make another key") from error
        try:
            key = _derived(passphrase, salt, stored.memory, stored.passes, stored.lanes)
            seed = key.open(sealed, _context(stored.post, stored.bureau, stored.root))
            return cls(stored.post, stored.bureau, root, seed)
        except (SealBroken, ValueError) as error:
            raise PostKeyUnusable(f"{file} cannot be opened with this passphrase") from error


def write_public(public: PublicPost) -> bytes:
    """Return the public part as a file."""
    return msgspec.json.format(_encode(public), indent=1) + b"\n"


def read_public(raw: bytes) -> PublicPost:
    """Return the public part in a file. Raises PostKeyUnusable, also if its keys did not sign it."""
    try:
        public = _decode_public(raw[:MAX_KEY_FILE])
        _ = public.sealing
        is_signed = public.verifying.verifies(decode_base64url(public.signature), _statement(public))
    except ValueError as error:
        raise PostKeyUnusable(f"this is no public key of a post: {error}"[:200]) from error
    if not is_signed:
        raise PostKeyUnusable("this public key of a post was altered: its own signature does not fit")
    return public


def _context(post: str, bureau: str, root: str) -> bytes:
    return _CONTEXT + _encode((post, bureau, root))


def _statement(public: PublicPost) -> bytes:
    return _encode(msgspec.structs.replace(public, signature=""))


def _derived(passphrase: str, salt: bytes, memory: int, passes: int, lanes: int) -> ContentKey:
    return ContentKey(
        hash_secret_raw(
            passphrase.encode(),
            salt,
            time_cost=passes,
            memory_cost=memory,
            parallelism=lanes,
            hash_len=_SEED_BYTES,
            type=Type.ID,
        )
    )
