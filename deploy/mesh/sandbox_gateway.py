"""What the gateway of a sandbox needs to run: bureaus whose clock and connection a script can spoil."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from deploy.broker.users import update_users
from deploy.mesh.process_context import ProcessContext
from deploy.mesh.rollout import Rollout
from deploy.mesh.sandbox_context import SandboxContext
from deploy.provisioning.provision import issue_keys
from deploy.provisioning.registrar import Registrar
from deploy.provisioning.root_key import open_root, root_access
from deploy.state.directory_file import load_root
from deploy.state.errors import StartRefused, refusing
from deploy.state.settings import Settings
from gateway.local_services import LOCAL_SERVICES
from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.store import CounterpartStore
from gateway.sandbox.counterparts.worker import CounterpartWorkers
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.stored_identities import read_identities, standing_acts
from shared.bureaus import BureauCode, kind_of
from shared.clock import Clock, SharedClock
from shared.crypto.ed25519 import KeyUnusable
from shared.errors import Conflict
from shared.mailbox.host import MailboxHost
from shared.protocol.directory import Directory
from shared.protocol.key_request import RequestRefused
from shared.rpc.keyring import KeyRing
from shared.rpc.participant import Participant
from shared.sandbox.operations import Operations
from shared.service import Service
from shared.transport.nats import NatsTransport, Seed


class SandboxGatewayContext(SandboxContext):
    """The settings, state directory, clock, log, faults and conditions of the gateway of a sandbox."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name, settings)
        folder = self.state_dir.sandbox
        self.identities = read_identities(folder)
        self.counterparts = CounterpartStore(folder, self.clock, standing_acts(self.identities))
        self.conditions = Conditions(self.clock)
        for code, stored in self.counterparts.all().items():
            self.conditions.of(code).set(stored)

    async def connect(self, name: str, directory: Directory) -> Participant:
        """Return a connected participant, or one that connects once it is not cut off any more. Raises as its base."""
        if self.conditions.of(name).is_cut_off:
            return self.join(name, directory)
        return await super().connect(name, directory)

    def _participant(self, name: str, keys: KeyRing, directory: Directory, transport: NatsTransport) -> Participant:
        self.conditions.of(name).line = transport
        return super()._participant(name, keys, directory, transport)

    def clock_of(self, name: str) -> Clock:
        """Return the clock of a participant, which may be wrong."""
        return self.conditions.of(name).clock

    def seed_of(self, name: str) -> Seed:
        """Return what reads the NKEY of a participant, unless it is cut off."""
        return self.conditions.of(name).seed(super().seed_of(name))

    async def retire_key(self, bureau: BureauCode) -> None:
        """Give a bureau new keys, and end its present ones at once, as `i247 keys rotate` does. Raises Conflict."""
        try:
            directory, issued = await asyncio.to_thread(self._rotate, bureau)
            users = update_users(self.state_dir, directory)
            await Rollout(self.settings, directory, issued, users).apply([bureau])
        except StartRefused as refused:
            raise Conflict(f"no key of {bureau} can be ended: {refused}") from refused

    def _rotate(self, bureau: BureauCode) -> tuple[Directory, int]:
        with self.state_dir.locked(), refusing(KeyUnusable, RequestRefused):
            root = open_root(self.state_dir, root_access(self.settings))
            registrar = Registrar(self.state_dir, self.clock, load_root(self.state_dir))
            issue_keys(self.state_dir, self.clock, registrar, bureau, kind_of(bureau), timedelta(0))
            registrar.sign(root)
            return registrar.directory, len(registrar.issued)


def sandbox_of(context: ProcessContext, services: Sequence[Service], host: MailboxHost) -> Sandbox:
    """Return the parts of a sandbox that the routes of its gateway need, and let its counterparts act."""
    assert isinstance(context, SandboxGatewayContext)  # noqa: S101 - that of a sandbox, see `process_context`
    assert isinstance(context.clock, SharedClock)  # noqa: S101 - a sandbox has one
    folder, clock, conditions = context.state_dir.sandbox, context.clock, context.conditions
    CounterpartWorkers(context.counterparts, conditions, context.retire_key).register(host)
    return Sandbox(
        folder=folder,
        clock=clock,
        faults=context.faults,
        operations=Operations(folder, clock),
        counterparts=context.counterparts,
        conditions=conditions,
        identities=context.identities,
        services=frozenset({"oauth", *(service.name for service in (*services, *LOCAL_SERVICES))}),
    )
