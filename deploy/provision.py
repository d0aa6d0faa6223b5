"""Makes what a mesh needs before it can start, and only what is missing: keys, directory, officers, broker settings.

Doing it again changes nothing. Whoever holds the root key holds the network, so a real deployment does this on a
machine of the Secretariat and hands each participant its own keys alone.
"""

import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from deploy.home import Home, StartRefused
from deploy.permissions import OPERATOR, Listener, server_configuration
from deploy.registrar import Registrar, nats_user
from gateway.officers import Officer, OfficersUnusable, hash_password, load_officers, save_officers
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.directory import Directory, EntryRefused
from shared.identity import Purpose
from shared.service import Service
from shared.signing import KeyUnusable, SigningKey, encode_base64url, write_secret

# What only the Secretariat's officers may do.
SECRETARIAT_VERBS: Final = frozenset({"review"})


class Provisioner:
    """Provisions one state directory."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._home = home
        self._clock = clock

    def provision(
        self, members: Iterable[BureauCode], services: tuple[Service, ...], beside: tuple[Service, ...] = ()
    ) -> Directory:
        """Make all that is missing for these members, the Secretariat and the services. Raises StartRefused.

        `beside` is what a gateway does itself, and officers need scopes for.
        """
        bureaus = [SECRETARIAT, *members]
        with self._home.changing():
            try:
                root = self._root()
                self._key(self._home.token_key)
                directory = self._directory(root, bureaus, services)
                self.enlist(bureaus, (*services, *beside))
            except (KeyUnusable, EntryRefused, OfficersUnusable) as error:
                raise StartRefused(str(error)) from error
        return directory

    def configure_broker(self, directory: Directory, listener: Listener) -> None:
        """Write the configuration of the NATS server."""
        operator = nats_user(self._home, OPERATOR)
        text = server_configuration(listener, directory.entries(), operator)
        write_secret(self._home.nats_configuration, text.encode())

    def _root(self) -> SigningKey:
        pinned = self._home.root_public_key
        if pinned.exists() and not self._home.root_key.exists():
            raise StartRefused(f"{self._home.root_key} is missing, but {pinned} trusts it alone: restore it")
        root = self._key(self._home.root_key)
        public = encode_base64url(root.public.raw)
        if pinned.exists() and pinned.read_text().strip() != public:
            raise StartRefused(f"{pinned} is not the public part of {self._home.root_key}: restore the right one")
        pinned.write_text(public + "\n")
        return root

    def _key(self, file: Path) -> SigningKey:
        if not file.exists():
            SigningKey.generate().save(file)
        return SigningKey.load(file)

    def _directory(self, root: SigningKey, bureaus: list[BureauCode], services: tuple[Service, ...]) -> Directory:
        registrar = Registrar(self._home, self._clock, root)
        for bureau in bureaus:
            registrar.enrol(bureau, "bureau")
        for service in services:
            registrar.enrol(service.name, "service")
        registrar.save()
        return registrar.directory

    def enlist(self, bureaus: list[BureauCode], services: tuple[Service, ...]) -> None:
        """See to it that each bureau has a demo officer and a demo program, with the scopes of today's services.

        Raises OfficersUnusable, StartRefused.
        """
        before = load_officers(self._home.officers) if self._home.officers.exists() else []
        passwords = load_demo_passwords(self._home)
        new = {bureau: secrets.token_urlsafe(18) for bureau in bureaus if bureau not in passwords}
        officers = {officer.id: _with_scopes_of_today(officer, services) for officer in before}
        for bureau, password_hash in _hashed(new).items():
            officers |= {officer.id: officer for officer in _demo_officers(bureau, password_hash, services)}
        if list(officers.values()) != before:
            save_officers(self._home.officers, officers.values())
        if new:
            write_secret(self._home.demo_passwords, msgspec.json.format(msgspec.json.encode(passwords | new), indent=1))


def demo_officer_id(bureau: BureauCode) -> str:
    """Return the id of the demo officer of a bureau."""
    return f"{bureau.lower()}.officer"


def demo_program_id(bureau: BureauCode) -> str:
    """Return the id of the demo program of a bureau, which authenticates as a client."""
    return f"{bureau.lower()}.system"


def _hashed(passwords: dict[BureauCode, str]) -> dict[BureauCode, str]:
    # The hashing lets go of the interpreter, and is made to take long.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(passwords, pool.map(hash_password, passwords.values()), strict=True))


def _demo_officers(bureau: BureauCode, password_hash: str, services: tuple[Service, ...]) -> tuple[Officer, Officer]:
    # One password for both, as it is made by chance and hashed at some cost.
    person = Officer(
        id=demo_officer_id(bureau),
        bureau=bureau,
        kind="officer",
        password_hash=password_hash,
        scopes=scopes_of(bureau, services),
        purpose=Purpose.SECURITY_CHECK,
    )
    return person, msgspec.structs.replace(person, id=demo_program_id(bureau), kind="client")


def _with_scopes_of_today(officer: Officer, services: tuple[Service, ...]) -> Officer:
    if officer.id not in (demo_officer_id(officer.bureau), demo_program_id(officer.bureau)):
        return officer
    return msgspec.structs.replace(officer, scopes=scopes_of(officer.bureau, services))


def scopes_of(bureau: BureauCode, services: tuple[Service, ...]) -> tuple[str, ...]:
    """Return every scope that officers of a bureau may hold."""
    return tuple(
        f"{service.name}:{verb}"
        for service in services
        for verb in service.verbs
        if bureau == SECRETARIAT or verb not in SECRETARIAT_VERBS
    )


def load_demo_passwords(home: Home) -> dict[BureauCode, str]:
    """Return the passwords of the demo officers by bureau. Raises StartRefused."""
    if not home.demo_passwords.exists():
        return {}
    try:
        return msgspec.json.decode(home.demo_passwords.read_bytes(), type=dict[BureauCode, str])
    except (OSError, msgspec.DecodeError) as error:
        raise StartRefused(f"{home.demo_passwords} cannot be read: restore or remove the file") from error
