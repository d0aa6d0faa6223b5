"""The file that a post hands in: what it applied and what it searched, signed by it, and how the bureau passes it on.

It is encrypted to the bureau, as it says which vehicles were searched and found. The bureau compares the key with that
of the post, and signs a receipt `applied` beside what the post signed for each pack: an owner trusts bureaus, and knows
posts by what these registered.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import httpx
import msgspec

from deploy.post.folder import Post
from deploy.post.making import PackMaker
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.gateway import fault_of
from shared.clock import time_at
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.hpke import ContentKey, SealBroken, SealingKey, SealingPublicKey
from shared.fieldpack.applied import AppliedPack
from shared.fieldpack.post_key import PublicPost
from shared.fieldpack.refusals import PostUnusable
from shared.fieldpack.search_log import encode_entry, sign_search
from shared.protocol.envelope import Digest
from shared.records.search.matched_store import SearchedKind

FORMAT: Final = "i247-post-hand-in-1"
MAX_FILE: Final = 256 * 1024 * 1024
# Within what one request may have.
BATCH: Final = 200
MAX_BATCH_BYTES: Final = 512 * 1024


class _Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: str
    signature: str


class HandInFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a post hands in."""

    post: PublicPost
    applied: Annotated[tuple[AppliedPack, ...], msgspec.Meta(max_length=1_000)]
    searches: tuple[_Search, ...]


class _SealedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["i247-post-hand-in-1"] = FORMAT
    kid: Digest
    """The sealing key of the bureau."""

    key: str
    """The content key, wrapped to it."""

    content: str


class HandedIn(msgspec.Struct):
    """What the service has of the post now."""

    applied: int | None
    searches: int
    new: int


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(HandInFile).decode
_decode_sealed: Final = msgspec.json.Decoder(_SealedFile).decode
_CONTEXT: Final = b"i247 post hand-in"


def hand_in_of(post: Post, after: int) -> HandInFile:
    """Return what a post did, with its searches after a number. Raises PostUnusable."""
    signing = post.key.signing
    searches = (_Search(encode_entry(entry).decode(), sign_search(entry, signing)) for entry in post.searches(after))
    return HandInFile(post.key.public, post.state.applied, tuple(searches))


def write_hand_in(post: Post, handed: HandInFile) -> bytes:
    """Return what a post hands in as a file that its bureau alone can read. Raises PostUnusable without a pack."""
    if not post.state.sealing_key:
        raise PostUnusable("this post has had no pack yet, and so has nothing to hand in")
    return seal_hand_in(handed, SealingPublicKey(decode_base64url(post.state.sealing_key)))


def seal_hand_in(handed: HandInFile, to: SealingPublicKey) -> bytes:
    """Return what a post hands in as a file, encrypted to a key of its bureau."""
    content_key = ContentKey.generate()
    sealed = _SealedFile(
        kid=to.kid,
        key=encode_base64url(to.wrap(content_key.raw, _CONTEXT)),
        content=encode_base64url(content_key.seal(_encode(handed), _CONTEXT)),
    )
    return msgspec.json.format(_encode(sealed), indent=1) + b"\n"


def read_hand_in(file: Path, public: PublicPost, find_key: Callable[[str], SealingKey | None]) -> HandInFile:
    """Return what a post handed in, whose key is the one that the bureau knows. Raises WrongUsage.

    `find_key` returns a sealing key of the bureau by its name, or None.
    """
    try:
        with file.open("rb") as stream:
            handed = _decode(_opened(_decode_sealed(stream.read(MAX_FILE)), find_key))
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError, SealBroken) as error:
        raise WrongUsage(f"{file} is no hand-in of a post: {error}"[:300]) from error
    if handed.post != public:
        raise WrongUsage(f"{file} is of {handed.post.post}, and not of the key of {public.post}")
    if not all(each.is_signed_by(public.verifying) for each in handed.applied):
        raise WrongUsage(f"{file} states packs as applied that {public.post} did not sign for")
    return handed


def _opened(sealed: _SealedFile, find_key: Callable[[str], SealingKey | None]) -> bytes:
    if (key := find_key(sealed.kid)) is None:
        raise SealBroken("it is encrypted to a key that is not here")
    return ContentKey(key.unwrap(decode_base64url(sealed.key), _CONTEXT)).open(
        decode_base64url(sealed.content), _CONTEXT
    )


async def upload(client: httpx.AsyncClient, kind: SearchedKind, maker: PackMaker, handed: HandInFile) -> HandedIn:
    """Pass on what a post handed in, with receipts of the bureau. Raises CommandFailed."""
    applied = [
        {"statement": each.statement, "receipt": maker.receipt(each.digest, time_at(each.at))}
        for each in handed.applied
    ]
    done = HandedIn(None, 0, 0)
    for batch in _batches(handed.searches) if handed.searches else [()]:
        body = {"post_key": handed.post.signing_key, "applied": applied, "searches": msgspec.to_builtins(batch)}
        answer = await client.post(f"{kind.path()}field-copies/hand-ins", json=body)
        if answer.status_code != httpx.codes.OK:
            raise CommandFailed(f"the hand-in was refused: {fault_of(answer)}")
        part = msgspec.json.decode(answer.content, type=HandedIn)
        done = HandedIn(part.applied, part.searches, done.new + part.new)
        applied = []
    return done


def _batches(searches: Sequence[_Search]) -> Iterator[Sequence[_Search]]:
    batch, size = list[_Search](), 0
    for each in searches:
        length = len(each.entry.encode())
        if batch and (len(batch) == BATCH or size + length > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield batch
