"""Makes the pack of a field copy for a post: takes the copy, reads its records, signs the file, and registers it.

It runs where the gateway of the bureau keeps its keys, as an officer of the bureau.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, TypedDict

import httpx

from deploy.state.errors import CommandFailed
from deploy.state.gateway import content_of, fault_of
from deploy.state.new_file import new_file
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.crypto.ed25519 import KeyUnusable, SigningKey
from shared.crypto.hpke import SealingKey
from shared.fieldpack.database import PackWriter, all_columns, copied_columns, writing_database
from shared.fieldpack.manifest import Manifest, OwnerShare
from shared.fieldpack.pack_file import Signing, write_pack
from shared.fieldpack.post_key import PublicPost
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.protocol.directory_file import file_text
from shared.protocol.envelope import MAX_FIELD_PACK_SECONDS
from shared.protocol.messages import Answered, make_receipt
from shared.records.search.matched_store import SearchedKind
from shared.rpc.keyring import KeyRing, NoKeyInForce

# Between two looks whether a copy is ready.
PAUSE_SECONDS: Final = 0.1
MAX_PAUSE_SECONDS: Final = 3.0
_EMPTY_DIGEST: Final = "A" * 43
# Until the pack is registered.
_REGISTERING: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)

Progress = Callable[[int, int], object]
"""Called with how many records were read, and how many there are."""


class RegisteredPackBody(TypedDict):
    """What the service has of a pack."""

    digest: str
    number: int


class FieldCopyBody(TypedDict):
    """What the service has of a field copy."""

    number: int
    id: str
    state: str
    taken: str
    officer: str
    purpose: str
    confidential: bool
    records: int | None
    shares: list[dict[str, Any]]
    packs: list[RegisteredPackBody]


class _Copies(TypedDict):
    items: list[FieldCopyBody]


class _Page(TypedDict):
    columns: list[str]
    rows: list[list[Any]]
    removed: list[str]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pack is made."""

    post: PublicPost
    out: Path
    valid_for: timedelta
    """At most until its field copy is too old."""

    confidential: bool = False
    number: int | None = None
    """A field copy that was taken for another post; None to take a new one."""

    is_differential: bool = False
    """Whether it follows the file that was made for the post last."""

    after: int | None = None
    """The field copy whose file a differential follows instead, as the post never got the later ones."""


@dataclass(frozen=True, slots=True)
class Made:
    """A pack that was made."""

    number: int
    after: int | None
    records: int
    removed: int
    size: int
    digest: str
    expires: datetime


class PackMaker:
    """Makes packs of one kind of record as an officer of a bureau."""

    def __init__(
        self,
        keys: KeyRing,
        directory: Directory,
        clock: Clock,
        client: httpx.AsyncClient,
        kind: SearchedKind,
        workspace: Path,
    ) -> None:
        """`keys` are those of the bureau; `workspace` is a folder of its own for the records of one pack at a time."""
        self._bureau = BureauCode(keys.participant)
        self._keys = keys
        self._directory = directory
        self._clock = clock
        self._client = client
        self._kind = kind
        self._workspace = workspace
        self._path = f"{kind.path()}field-copies"

    async def make(self, wanted: Wanted, progress: Progress) -> Made:
        """Make and register a pack, if its file can be written. Raises CommandFailed, WrongUsage: no file is left."""
        previous = await self._followed(wanted) if wanted.is_differential else None
        after = None if previous is None else previous["number"]
        with new_file(wanted.out) as out, _database_alone(self._workspace) as database:
            copy = await self._copy(wanted)
            if after is not None and after >= copy["number"]:
                raise CommandFailed(f"field copy {copy['number']} does not follow {after}: leave out --copy")
            with writing_database(database, self._kind.table) as writer:
                records, removed = await self._read(copy, after, writer, progress)
            described = self._described(copy, previous, records=records, removed=removed)
            return await self._write(database, out, described, wanted)

    async def _write(self, database: Path, out: BinaryIO, described: Manifest, wanted: Wanted) -> Made:
        now = self._clock.now()
        valid_for = _valid_for(wanted, now.timestamp() - described.taken)
        expires = now + valid_for
        signing = Signing(self._bureau, self.signing_key(), now.timestamp(), expires.timestamp())
        written = await asyncio.to_thread(write_pack, database, out, described, wanted.post, signing)
        entry = {
            "digest": written.digest,
            "post": wanted.post.post,
            "post_key": wanted.post.signing_key,
            "after": described.after,
            "previous": described.previous,
            "valid_hours": -(-int(valid_for.total_seconds()) // 3600),
        }
        registered = await self._client.post(f"{self._path}/{described.number}/packs", json=entry)
        if registered.status_code != httpx.codes.CREATED:
            raise CommandFailed(f"the pack was not registered: {fault_of(registered)}")
        counts = described.number, described.after, described.records, described.removed
        return Made(*counts, written.size, written.digest, expires)

    def sealing_key(self, kid: str) -> SealingKey | None:
        """Return a sealing key of the bureau by its name, or None. Raises CommandFailed."""
        try:
            return self._keys.sealing(kid)
        except KeyUnusable as unusable:
            raise CommandFailed(f"the keys of {self._bureau} cannot be read: {unusable}") from unusable

    def signing_key(self) -> SigningKey:
        """Return the key in force of the bureau. Raises CommandFailed."""
        try:
            return self._keys.signing
        except (NoKeyInForce, KeyUnusable) as refusal:
            raise CommandFailed(f"nothing can be signed with a key of {self._bureau} here: {refusal}") from refusal

    def receipt(self, digest: str, at: datetime) -> str:
        """Return the receipt `applied` of the bureau for a pack, which a post applied. Raises CommandFailed."""
        answered = Answered(id=uuid7(at), digest=digest, sender=self._kind.service(), by=self._bureau)
        return make_receipt(answered, "applied", None, key=self.signing_key(), at=self._clock.now()).signature

    async def copies(self, **wanted: str | int) -> list[FieldCopyBody]:
        """Return field copies of the bureau, the newest first. Raises CommandFailed."""
        answer = await self._client.get(self._path, params=wanted)
        if answer.status_code != httpx.codes.OK:
            raise CommandFailed(f"the field copies cannot be read: {fault_of(answer)}")
        return content_of(answer, _Copies)["items"]

    async def _followed(self, wanted: Wanted) -> RegisteredPackBody:
        """Return the file that a differential follows. Raises CommandFailed if none was made for the post."""
        post, after = wanted.post, wanted.after
        upto = {} if after is None else {"before": after + 1}
        copies = await self.copies(post_key=post.signing_key, limit=1, **upto)
        if not copies or after not in (None, copies[0]["number"]):
            of = "yet" if after is None else f"of field copy {after}"
            raise CommandFailed(f"{post.post} has no pack {of}: make a whole one, without --differential and --after")
        return copies[0]["packs"][0]

    async def _copy(self, wanted: Wanted) -> FieldCopyBody:
        """Return the field copy that is asked for, once it is ready."""
        number = wanted.number
        if number is None:
            ordered = await self._client.post(self._path, json={"confidential": wanted.confidential})
            if ordered.status_code != httpx.codes.ACCEPTED:
                raise CommandFailed(f"no field copy was taken: {fault_of(ordered)}")
            number = int(ordered.json()["number"])
        pause = PAUSE_SECONDS
        while True:
            found = next((each for each in await self.copies(limit=50) if each["number"] == number), None)
            if found is None:
                raise CommandFailed(f"{self._bureau} has no field copy {number}")
            if found["state"] == "ready":
                return found
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    async def _read(
        self, copy: FieldCopyBody, after: int | None, writer: PackWriter, progress: Progress
    ) -> tuple[int, int]:
        """Write the records of a copy, and what a differential removes; return how many of each."""
        columns, records, removed = copied_columns(self._kind.table), 0, 0
        async for page in self._pages(copy["number"], after):
            if page["columns"] != columns:
                raise CommandFailed("the service has other columns than this program: use the same version of both")
            writer.add(page["rows"])
            writer.remove(page["removed"])
            records, removed = records + len(page["rows"]), removed + len(page["removed"])
            progress(records, copy["records"] or 0)
        return records, removed

    async def _pages(self, number: int, since: int | None) -> AsyncIterator[_Page]:
        query: dict[str, Any] = {} if since is None else {"since": since}
        while True:
            answer = await self._client.get(f"{self._path}/{number}/records", params=query)
            if answer.status_code != httpx.codes.OK:
                raise CommandFailed(f"field copy {number} cannot be read: {fault_of(answer)}")
            page = content_of(answer, _Page)
            yield page
            if page["next"] is None:
                return
            query["after"] = page["next"]

    def _described(
        self, copy: FieldCopyBody, previous: RegisteredPackBody | None, *, records: int, removed: int
    ) -> Manifest:
        return Manifest(
            service=self._kind.service(),
            kind=self._kind.model.record_kind(),
            post="",
            post_key=_EMPTY_DIGEST,
            number=copy["number"],
            copy=copy["id"],
            after=previous and previous["number"],
            previous=previous and previous["digest"],
            taken=datetime.fromisoformat(copy["taken"]).timestamp(),
            officer=copy["officer"],
            purpose=copy["purpose"],
            confidential=copy["confidential"],
            copied=copy["records"] or 0,
            shares=tuple(OwnerShare(each["owner"], each["count"], each["root"]) for each in copy["shares"]),
            records=records,
            removed=removed,
            columns=all_columns(self._kind.table),
            size=0,
            blocks=0,
            root=_EMPTY_DIGEST,
            key="",
            directory=file_text(self._directory.log.part()),
        )


def _valid_for(wanted: Wanted, age: float) -> timedelta:
    """Return for how long a pack of a field copy of some seconds is valid. Does NOT refuse one that is too old."""
    left = timedelta(seconds=MAX_FIELD_PACK_SECONDS - age) - _REGISTERING
    return min(wanted.valid_for, left // _HOUR * _HOUR) if left >= _HOUR else wanted.valid_for


@contextmanager
def _database_alone(workspace: Path) -> Iterator[Path]:
    """Yield the file for the records of a pack before they are encrypted. Raises CommandFailed while another is made.

    What a process that was killed left of it is removed.
    """
    workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = workspace / "pack.db"
    with (workspace / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandFailed("another field pack is being made here: make this one once that is done") from error
        try:
            database.unlink(missing_ok=True)
            yield database
        finally:
            database.unlink(missing_ok=True)
