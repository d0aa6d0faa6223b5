"""A bureau that makes field packs of a service in this process, and a post that uses them, with their own folders."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.post.folder import Post, PostFolder
from deploy.post.handing_in import HandedIn, hand_in_of, read_hand_in, upload, write_hand_in
from deploy.post.making import Made, PackMaker, Wanted
from deploy.post.search import Officer, PackSearch
from services.stolen_vehicles.store import VehicleStore
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.fieldpack.applied import AppliedPack
from shared.fieldpack.post_key import PostKey, write_public
from shared.identity import Purpose
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.service import Context, Service
from tests.conftest import store_of
from tests.services.stolen_vehicles.copies import copier, prepare
from tests.shared.directories import NEW, OLD, ROOT, T, directory, entry
from tests.support import ServiceClient

OFFICER = Officer(name="DE 4711", purpose=Purpose.BORDER_MANAGEMENT)
PASSPHRASE = "a long passphrase"
PLATE = {"plate": "fz 512-kl", "country": "IT"}
# A bureau enters a VIN once.
OTHER_VIN, THIRD_VIN = "ZAR 937000 05123461", "ZAR 937000 05123462"
WEEK = 7 * 86_400
SEALING = SealingKey(bytes([7]) * 32)


def network(at: float = T) -> Directory:
    """Return a directory with the keys of DE and PL, which are valid for weeks around a time."""
    return directory(bureau_entry(OLD, "DE", at), bureau_entry(NEW, "PL", at))


def bureau_entry(key: SigningKey, bureau: str, at: float = T, **changed: Any) -> Entry:
    """Return an entry of a bureau that is valid for weeks around a time, with the sealing key of the tests."""
    times = {"issued": at - WEEK, "not_before": at - WEEK, "not_after": at + 5 * WEEK}
    return entry(key, bureau, sealing_key=encode_base64url(SEALING.public.raw), **{**times, **changed})


def post_key(post: str = "DE-Kiefersfelden", bureau: str = "DE") -> PostKey:
    """Return new keys of a post that trusts the root key of the tests."""
    return PostKey.generate(post, bureau, ROOT.public)


class Border:
    """A bureau, DE, with one post, for one kind of record."""

    def __init__(
        self, service: ServiceClient, book: Directory, clock: FixedClock, path: Path, kind: Any = VehicleStore
    ) -> None:
        self.service = service
        self.kind = kind
        self.clock = clock
        self.path = path
        self.key = post_key()
        self.folder = PostFolder(path / "post")
        self.folder.path.mkdir()
        self.folder.public.write_bytes(write_public(self.key.public))
        Post.create(self.folder, self.key, clock)
        keys = KeyRing("DE", book, clock, lambda: PrivateKeys((OLD,), (SEALING,)))
        self.client = copier(service)
        self.maker = PackMaker(keys, book, clock, self.client, kind, path / "workspace")

    async def make(self, name: str = "whole.pack", *, key: PostKey | None = None, **wanted: Any) -> Path:
        """Make a pack in a file, of a field copy that is taken for it."""
        out = self.path / name
        await self.made(out, key=key, **wanted)
        return out

    async def made(self, out: Path, *, key: PostKey | None = None, hours: int = 24, **wanted: Any) -> Made:
        """Make a pack in a file, and return what is said of it."""
        order = {name: wanted.pop(name) for name in ("confidential",) if name in wanted}
        number = wanted.pop("number", None) or await self.take(**order)
        chosen = Wanted((key or self.key).public, out, timedelta(hours=hours), number=number, **wanted)
        return await self.maker.make(chosen, lambda _done, _of: None)

    async def take(self, **order: Any) -> int:
        """Take a field copy, and return its number once it is ready."""
        ordered = await self.client.post(f"{self.kind.path()}field-copies", json=order)
        assert ordered.status_code == 202, ordered.text
        await prepare(self.service, self.clock, self.kind)
        return int(ordered.json()["number"])

    def post(self) -> Post:
        """Open the post, as a command does."""
        return Post(self.folder, self.key, self.clock)

    def install(self, *files: Path) -> list[AppliedPack]:
        """Install files at the post."""
        return self.post().install(files)

    async def found(self, **query: str) -> list[str]:
        """Return the ids of what a search at the post finds."""
        return [hit.record.id for hit in (await self.search(**query)).hits]

    async def search(self, officer: Officer = OFFICER, **query: str) -> Any:
        """Return the answer of a search at the post."""
        search = PackSearch(self.post())
        try:
            return await search.search(self.kind.query.model_validate(query or PLATE), officer)
        finally:
            search.close()

    async def hand_in(self, after: int = 0) -> HandedIn:
        """Hand in what the post did, through the file, and return what the service has."""
        file = self.path / "hand-in.json"
        post = self.post()
        file.write_bytes(write_hand_in(post, hand_in_of(post, after)))
        handed = read_hand_in(file, self.key.public, self.maker.sealing_key)
        return await upload(self.client, self.kind, self.maker, handed)


@asynccontextmanager
async def border_of(
    service: Service, kind: Any, path: Path, clock: FixedClock, book: Directory | None = None
) -> AsyncIterator[Border]:
    """Run a service with an empty store, of a kind of which a post has packs."""
    book = book or network()
    async with store_of(service, f"sqlite:///{path / 'store.db'}") as database:
        app = service.create_app(Context(database, clock, directory=book))
        yield Border(ServiceClient(service, app), book, clock, path, kind)


def checking(
    service: Service,
    kind: Any,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    enter: Callable[[ServiceClient, str], Awaitable[object]],
) -> Callable[..., int]:
    """Return `i247 fieldpack check` at a post with a pack of what `enter` enters, given the date of an event.

    It takes options, and returns the exit status.
    """
    asyncio.run(_installed(service, kind, path, enter))
    monkeypatch.setenv("I247_HOME", str(path / "home"))
    (path / "passphrase").write_text(PASSPHRASE)
    of_post = ("--folder", str(path / "post"), "--passphrase-file", str(path / "passphrase"))
    return lambda *options: main(["fieldpack", "check", *options, "--officer", OFFICER.name, *of_post])


async def _installed(
    service: Service, kind: Any, path: Path, enter: Callable[[ServiceClient, str], Awaitable[object]]
) -> None:
    """Make a post with a pack of now, as the command has no other time."""
    now = datetime.now(UTC)
    clock, book = FixedClock(now - timedelta(hours=2)), network(now.timestamp())
    async with border_of(service, kind, path, clock, book) as border:
        await enter(border.service, f"{now - timedelta(days=2):%Y-%m-%d}")
        border.install(await border.make())
        border.key.save(border.folder.key, PASSPHRASE, memory=64, passes=1)
