"""A NATS server that revokes a key disconnects its owner, and admits it again with a valid key."""

import asyncio
import json
import secrets
from pathlib import Path
from typing import Any

import nkeys
import pytest

from deploy.broker.nkeys import public_nkey
from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import Arrival, Disconnected, NoResponder, ServiceCard
from shared.transport.nats import NatsTransport
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.networks import DEADLINE, PARCEL


class Keyring:
    """The key of one participant, in its own hands and on the broker."""

    def __init__(self, server: NatsServer, name: str, folder: Path) -> None:
        self.seed = server.seed(name)
        self.problem: Exception | None = None
        self._server = server
        self._name = name
        self._file = folder / "new.nk"
        known = public_nkey(server.home.nats_seed(name))
        users = json.loads(server.configuration.read_text())["accounts"][name]["users"]
        (self._user,) = [user for user in users if user["nkey"] == known]

    async def connect(self) -> NatsTransport:
        """Connect with the key that the participant has when the broker asks for it."""
        log = Log(self._name, level="error")
        return await NatsTransport.connect(self._server.broker(), self._name, self._ask, log)

    def revoke(self) -> None:
        """Remove the key from the configuration of the broker."""
        self._register([])

    def renew(self) -> None:
        """Create another key, and register it alone with the broker."""
        self.seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER).decode()
        self._file.write_text(self.seed)
        self._register([self._user | {"nkey": public_nkey(self._file)}])

    def _ask(self) -> str:
        if self.problem is not None:
            raise self.problem
        return self.seed

    def _register(self, own: list[dict[str, Any]]) -> None:
        def change(text: str) -> str:
            configuration = json.loads(text)
            configuration["accounts"][self._name]["users"] = own
            return json.dumps(configuration)

        self._server.reconfigure(change)


async def is_disconnected(transport: NatsTransport) -> None:
    """Wait until a transport has noticed that it is disconnected."""
    async with asyncio.timeout(DEADLINE):
        while transport.connected:  # noqa: ASYNC110 - nothing else reports it
            await asyncio.sleep(0.01)


@pytest.fixture
def own_keys(own_server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """Return the key of the service notices, which tries to reconnect more often than usual."""
    monkeypatch.setattr("shared.transport.nats.client.REFUSED_WAIT_SECONDS", 0.05)
    return Keyring(own_server, "notices", tmp_path)


async def echo(arrival: Arrival) -> None:
    """Answer with the parcel received."""
    await arrival.reply(arrival.parcel)


async def answered(requester: NatsTransport, subject: str) -> Parcel:
    """Send a request until it is answered."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                return await requester.request(subject, PARCEL, timeout=DEADLINE)
            except NoResponder:
                continue


@pytest.mark.thorough
async def test_a_service_serves_again_once_its_revoked_key_is_replaced(
    own_server: NatsServer, own_keys: Keyring
) -> None:
    """Until then it can neither send nor receive; afterwards all its subscriptions work without a restart."""
    france, service = await own_server.connect("FR"), await own_keys.connect()
    heard = asyncio.Queue[Arrival]()
    card = ServiceCard("notices", "A service.", dict)
    await service.serve("i247.req.notices.*", echo, senders=["FR"], card=card)
    await service.subscribe("i247.directory.changes", heard.put)
    assert await answered(france, "i247.req.notices.FR") == PARCEL
    own_keys.revoke()
    await is_disconnected(service)
    assert france.connected
    with pytest.raises(NoResponder):
        await france.request("i247.req.notices.FR", PARCEL, timeout=DEADLINE)
    with pytest.raises(Disconnected):
        await service.publish("_INBOX.FR.x", PARCEL)
    with pytest.raises(Disconnected):
        await service.request("i247.directory.fetch.notices", PARCEL, timeout=DEADLINE)
    own_keys.renew()
    async with asyncio.timeout(DEADLINE):
        await service.reconnected(1)
    assert (service.connected, service.connections) == (True, 2)
    assert await answered(france, "i247.req.notices.FR") == PARCEL
    secretariat = await own_server.connect("IPSG")
    await secretariat.publish("i247.directory.changes", PARCEL)
    async with asyncio.timeout(DEADLINE):
        assert (await heard.get()).parcel == PARCEL
    for transport in (france, service, secretariat):
        await transport.close()


@pytest.mark.thorough
async def test_a_bureau_whose_key_is_revoked_while_it_collects_is_disconnected_at_once(
    own_server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is posted to it meanwhile waits, and is delivered once it is admitted with a new key."""
    monkeypatch.setattr("shared.transport.nats.client.REFUSED_WAIT_SECONDS", 0.05)
    keys = Keyring(own_server, "DE", tmp_path)
    operator, france, germany = (
        await own_server.connect(BROKER_OPERATOR),
        await own_server.connect("FR"),
        await keys.connect(),
    )
    await operator.ensure_streams(MEMBERS)
    waiting = asyncio.ensure_future(germany.collect(Lane.URGENT, limit=1, seconds=60))
    assert await germany.collect(Lane.ROUTINE, limit=1, seconds=0.0) == []
    keys.revoke()
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected):
            await waiting
        await france.post(message_subject("DE", Lane.URGENT, "id", "FR"), PARCEL, seconds=DEADLINE)
        keys.renew()
        await germany.reconnected(1)
        (arrival,) = await germany.collect(Lane.URGENT, limit=1, seconds=DEADLINE)
    assert arrival.parcel == PARCEL
    for transport in (operator, france, germany):
        await transport.close()


@pytest.mark.thorough
@pytest.mark.parametrize("problem", [OSError("no such file"), ValueError("no seed"), KeyError("key")])
async def test_a_key_file_that_cannot_be_read_is_tried_again(own_keys: Keyring, problem: Exception) -> None:
    """Whatever the error."""
    service = await own_keys.connect()
    own_keys.problem = problem
    own_keys.revoke()
    await is_disconnected(service)
    own_keys.renew()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(service.reconnected(1), 0.5)
    own_keys.problem = None
    async with asyncio.timeout(DEADLINE):
        await service.reconnected(1)
    await service.close()


@pytest.mark.thorough
async def test_a_participant_that_is_not_admitted_can_close_its_transport(own_keys: Keyring) -> None:
    """Closing does not wait for admission."""
    service = await own_keys.connect()
    own_keys.revoke()
    await is_disconnected(service)
    waiting = asyncio.ensure_future(service.reconnected(1))
    async with asyncio.timeout(DEADLINE):
        await service.close()
        with pytest.raises(Disconnected):
            await waiting
