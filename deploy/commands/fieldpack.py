"""The commands `i247 fieldpack`: extracts for posts that work offline, and what a post does with them."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from deploy.commands.arguments import positive, prints
from deploy.commands.fieldpack_asked import ASKED
from deploy.commands.offline_check import add_root_option, check, read_root
from deploy.commands.output import Line, Output, add_json, print_lines
from deploy.state.setting_types import MAX_PORT
from deploy.state.settings import Settings
from shared.crypto.ed25519 import VerifyingKey

DEFAULT_PURPOSE: Final = "border-management"
MAX_HOURS: Final = 7 * 24
DEFAULT_HOURS: Final = 24
HIT_EXIT, NONE_EXIT = 0, 1
NEAR_EXIT: Final = 4
# As the services declare them: to ask them takes seconds, and help is to be there at once.
COPIED_KINDS: Final = ("firearm", "travel-document", "valuable", "vehicle")
DEFAULT_KIND: Final = "vehicle"
# Beside those of a mesh and of its brokers.
DEFAULT_PORT: Final = 8299
NEW: Final = "no file is overwritten"


def add_options(fieldpack: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = fieldpack.add_subparsers(required=True, metavar="ACTION")
    _add_post_actions(actions)
    _add_bureau_actions(actions)
    info = actions.add_parser("info", help="say what a pack is, or what this post has; verify the whole file")
    info.add_argument("file", type=Path, nargs="?", metavar="FILE", help="(default: what this post has)")
    _add_folder(info)
    add_root_option(info)
    info.set_defaults(run=_info)
    prove = actions.add_parser("prove", help="write the proof that a record was in a field copy, or verify one")
    prove.add_argument("record", metavar="RECORD_OR_FILE", help="the id of the record, or with --verify the file")
    prove.add_argument("--verify", action="store_true", help="verify a proof, offline; 1 if it fails")
    prove.add_argument(
        "--owner", metavar="BUREAU", help="as whose officer: its owner, or the bureau that took the copy"
    )
    prove.add_argument("--holder", metavar="BUREAU", help="the bureau that took the copy")
    prove.add_argument("--copy", type=positive, metavar="NUMBER", help="the number of the copy")
    prove.add_argument("--out", type=Path, metavar="FILE", help=f"where to write the proof: {NEW}")
    _add_kind(prove)
    add_root_option(prove)
    prove.set_defaults(run=_prove)


def _add_post_actions(actions: Any) -> None:
    key = actions.add_parser("key", help="at the post: make its key, and write the public part for the bureau")
    key.add_argument("bureau", metavar="BUREAU", help="whose packs alone it installs, such as DE")
    key.add_argument("post", metavar="POST", help="its name, such as DE-Kiefersfelden")
    _add_folder(key)
    key.add_argument(
        "--root", metavar="FILE_OR_KEY", help="the root's public key, or its file (default: root.pub of I247_HOME)"
    )
    prints(key, _key, ("post", "public", "fingerprint"))
    update = actions.add_parser("update", help="at the post: install a pack, or the differentials that follow")
    update.add_argument("files", type=Path, nargs="+", metavar="FILE")
    _add_folder(update)
    prints(update, _update, ("message", "number", "digest"))
    _add_check(
        actions.add_parser(
            "check", help="at the post: search; 0 for a hit, 1 for none, 3 if it cannot, 4 for near or unreadable"
        )
    )
    serve = actions.add_parser("serve", help="at the post: answer searches over HTTP, until Ctrl-C")
    _add_folder(serve)
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"on 127.0.0.1 (default: {DEFAULT_PORT})")
    prints(serve, _serve, ("message", "url", "token"))
    hand_in = actions.add_parser("hand-in", help="at the post: write what it applied and searched, for the bureau")
    hand_in.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"where to write it: {NEW}")
    hand_in.add_argument("--after", type=int, default=0, metavar="NUMBER", help="only searches after this one")
    _add_folder(hand_in)
    prints(hand_in, _hand_in, ("message", "file", "searches", "applied"))


def _add_bureau_actions(actions: Any) -> None:
    make = actions.add_parser("make", help="at the bureau: take a field copy, and make the pack of a post of it")
    make.add_argument("bureau", metavar="BUREAU", help="such as DE")
    _add_post(make)
    _add_kind(make)
    make.add_argument(
        "--fingerprint",
        help="of that key, as the post gave it on another channel; not needed for a differential",
    )
    make.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"where to write the pack: {NEW}")
    make.add_argument(
        "--valid-hours",
        type=_hours,
        default=timedelta(hours=DEFAULT_HOURS),
        metavar="HOURS",
        help=f"how long the post answers with it: at most {MAX_HOURS} (default: {DEFAULT_HOURS})",
    )
    make.add_argument("--differential", action="store_true", help="only what changed since the last pack of the post")
    make.add_argument(
        "--after",
        type=positive,
        metavar="NUMBER",
        help="a differential that follows this field copy, as the post never got the later ones",
    )
    make.add_argument(
        "--copy",
        type=positive,
        metavar="NUMBER",
        help="of this field copy, which the same officer took for another post: no new one is taken",
    )
    make.add_argument("--confidential", action="store_true", help="with records that are confidential")
    make.add_argument("--purpose", default=DEFAULT_PURPOSE, help=f"(default: {DEFAULT_PURPOSE})")
    make_keys = ("message", "file", "number", "after", "records", "removed", "bytes", "digest", "expires")
    prints(make, _make, make_keys)
    upload = actions.add_parser("upload", help="at the bureau: pass on what a post handed in")
    upload.add_argument("bureau", metavar="BUREAU", help="such as DE")
    upload.add_argument("file", type=Path, metavar="FILE")
    _add_post(upload)
    _add_kind(upload)
    prints(upload, _upload, ("message", "applied", "searches", "new"))


def _add_check(command: argparse.ArgumentParser) -> None:
    for member, summary in ASKED.items():
        command.add_argument(f"--{member.replace('_', '-')}", help=summary)
    command.add_argument("--near", action="store_true", default=None, help="also what takes one edit of such a number")
    command.add_argument("--officer", required=True, help="who searches, as the bureau knows them")
    command.add_argument("--purpose", default=DEFAULT_PURPOSE, help=f"(default: {DEFAULT_PURPOSE})")
    _add_folder(command)
    add_json(command, ("hits", "near", "total", "warnings", "number", "taken", "expires", "age_hours"))
    command.set_defaults(run=_check)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("--folder", type=Path, metavar="DIR", help="of the post (default: post in I247_HOME)")
    command.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="the passphrase of the post (default: ask on a terminal)"
    )


def _add_post(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--post",
        type=Path,
        required=True,
        metavar="FILE",
        help="the public key of the post",
    )


def _add_kind(command: argparse.ArgumentParser) -> None:
    kinds = ", ".join(COPIED_KINDS)
    command.add_argument("--kind", default=DEFAULT_KIND, help=f"of record: {kinds} (default: {DEFAULT_KIND})")


def _hours(text: str) -> timedelta:
    hours = positive(text)
    if hours > MAX_HOURS:
        raise argparse.ArgumentTypeError(f"must be at most {MAX_HOURS}")
    return timedelta(hours=hours)


def _port(text: str) -> int:
    port = positive(text)
    if port > MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be at most {MAX_PORT}")
    return port


def _key(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.fieldpack_post import make_key

    root = read_root(options.root, settings.state_dir.root_public_key)
    public, file = make_key(settings, options, root)
    says = f"wrote {file}: give it to the bureau, and compare the fingerprint {public.fingerprint}"
    yield Line(says, {"post": public.post, "public": str(file), "fingerprint": public.fingerprint})


def _make(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.fieldpack_bureau import make

    return make(settings, options)


def _upload(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.fieldpack_bureau import upload_file

    return upload_file(settings, options)


def _update(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.fieldpack_post import update

    return update(settings, options)


def _hand_in(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.fieldpack_post import hand_in

    return hand_in(settings, options)


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.fieldpack_post import HIT, NEAR, NONE, look_up

    found, lines = look_up(settings, options)
    print_lines(lines, as_json=options.as_json)
    return {HIT: HIT_EXIT, NEAR: NEAR_EXIT, NONE: NONE_EXIT}[found]


def _serve(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.fieldpack_post import serve_post

    return serve_post(settings, options)


def _info(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.fieldpack_post import file_report, post_report

    if options.file is None:
        print_lines(post_report(settings, options), as_json=options.as_json)
        return 0
    return check(settings, options, lambda root: file_report(settings, options.file, root))


def _prove(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.fieldpack_proof import proof_report, write_membership

    if options.verify:

        def verify(root: VerifyingKey) -> tuple[bool, Output]:
            return proof_report(Path(options.record), root)

        return check(settings, options, verify)
    print_lines(write_membership(settings, options), as_json=options.as_json)
    return 0
