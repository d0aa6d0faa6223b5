"""What `i247 fieldpack` does at a post: its key, its pack, searches, and what it hands in. No network."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

from pydantic import ValidationError

from deploy.commands.fieldpack_asked import ASKED
from deploy.commands.output import Line, Output
from deploy.mesh.listening import listen
from deploy.post.folder import Post, PostFolder
from deploy.post.handing_in import hand_in_of, write_hand_in
from deploy.post.search import CurrentSearch, Officer, PackSearch
from deploy.state.clock import clock_of
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.new_file import new_file
from deploy.state.settings import Settings
from shared.bureaus import MEMBERS
from shared.clock import time_at
from shared.crypto.ed25519 import VerifyingKey
from shared.errors import Refusal, in_one_line
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.manifest import SignedManifest
from shared.fieldpack.pack_file import open_pack
from shared.fieldpack.post_key import PostKey, PostKeyUnusable, PublicPost, write_public
from shared.files import replace_file, secret_in
from shared.identity import PURPOSES
from shared.records.batch.answers import UNREADABLE
from shared.suggestions import did_you_mean
from shared.validation import invalid
from shared.wording import counted

PRIVATE: Final = 0o600
HIT, NEAR, NONE = "hit", "near", "none"
_SAYS: Final = {HIT: "{} found", NEAR: "no hit", NONE: "nothing found"}
HOST: Final = "127.0.0.1"
DESCRIBING: Final = ("status", "issuer", "kind", "type", "make", "model", "calibre", "colour", "year")
NUMBERS: Final = ("plate", "vin", "engine_number", "number", "serial_number", "imei", "second_imei")
"""The members of a record that are printed, besides the range of blanks."""


def make_key(settings: Settings, options: argparse.Namespace, root: VerifyingKey) -> tuple[PublicPost, Path]:
    """Make the key of a post, and return its public part with the file of it. Raises StartRefused, WrongUsage."""
    folder = _folder(settings, options)
    if found := [file for file in (folder.key, folder.state, folder.log) if file.exists()]:
        raise StartRefused(f"{found[0]} is there already: a post has one key; name another folder with --folder")
    if options.bureau not in MEMBERS:
        meant = did_you_mean(options.bureau, MEMBERS)
        raise WrongUsage(f"{options.bureau[:40]!r} is no bureau:{meant or ' state the code of one, such as DE'}")
    passphrase = _passphrase(options, twice=True)
    try:
        key = PostKey.generate(options.post, options.bureau, root)
        folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        key.save(folder.key, passphrase)
        Post.create(folder, key, clock_of(settings.state_dir))
        replace_file(folder.public, write_public(key.public), mode=PRIVATE)
    except PostKeyUnusable as unusable:
        raise WrongUsage(str(unusable)) from unusable
    return key.public, folder.public


def update(settings: Settings, options: argparse.Namespace) -> Output:
    """Install packs, and yield what the post applied. Raises StartRefused."""
    with _refusing("nothing was installed"):
        post = _open_post(settings, options)
        applied = post.install(options.files)
    for each in applied:
        says = f"applied field copy {each.number}, signed: hand it in with `i247 fieldpack hand-in`"
        yield Line(says, {"message": says, "number": each.number, "digest": each.digest})


def look_up(settings: Settings, options: argparse.Namespace) -> tuple[str, Output]:
    """Return what was found, and the lines of the answer. Raises StartRefused, WrongUsage."""
    with _refusing():
        search = PackSearch(_open_post(settings, options))
        given = {name: getattr(options, name) for name in (*ASKED, "near")}
        query = _query(search, {name: value for name, value in given.items() if value is not None})
        found = asyncio.run(search.search(query, _officer(options)))
        lines = list(_answer_lines(search, found, settings))
        search.close()
    return _outcome(found), lines


def _outcome(found: Any) -> str:
    """Return whether there is a hit or nothing; what is near, or was misread, is neither."""
    if found.hits:
        return HIT
    is_misread = getattr(found, "verdict", None) == UNREADABLE
    return NEAR if getattr(found, "near", None) or is_misread else NONE


def serve_post(settings: Settings, options: argparse.Namespace) -> Output:
    """Yield where searches are answered over HTTP, and answer them until interrupted. Raises StartRefused."""
    from deploy.post.server import create_app, serve

    with _refusing():
        post = _open_post(settings, options)
        current = CurrentSearch(post)
    folder = post.folder
    if not folder.token.exists():
        replace_file(folder.token, f"{token_urlsafe(32)}\n".encode(), mode=PRIVATE)
    app = create_app(current, folder.token.read_text().strip(), post.clock)
    url = f"http://{HOST}:{options.port}{current.get().kind.path()}search"
    says = f"{url} answers, with the token in {folder.token}"
    with listen(HOST, options.port, "--port") as listening, suppress(KeyboardInterrupt):
        yield Line(says, {"message": says, "url": url, "token": str(folder.token)})
        serve(app, listening)


def hand_in(settings: Settings, options: argparse.Namespace) -> Output:
    """Write what the post did, and yield how much that is. Raises StartRefused, CommandFailed."""
    with _refusing(), new_file(options.out) as out:
        post = _open_post(settings, options)
        handed = hand_in_of(post, options.after)
        out.write(write_hand_in(post, handed))
    searches, applied = len(handed.searches), len(post.state.applied)
    did = f"{counted(searches, 'search', 'searches')}, {counted(applied, 'pack')} applied"
    says = f"wrote {options.out}: {did}; pass it on with `i247 fieldpack upload`"
    yield Line(says, {"message": says, "file": str(options.out), "searches": searches, "applied": applied})


def post_report(settings: Settings, options: argparse.Namespace) -> Output:
    """Yield what a post has. Raises StartRefused."""
    with _refusing():
        post = _open_post(settings, options)
        public = post.key.public
        says = f"{public.post}, a post of {public.bureau}, with the fingerprint {public.fingerprint}"
        yield Line(says, {"message": says, "post": public.post, "fingerprint": public.fingerprint})
        opened = post.open_files()
    for each in opened:
        yield from _described(each.signed)
        each.close()
    with _refusing():
        post.require_valid(opened[-1].signed)


def file_report(settings: Settings, file: Path, root: VerifyingKey) -> tuple[bool, Output]:
    """Return whether a file is as a bureau signed it, and what it says. Raises WrongUsage."""
    try:
        pack = open_pack(file, root, clock_of(settings.state_dir))
        with closing(pack):
            pack.verify_whole()
    except PackBroken as broken:
        return False, [Line(f"FAILED  {file}: {broken}", {"message": str(broken), "failed": 1})]
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read ({error.strerror})") from error
    lines = [*_described(pack.signed), Line("ok  every block is as it was signed", {"message": "ok", "failed": 0})]
    return True, lines


def _described(signed: SignedManifest) -> Iterator[Line]:
    head, manifest = signed.head, signed.manifest
    what = "pack" if manifest.after is None else f"differential after field copy {manifest.after}"
    records = counted(manifest.records, "record") + (f", {manifest.removed:,} removed" if manifest.after else "")
    taken = f"taken {_utc(manifest.taken)} by {manifest.officer} for {manifest.purpose}"
    says = (
        f"field copy {manifest.number} of {head.sender}, {what} for {manifest.post}: {records}, "
        f"{manifest.copied:,} in all; {taken}, expires {_utc(head.exp)}"
    )
    data = {"message": says, "number": manifest.number, "after": manifest.after, "expires": _utc(head.exp)}
    yield Line(says, data)


def _answer_lines(search: PackSearch, found: Any, settings: Settings) -> Iterator[Line]:
    now = clock_of(settings.state_dir).now()
    manifest, age = search.last.manifest, search.age_hours(now)
    body: dict[str, Any] = found.model_dump(mode="json")
    state = {"number": manifest.number, "taken": _utc(manifest.taken), "expires": _utc(search.last.head.exp)}
    says = _SAYS[_outcome(found)].format(found.total)
    verdict = body.get("verdict")
    of = f"field copy {manifest.number}, {age:.1f} hours old, expires {state['expires']}"
    more = [f"  {_hit_words(hit)}" for hit in body["hits"]]
    more += [f"  near: {_hit_words(hit)}" for hit in body.get("near", ())]
    more += [f"  note: {each['detail']}" for each in body["warnings"]]
    yield Line(f"{says}{f' ({verdict})' * bool(verdict)} in {of}", {**body, **state, "age_hours": round(age, 2)}, more)


def _hit_words(hit: dict[str, Any]) -> str:
    record = hit["record"]
    named = " ".join(str(record[name]) for name in DESCRIBING if record.get(name))
    blanks = [f"{record['first_number']} to {record['last_number']}"] if record.get("first_number") else []
    keys = ", ".join([*(str(record[name]) for name in NUMBERS if record.get(name)), *blanks])
    terms = ", ".join(filter(None, (record["handling"], *record["conditions"], record["other_condition"])))
    return f"{record['owner']} {record['id']}: {named}, {keys}; {terms}; score {hit['score']:g}: {hit['match']}"


def _query(search: PackSearch, given: dict[str, Any]) -> Any:
    asked = [name for name in ASKED if name in search.kind.query.model_fields]
    if strange := [name for name in ASKED if name in given and name not in asked]:
        found_by, kind = ", ".join(map(_option, asked)), search.kind.model.record_kind()
        raise WrongUsage(f"{_option(strange[0])} is of another kind: a {kind} is searched by {found_by}")
    try:
        return search.kind.query.model_validate(given)
    except ValidationError as error:
        raise _wrong(error) from error


def _option(member: str) -> str:
    return f"--{member.replace('_', '-')}"


def _wrong(error: ValidationError) -> WrongUsage:
    wrong = invalid(error.errors(include_url=False), place="query")
    return WrongUsage(in_one_line(wrong.members["errors"]) if wrong.members.get("errors") else wrong.detail)


def _officer(options: argparse.Namespace) -> Officer:
    if options.purpose not in PURPOSES:
        raise WrongUsage(f"--purpose must be one of {', '.join(PURPOSES)}")
    try:
        return Officer(name=options.officer, purpose=PURPOSES[options.purpose])
    except ValidationError as error:
        raise _wrong(error) from error


def _folder(settings: Settings, options: argparse.Namespace) -> PostFolder:
    return PostFolder(options.folder or settings.home / "post")


def _open_post(settings: Settings, options: argparse.Namespace) -> Post:
    folder = _folder(settings, options)
    try:
        return Post(folder, PostKey.load(folder.key, _passphrase(options)), clock_of(settings.state_dir))
    except PostKeyUnusable as unusable:
        raise StartRefused(str(unusable)) from unusable


def _passphrase(options: argparse.Namespace, *, twice: bool = False) -> str:
    """Return the passphrase of the post. Raises WrongUsage."""
    if options.passphrase_file is not None:
        try:
            return secret_in(options.passphrase_file).decode()
        except (OSError, ValueError) as error:
            raise WrongUsage(f"{options.passphrase_file} holds no passphrase: {error}") from error
    if not sys.stdin.isatty():
        raise WrongUsage("give the passphrase of the post with --passphrase-file, or on a terminal")
    passphrase = getpass.getpass("Passphrase of the post: ")
    if twice and getpass.getpass("Once more: ") != passphrase:
        raise WrongUsage("the two passphrases differ")
    return passphrase


@contextmanager
def _refusing(says: str = "") -> Iterator[None]:
    """Raise StartRefused where a post cannot answer, with what that means, or else with the title of the problem."""
    try:
        yield
    except Refusal as refusal:
        says = says or f"{refusal.title[0].lower()}{refusal.title[1:]}"
        raise StartRefused(f"{says}: {refusal.detail}") from refusal


def _utc(at: float) -> str:
    return f"{time_at(at):%Y-%m-%dT%H:%M:%SZ}"
