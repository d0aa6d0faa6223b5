"""Which connections the broker accepts: those with the NKEY of a member, until it is revoked."""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from deploy.broker.nkeys import administrators
from deploy.broker.server_configuration import Listener, server_configuration
from shared.crypto.ed25519 import SigningKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from tests.broker import NatsServer, another_nats
from tests.system.wire import NOT_ADMITTED, Party, credentials


@pytest.mark.thorough
async def test_a_connection_without_a_known_key_is_refused(party: Party) -> None:
    """With no key, an unknown one, or a known one without a valid proof of possession."""
    stranger = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
    known = credentials(party.server.seed("KE"), "the nonce of another connection")
    proofs: list[dict[str, str]] = [{}, known, {"nkey": known["nkey"], "sig": ""}, {"user": "KE", "pass": "KE"}]
    for proof in proofs:
        wire, replies = await party.introduced(proof)
        assert replies == [NOT_ADMITTED]
        assert await wire.ended()
    wire, info = await party.greeted()
    assert await wire.say(f"CONNECT {json.dumps(credentials(stranger, info['nonce']))}") == [NOT_ADMITTED]


async def test_commands_before_connect_are_refused(party: Party) -> None:
    """A connection without a CONNECT can neither publish nor subscribe."""
    for line in ("PUB i247.req.notices.FR 0\r\n", "SUB > 1"):
        wire, _ = await party.greeted()
        assert NOT_ADMITTED in await wire.say(line)
        assert await wire.ended()


@pytest.fixture
def own_server(nats_server: NatsServer, tmp_path: Path) -> Iterator[NatsServer]:
    """Run a separate broker whose members a test may change."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        yield server


def with_directory(server: NatsServer, book: Directory) -> str:
    """Return the configuration of a server for the members of a directory."""
    port = int(server.url.rpartition(":")[2])
    listener = Listener("127.0.0.1", port, server.configuration.parent / "jetstream")
    return server_configuration(listener, book.entries(), administrators(server.home))


@pytest.mark.thorough
async def test_a_revocation_closes_only_the_connections_of_that_bureau(own_server: NatsServer) -> None:
    """After the configuration is reloaded, the bureau cannot connect again with that key."""
    root = SigningKey.load(own_server.home.root_key)
    book = Directory(root.public, own_server.directory.signed_entries())
    (kenya_entry,) = [entry for entry in book.entries() if entry.participant == "KE"]
    book.learn(sign_entry(msgspec.structs.replace(kenya_entry, revoked_at=kenya_entry.issued + 1), root))
    async with AsyncExitStack() as stack:
        party = Party(own_server, stack)
        kenya, france = await party.connect("KE"), await party.connect("FR")
        own_server.reconfigure(lambda _text: with_directory(own_server, book))
        assert await kenya.ended()
        assert await france.say("PUB i247.req.notices.FR 0\r\n") == []
        wire, info = await party.greeted()
        proof = credentials(own_server.seed("KE"), info["nonce"])
        assert await wire.say(f"CONNECT {json.dumps(proof)}") == [NOT_ADMITTED]


@pytest.mark.thorough
async def test_a_bureau_with_two_signing_keys_connects_with_one_nkey(own_server: NatsServer) -> None:
    """Two entries of one bureau with the same NKEY are one user of the broker."""
    root = SigningKey.load(own_server.home.root_key)
    book = Directory(root.public, own_server.directory.signed_entries())
    (kenya_entry,) = [entry for entry in book.entries() if entry.participant == "KE"]
    new_key = SigningKey.generate().public.jwk["x"]
    book.learn(sign_entry(msgspec.structs.replace(kenya_entry, signing_key=new_key), root))
    own_server.kill()
    own_server.configuration.write_text(with_directory(own_server, book))
    own_server.start()
    async with AsyncExitStack() as stack:
        kenya = await Party(own_server, stack).connect("KE")
        assert await kenya.say("SUB _INBOX.KE.> 1") == []
