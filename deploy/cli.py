"""The command `i247`."""

import argparse
import asyncio
import gc
import os
import select
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.commands.audit import add_audit_commands
from deploy.commands.evidence import add_evidence_command
from deploy.mesh.processes import REFUSED_EXIT
from deploy.provisioning.roles import DEMO_ROLES
from deploy.state.clock import add_clock_command, clock_of, require_clock
from deploy.state.settings import Settings, SettingsRefused, load_settings
from deploy.state.state_dir import StartRefused, StateDir
from shared.errors import UnknownBureau

if TYPE_CHECKING:
    from deploy.commands.officers import OfficerCommands
    from shared.service import Service

PROJECT: Final = Path(__file__).parent.parent
MAX_OVERLAP_HOURS: Final = 24 * 365
# As shells have it for one that SIGINT ended.
INTERRUPTED_EXIT: Final = 130
# As shells have it for one that SIGPIPE ended.
UNREAD_EXIT: Final = 141
CLOSED: Final = 0o077


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 done, 1 a miss, 2 wrong usage, 3 it cannot start, 130 interrupted.

    It is 141 if the reader of the output has ended, such as `head`; nothing more is printed then.
    """
    options = command_line().parse_args(arguments)
    # What is written is for its owner alone, but for what goes into the repository.
    usual = os.umask(CLOSED) if options.run not in (_openapi, _migration, _bench) else None
    try:
        given = {name: getattr(options, name, None) for name in ("bureaus", "workers", "clock")}
        settings = load_settings(**given)
        status: int = options.run(settings, options)
        sys.stdout.flush()
    except (StartRefused, SettingsRefused) as refused:
        print(f"i247: {refused}", file=sys.stderr)
        return REFUSED_EXIT
    except UnknownBureau as unknown:
        print(f"i247: {unknown.detail}", file=sys.stderr)
        return 2
    except PermissionError as refused:
        print(f"i247: {refused.filename} cannot be used: {refused.strerror}: run it as who owns it", file=sys.stderr)
        return REFUSED_EXIT
    except BrokenPipeError:
        if not _is_unread():
            raise
        return UNREAD_EXIT
    except KeyboardInterrupt:
        print("i247: interrupted", file=sys.stderr)
        return INTERRUPTED_EXIT
    finally:
        if usual is not None:
            os.umask(usual)
    return status


def _is_unread() -> bool:
    """Tell whether nobody reads the standard output any more; if so, what is left of it goes nowhere."""
    output = select.poll()
    output.register(sys.stdout, 0)
    if not output.poll(0):
        return False
    # Python would try to write the rest at its end, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def command_line() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="i247", description="An open I-24/7 in a box.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start the mesh, or one part of it, until Ctrl-C")
    up.add_argument("--bureaus", metavar="FR,DE,...", help="the members, or `all` (default: ten)")
    up.add_argument("--workers", type=int, help="processes for each service (default: 1)")
    up.add_argument(
        "--clock", action="store_true", default=None, help="go by a clock that `i247 clock` moves on, for tests alone"
    )
    part = up.add_mutually_exclusive_group()
    part.add_argument("--service", metavar="NAME", help="run this service alone, against I247_NATS_URL")
    part.add_argument("--gateway", action="store_true", help="run the gateway alone, against I247_NATS_URL")
    part.add_argument(
        "--relay", action="store_true", help="run a relay of posts and attachments alone, against I247_NATS_URL"
    )
    up.add_argument("--listen-fd", type=int, help=argparse.SUPPRESS)
    up.set_defaults(run=_up)
    token = commands.add_parser("token", help="print a bearer token of a demo officer of a bureau")
    token.add_argument("bureau", metavar="BUREAU", help="such as FR, or IPSG for the Secretariat")
    _add_role(token)
    token.set_defaults(run=_token)
    officer = commands.add_parser("officer", help="print a login of a bureau, which is made where there is none")
    officer.add_argument("bureau", metavar="BUREAU")
    _add_role(officer)
    officer.set_defaults(run=_officer)
    _add_officer_commands(commands)
    provision = commands.add_parser(
        "provision", help="make keys, directory, broker settings and databases, and start nothing"
    )
    provision.add_argument("--bureaus", metavar="FR,DE,...", help="the members, or `all` (default: ten)")
    provision.add_argument(
        "--secretariat", action="store_true", help="for the Secretariat alone: all others ask for theirs (`i247 keys`)"
    )
    provision.set_defaults(run=_provision)
    seed = commands.add_parser("seed", help="fill the stores with synthetic records")
    seed.add_argument("--records", type=_positive, default=2000, help="how many in each store (default: 2000)")
    seed.add_argument("--seed", type=int, default=247, help="the same seed draws the same records (default: 247)")
    seed.add_argument("--service", metavar="NAME", help="fill the store of this service alone")
    seed.set_defaults(run=_seed)
    demo = commands.add_parser("demo", help="play one story against the running mesh; exits 1 on any miss")
    demo.set_defaults(run=_demo)
    migration = commands.add_parser("migration", help="draft the next version of the tables of a service")
    migration.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    migration.add_argument("revision", metavar="REVISION", help="such as 0002_add_colour")
    migration.set_defaults(run=_migration)
    _add_key_commands(commands)
    add_evidence_command(commands)
    add_audit_commands(commands)
    add_clock_command(commands)
    openapi = commands.add_parser(
        "openapi", help="write what is derived: docs/*.json, the tables of the documents, deploy/compose.yaml"
    )
    openapi.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    openapi.add_argument("--print", action="store_true", help="write no file: print the document that a gateway serves")
    openapi.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    openapi.set_defaults(run=_openapi)
    bench = commands.add_parser("bench", help="measure the hot path; writes build/bench.json")
    bench.set_defaults(run=_bench)
    return parser


def _add_role(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--officer",
        choices=DEMO_ROLES,
        default=DEMO_ROLES[0],
        help="in which role: `auditor` reads the audit logs, `ccf` is the Commission's at IPSG (default: officer)",
    )


def _add_officer_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    officers = commands.add_parser(
        "officers", help="list, add or disable officers of the gateway here, end their tokens"
    )
    acts = officers.add_subparsers(required=True, metavar="ACT")
    listed = acts.add_parser("list", help="print all officers and programs, or those of one bureau")
    listed.add_argument("bureau", metavar="BUREAU", nargs="?")
    listed.set_defaults(run=_officers, act=lambda desk, options: desk.list_officers(options.bureau))
    add = acts.add_parser("add", help="add an officer of a bureau whose gateway is here, and print their password once")
    add.add_argument("bureau", metavar="BUREAU")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--program", action="store_true", help="a program, which has a client secret instead")
    _add_role(add)
    add.set_defaults(
        run=_officers,
        act=lambda desk, options: desk.add(options.bureau, options.name, options.officer, program=options.program),
    )
    changes = {
        "disable": ("let an officer neither log in nor use a token", lambda desk, options: desk.disable(options.name)),
        "enable": ("let a disabled officer log in again", lambda desk, options: desk.enable(options.name)),
        "password": (
            "draw another password, which revokes the tokens from before",
            lambda desk, options: desk.draw_password(options.name),
        ),
        "revoke": (
            "revoke the tokens of an officer, who may log in again",
            lambda desk, options: desk.revoke(options.name),
        ),
    }
    for name, (described, act) in changes.items():
        change = acts.add_parser(name, help=described)
        change.add_argument("name", metavar="NAME")
        change.set_defaults(run=_officers, act=act)


def _add_key_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="list, rotate or revoke the keys of bureaus and services")
    acts = keys.add_subparsers(required=True, metavar="ACT")
    listed = acts.add_parser("list", help="print all keys with their history, or those of one")
    listed.add_argument("name", metavar="NAME", nargs="?", help="a bureau such as FR, or a service")
    listed.set_defaults(run=_keys, act=lambda desk, options: desk.list_keys(options.name))
    rotate = acts.add_parser("rotate", help="make new keys; the present ones end after an overlap")
    rotate.add_argument("name", metavar="NAME")
    rotate.add_argument("--overlap-hours", type=_hours, default=_hours("24"), help="default: 24", metavar="HOURS")
    rotate.set_defaults(run=_keys, act=lambda desk, options: desk.rotate(options.name, options.overlap_hours))
    revoke = acts.add_parser("revoke", help="revoke all keys of one, and close its connection to the broker")
    revoke.add_argument("name", metavar="NAME")
    revoke.set_defaults(run=_keys, act=lambda desk, options: desk.revoke(options.name))
    request = acts.add_parser("request", help="make keys of a participant here, and the request for their entry")
    request.add_argument("name", metavar="NAME", help="a bureau such as FR, or a service")
    request.add_argument("--out", type=Path, metavar="FILE", help="default: NAME.request")
    request.add_argument(
        "--if-none", action="store_true", help="make none where a key that is here is entered, or asked for in FILE"
    )
    request.set_defaults(run=_request)
    approve = acts.add_parser("approve", help="enter the keys that participants ask for in files (the Secretariat)")
    approve.add_argument("files", metavar="FILE", nargs="+", type=Path)
    known_by = approve.add_mutually_exclusive_group()
    known_by.add_argument(
        "--fingerprint",
        action="append",
        default=[],
        help="as the participant told it, where no key in force countersigned the request; for several files one each, "
        "in their order",
    )
    known_by.add_argument(
        "--without-fingerprint",
        action="store_true",
        help="enter who never was, uncompared, and pass over who is: only where one person runs all machines",
    )
    approve.add_argument("--overlap-hours", type=_hours, default=_hours("24"), help="default: 24", metavar="HOURS")
    approve.add_argument("--readmit", action="store_true", help="bring a suspended bureau back")
    approve.set_defaults(
        run=_keys,
        act=lambda desk, options: desk.approve(
            options.files,
            options.fingerprint,
            options.overlap_hours,
            readmit=options.readmit,
            uncompared=options.without_fingerprint,
        ),
    )
    install = acts.add_parser("install", help="take the directory that the Secretariat signed")
    install.add_argument("file", metavar="FILE", type=Path)
    install.add_argument(
        "--root", metavar="KEY", help="at the first time: the root's public key, as in root.pub, written --root=KEY"
    )
    install.set_defaults(run=_install)
    directory = commands.add_parser("directory", help="sign what the Secretariat decided, or list all that was signed")
    acts = directory.add_subparsers(required=True, metavar="ACT")
    sign = acts.add_parser("sign", help="have the root key sign what is drafted")
    sign.set_defaults(run=_keys, act=lambda desk, _: desk.sign())
    logged = acts.add_parser("log", help="print every entry ever signed, or those of one participant")
    logged.add_argument("name", metavar="NAME", nargs="?")
    logged.set_defaults(run=_keys, act=lambda desk, options: desk.log(options.name))
    bureaus = commands.add_parser("bureaus", help="list, add or suspend members")
    acts = bureaus.add_subparsers(required=True, metavar="ACT")
    acts.add_parser("list", help="print all members").set_defaults(run=_keys, act=lambda desk, _: desk.list_bureaus())
    add = acts.add_parser("add", help="make a bureau a member, or bring a suspended one back, with new keys")
    add.add_argument("code", metavar="CODE", help="such as IT")
    add.set_defaults(run=_keys, act=lambda desk, options: desk.add(options.code))
    suspend = acts.add_parser("suspend", help="suspend a bureau and revoke its keys")
    suspend.add_argument("code", metavar="CODE")
    suspend.set_defaults(run=_keys, act=lambda desk, options: desk.suspend(options.code))


def _hours(text: str) -> timedelta:
    hours = float(text)
    if not 0 <= hours <= MAX_OVERLAP_HOURS:
        raise argparse.ArgumentTypeError(f"must be between 0 and {MAX_OVERLAP_HOURS}")
    return timedelta(hours=hours)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _keys(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.keys import KeyCommands
    from services import SERVICES

    for line in options.act(KeyCommands(settings, (*SERVICES, *_beside())), options):
        print(line)
    return 0


def _request(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.key_exchange import request_keys
    from services import SERVICES

    services = tuple(service.name for service in SERVICES)
    for line in request_keys(settings, options.name, services, options.out, if_none=options.if_none):
        print(line)
    return 0


def _install(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.key_exchange import install_directory

    for line in install_directory(settings, options.file, options.root):
        print(line)
    return 0


def _beside() -> "tuple[Service, ...]":
    """Return what the gateway does itself, and officers need scopes for."""
    from gateway.local_services import LOCAL_SERVICES

    return LOCAL_SERVICES


def _up(settings: Settings, options: argparse.Namespace) -> int:
    import uvloop

    from deploy.mesh.stopping import until_stopped

    if options.service or options.gateway or options.relay:
        # What is made at the start stays, and to look for garbage in it takes a tenth of the time: see `settle_memory`.
        gc.disable()
        require_clock(StateDir(settings.home), settings)
    if options.service:
        from deploy.mesh.service_names import service_called
        from deploy.mesh.service_process import serve_service

        service = service_called(options.service)
        uvloop.run(until_stopped(lambda: serve_service(service, settings)))
    elif options.relay:
        from deploy.mesh.relay_process import serve_relay

        uvloop.run(until_stopped(lambda: serve_relay(settings)))
    elif options.gateway:
        from deploy.mesh.gateway_process import serve_gateway
        from deploy.mesh.mesh import listen
        from services import SERVICES

        listening = socket.socket(fileno=options.listen_fd) if options.listen_fd else listen(settings)
        uvloop.run(until_stopped(lambda: serve_gateway(SERVICES, settings, listening)))
    else:
        from deploy.mesh.mesh import Mesh
        from services import SERVICES

        asyncio.run(until_stopped(lambda: Mesh(SERVICES, settings, beside=_beside()).run()))
    return 0


def _token(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.provisioning.tokens import demo_token

    print(demo_token(settings, options.bureau, options.officer))
    return 0


def _officer(settings: Settings, options: argparse.Namespace) -> int:
    for line in _officer_commands(settings).show_login(options.bureau, options.officer):
        print(line)
    return 0


def _officers(settings: Settings, options: argparse.Namespace) -> int:
    for line in options.act(_officer_commands(settings), options):
        print(line)
    return 0


def _officer_commands(settings: Settings) -> "OfficerCommands":
    from deploy.commands.officers import OfficerCommands
    from services import SERVICES

    return OfficerCommands(settings, (*SERVICES, *_beside()))


def _provision(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.mesh.mesh import Mesh
    from services import SERVICES

    home = StateDir(settings.home)
    home.open()
    if settings.clock:
        require_clock(home, settings)
    mesh = Mesh(SERVICES, settings, beside=_beside())
    mesh.provision(secretariat_alone=options.secretariat)
    if settings.store_url is not None:
        asyncio.run(mesh.make_databases())
    return 0


def _seed(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.seed import Seeding, today
    from deploy.mesh.service_names import service_called
    from services import SERVICES

    services = (service_called(options.service),) if options.service else SERVICES
    seeding = Seeding(settings, records=options.records, seed=options.seed, at=today(clock_of(StateDir(settings.home))))
    asyncio.run(seeding.run(services))
    return 0


def _demo(settings: Settings, _options: argparse.Namespace) -> int:
    from deploy.demo.story import tell_story

    return 0 if asyncio.run(tell_story(settings)) else 1


def _migration(_settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.migration import draft_migration
    from deploy.mesh.service_names import service_called

    print(f"wrote {asyncio.run(draft_migration(service_called(options.service), options.revision))}: review it")
    return 0


def _openapi(settings: Settings, options: argparse.Namespace) -> int:
    if options.print:
        from deploy.generated.openapi import served_document

        sys.stdout.buffer.write(served_document(settings))
        return 0
    from deploy.generated.files import derived_files, outdated, write_derived
    from services import SERVICES

    files = derived_files(SERVICES, options.project)
    if not options.check:
        write_derived(files)
        print(f"wrote {', '.join(map(str, files))}")
        return 0
    for file in outdated(files):
        print(f"i247: {file} is not what the code says: run `i247 openapi` and review it", file=sys.stderr)
    return 1 if outdated(files) else 0


def _bench(_settings: Settings, _options: argparse.Namespace) -> int:
    from deploy.bench.run import run_bench

    run_bench()
    return 0


if __name__ == "__main__":
    sys.exit(main())
