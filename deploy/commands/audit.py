"""The commands `i247 audit`: verify what an audit log proves, offline; fetch a full log; open a new log."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from deploy.commands.arguments import moment_option, positive, prints
from deploy.commands.offline_check import (
    KEYS,
    add_root_option,
    finding_lines,
)
from deploy.commands.output import Output, add_json, print_lines
from deploy.state.errors import FAILED_EXIT
from deploy.state.settings import Settings
from shared.bureaus import SECRETARIAT

# Investigations ask mostly for what was asked of late.
ARCHIVED_DAYS: Final = 30


def add_options(audit: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="print what a proof, a log or a checkpoint shows, and the checks")
    verify.add_argument("files", type=Path, nargs="+", metavar="FILE", help="several logs of a service: oldest first")
    add_root_option(verify)
    verify.add_argument("--asked", type=Path, metavar="FILE", help="the request of a proof, as HTTP writes it")
    verify.add_argument("--answer", type=Path, metavar="FILE", help="the headers of the answer of a proof")
    verify.add_argument("--body", type=Path, metavar="FILE", help="the body of that answer")
    repeated: dict[str, Any] = {"action": "append", "default": []}
    checkpoint = "what another bureau was shown: check that the log did not show it a split view"
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help=checkpoint, **repeated)
    witness = "a bureau whose cosignatures count, and no others do (default: the witnesses by the directory here)"
    verify.add_argument("--witness", metavar="CODE", help=witness, **repeated)
    verify.set_defaults(run=_verify)
    fetch = actions.add_parser("fetch", help="write the full log of a service of the running mesh")
    fetch.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    fetch.add_argument(
        "--since", type=Path, metavar="FILE", help="write, instead, the proof that it extends a checkpoint"
    )
    fetch.add_argument(
        "--bureau",
        metavar="BUREAU",
        help="as whose auditor: what they may not read comes as a hash "
        f"(default: the bureau of this gateway; of several, {SECRETARIAT})",
    )
    fetch.add_argument("--log", type=int, metavar="N", help="a retired log, by number (default: the one that grows)")
    fetch.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: SERVICE.audit)")
    prints(fetch, _fetch, ("message", "file", "leaves", "size"))
    asserted = actions.add_parser("assert", help="check who did what by the logs of the running mesh; 1 if it differs")
    asserted.add_argument("file", type=Path, metavar="FILE", help="assertions, as YAML or JSON")
    asserted.add_argument(
        "--since", type=moment_option, metavar="TIME", help="from when on acts count, such as of a test run"
    )
    asserted.add_argument(
        "--bureau",
        metavar="BUREAU",
        help="as whose auditor: what they may not read may be undecided (default: as `fetch`)",
    )
    add_json(asserted, KEYS)
    asserted.set_defaults(run=_assert)
    archived = actions.add_parser("archive", help="move old leaves of a service's logs out of its store into files")
    archived.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    archived.add_argument(
        "--older-than",
        type=positive,
        default=ARCHIVED_DAYS,
        metavar="DAYS",
        help=f"only leaves that are older (default: {ARCHIVED_DAYS})",
    )
    prints(archived, _archive, ("message", "file", "log", "first", "leaves"))
    new_log = actions.add_parser("new-log", help="retire a log that lost leaves, as by a restore, and open another")
    new_log.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    new_log.add_argument(
        "--reason", required=True, metavar="TEXT", help="why: all can read it permanently, so name nobody"
    )
    new_log.add_argument(
        "--number",
        type=int,
        metavar="N",
        help="the number of the new log, where witnesses saw a later one than is in the store (default: the next)",
    )
    prints(new_log, _new_log)


def _fetch(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.audit_log import fetch
    from deploy.mesh.service_names import find_service

    find_service(options.service)
    from deploy.commands.audit_verify import checkpoints_in

    since = None if options.since is None else checkpoints_in(options.since)[-1].checkpoint
    out = options.out or Path(f"{options.service}.audit")
    return fetch(settings, options.service, out, bureau=options.bureau, since=since, number=options.log)


def _assert(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.audit_assertions import assert_logs, read_assertions
    from deploy.commands.audit_names import names_in_logs
    from services import SERVICES

    assertions = read_assertions(options.file, names_in_logs(SERVICES))
    if options.since is not None:
        assertions = msgspec.structs.replace(assertions, since=options.since)
    services = [service.name for service in SERVICES]
    found = list(assert_logs(settings, assertions, services, options.bureau))
    print_lines(finding_lines(found, otherwise=""), as_json=options.as_json)
    return 0 if all(each.ok for each in found) else FAILED_EXIT


def _archive(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.audit_archive import archive

    return archive(settings, options.service, options.older_than)


def _new_log(settings: Settings, options: argparse.Namespace) -> Iterable[str]:
    from deploy.commands.audit_new_log import new_log

    return new_log(settings, options.service, options.reason, options.number)


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.audit_verify import verify

    return verify(settings, options)
