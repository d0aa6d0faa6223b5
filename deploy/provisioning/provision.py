"""Makes what a mesh needs before it can start, and only what is missing: keys, directory, officers, broker settings.

Doing it again changes nothing. In a real deployment the Secretariat does this for itself alone, and each participant
makes its keys on its own machine: the same steps, with a request on the way (`i247 keys`).
"""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from deploy.broker.nkeys import administrators, public_nkey
from deploy.broker.server_configuration import Listener, server_configuration
from deploy.broker.users import list_before
from deploy.provisioning.demo_accounts import (
    demo_logins,
    demo_officer_id,
    demo_roles,
    load_demo_passwords,
    save_demo_passwords,
)
from deploy.provisioning.participant_keys import OwnKeys
from deploy.provisioning.registrar import OVERLAP, Registrar
from deploy.provisioning.roles import Role
from deploy.provisioning.root_key import PLAIN, RootAccess, open_root, root_at_start
from deploy.state.directory_file import load_root
from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from gateway.auth.accounts import Officer, OfficersUnusable, draw_secret, load_officers, save_officers
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.crypto.ed25519 import KeyUnusable, Signer, SigningKey, VerifyingKey, encode_base64url, write_secret
from shared.files import replace_file
from shared.protocol.directory import Directory, Entry, EntryRefused
from shared.protocol.key_request import Kind, RequestRefused, read_request
from shared.service import Service


class Provisioner:
    """Provisions one state directory."""

    def __init__(self, home: StateDir, clock: Clock, root: RootAccess = PLAIN) -> None:
        self._home = home
        self._clock = clock
        self._root = root
        self.elsewhere: list[str] = []
        """Who is in the directory with keys of which none is here."""

    def provision(
        self,
        members: Iterable[BureauCode],
        services: tuple[Service, ...],
        beside: tuple[Service, ...] = (),
        *,
        logins: bool = True,
    ) -> Directory:
        """Make all that is missing for the Secretariat, these members and services. Raises StartRefused.

        `beside` is what a gateway does itself, and officers need scopes for. The `logins` are those of the
        demonstration, whose passwords are kept.
        """
        bureaus = [SECRETARIAT, *members]
        with self._home.changing():
            try:
                self._home.has_directory()
                root = root_at_start(self._home, self._root)
                directory = self._directory(root, bureaus, services)
                if logins:
                    self.enlist(bureaus, (*services, *beside))
            except (KeyUnusable, EntryRefused, OfficersUnusable, RequestRefused) as error:
                raise StartRefused(str(error)) from error
        return directory

    def configure_broker(self, directory: Directory, listener: Listener) -> None:
        """Write the configuration of the NATS server."""
        before = list_before(self._home)
        text = server_configuration(listener, directory.entries(), administrators(self._home), before)
        write_secret(self._home.nats_configuration, text.encode())

    def _pin(self, root: VerifyingKey) -> None:
        """Write the public root key, once there is a directory: see `StateDir.has_directory`."""
        if not self._home.root_public_key.exists():
            replace_file(self._home.root_public_key, f"{encode_base64url(root.raw)}\n".encode())

    def _directory(self, root: Signer | None, bureaus: list[BureauCode], services: tuple[Service, ...]) -> Directory:
        trusted = load_root(self._home) if root is None else root.public
        registrar = Registrar(self._home, self._clock, trusted)
        before = dict(registrar.drafts)
        for bureau in bureaus:
            self._enrol(registrar, bureau, "bureau")
        for service in services:
            self._enrol(registrar, service.name, "service")
        if registrar.drafts != before:
            registrar.sign(root or open_root(self._home, self._root, ask=True))
        self._pin(trusted)
        return registrar.directory

    def _enrol(self, registrar: Registrar, participant: str, kind: Kind) -> None:
        """See to it that a participant is entered, with keys that are made here if it never was.

        One that is suspended stays so, and one whose keys are revoked gets no others: these are decisions of people.
        """
        entries, numbers = registrar.entries_of(participant), self._home.key_numbers(participant)
        at_hand = {SigningKey.load(self._home.signing_key(participant, number)).kid for number in numbers}
        known = [entry for entry in entries if entry.kid in at_hand]
        if not entries or (known and known[0].revoked_at is None and not self._has_nkey(known[0])):
            give_keys(self._home, self._clock, registrar, participant, kind)
        elif known and known[0].revoked_at is None:
            registrar.fit_to_clock(known[0])
        elif not known:
            self.elsewhere.append(participant)

    def _has_nkey(self, entry: Entry) -> bool:
        seed = self._home.nats_seed(entry.participant)
        return seed.exists() and public_nkey(seed) == entry.nats_user

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


def give_keys(
    home: StateDir, clock: Clock, registrar: Registrar, participant: str, kind: Kind, overlap: timedelta = OVERLAP
) -> Entry:
    """Do here what is done by two: the participant makes keys and asks for their entry, the Secretariat approves.

    Returns the entry, which the root key is to sign. Raises RequestRefused, KeyUnusable, StartRefused.
    """
    with OwnKeys(home, clock, participant, kind).requesting(registrar.entries_of(participant)) as text:
        request = read_request(text)
        # The two compare the fingerprint, and are one.
        return registrar.approve(request, fingerprint=request.fingerprint, overlap=overlap, readmit=True)


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
