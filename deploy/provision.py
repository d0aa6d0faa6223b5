"""Makes what a mesh needs before it can start, and only what is missing: keys, directory, officers, broker settings.

Doing it again changes nothing. Whoever holds the root key holds the network, so a real deployment does this on a
machine of the Secretariat and hands each participant its own keys alone.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from deploy.home import Home, StartRefused
from deploy.logins import Role, demo_logins, demo_officer_id, demo_roles
from deploy.permissions import Listener, server_configuration
from deploy.registrar import Registrar, administrators
from gateway.officers import Officer, OfficersUnusable, draw_secret, load_officers, save_officers
from shared.bureaus import PARTICIPATING, SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.directory import Directory, EntryRefused
from shared.files import replace_file
from shared.service import Service
from shared.signing import KeyUnusable, SigningKey, encode_base64url, write_secret


class Provisioner:
    """Provisions one state directory."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self.renewed: list[str] = []
        """Who got new keys, though the directory knows others that are still good."""

    def provision(
        self, members: Iterable[BureauCode], services: tuple[Service, ...], beside: tuple[Service, ...] = ()
    ) -> Directory:
        """Make all that is missing for these members, the Secretariat and the services. Raises StartRefused.

        `beside` is what a gateway does itself, and officers need scopes for.
        """
        bureaus = [SECRETARIAT, *members]
        with self._home.changing():
            try:
                self._home.has_directory()
                root = self._root()
                directory = self._directory(root, bureaus, services)
                self._pin(root)
                self.enlist(bureaus, (*services, *beside))
            except (KeyUnusable, EntryRefused, OfficersUnusable) as error:
                raise StartRefused(str(error)) from error
        return directory

    def configure_broker(self, directory: Directory, listener: Listener) -> None:
        """Write the configuration of the NATS server."""
        text = server_configuration(listener, directory.entries(), administrators(self._home))
        write_secret(self._home.nats_configuration, text.encode())

    def _root(self) -> SigningKey:
        pinned = self._home.root_public_key
        if pinned.exists() and not self._home.root_key.exists():
            raise StartRefused(f"{self._home.root_key} is missing, but {pinned} trusts it alone: restore it")
        root = self._key(self._home.root_key)
        public = encode_base64url(root.public.raw)
        if pinned.exists() and pinned.read_text().strip() != public:
            raise StartRefused(f"{pinned} is not the public part of {self._home.root_key}: restore the right one")
        return root

    def _pin(self, root: SigningKey) -> None:
        """Write the public root key, once there is a directory: see `Home.has_directory`."""
        if not self._home.root_public_key.exists():
            replace_file(self._home.root_public_key, f"{encode_base64url(root.public.raw)}\n".encode())

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
        self.renewed = registrar.renewed
        return registrar.directory

    def enlist(self, bureaus: list[BureauCode], services: tuple[Service, ...]) -> None:
        """See to it that each bureau has the demo logins of today, with the scopes of today's services.

        Raises OfficersUnusable, StartRefused.
        """
        file = self._home.officers
        before = {officer.id: officer for officer in load_officers(file)} if file.exists() else {}
        passwords = load_demo_passwords(self._home) if file.exists() else {}
        had = [each.bureau for each in before.values() if each.id == demo_officer_id(each.bureau)]
        joined = [bureau for bureau in bureaus if demo_officer_id(bureau) not in passwords]
        enlisted = {demo_officer_id(each, role): (each, role) for each in (*had, *joined) for role in demo_roles(each)}
        new = {login: draw_secret() for login in enlisted if login not in passwords or login not in before}
        hashes = {login: secret_hash for login, (_, secret_hash) in new.items()}
        officers = before | _logins_of_today(enlisted, before, hashes, services)
        if officers != before:
            save_officers(file, officers.values())
        if new:
            passwords |= {login: secret for login, (secret, _) in new.items()}
            save_demo_passwords(self._home, passwords)


def _logins_of_today(
    enlisted: dict[str, tuple[BureauCode, Role]],
    before: dict[str, Officer],
    new: dict[str, str],
    services: tuple[Service, ...],
) -> dict[str, Officer]:
    """Return who is enlisted, with the scopes of today's services, and with his password where that is new."""
    logins = {}
    for officer, (bureau, role) in enlisted.items():
        password_hash = new.get(officer) or before[officer].password_hash
        for login in demo_logins(bureau, role, password_hash, services):
            kept = before.get(login.id, login)
            secret = login.password_hash if officer in new else kept.password_hash
            logins[login.id] = msgspec.structs.replace(kept, scopes=login.scopes, password_hash=secret)
    return logins


def save_demo_passwords(home: Home, passwords: dict[str, str]) -> None:
    """Write the passwords of the demo officers, for their owner's eyes alone."""
    write_secret(home.demo_passwords, msgspec.json.format(msgspec.json.encode(passwords), indent=1))


def load_demo_passwords(home: Home) -> dict[str, str]:
    """Return the passwords of the demo officers by their ids. Raises StartRefused."""
    if not home.demo_passwords.exists():
        return {}
    try:
        found = msgspec.json.decode(home.demo_passwords.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise StartRefused(f"{home.demo_passwords} cannot be read: restore or remove the file") from error
    # From a time when all roles of a bureau had one password, under its code: it stays that of the officer.
    return {demo_officer_id(BureauCode(name)) if name in PARTICIPATING else name: found[name] for name in found}
