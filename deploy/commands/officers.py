"""The commands `i247 officer` and `i247 officers`: who may use the gateway here, by the files on its own machine.

Each change is in force in the running gateway when the command returns. None needs the mesh to run, and none needs the
Secretariat: a bureau decides about its officers itself.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from msgspec.structs import replace

from deploy.provisioning.demo_accounts import demo_logins, demo_officer_id, demo_program_id, demo_roles
from deploy.provisioning.provision import load_demo_passwords, save_demo_passwords
from deploy.provisioning.roles import Role
from deploy.provisioning.tokens import demo_bureau
from deploy.state.settings import Settings
from deploy.state.state_dir import StartRefused, StateDir, unwritable
from gateway.auth.account_store import POLL_SECONDS
from gateway.auth.accounts import Officer, OfficersUnusable, draw_secret, officers_in, save_officers
from gateway.auth.sessions import end_session, load_sessions
from shared.bureaus import parse_bureau
from shared.service import Service

MAX_NAME: Final = 64


class OfficerCommands:
    """Carries the commands out on one state directory."""

    def __init__(self, settings: Settings, scoped: Sequence[Service]) -> None:
        """`scoped` is all for which officers hold scopes."""
        self._settings = settings
        self._scoped = scoped
        self._home = StateDir(settings.home)

    def show_login(self, bureau: str, role: Role) -> Iterator[str]:
        """Return name and password of the officer and the program of a bureau in a role; both are made if missing.

        Only the demonstration keeps passwords: elsewhere they are shown when they are made, and not again.
        """
        code = demo_bureau(self._settings, bureau, role)
        name, program = demo_officer_id(code, role), demo_program_id(code, role)
        with self._changing() as officers:
            passwords = load_demo_passwords(self._home)
            password = passwords.get(name)
            if name not in officers:
                password, password_hash = draw_secret()
                made = {login.id: login for login in demo_logins(code, role, password_hash, self._scoped)}
                officers.update(made)
                self._save(officers)
                self._keep(passwords, {name}, password)
        if password is None:
            raise StartRefused(
                f"the password of {name} is not kept here: `i247 officers password {name}` draws another"
            )
        yield f"username       {name}\npassword       {password}"
        yield f"client_id      {program}\nclient_secret  {password}"
        yield f"scope          {' '.join(officers[name].scopes)}"

    def list_officers(self, bureau: str | None) -> Iterator[str]:
        """Return a line for each officer and program, or those of one bureau."""
        code = None if bureau is None else parse_bureau(bureau)
        with self._changing() as officers:
            sessions = load_sessions(self._home.sessions)
        yield f"{'NAME':32} {'BUREAU':7} {'KIND':8} STATE"
        for officer in sorted(officers.values(), key=lambda officer: (officer.bureau, officer.id)):
            if code in (None, officer.bureau):
                session = sessions.get(officer.id)
                state = "has logged in" if session is not None and session.is_of(officer) else "has no tokens"
                state = "disabled" if officer.disabled else state
                yield f"{officer.id:32} {officer.bureau:7} {officer.kind:8} {state}"

    def add(self, bureau: str, name: str, role: Role, *, program: bool) -> Iterator[str]:
        """Add an officer or a program of a bureau, with the scopes of a role and a password that is drawn."""
        code = demo_bureau(self._settings, bureau, role)
        if not 0 < len(name) <= MAX_NAME or not name.isprintable() or " " in name:
            raise StartRefused(f"{name[:40]!r} is no name: give up to {MAX_NAME} characters without spaces")
        password, password_hash = draw_secret()
        officer, machine = demo_logins(code, role, password_hash, self._scoped)
        added = replace(machine if program else officer, id=name)
        with self._changing() as officers:
            if name in officers:
                raise StartRefused(f"there is {name} of {officers[name].bureau} already: choose another name")
            self._save({**officers, name: added})
        yield from _shown(added, password)

    def disable(self, name: str) -> Iterator[str]:
        """Let an officer neither log in nor use a token."""
        self._change(name, disabled=True)
        yield f"{name} is disabled, and their tokens are revoked: `i247 officers enable {name}` ends that"

    def enable(self, name: str) -> Iterator[str]:
        """Let an officer log in again."""
        self._change(name, disabled=False)
        yield f"{name} may log in"

    def draw_password(self, name: str) -> Iterator[str]:
        """Draw another password for an officer, or another secret for a program."""
        password, password_hash = draw_secret()
        with self._changing() as officers:
            officer, passwords = _known(officers, name), load_demo_passwords(self._home)
            shared = _same_login(officer, passwords)
            changed = {
                each: replace(officers[each], password_hash=password_hash) for each in shared if each in officers
            }
            self._save(officers | changed)
            self._keep(passwords, shared, password)
        for each in changed.values():
            yield from _shown(each, password)
        yield "the tokens from before are revoked"

    def revoke(self, name: str) -> Iterator[str]:
        """Revoke the tokens of an officer, who may log in again."""
        with self._changing() as officers:
            _known(officers, name)
            ended = end_session(self._home.sessions, name)
        yield f"the tokens of {name} are revoked" if ended else f"{name} has no tokens"

    def _change(self, name: str, *, disabled: bool) -> None:
        with self._changing() as officers:
            self._save({**officers, name: replace(_known(officers, name), disabled=disabled)})
            end_session(self._home.sessions, name)

    def _keep(self, passwords: dict[str, str], names: set[str], password: str) -> None:
        """Keep a password where the demonstration kept the one before."""
        if names & passwords.keys():
            save_demo_passwords(self._home, passwords | dict.fromkeys(names & passwords.keys(), password))

    def _save(self, officers: Mapping[str, Officer]) -> None:
        save_officers(self._home.officers, officers.values())

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Officer]]:
        """Hold the lock of the state directory with the officers in it, and wait until a gateway has looked again."""
        if not self._home.secrets.exists():
            raise StartRefused(f"there is no mesh in {self._home.path} yet: start one with `i247 up`")
        try:
            with self._home.changing():
                yield {officer.id: officer for officer in officers_in(self._home.officers)}
        except OfficersUnusable as error:
            raise StartRefused(str(error)) from error
        except OSError as error:
            raise unwritable(error) from error
        time.sleep(POLL_SECONDS)


def _known(officers: Mapping[str, Officer], name: str) -> Officer:
    if name not in officers:
        raise StartRefused(f"there is no {name[:40]!r} here: `i247 officers list` shows who is")
    return officers[name]


def _same_login(officer: Officer, passwords: Iterable[str]) -> set[str]:
    """Return the ids that have one password with an officer: those of a role of the demonstration."""
    for role in demo_roles(officer.bureau):
        pair = {demo_officer_id(officer.bureau, role), demo_program_id(officer.bureau, role)}
        if officer.id in pair and pair & set(passwords):
            return pair
    return {officer.id}


def _shown(officer: Officer, password: str) -> Iterator[str]:
    name, secret = ("client_id", "client_secret") if officer.kind == "client" else ("username", "password")
    yield f"{name:14} {officer.id}\n{secret:14} {password}"
    yield f"scope          {' '.join(officer.scopes)}"
