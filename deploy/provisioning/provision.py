"""Creates what a mesh needs before it can start: keys, directory, demo accounts and broker configuration.

Only what is missing is created, so that a second run changes nothing. In a real deployment the Secretariat does this
for itself only, and each participant makes its keys on its own machine and requests their entry (`i247 keys`).
"""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from deploy.broker.nkeys import administrators, public_nkey
from deploy.broker.server_configuration import Listener, server_configuration
from deploy.broker.users import current_list_number
from deploy.provisioning.demo_accounts import (
    AgreementOf,
    demo_accounts,
    demo_officer_id,
    demo_roles,
    load_demo_passwords,
    no_agreement,
    save_demo_passwords,
)
from deploy.provisioning.participant_keys import ParticipantKeys
from deploy.provisioning.registrar import OVERLAP, Registrar
from deploy.provisioning.roles import Role
from deploy.provisioning.root_key import PLAIN, RootAccess, open_root, root_at_start
from deploy.state.directory_file import load_root
from deploy.state.errors import refusing
from deploy.state.state_dir import StateDir
from gateway.auth.accounts import Officer, OfficersUnusable, draw_secret, officers_in, save_officers
from shared.bureaus import SECRETARIAT, BureauCode, ParticipantKind, kind_of
from shared.clock import Clock
from shared.crypto.ed25519 import KeyUnusable, Signer, SigningKey, encode_base64url, write_secret
from shared.files import replace_file
from shared.identity import PURPOSE_SCOPES
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused
from shared.protocol.key_request import RequestRefused, read_request
from shared.service import Service


class Provisioner:
    """Provisions one state directory."""

    def __init__(self, state_dir: StateDir, clock: Clock, root: RootAccess = PLAIN) -> None:
        self._state_dir = state_dir
        self._clock = clock
        self._root = root
        self.entered: list[str] = []
        """The participants that got keys and an entry now."""
        self.remote: list[str] = []
        """The participants in the directory of whose keys none is here."""

    def provision(
        self,
        members: Iterable[BureauCode],
        services: tuple[Service, ...],
        local_services: tuple[Service, ...] = (),
        *,
        with_demo_accounts: bool = True,
    ) -> Directory:
        """Create what is missing for the Secretariat, these members and services. Raises StartRefused.

        `local_services` are those of the gateway itself, for which officers need scopes.
        """
        bureaus = list(dict.fromkeys([SECRETARIAT, *members]))
        with self._state_dir.locked(), refusing(KeyUnusable, EntryRefused, OfficersUnusable, RequestRefused):
            self._state_dir.has_directory()
            root = root_at_start(self._state_dir, self._root)
            directory = self._directory(root, bureaus, services)
            if with_demo_accounts:
                self.create_demo_accounts(bureaus, (*services, *local_services), directory.agreement_of)
        return directory

    def configure_broker(self, directory: Directory, *listeners: Listener) -> None:
        """Write the configuration of each NATS server, and remove those of a former cluster."""
        number = current_list_number(self._state_dir)
        for listener in listeners:
            text = server_configuration(listener, directory.entries(), administrators(self._state_dir), number)
            write_secret(self._state_dir.nats_configuration_of(listener.number), text.encode())
        for former in set(self._state_dir.nats_configurations()[len(listeners) :]):
            former.unlink()

    def create_demo_accounts(
        self, bureaus: list[BureauCode], services: tuple[Service, ...], agreement_of: AgreementOf = no_agreement
    ) -> None:
        """Create the demo accounts that are missing, and give all of them the scopes of today's services.

        Those of partners get the purposes of today's agreements. Raises OfficersUnusable, StartRefused.
        """
        file = self._state_dir.officers
        before = {officer.id: officer for officer in officers_in(file)}
        passwords = load_demo_passwords(self._state_dir) if file.exists() else {}
        had = [each.bureau for each in before.values() if each.id == demo_officer_id(each.bureau)]
        joined = [bureau for bureau in bureaus if demo_officer_id(bureau) not in passwords]
        wanted = {demo_officer_id(each, role): (each, role) for each in (*had, *joined) for role in demo_roles(each)}
        new = {login: draw_secret() for login in wanted if login not in passwords or login not in before}
        hashes = {login: secret_hash for login, (_, secret_hash) in new.items()}
        officers = before | _current_accounts(wanted, before, hashes, services, agreement_of)
        if officers != before:
            save_officers(file, officers.values())
        if new:
            passwords |= {login: secret for login, (secret, _) in new.items()}
            save_demo_passwords(self._state_dir, passwords)

    def _directory(self, root: Signer | None, bureaus: list[BureauCode], services: tuple[Service, ...]) -> Directory:
        trusted = load_root(self._state_dir) if root is None else root.public
        registrar = Registrar(self._state_dir, self._clock, trusted)
        before = dict(registrar.drafts)
        for bureau in bureaus:
            self._ensure_entry(registrar, bureau, kind_of(bureau))
        for service in services:
            self._ensure_entry(registrar, service.name, "service")
        if registrar.drafts != before:
            registrar.sign(root or open_root(self._state_dir, self._root, ask=True))
        # Once there is a directory: see `StateDir.has_directory`.
        if not self._state_dir.root_public_key.exists():
            replace_file(self._state_dir.root_public_key, f"{encode_base64url(trusted.raw)}\n".encode())
        return registrar.directory

    def _ensure_entry(self, registrar: Registrar, participant: str, kind: ParticipantKind) -> None:
        """Make keys for a participant without an entry, and enter them.

        Does NOT readmit a suspended participant or replace revoked keys: these are decisions of people.
        """
        entries, numbers = registrar.entries_of(participant), self._state_dir.key_numbers(participant)
        here = {SigningKey.load(self._state_dir.signing_key(participant, number)).kid for number in numbers}
        known = [entry for entry in entries if entry.kid in here]
        seed, in_force = self._state_dir.nats_seed(participant), bool(known) and known[0].revoked_at is None
        has_nkey = in_force and seed.exists() and public_nkey(seed) == known[0].nats_user
        if not entries or (in_force and not has_nkey):
            issue_keys(self._state_dir, self._clock, registrar, participant, kind)
            self.entered.append(participant)
        elif in_force:
            registrar.adjust_to_clock(known[0])
        elif not known:
            self.remote.append(participant)


def issue_keys(
    state_dir: StateDir,
    clock: Clock,
    registrar: Registrar,
    participant: str,
    kind: ParticipantKind,
    overlap: timedelta = OVERLAP,
) -> Entry:
    """Make keys and enter them: the participant's request and the Secretariat's approval in one step.

    Returns the entry, which the root key is to sign. Raises RequestRefused, KeyUnusable, StartRefused.
    """
    with ParticipantKeys(state_dir, clock, participant, kind).new_request(registrar.entries_of(participant)) as text:
        request = read_request(text)
        return registrar.approve(request, fingerprint=request.fingerprint, overlap=overlap, readmit=True)


def _current_accounts(
    wanted: dict[str, tuple[BureauCode, Role]],
    before: dict[str, Officer],
    new: dict[str, str],
    services: tuple[Service, ...],
    agreement_of: AgreementOf,
) -> dict[str, Officer]:
    accounts = {}
    for officer, (bureau, role) in wanted.items():
        password_hash = new.get(officer) or before[officer].password_hash
        for account in demo_accounts(bureau, role, password_hash, services, agreement_of(bureau)):
            stored = before.get(account.id, account)
            secret = account.password_hash if officer in new else stored.password_hash
            is_allowed = stored.purpose is None or PURPOSE_SCOPES[stored.purpose] in account.scopes
            accounts[account.id] = msgspec.structs.replace(
                stored,
                scopes=account.scopes,
                purpose=stored.purpose if is_allowed else account.purpose,
                password_hash=secret,
            )
    return accounts
