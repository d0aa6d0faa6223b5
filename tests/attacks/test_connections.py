"""Whatever a connection claims, it belongs to the participant whose key it proves; only clients can connect."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import psutil
import pytest

from tests.attacks.attacker import Attacker
from tests.attacks.network import ATTACKING_BUREAU, Network
from tests.attacks.runner import Act, AttackRunner
from tests.system.wire import Party, Wire, credentials

# The changes of each to an honest CONNECT.
CLAIMS: tuple[dict[str, Any], ...] = (
    {"name": "DE"},
    {"name": "operator"},
    {"account": "BROKER"},
    {"account": "DE", "new_account": True},
    {"account": "SYS"},
    {"account": "$SYS"},
    {"user": "operator", "pass": ""},
    {"user": "sys", "pass": "sys"},
    {"auth_token": "operator"},
    {"lang": "go", "version": "1.0.0", "protocol": 9},
    {"headers": False, "no_responders": False},
    {"headers": False},
    {"echo": False},
    {"verbose": True},
    {"pedantic": True},
    {"import": {"permissions": {"allow": [">"]}}, "export": {"allow": [">"]}},
    {"kind": 4, "remote_account": "BROKER"},
    {"server_id": "NATTACK", "cluster": "i247", "is_hub": True, "jetstream": True},
)
# Commands that only routes, gateways and leaf nodes use.
SERVER_COMMANDS = (
    "RS+ BROKER >",
    "RS+ $G >",
    "RMSG $G $JS.API.STREAM.DELETE.MESSAGES 0\r\n",
    "RMSG BROKER $JS.API.STREAM.DELETE.MESSAGES 0\r\n",
    "LS+ >",
    "LMSG $JS.API.STREAM.DELETE.MESSAGES 0\r\n",
    "A+ BROKER",
    "RS- $G $JS.API.>",
    'INFO {"server_id": "NATTACK", "cluster": "i247", "gateway": "i247", "port": 1}',
    'CONNECT {"verbose": false, "gateway": "i247", "cluster": "i247"}',
    "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
)
# Lines that are not valid in the protocol.
MALFORMED = (
    "PUB i247.req.notices.FR -1",
    "PUB i247.req.notices.FR 99999999999999999999",
    "PUB i247.req.notices.FR 0x1",
    "HPUB i247.req.notices.FR 12 2\r\n",
    "HPUB i247.req.notices.FR 2 2\r\nxx",
    "PUB " + "i247." * 2000 + "x 0\r\n",
    "PUB i247.req..FR 0\r\n",
    "PUB i247.req.*.DE 0\r\n",
    "PUB i247.req.> 0\r\n",
    "SUB i247.req.>.x 1",
    "SUB i247.req.* 1 2 3 4 5",
    "UNSUB 1 -1",
    "MSG _INBOX.DE.x 1 2\r\nxx",
    "\x00\x00\x00",
    "-ERR 'Authorization Violation'",
)
FORBIDDEN = ("PUB $JS.API.STREAM.DELETE.MESSAGES 0\r\n", "SUB > 1", "SUB _INBOX.DE.> 2", "SUB i247.req.> 3")

bureau_alone = pytest.mark.parametrize("attacker", [ATTACKING_BUREAU], indirect=True)


class Connections:
    """Connections in the raw protocol, which store what they receive."""

    def __init__(self, network: Network, attacker: Attacker, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._party = Party(network, stack)
        self._seed = network.seed(attacker.name)
        self._received = attacker.client.received

    async def connect(self, **claims: Any) -> Wire:
        """Connect under the attacker's key with claims about the connection."""
        wire, info = await self._party.greeted()
        proof = credentials(self._seed, info["nonce"])
        await self.say(wire, f"CONNECT {json.dumps({'headers': True, 'no_responders': True, **claims, **proof})}")
        return wire

    async def end(self) -> None:
        """Close all, as the connections of an account are limited."""
        await self._stack.aclose()

    async def say(self, wire: Wire, *lines: str) -> list[str]:
        """Send lines, and add the replies to the bytes that are searched for data of others."""
        try:
            replies = await wire.say(*lines)
        except ConnectionError:
            # The broker has closed it.
            return []
        self._received += [f"{line}\r\n".encode() for line in replies]
        return replies


@pytest.fixture
async def connections(network: Network, attacker: Attacker) -> AsyncIterator[Connections]:
    """Open connections of the attacker, and close them after the test."""
    async with AsyncExitStack() as stack:
        yield Connections(network, attacker, stack)


async def test_claims_in_connect_grant_no_permissions(
    connections: Connections, attacker: Attacker, runner: AttackRunner
) -> None:
    """A CONNECT may claim another user, another account or another kind of connection."""

    def claimed(claims: dict[str, Any]) -> Act:
        async def do() -> None:
            await connections.say(await connections.connect(**claims), *FORBIDDEN)
            await connections.end()

        return Act(f"CONNECT with {claims}", do)

    await runner.run([claimed(claims) for claims in CLAIMS])


@bureau_alone
async def test_server_commands_and_malformed_commands_of_a_client_have_no_effect(
    connections: Connections, attacker: Attacker, runner: AttackRunner
) -> None:
    """Routes, gateways and leaf nodes use these commands; the port for clients refuses them."""

    def sent(command: str) -> Act:
        async def do() -> None:
            wire = await connections.connect()
            await connections.say(wire, command, *FORBIDDEN)
            await connections.end()

        return Act(f"send {command}", do)

    await runner.run([sent(command) for command in (*SERVER_COMMANDS, *MALFORMED)])


async def test_a_second_connect_does_not_change_the_user(
    network: Network, connections: Connections, attacker: Attacker, runner: AttackRunner
) -> None:
    """A second CONNECT does not make an authenticated connection that of another participant."""

    async def do() -> None:
        wire = await connections.connect()
        await connections.say(wire, 'CONNECT {"user": "operator", "account": "BROKER"}', *FORBIDDEN)

    await runner.run([Act("CONNECT a second time", do)])


async def test_server_information_names_no_other_participant(network: Network, attacker: Attacker) -> None:
    """USER.INFO and CONNZ describe the requester's own account only."""
    for question in ("$SYS.REQ.USER.INFO", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.SERVER.PING.CONNZ"):
        await attacker.publish(question)
    await attacker.settle()
    received = b"".join(attacker.client.received)
    others = [name for name in ("DE", "PL", "IPSG", "notices", "operator") if f'"{name}"'.encode() in received]
    assert not others, f"{attacker.name} learns of {others}: {received!r}"


@bureau_alone
async def test_the_broker_listens_on_the_client_port_only(network: Network, attacker: Attacker) -> None:
    """One port on the loopback interface: none for routes, gateways, leaf nodes, WebSockets or monitoring."""
    host, port = network.configuration["listen"].split(":")
    broker = network.mesh.process("--log")
    listening = [each.laddr for each in broker.net_connections() if each.status == psutil.CONN_LISTEN]
    assert [(each.ip, each.port) for each in listening] == [(host, int(port))]


@bureau_alone
async def test_subscriptions_of_a_bureau_beyond_the_limit_are_refused(connections: Connections) -> None:
    """The server copies an answer to each subscription: one request must not cause thousands of messages."""
    wire = await connections.connect()
    replies = await connections.say(wire, *(f"SUB _INBOX.{ATTACKING_BUREAU}.x {number}" for number in range(17)))
    assert any("maximum subscriptions exceeded" in line.lower() for line in replies), replies
