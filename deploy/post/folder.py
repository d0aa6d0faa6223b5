"""The folder of a post: its key, the root key that it trusts, the pack and differentials that it has, and what it did.

What the post keeps of itself is encrypted by its key, and so cannot be altered without the passphrase: which files it
has, when it was used last, and its log of searches. A copy of the whole folder that is put back, with the clock, is not
noticed by the post; the bureau notices at the next hand-in.
"""

import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from shared.clock import Clock, time_at
from shared.crypto.ed25519 import VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import SealBroken
from shared.fieldpack.applied import TOLERATED_SECONDS, AppliedPack
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.manifest import SignedManifest
from shared.fieldpack.pack_file import PackFile, open_pack
from shared.fieldpack.post_key import PostKey
from shared.fieldpack.refusals import ClockSetBack, PackExpired, PostUnusable
from shared.fieldpack.search_log import LogBroken, SearchFile
from shared.files import replace_file
from shared.protocol.envelope import Digest

PRIVATE: Final = 0o600
MAX_DIFFERENTIALS: Final = 400
COPIED_BYTES: Final = 1 << 20
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_CONTEXT: Final = b"i247 post state"


class HeldFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that the post has."""

    name: str
    digest: Digest
    number: int


class PostState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the post knows of itself."""

    seen: float = 0.0
    """When it was used last, in seconds since 1970."""

    files: tuple[HeldFile, ...] = ()
    """The whole pack, then each differential that follows."""

    applied: tuple[AppliedPack, ...] = ()
    """Of those that it has."""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(PostState).decode


class PostFolder:
    """The paths of a post, and what can be read of it without its key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path / "post.key"
        self.public = path / "post.pub"
        self.root = path / "root.pub"
        self.state = path / "state"
        self.log = path / "searches.log"
        self.token = path / "token"
        self.packs = path / "packs"

    def trusted_root(self) -> VerifyingKey:
        """Return the root key that the post trusts. Raises PostUnusable."""
        try:
            return VerifyingKey(decode_base64url(self.root.read_text().strip()))
        except (OSError, ValueError) as error:
            raise PostUnusable(f"{self.root} holds no root key: make the key of this post again") from error


class Post:
    """A post whose key was opened."""

    def __init__(self, folder: PostFolder, key: PostKey, clock: Clock) -> None:
        """Read what the post has. Raises PostUnusable."""
        self.folder = folder
        self.key = key
        self.clock = clock
        self.state = self._read_state()
        try:
            self.log = SearchFile(folder.log, key.own)
        except LogBroken as broken:
            raise PostUnusable(f"{folder.log}: {broken}") from broken

    def begin(self) -> None:
        """Write the first state of a new post."""
        self._write(PostState(seen=self.clock.now().timestamp()))

    def is_outdated(self) -> bool:
        """Return whether another process has updated the post."""
        return self._mark != _mark_of(self.folder.state)

    def reload(self) -> None:
        """Read again what the post has. Raises PostUnusable."""
        self.state = self._read_state()

    def now(self) -> datetime:
        """Return the time, which must not be before any at which the post was used. Raises ClockSetBack."""
        now, last = self.clock.now(), self.log.last
        seen = max(self.state.seen, 0.0 if last is None else last.at)
        if now.timestamp() < seen - TOLERATED_SECONDS:
            raise ClockSetBack(
                f"it is {now:%Y-%m-%d %H:%M} UTC here, and was {time_at(seen):%Y-%m-%d %H:%M} UTC before"
            )
        return now

    def open_files(self) -> list[PackFile]:
        """Open the whole pack and its differentials, each as it was installed. Raises Refusal."""
        if not self.state.files:
            raise PostUnusable("this post has no pack: install one with `i247 fieldpack update FILE`")
        opened = list[PackFile]()
        try:
            for held in self.state.files:
                opened.append(self._open(self.folder.packs / held.name))
                _require_same(opened[-1], held)
        except BaseException:
            close_all(opened)
            raise
        return opened

    def require_valid(self, last: SignedManifest) -> datetime:
        """Return the time, at which the last file must be valid. Raises PackExpired, ClockSetBack."""
        now = self.now()
        if now.timestamp() < last.head.iat - TOLERATED_SECONDS:
            made = time_at(last.head.iat)
            raise ClockSetBack(
                f"it is {now:%Y-%m-%d %H:%M} UTC here, and the pack was made at {made:%Y-%m-%d %H:%M} UTC"
            )
        if now.timestamp() >= last.head.exp:
            raise PackExpired(
                f"it expired at {time_at(last.head.exp):%Y-%m-%d %H:%M} UTC: update this post with a newer one"
            )
        return now

    def install(self, files: Iterable[Path]) -> list[AppliedPack]:
        """Install a whole pack, or the differentials that follow, in any order, and sign what was applied.

        All of them or none. Raises Refusal.
        """
        now, opened = self.now(), list[tuple[Path, PackFile]]()
        try:
            opened += ((file, self._open(file)) for file in files)
            opened.sort(key=lambda each: each[1].manifest.number)
            state = self.state
            for file, pack in opened:
                state = self._with(state, file, pack)
            for file, pack in opened:
                self._keep(file, pack)
        finally:
            close_all(pack for _, pack in opened)
        new = [self._signed(pack.signed, now) for _, pack in opened]
        digests = {each.digest for each in state.files}
        known = {each.digest: each for each in (*self.state.applied, *new)}
        self._write(
            msgspec.structs.replace(
                state, seen=now.timestamp(), applied=tuple(each for key, each in known.items() if key in digests)
            )
        )
        for outdated in {*self.folder.packs.iterdir()} - {self.folder.packs / each.name for each in state.files}:
            outdated.unlink(missing_ok=True)
        return new

    def _with(self, state: PostState, file: Path, pack: PackFile) -> PostState:
        """Return the state with one more file, which must follow. Raises PostUnusable."""
        manifest, digest = pack.manifest, pack.signed.digest
        try:
            pack.unsealed(self.key.sealing)
            pack.verify_whole()
        except PackBroken as broken:
            raise PostUnusable(f"{file}: {broken}") from broken
        self.require_valid(pack.signed)
        held = HeldFile(f"{manifest.number:06d}-{digest[:16]}.pack", digest, manifest.number)
        last = state.files[-1] if state.files else None
        if last is not None and digest in {each.digest for each in state.files}:
            raise PostUnusable(f"{file}: this post has it already")
        if manifest.after is None:
            if last is not None and manifest.number <= last.number:
                raise PostUnusable(f"{file}: it is of field copy {manifest.number}, and this post has {last.number}")
            return msgspec.structs.replace(state, files=(held,))
        if last is None or (last.number, last.digest) != (manifest.after, manifest.previous):
            has = "none" if last is None else f"field copy {last.number}"
            raise PostUnusable(
                f"{file}: it follows field copy {manifest.after}, and this post has {has}: install those between "
                "first, or a whole pack"
            )
        if len(state.files) > MAX_DIFFERENTIALS:
            raise PostUnusable(f"this post has {MAX_DIFFERENTIALS} differentials: install a whole pack")
        return msgspec.structs.replace(state, files=(*state.files, held))

    def _keep(self, file: Path, pack: PackFile) -> None:
        self.folder.packs.mkdir(exist_ok=True, mode=0o700)
        name = f"{pack.manifest.number:06d}-{pack.signed.digest[:16]}.pack"
        draft = self.folder.packs / f"{name}.new"
        with file.open("rb") as source, os.fdopen(os.open(draft, _NEW, PRIVATE), "wb") as copy:
            shutil.copyfileobj(source, copy, COPIED_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
        draft.replace(self.folder.packs / name)

    def _signed(self, signed: SignedManifest, now: datetime) -> AppliedPack:
        applied = AppliedPack(signed.digest, signed.manifest.number, now.timestamp())
        signature = encode_base64url(self.key.signing.sign(applied.signed))
        return msgspec.structs.replace(applied, signature=signature)

    def _open(self, file: Path) -> PackFile:
        try:
            return open_pack(file, self.folder.trusted_root(), self.clock)
        except PackBroken as broken:
            raise PostUnusable(f"{file}: {broken}") from broken
        except OSError as error:
            raise PostUnusable(f"{file} cannot be read ({error.strerror})") from error

    def _read_state(self) -> PostState:
        self._mark = _mark_of(self.folder.state)
        if not self.folder.state.exists():
            if self.folder.packs.exists() and any(self.folder.packs.iterdir()):
                raise PostUnusable(f"{self.folder.state} is missing, so it is unknown when this post was used last")
            return PostState()
        try:
            sealed = decode_base64url(self.folder.state.read_text().strip())
            return _decode(self.key.own.open(sealed, _CONTEXT))
        except (OSError, ValueError, SealBroken) as error:
            raise PostUnusable(f"{self.folder.state} was altered, or is of another post") from error

    def _write(self, state: PostState) -> None:
        sealed = encode_base64url(self.key.own.seal(_encode(state), _CONTEXT))
        replace_file(self.folder.state, f"{sealed}\n".encode(), mode=PRIVATE)
        self.state, self._mark = state, _mark_of(self.folder.state)


def _mark_of(file: Path) -> tuple[int, int] | None:
    """Return what changes when a file is replaced; None if there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _require_same(file: PackFile, held: HeldFile) -> None:
    if file.signed.digest != held.digest:
        raise PostUnusable(f"{held.name} is another file than the one that was installed")


def close_all(opened: Iterable[PackFile]) -> None:
    """Close files."""
    for each in opened:
        each.close()
