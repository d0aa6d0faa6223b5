"""What `i247 fieldpack` does at a bureau: makes the packs of its posts, and passes on what these hand in."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from deploy.commands.officer_client import officer_client
from deploy.commands.output import Line, Output
from deploy.post.handing_in import HandedIn, read_hand_in, upload
from deploy.post.making import Made, PackMaker, Wanted
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.settings import Settings
from services import SERVICES
from shared.crypto.ed25519 import KeyUnusable
from shared.fieldpack.post_key import MAX_KEY_FILE, PostKeyUnusable, PublicPost, read_public
from shared.records.search.matched_store import SearchedKind
from shared.rpc.keyring import KeyRing
from shared.suggestions import unknown
from shared.wording import counted


def make(settings: Settings, options: argparse.Namespace) -> Output:
    """Make a pack, and yield what is in it. Raises CommandFailed, StartRefused, WrongUsage."""
    post, is_differential = _post_of(options), options.differential or options.after is not None
    if not is_differential or options.fingerprint is not None:
        _require_compared(post, options)
    wanted = Wanted(
        post=post,
        out=options.out,
        valid_for=options.valid_hours,
        confidential=options.confidential,
        number=options.copy,
        is_differential=is_differential,
        after=options.after,
    )
    made = asyncio.run(_made(settings, options, kind_of(options.kind), wanted))
    what, follows = counted(made.records, "record"), ""
    if made.after is not None:
        what, follows = f"{what}, {made.removed:,} removed", f" after {made.after}"
    expires = f"{made.expires:%Y-%m-%dT%H:%M:%SZ}"
    says = f"wrote {options.out}: field copy {made.number}{follows}, {what}, {made.size:,} bytes, expires {expires}"
    data = {"number": made.number, "after": made.after, "records": made.records, "removed": made.removed}
    ends = {"bytes": made.size, "digest": made.digest, "expires": expires}
    yield Line(says, {"message": says, "file": str(options.out), **data, **ends})


async def _made(settings: Settings, options: argparse.Namespace, kind: SearchedKind, wanted: Wanted) -> Made:
    async with officer_client(settings, options.bureau, options.purpose) as client:
        return await _maker(settings, options.bureau, client, kind).make(wanted, _show_progress)


def _maker(settings: Settings, bureau: str, client: httpx.AsyncClient, kind: SearchedKind) -> PackMaker:
    """Return what makes packs with the keys of a bureau, which are here. Raises CommandFailed, StartRefused."""
    state_dir, clock = settings.state_dir, clock_of(settings.state_dir)
    directory = load_directory(state_dir)
    try:
        keys = KeyRing(bureau, directory, clock, lambda: state_dir.keys_of(bureau))
    except KeyUnusable as unusable:
        raise CommandFailed(f"the keys of {bureau} cannot be read: {unusable}") from unusable
    return PackMaker(keys, directory, clock, client, kind, state_dir.field_packs)


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:,} of {of:,} records", end="\n" if done >= of else "", file=sys.stderr, flush=True)


def upload_file(settings: Settings, options: argparse.Namespace) -> Iterator[Line]:
    """Pass on what a post handed in, and yield what the service has now. Raises CommandFailed, WrongUsage."""
    post, kind = _post_of(options), kind_of(options.kind)

    async def pass_on() -> HandedIn:
        async with officer_client(settings, options.bureau, "border-management") as client:
            maker = _maker(settings, options.bureau, client, kind)
            return await upload(client, kind, maker, read_hand_in(options.file, post, maker.sealing_key))

    done = asyncio.run(pass_on())
    has = "no pack applied" if done.applied is None else f"field copy {done.applied} applied"
    says = f"{post.post}: {has}, searches handed in up to {done.searches}, of which {done.new} are new"
    yield Line(says, {"message": says, "applied": done.applied, "searches": done.searches, "new": done.new})


def _post_of(options: argparse.Namespace) -> PublicPost:
    """Return the post that is stated, which must be of the bureau. Raises WrongUsage."""
    post = read_post(options.post)
    if post.bureau != options.bureau:
        raise WrongUsage(f"{options.post} is the key of a post of {post.bureau}, not of {options.bureau}")
    return post


def _require_compared(post: PublicPost, options: argparse.Namespace) -> None:
    """Require the fingerprint that a post gave, as nobody else vouches for its key. Raises WrongUsage."""
    if options.fingerprint is None:
        raise WrongUsage(
            "state --fingerprint, as the post gave it on another channel, such as by telephone: `i247 fieldpack info` "
            "prints it there"
        )
    if "".join(options.fingerprint.split()).lower() != post.fingerprint.replace(" ", ""):
        raise WrongUsage(f"{options.post} has another fingerprint: do not use it, and ask the post for its key again")


def read_post(file: Path) -> PublicPost:
    """Return the public key of a post in a file. Raises WrongUsage."""
    try:
        with file.open("rb") as stream:
            return read_public(stream.read(MAX_KEY_FILE))
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read ({error.strerror})") from error
    except PostKeyUnusable as unusable:
        raise WrongUsage(f"{file}: {unusable}") from unusable


def kind_of(name: str) -> SearchedKind:
    """Return a kind of record of which field copies are taken. Raises WrongUsage."""
    found = next((store for kind, store in _copied(name) if kind == name), None)
    if found is None:
        raise WrongUsage(f"no field copies are taken of a kind that is called {unknown(name, sorted(copied_kinds()))}")
    return found


def copied_kinds() -> Mapping[str, SearchedKind]:
    """Return the kinds of records of which field copies are taken, by their names."""
    return dict(_copied(""))


def _copied(name: str) -> Iterator[tuple[str, SearchedKind]]:
    """Yield kinds with their stores, first those of a service named after the kind: to import one takes a second."""
    for service in sorted(SERVICES, key=lambda service: name not in service.name):
        for store in service.metadata.info["stores"]:
            if store.copied is not None:
                yield store.model.record_kind(), store
