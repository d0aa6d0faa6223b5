"""The command `i247 officers`: lists, adds, disables and enables the officers of this gateway, in its files.

Each change is in force in the running gateway when the command returns. The mesh need not run, and the Secretariat is
not involved: a bureau decides about its officers itself.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final

from msgspec.structs import replace

from deploy.commands.arguments import add_role, prints
from deploy.commands.output import Line, Output
from deploy.provisioning.demo_accounts import (
    demo_accounts,
    demo_officer_id,
    demo_program_id,
    demo_roles,
    load_demo_passwords,
    save_demo_passwords,
)
from deploy.provisioning.tokens import demo_bureau
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, WrongUsage, refusing
from deploy.state.settings import Settings
from gateway.auth.account_store import POLL_SECONDS
from gateway.auth.accounts import Officer, OfficersUnusable, draw_secret, officers_in, save_officers
from gateway.auth.sessions import end_session, load_sessions
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.agreements import Agreement
from shared.bureaus import PUBLIC, BureauCode, parse_bureau
from shared.service import Service
from shared.suggestions import did_you_mean

MAX_NAME: Final = 64
LOGIN_KEYS: Final = ("username", "password", "client_id", "client_secret", "scope")
"""Of what a login is printed with: a program has no username and password."""


def add_options(officers: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = officers.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="print all officers and programs, or those of one bureau")
    listing.add_argument("bureau", metavar="BUREAU", nargs="?", help="such as FR")
    keys = ("name", "bureau", "kind", "state")
    prints(listing, lambda settings, options: OfficerCommands(settings).list_officers(options.bureau), keys)
    add = actions.add_parser("add", help="add an officer of a bureau of this gateway, and print their password once")
    add.add_argument("bureau", metavar="BUREAU", help="such as FR")
    add.add_argument("name", metavar="NAME", help="for the login: without spaces")
    add.add_argument("--program", action="store_true", help="add a program, which gets a client secret instead")
    add_role(add)
    prints(add, _add, LOGIN_KEYS)
    for name, (summary, change) in _CHANGES.items():
        command = actions.add_parser(name, help=summary)
        command.add_argument("name", metavar="OFFICER", help="or a program, as `i247 officers list` prints it")
        prints(command, partial(_change, change), ("message", *LOGIN_KEYS) if name == "password" else ())


def _change(
    change: "Callable[[OfficerCommands, str], Output]", settings: Settings, options: argparse.Namespace
) -> Output:
    return change(OfficerCommands(settings), options.name)


def _add(settings: Settings, options: argparse.Namespace) -> Output:
    return OfficerCommands(settings).add(options.bureau, options.name, options.officer, program=options.program)


def scoped_services() -> tuple[Service, ...]:
    """Return everything for which officers hold scopes: the services, and what the gateway does itself."""
    return (*SERVICES, *LOCAL_SERVICES)


class OfficerCommands:
    """Runs the actions on one state directory."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state_dir = settings.state_dir

    def show_login(self, bureau: str, named: str) -> Iterator[Line]:
        """Yield name and password of the demo officer and program of a bureau; create both if they are missing.

        Only demo passwords are stored; all others are printed once, when they are drawn.
        """
        code, role = demo_bureau(self._settings, bureau, named)
        name, program = demo_officer_id(code, role), demo_program_id(code, role)
        with self._changing() as officers:
            passwords = load_demo_passwords(self._state_dir)
            password = passwords.get(name)
            if name not in officers:
                password, password_hash = draw_secret()
                made = demo_accounts(code, role, password_hash, scoped_services(), self._agreement_of(code))
                officers.update({login.id: login for login in made})
                self._save(officers)
                self._keep(passwords, {name}, password)
        if password is None:
            raise StartRefused(
                f"the password of {name} is not kept here: `i247 officers password {name}` draws another"
            )
        login = {"username": name, "password": password} if name != program else {}
        yield _login(**login, client_id=program, client_secret=password, scope=" ".join(officers[name].scopes))

    def _agreement_of(self, code: BureauCode) -> Agreement | None:
        return load_directory(self._state_dir).agreement_of(code) if self._state_dir.has_directory() else None

    def list_officers(self, bureau: str | None) -> Iterator[Line]:
        """Yield a line for each officer and program, or those of one bureau."""
        code = None if bureau is None else parse_bureau(bureau)
        with self._changing() as officers:
            sessions = load_sessions(self._state_dir.sessions)
        yield Line(f"{'NAME':32} {'BUREAU':7} {'KIND':8} STATE")
        for officer in sorted(officers.values(), key=lambda officer: (officer.bureau, officer.id)):
            if code in (None, officer.bureau):
                session = sessions.get(officer.id)
                state = "has logged in" if session is not None and session.is_of(officer) else "has no tokens"
                state = "disabled" if officer.disabled else state
                data = {"name": officer.id, "bureau": officer.bureau, "kind": officer.kind, "state": state}
                yield Line(f"{officer.id:32} {officer.bureau:7} {officer.kind:8} {state}", data)

    def add(self, bureau: str, name: str, named: str, *, program: bool) -> Iterator[Line]:
        """Add an officer or a program of a bureau, with the scopes of a role and a password that is drawn."""
        code, role = demo_bureau(self._settings, bureau, named)
        if not 0 < len(name) <= MAX_NAME or not name.isprintable() or " " in name:
            raise WrongUsage(f"{name[:40]!r} is not a valid name: give up to {MAX_NAME} characters without spaces")
        password, password_hash = draw_secret()
        officer, *_ = demo_accounts(code, role, password_hash, scoped_services(), self._agreement_of(code))
        added = replace(officer, id=name, kind="client" if program or code == PUBLIC else "officer")
        with self._changing() as officers:
            if name in officers:
                raise StartRefused(f"{name} exists already, of {officers[name].bureau}: choose another name")
            self._save({**officers, name: added})
        yield _shown(added, password)

    def disable(self, name: str) -> Iterator[str]:
        """Forbid an officer to log in, and revoke their tokens."""
        self._change(name, disabled=True)
        yield f"{name} is disabled, and their tokens are revoked: `i247 officers enable {name}` enables them"

    def enable(self, name: str) -> Iterator[str]:
        """Let an officer log in again."""
        self._change(name, disabled=False)
        yield f"{name} may log in"

    def draw_password(self, name: str) -> Iterator[str | Line]:
        """Draw another password for an officer, or another secret for a program."""
        password, password_hash = draw_secret()
        with self._changing() as officers:
            officer, passwords = _known(officers, name), load_demo_passwords(self._state_dir)
            shared = _same_login(officer, passwords)
            changed = {
                each: replace(officers[each], password_hash=password_hash) for each in shared if each in officers
            }
            self._save(officers | changed)
            self._keep(passwords, shared, password)
        for each in changed.values():
            yield _shown(each, password)
        yield "earlier tokens are revoked"

    def revoke(self, name: str) -> Iterator[str]:
        """Revoke the tokens of an officer, who may log in again."""
        with self._changing() as officers:
            _known(officers, name)
            ended = end_session(self._state_dir.sessions, name)
        yield f"the tokens of {name} are revoked" if ended else f"{name} has no tokens"

    def _change(self, name: str, *, disabled: bool) -> None:
        with self._changing() as officers:
            self._save({**officers, name: replace(_known(officers, name), disabled=disabled)})
            end_session(self._state_dir.sessions, name)

    def _keep(self, passwords: dict[str, str], names: set[str], password: str) -> None:
        if names & passwords.keys():
            save_demo_passwords(self._state_dir, passwords | dict.fromkeys(names & passwords.keys(), password))

    def _save(self, officers: Mapping[str, Officer]) -> None:
        save_officers(self._state_dir.officers, officers.values())

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Officer]]:
        """Lock the state directory and yield its officers; then wait until a running gateway has read the change."""
        self._state_dir.require_mesh()
        with refusing(OfficersUnusable), self._state_dir.locked():
            yield {officer.id: officer for officer in officers_in(self._state_dir.officers)}
        time.sleep(POLL_SECONDS)


def _known(officers: Mapping[str, Officer], name: str) -> Officer:
    if name not in officers:
        meant = did_you_mean(name, officers)
        raise StartRefused(f"there is no {name[:40]!r} here:{meant} `i247 officers list` lists all")
    return officers[name]


def _same_login(officer: Officer, passwords: Iterable[str]) -> set[str]:
    """Return the ids that share their password with an officer: the demo officer and program of one role."""
    for role in demo_roles(officer.bureau):
        pair = {demo_officer_id(officer.bureau, role), demo_program_id(officer.bureau, role)}
        if officer.id in pair and pair & set(passwords):
            return pair
    return {officer.id}


def _shown(officer: Officer, password: str) -> Line:
    name, secret = ("client_id", "client_secret") if officer.kind == "client" else ("username", "password")
    return _login(**{name: officer.id, secret: password}, scope=" ".join(officer.scopes))


def _login(**members: str) -> Line:
    first, *more = (f"{name:14} {value}" for name, value in members.items())
    return Line(first, members, more)


_CHANGES: Final[Mapping[str, tuple[str, Callable[[OfficerCommands, str], Output]]]] = {
    "disable": ("prevent an officer from logging in, and revoke their tokens", OfficerCommands.disable),
    "enable": ("allow a disabled officer to log in again", OfficerCommands.enable),
    "password": ("set a new random password, and revoke earlier tokens", OfficerCommands.draw_password),
    "revoke": ("revoke the tokens of an officer, who may log in again", OfficerCommands.revoke),
}
