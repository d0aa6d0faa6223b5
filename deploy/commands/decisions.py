"""Decisions of the Secretariat about keys and members: drafted, signed by the root key, and published.

Each decision changes the state directory under its lock, so that concurrent commands lose nothing, and is then sent to
all running processes. The mesh need not run, and no process needs a restart. If the root key is on another machine, or
has a passphrase, a decision is only drafted, and `i247 directory sign` signs it.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain

from deploy.broker.users import require_configuration
from deploy.mesh.rollout import roll_out
from deploy.mesh.time_check import require_correct_clock
from deploy.provisioning.registrar import Registrar
from deploy.provisioning.root_key import RootKeyAbsent, open_root, root_access
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory, load_root
from deploy.state.errors import StartRefused, no_mesh_in, refusing
from deploy.state.settings import Settings
from gateway.auth.accounts import OfficersUnusable
from shared.bureaus import SECRETARIAT
from shared.clock import time_at
from shared.crypto.ed25519 import KeyUnusable, Signer
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.protocol.key_request import RequestRefused, fingerprint_of
from shared.standing import describe
from shared.suggestions import did_you_mean


class Decisions:
    """Decides on one state directory."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state_dir = settings.state_dir
        self.clock = clock_of(self.state_dir)
        self.is_drafted = False
        """Whether the last decision was only drafted."""

    def directory(self) -> Directory:
        """Return the directory as it is signed. Raises StartRefused."""
        self._require_directory()
        return load_directory(self.state_dir)

    def change(self, decide: Callable[[Registrar], Iterable[str]]) -> Iterator[str]:
        """Draft a decision, and sign and publish it if the root key is available; yield what happened.

        `decide` changes the registrar and returns what it decided, which is printed once that is signed. After the last
        line the iterator raises StartRefused if the broker still admits an excluded participant.
        """
        self._require_directory()
        try:
            root = open_root(self.state_dir, root_access(self.settings))
        except RootKeyAbsent:
            if not self.is_secretariat:
                raise
            root = None
        with self._locked():
            registrar = Registrar(self.state_dir, self.clock, load_root(self.state_dir))
            decided = list(decide(registrar))
            if root is not None:
                return chain(decided, self._sign(registrar, root) if registrar.drafts else ())
            if not registrar.drafts:
                return iter(decided)
            self.is_drafted = True
            registrar.save_drafts()
            hint = f"not in force yet: drafted in {self.state_dir.drafts}; `i247 directory sign` signs it"
            return iter([*self._drafts(registrar), hint])

    def sign(self) -> Iterator[str]:
        """Sign the drafts with the root key and publish them; ask for its passphrase on a terminal."""
        self._require_directory()
        root = open_root(self.state_dir, root_access(self.settings), ask=True)
        with self._locked():
            registrar = Registrar(self.state_dir, self.clock, root.public)
            if not registrar.drafts:
                raise StartRefused(f"nothing is drafted in {self.state_dir.drafts}")
            yield from self._drafts(registrar)
            if sys.stdin.isatty() and input("Sign these? [y/N] ").strip().lower() not in ("y", "yes"):
                raise StartRefused("nothing is signed")
            yield from self._sign(registrar, root)

    @property
    def is_secretariat(self) -> bool:
        """Whether this is the Secretariat's state directory."""
        return bool(self.state_dir.key_numbers(SECRETARIAT))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self.state_dir.locked():
            if self.state_dir.is_of_secretariat:
                require_configuration(self.state_dir)
                asyncio.run(require_correct_clock(self.settings, self.directory()))
            with refusing(KeyUnusable, OfficersUnusable, RequestRefused):
                yield

    def _sign(self, registrar: Registrar, root: Signer) -> Iterator[str]:
        registrar.sign(root)
        if not self.is_secretariat:
            return iter([f"copy {self.state_dir.directory} to the Secretariat's machine and run `i247 keys install`"])
        return roll_out(self.settings, registrar.directory, len(registrar.issued))

    def _drafts(self, registrar: Registrar) -> Iterator[str]:
        """Yield a line for each drafted entry; a new key has the fingerprint of its request."""
        now = self.clock.now().timestamp()
        for entry in registrar.drafts.values():
            is_new = registrar.directory.entry_of(entry.kid) is None
            what = f"new key, fingerprint {fingerprint_of(entry.statement)}" if is_new else "key"
            standing = describe(entry.stated_standing) if entry.measure is not None else entry.standing
            yield f"to sign: {entry.participant} {standing}, {what} {entry.kid} {key_state(entry, now)}"

    def _require_directory(self) -> None:
        if not self.state_dir.has_directory():
            raise no_mesh_in(self.state_dir.path)


def participant_in(directory: Directory, name: str) -> str:
    """Return the participant of this name, in any case of a bureau's code. Raises StartRefused."""
    for participant in (name.strip(), name.strip().upper()):
        if directory.entries_of(participant):
            return participant
    meant = did_you_mean(name, directory.participants())
    raise StartRefused(f"{name[:40]!r} is not in the directory:{meant} `i247 keys list` lists all")


def key_state_data(entry: Entry, now: float) -> dict[str, str | datetime]:
    """Return the state of a key and the time since or until when, for programs."""
    if entry.revoked_at is not None:
        return {"state": "revoked", "at": time_at(entry.revoked_at)}
    return {"state": "ended" if now > entry.not_after else "valid", "at": time_at(entry.not_after)}


def key_state(entry: Entry, now: float) -> str:
    """Return whether a key is valid, ended or revoked, and since or until when."""
    if entry.revoked_at is not None:
        return f"revoked {format_time(entry.revoked_at)}"
    if now > entry.not_after:
        return f"ended {format_time(entry.not_after)}"
    return f"valid until {format_time(entry.not_after)}"


def format_time(seconds: float) -> str:
    """Return a Unix time as people read it, in UTC."""
    return f"{time_at(seconds):%Y-%m-%d %H:%MZ}"
