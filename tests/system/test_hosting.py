"""The bureaus of a gateway on a real broker: those without a key, those that get one, and those that join."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.broker.nkeys import administrators
from deploy.broker.permissions import accounts
from deploy.mesh.gateway_process import NewBureaus, _connect
from deploy.mesh.process_context import ProcessContext
from deploy.mesh.service_process import serve_service
from deploy.provisioning.provision import issue_keys
from deploy.provisioning.registrar import Registrar
from deploy.state.directory_file import add_bureau, load_directory, load_root
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from gateway.hosted_bureaus import HostedBureaus
from services import notices
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import SystemClock
from shared.crypto.ed25519 import SigningKey
from shared.errors import Refusal
from shared.identity import Purpose
from shared.protocol.directory_log import decode_part
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Requester
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.rpc.participant import Participant
from shared.standing import BureauStanding, Measure
from shared.transport import Disconnected
from tests.broker import NatsServer, running_nats

FRANCE, KENYA, ITALY = map(BureauCode, ("FR", "KE", "IT"))
TIMEOUT_SECONDS = 10.0


class Net:
    """A broker, and the Secretariat that decides which bureaus it admits."""

    def __init__(self, server: NatsServer) -> None:
        self.home = server.home
        self.settings = Settings(
            home=server.home.path,
            nats_url=server.url,
            bureaus="FR,KE",  # type: ignore[arg-type]  # as the environment states it
            log_level="error",
        )
        self.part = ProcessContext("gateway", self.settings)
        self.server = server
        self.checked = asyncio.Event()
        """Is set whenever the gateway has checked for bureaus that join."""

    def registrar(self) -> Registrar:
        """Return a registrar of the current state directory."""
        return Registrar(self.home, SystemClock(), load_root(self.home))

    def sign(self, registrar: Registrar) -> None:
        """Sign and save the drafts."""
        registrar.sign(SigningKey.load(self.home.root_key))

    def issue_keys(self, registrar: Registrar, bureau: BureauCode) -> None:
        """Make new keys of a bureau, and approve its request."""
        issue_keys(self.home, SystemClock(), registrar, bureau, "bureau")

    async def learn(self, hosting: HostedBureaus, registrar: Registrar) -> None:
        """Save the drafts, update the gateway's directory, and return when it has checked for bureaus that join."""
        self.sign(registrar)
        self.checked.clear()
        hosting.bureaus[FRANCE].directory.learn(registrar.issued[-1])
        await self.checked.wait()

    def put_in_force(self, registrar: Registrar) -> None:
        """Save the drafts, and apply them to the configuration of the broker."""
        self.sign(registrar)
        wanted = accounts(registrar.directory.entries(), administrators(self.home))
        self.server.reconfigure(lambda text: json.dumps(json.loads(text) | {"accounts": wanted}))

    @asynccontextmanager
    async def hosting(self) -> AsyncIterator[HostedBureaus]:
        """Host France and Kenya until the block ends."""
        directory = load_directory(self.home)
        bureaus = [await _connect(self.part, code, directory) for code in (SECRETARIAT, FRANCE, KENYA)]
        joining = NewBureaus(self.part, directory)

        def find(known: Iterable[BureauCode]) -> list[Participant]:
            self.checked.set()
            return joining.find(known)

        hosting = HostedBureaus(directory, bureaus, find, joining.read)
        following = asyncio.create_task(hosting.follow())
        try:
            yield hosting
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await hosting.close()


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """Run a separate broker, as its users change."""
    with running_nats(tmp_path) as server:
        yield Net(server)


async def refusal_of(requester: Requester) -> type[Refusal]:
    """Send a request to a service that does not run, and return the refusal."""
    with pytest.raises(Refusal) as refused:
        await requester.ask(
            "notices",
            HttpRequest("GET", "/"),
            ActingOfficer("an officer", (), Purpose.WARNING),
            seconds=TIMEOUT_SECONDS,
        )
    return refused.type


@pytest.mark.thorough
@pytest.mark.parametrize("reason", [KeyNotValid, BureauSuspended])
async def test_a_hosted_bureau_without_a_valid_key_connects_when_it_gets_one(net: Net, reason: type[Refusal]) -> None:
    """The gateway starts all the same: its other bureaus work, and officers of this one get the reason."""
    registrar = net.registrar()
    suspended = BureauStanding("suspended", Measure(reason="access", since=0.0))
    registrar.revoke(KENYA) if reason is KeyNotValid else registrar.set_standing(KENYA, suspended)
    net.put_in_force(registrar)
    async with net.hosting() as hosting:
        kenya = hosting.bureaus[KENYA]
        assert hosting.bureaus[FRANCE].transport.connected
        assert await refusal_of(hosting.requesters[KENYA]) is reason
        assert not kenya.transport.connected
        net.issue_keys(registrar, KENYA)
        net.put_in_force(registrar)
        kenya.directory.learn(registrar.issued[-1])
        await asyncio.wait_for(kenya.transport.reconnected(0), TIMEOUT_SECONDS)
        assert (await refusal_of(hosting.requesters[KENYA])).__name__ == "Unreachable"


@pytest.mark.thorough
async def test_a_gateway_without_a_broker_starts_and_connects_later(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its officers can read their mailbox meanwhile; a service refuses to start, since no request could reach it."""
    monkeypatch.setattr("shared.transport.nats.client.FIRST_CONNECT_SECONDS", 0.1)
    net.server.kill()
    with pytest.raises(StartRefused, match="no connection to the broker"):
        await serve_service(notices.SERVICE, net.settings)
    async with net.hosting() as hosting:
        assert not hosting.bureaus[FRANCE].transport.connected
        assert (await refusal_of(hosting.requesters[FRANCE])).__name__ == "Unreachable"
        net.server.start()
        await asyncio.wait_for(hosting.bureaus[FRANCE].transport.reconnected(0), TIMEOUT_SECONDS)


@pytest.mark.thorough
async def test_a_gateway_stops_while_a_bureau_waits_for_admission(net: Net) -> None:
    """It does not wait for the bureau."""
    registrar = net.registrar()
    registrar.revoke(KENYA)
    net.put_in_force(registrar)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        async with net.hosting() as hosting:
            waiting = asyncio.create_task(hosting.bureaus[KENYA].transport.reconnected(0))
            await asyncio.sleep(0)
        with pytest.raises(Disconnected):
            await waiting


@pytest.mark.thorough
async def test_a_new_bureau_is_hosted_once_the_directory_has_it(net: Net) -> None:
    """Callbacks are called for it as for the others, whether or not the broker admits it already."""
    welcomed: asyncio.Queue[str] = asyncio.Queue()
    async with net.hosting() as hosting:
        hosting.welcome(lambda bureau: welcomed.put_nowait(bureau.name))
        registrar = net.registrar()
        net.issue_keys(registrar, ITALY)
        net.sign(registrar)
        add_bureau(net.home, ITALY)
        hosting.bureaus[FRANCE].directory.learn(registrar.issued[-1])
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert [await welcomed.get() for _ in range(4)] == ["IPSG", "FR", "KE", "IT"]
        assert await refusal_of(hosting.requesters[ITALY]) is not KeyNotValid
        net.put_in_force(registrar)
        await asyncio.wait_for(hosting.bureaus[ITALY].transport.reconnected(0), TIMEOUT_SECONDS)


@pytest.mark.thorough
async def test_a_damaged_file_of_added_bureaus_does_not_affect_hosted_bureaus(net: Net) -> None:
    """The new bureau is hosted when the file is repaired."""
    joined = asyncio.Event()
    async with net.hosting() as hosting, asyncio.timeout(TIMEOUT_SECONDS):
        hosting.welcome(lambda bureau: joined.set() if bureau.name == ITALY else None)
        registrar = net.registrar()
        net.issue_keys(registrar, ITALY)
        net.home.added_bureaus.write_text("IT\nnonsense\n")
        await net.learn(hosting, registrar)
        assert list(hosting.bureaus) == [SECRETARIAT, FRANCE, KENYA]
        net.home.added_bureaus.write_text("IT\n")
        net.issue_keys(registrar, FRANCE)
        await net.learn(hosting, registrar)
        await joined.wait()


@pytest.mark.thorough
async def test_a_service_with_a_revoked_key_refuses_to_start(net: Net) -> None:
    """The error names the command that makes a new key."""
    registrar = net.registrar()
    registrar.revoke("notices")
    net.put_in_force(registrar)
    with pytest.raises(StartRefused, match="notices has no valid key: make one with `i247 keys rotate notices`"):
        await serve_service(notices.SERVICE, net.settings)


def wait_for(file: Path, content: bytes) -> None:
    """Wait until a file has this content."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while file.read_bytes() != content:
        assert time.monotonic() < deadline, "it was not written in time"
        time.sleep(0.01)


@pytest.mark.thorough
async def test_directory_updates_are_saved_for_the_next_start(net: Net, tmp_path: Path) -> None:
    """A revocation is kept; an older directory received later does not replace it."""
    before = net.home.directory.read_bytes()
    registrar = net.registrar()
    registrar.revoke(KENYA)
    net.sign(registrar)
    after = net.home.directory.read_bytes()
    net.home.directory.write_bytes(before)
    directory = load_directory(net.home)
    async with net.part.saving(directory), asyncio.timeout(TIMEOUT_SECONDS):
        directory.take(registrar.directory.log.part())
        await asyncio.to_thread(wait_for, net.home.directory, after)
        version = directory.version
        directory.take(decode_part(before))
        assert directory.version == version
    assert net.home.directory.read_bytes() == after
    assert load_directory(net.home).log.shown == directory.log.size > directory.log.shown
