"""The command `i247 keys`: lists, rotates, revokes and approves keys (the Secretariat), requests keys (a participant).

The Secretariat's part is in `deploy.commands.key_decisions`, the participant's in `deploy.commands.key_exchange`.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.commands.arguments import add_overlap, prints
from deploy.state.settings import Settings

if TYPE_CHECKING:
    from deploy.commands.key_decisions import KeyCommands


PARTICIPANT: Final = "a bureau such as FR, or a service"


def add_options(keys: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="print all keys with their history, or those of one participant")
    listing.add_argument("name", metavar="PARTICIPANT", nargs="?", help=PARTICIPANT)
    keys_of = ("name", "state", "at", "since", "signing_key", "sealing_key")
    prints(listing, lambda settings, options: _decisions(settings).list_keys(options.name), keys_of)
    rotate = actions.add_parser("rotate", help="make new keys; the present ones end after an overlap")
    rotate.add_argument("name", metavar="PARTICIPANT", help=PARTICIPANT)
    add_overlap(rotate)
    prints(rotate, lambda settings, options: _decisions(settings).rotate(options.name, options.overlap_hours))
    revoke = actions.add_parser("revoke", help="revoke all keys of a participant, and close its broker connections")
    revoke.add_argument("name", metavar="PARTICIPANT", help=PARTICIPANT)
    prints(revoke, lambda settings, options: _decisions(settings).revoke(options.name))
    _add_approve(actions.add_parser("approve", help="enter the keys that participants request (the Secretariat)"))
    request = actions.add_parser("request", help="make keys of a participant here, and a request for their entry")
    request.add_argument("name", metavar="PARTICIPANT", help=PARTICIPANT)
    request.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: PARTICIPANT.request)")
    request.add_argument(
        "--if-none", action="store_true", help="do nothing if a key that is here is entered, or requested in FILE"
    )
    prints(request, _request)
    install = actions.add_parser("install", help="install the directory that the Secretariat signed")
    install.add_argument("file", metavar="FILE", type=Path, help="the directory")
    install.add_argument(
        "--root", metavar="KEY", help="the first time: the root's public key, as in root.pub, written --root=KEY"
    )
    prints(install, _install)


def _add_approve(approve: argparse.ArgumentParser) -> None:
    approve.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a request")
    comparison = approve.add_mutually_exclusive_group()
    comparison.add_argument(
        "--fingerprint",
        action="append",
        default=[],
        help="as the participant gave it on another channel, for a request that no valid key countersigned; one for "
        "each file, in their order",
    )
    comparison.add_argument(
        "--without-fingerprint",
        action="store_true",
        help="enter new participants without a comparison and skip known ones: only if one person runs all machines",
    )
    add_overlap(approve)
    approve.add_argument("--readmit", action="store_true", help="bring a suspended bureau back")
    prints(approve, _approve)


def _decisions(settings: Settings) -> "KeyCommands":
    from deploy.commands.key_decisions import KeyCommands

    return KeyCommands(settings)


def _approve(settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    readmit, uncompared = options.readmit, options.without_fingerprint
    return _decisions(settings).approve(
        options.files, options.fingerprint, options.overlap_hours, readmit=readmit, uncompared=uncompared
    )


def _request(settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    from deploy.commands.key_exchange import request_keys
    from services import SERVICES

    services = tuple(service.name for service in SERVICES)
    return request_keys(settings, options.name, services, options.out, if_none=options.if_none)


def _install(settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    from deploy.commands.key_exchange import install_directory

    return install_directory(settings, options.file, options.root)
