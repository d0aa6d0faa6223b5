"""The folder of a post: its key, the pack and differentials that it has, and what it did.

What the post keeps of itself is encrypted by its key: which files it has, the newest directory that it saw, when it was
used last, and its log of searches. Without the passphrase nobody alters or removes any of it unnoticed, but an earlier
copy of these files that is put back, with the clock, is not noticed by the post; the bureau notices at the next
hand-in.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import msgspec

from deploy.post.state import HeldFile, KnownDirectory, PostState, mark_of, read_state, write_state
from shared.clock import Clock, time_at
from shared.crypto.ed25519 import encode_base64url
from shared.fieldpack.applied import TOLERATED_SECONDS, AppliedPack
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.manifest import SignedManifest
from shared.fieldpack.pack_file import PackFile, open_pack
from shared.fieldpack.post_key import PostKey
from shared.fieldpack.refusals import ClockSetBack, PackExpired, PostUnusable
from shared.fieldpack.search_log import LogBroken, SearchEntry, SearchFile
from shared.protocol.directory import Directory

PRIVATE: Final = 0o600
MAX_DIFFERENTIALS: Final = 400
COPIED_BYTES: Final = 1 << 20
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class PostFolder:
    """The paths of a post, and what can be read of it without its key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path / "post.key"
        self.public = path / "post.pub"
        self.state = path / "state"
        self.log = path / "searches.log"
        self.token = path / "token"
        self.packs = path / "packs"


class Post:
    """A post whose key was opened."""

    def __init__(self, folder: PostFolder, key: PostKey, clock: Clock) -> None:
        """Read what the post has. Raises PostUnusable."""
        self.folder = folder
        self.key = key
        self.clock = clock
        self.state = self._read_state()
        with _sound_log():
            self.log = SearchFile(folder.log, key.own)

    @classmethod
    def create(cls, folder: PostFolder, key: PostKey, clock: Clock) -> Self:
        """Write what a new post has beside its key: without that it is unusable."""
        SearchFile.create(folder.log, key.own, clock.now().timestamp())
        write_state(folder.state, key, PostState())
        return cls(folder, key, clock)

    def is_outdated(self) -> bool:
        """Return whether another process has updated the post."""
        return self._mark != mark_of(self.folder.state)

    def reload(self) -> None:
        """Read again what the post has. Raises PostUnusable."""
        self.state = self._read_state()

    def now(self) -> datetime:
        """Return the time, which must not be before any at which the post was used. Raises ClockSetBack."""
        now, seen = self.clock.now(), self._last_use()
        if now.timestamp() < seen - TOLERATED_SECONDS:
            raise ClockSetBack(
                f"it is {now:%Y-%m-%d %H:%M} UTC here, and was {time_at(seen):%Y-%m-%d %H:%M} UTC before: set the "
                "clock right; if it was ahead then, wait until that time, or make a new post in another folder"
            )
        return now

    def _last_use(self) -> float:
        last = self.log.last
        with _sound_log():
            return max(self.log.last_use().at, 0.0 if last is None else last.at)

    def _note_use(self, at: datetime) -> None:
        with _sound_log():
            self.log.note_use(at.timestamp())

    def searches(self, after: int) -> list[SearchEntry]:
        """Return the searches after a number. Raises PostUnusable."""
        with _sound_log():
            return [*self.log.entries(after)]

    def log_search(self, entry: SearchEntry) -> None:
        """Append a search to the log, on disk when this returns. Raises PostUnusable, OSError."""
        with _sound_log():
            self.log.append(entry)

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

    def require_valid(self, last: SignedManifest, name: str = "it") -> datetime:
        """Return the time, at which the last file must be valid. Raises PackExpired, ClockSetBack, PostUnusable."""
        now = self.now()
        if now.timestamp() < last.head.iat - TOLERATED_SECONDS:
            made = time_at(last.head.iat)
            raise ClockSetBack(
                f"it is {now:%Y-%m-%d %H:%M} UTC here, and the pack was made at {made:%Y-%m-%d %H:%M} UTC: set the "
                "clock right"
            )
        if now.timestamp() >= last.head.exp:
            # So that it is not revived by an earlier clock.
            self._note_use(now)
            raise PackExpired(
                f"{name} expired at {time_at(last.head.exp):%Y-%m-%d %H:%M} UTC: update this post with a newer one"
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
            msgspec.structs.replace(state, applied=tuple(each for key, each in known.items() if key in digests))
        )
        self._note_use(now)
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
        self.require_valid(pack.signed, str(file))
        state = self._known_by(state, file, pack.signed.directory)
        held = HeldFile(f"{manifest.number:06d}-{digest[:16]}.pack", digest, manifest.number)
        last = state.files[-1] if state.files else None
        if last is not None and digest in {each.digest for each in state.files}:
            raise PostUnusable(f"{file}: this post has it already")
        if last is not None and manifest.number <= last.number:
            raise PostUnusable(f"{file}: it is of field copy {manifest.number}, and this post has {last.number}")
        if manifest.after is None:
            return msgspec.structs.replace(state, files=(held,))
        if last is None or (last.number, last.digest) != (manifest.after, manifest.previous):
            raise PostUnusable(f"{file}: it follows {_how_to_follow(manifest.after, last)}")
        if len(state.files) > MAX_DIFFERENTIALS:
            raise PostUnusable(f"this post has {MAX_DIFFERENTIALS} differentials: install a whole pack")
        return msgspec.structs.replace(state, files=(*state.files, held))

    def _known_by(self, state: PostState, file: Path, directory: Directory) -> PostState:
        """Return the state with a directory, which must be no older than the one before. Raises PostUnusable."""
        if not state.directory.is_extended_by(directory):
            raise PostUnusable(f"{file}: its directory is older than the one that this post knows, or is another")
        if (key := directory.sealing_key_of(self.key.bureau, self.clock.now())) is None:
            raise PostUnusable(f"{file}: its directory has no key of {self.key.bureau} for what this post hands in")
        return msgspec.structs.replace(
            state, directory=KnownDirectory.of(directory), sealing_key=encode_base64url(key.raw)
        )

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
        """Open a file that the bureau of this post signed. Raises PostUnusable."""
        try:
            pack = open_pack(file, self.key.root, self.clock)
        except PackBroken as broken:
            raise PostUnusable(f"{file}: {broken}") from broken
        except OSError as error:
            raise PostUnusable(f"{file} cannot be read ({error.strerror})") from error
        if (sender := pack.signed.head.sender) != self.key.bureau:
            pack.close()
            raise PostUnusable(f"{file}: it is of {sender}, and this post is one of {self.key.bureau}")
        return pack

    def _read_state(self) -> PostState:
        self._mark = mark_of(self.folder.state)
        return read_state(self.folder.state, self.key)

    def _write(self, state: PostState) -> None:
        write_state(self.folder.state, self.key, state)
        self.state, self._mark = state, mark_of(self.folder.state)


@contextmanager
def _sound_log() -> Iterator[None]:
    """Raise PostUnusable where the log of searches was altered."""
    try:
        yield
    except LogBroken as broken:
        raise PostUnusable(str(broken)) from broken


def _require_same(file: PackFile, held: HeldFile) -> None:
    if file.signed.digest != held.digest:
        raise PostUnusable(f"{held.name} is another file than the one that was installed")


def _how_to_follow(after: int, last: HeldFile | None) -> str:
    """Return which field copy a file follows that does not follow the last of a post, and what to do about that."""
    if last is None:
        return f"field copy {after}, and this post has none: install a whole pack first"
    if last.number == after:
        return f"another file of field copy {after} than this post has: install a whole pack"
    return (
        f"field copy {after}, and this post has field copy {last.number}: install those between first, or one that the "
        f"bureau makes with `i247 fieldpack make --after {last.number}`"
    )


def close_all(opened: Iterable[PackFile]) -> None:
    """Close files."""
    for each in opened:
        each.close()
