"""What a bureau signs of a field pack: the post it is for, the field copy, what is in it, until when, and its blocks.

The signature is a detached JWS, as on everything that crosses the broker (`protocol.envelope`), by the signing key of
the bureau. A pack holds the directory with that key, signed by the root key, which the post has: nothing else is
trusted. A differential names the digest of the signature of the file that it follows, so that no file can be left out.
"""

from typing import Annotated, Final, Literal

import msgspec

from shared.clock import Clock, time_at
from shared.crypto.ed25519 import SigningKey, VerifyingKey
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.search_log import MAX_NUMBER
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import EntryRefused
from shared.protocol.directory_file import read_directory
from shared.protocol.envelope import SKEW_SECONDS, Digest, EnvelopeRefused, FieldPackHead, digest_of, sign_envelope
from shared.protocol.verifier import parse

FORMAT: Final = "i247-field-pack-1"
# The directory of all participants takes most of it.
MAX_MANIFEST: Final = 4 * 1024 * 1024


class OwnerShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The records of one owner in a field copy: how many, and the root of the tree over them."""

    owner: str
    count: Annotated[int, msgspec.Meta(ge=1)]
    root: Digest


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed description of a pack."""

    format: Literal["i247-field-pack-1"] = FORMAT
    service: str
    kind: str
    post: str
    """The name of the post."""

    post_key: Digest
    """The sealing key of the post, to which the content key is wrapped."""

    number: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
    """The number of the field copy of the bureau."""

    copy: str
    """Its id, under which the audit log has it."""

    after: int | None = None
    """The number of the field copy that a differential follows; None for a whole pack."""

    previous: Digest | None = None
    """The digest of the signature of the file that a differential follows."""

    taken: float
    """When the field copy was taken, in seconds since 1970."""

    officer: str
    purpose: str
    confidential: bool
    """Whether records that are confidential are in it."""

    copied: int
    """How many records the field copy has."""

    shares: tuple[OwnerShare, ...]
    """Of each owner, what the audit log has of the field copy."""

    records: int
    """How many are in this file."""

    removed: int
    """How many a differential removes, of which those that changed are in it again."""

    columns: tuple[str, ...]
    """Of the table of records: a program that searches other columns cannot read the pack."""

    size: int
    """Of the database in the blocks, in bytes."""

    blocks: int
    root: Digest
    """Of the tree over the sealed blocks."""

    key: str
    """The content key, wrapped to the post."""

    directory: str
    """The file of the directory."""


class SignedManifest(msgspec.Struct, frozen=True):
    """A manifest whose signature was verified."""

    head: FieldPackHead
    manifest: Manifest
    signature: str
    directory: Directory

    @property
    def digest(self) -> str:
        """What names this file: a differential refers to it, and so do those who say that they applied it."""
        return digest_of(self.signature)


encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Manifest).decode


def sign_manifest(
    manifest: Manifest, sender: str, key: SigningKey, *, made: float, expires: float
) -> tuple[str, bytes]:
    """Return the signature header of a manifest, and its bytes."""
    body = encode(manifest)
    head = FieldPackHead(kid=key.kid, id=uuid7(time_at(made)), sender=sender, to=manifest.post, iat=made, exp=expires)
    return sign_envelope(head, body, key), body


def verify_manifest(signature: str, body: bytes, root: VerifyingKey, clock: Clock) -> SignedManifest:
    """Return a manifest that a bureau signed, by the directory in it. Does NOT check whether it has expired.

    A key that was revoked before the pack was made is refused; one that was revoked later is known by a newer directory
    alone. Nor does it check which bureau signed, or whether the directory is the newest: the post does. Raises
    PackBroken.
    """
    try:
        protected, head, raw = parse(FieldPackHead, signature)
        manifest = _decode(body)
        directory = read_directory(manifest.directory, root)
        now = max(clock.now().timestamp(), head.iat)
        key = directory.key_of(head.sender, head.kid, head.iat, now)
    except (EnvelopeRefused, EntryRefused, ValueError, RecursionError) as error:
        raise PackBroken(f"it is not signed by a bureau of this network: {error}"[:300]) from error
    if encode(manifest) != body or not key.verifies(raw, protected.encode("ascii") + b"." + body):
        raise PackBroken(f"the signature of {head.sender} does not fit its description")
    if not directory.knows_bureau(head.sender):
        raise PackBroken(f"{head.sender}, which signed it, is no bureau")
    if head.to != manifest.post:
        raise PackBroken(f"it is addressed to {head.to}, and describes itself as for {manifest.post}")
    # By when the records were copied, whenever the pack was made of them.
    if not manifest.taken - SKEW_SECONDS <= head.iat < head.exp <= manifest.taken + head.max_lifetime + SKEW_SECONDS:
        hours = f"{head.max_lifetime / 3600:.0f} hours"
        raise PackBroken(f"it is valid for longer than {hours} after its field copy was taken, or for no time")
    return SignedManifest(head, manifest, signature, directory)
