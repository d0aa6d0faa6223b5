"""The system account of the NATS server: statistics of each account, state of each server, reload of configurations."""

from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from shared.logs import Log
from shared.transport import BrokerRefused, DeadlinePassed
from shared.transport.nats.client import Broker, BrokerClient, Seed
from shared.transport.nats.jetstream import fault_in
from shared.transport.nats.replies import Replies
from shared.transport.subjects import BROKER_SYSTEM

ACCOUNTS: Final = "$SYS.REQ.ACCOUNT.PING.STATZ"
# Also those without a connection, so that their counts are known once they connect.
ALL: Final = b'{"include_unused":true}'
ANSWER_SECONDS: Final = 5.0
SERVERS: Final = "$SYS.REQ.SERVER.PING.VARZ"
HEALTH: Final = "$SYS.REQ.SERVER.PING.HEALTHZ"
JETSTREAM: Final = "$SYS.REQ.SERVER.PING.JSZ"
# Each server of a cluster replies. A later reply counts the next time.
SILENCE_SECONDS: Final = 0.05
# Where all servers of a cluster must reply, for those that have not.
ALL_SECONDS: Final = 1.0


class Amount(msgspec.Struct):
    """A count of messages and of their bytes."""

    msgs: int = 0
    bytes: int = 0


class Account(msgspec.Struct):
    """The counts of an account since the server started."""

    acc: str
    conns: int = 0
    received: Amount = msgspec.field(default_factory=Amount)
    """From the connections of the account, also what it may not publish."""

    sent: Amount = msgspec.field(default_factory=Amount)
    """To them."""


class Server(msgspec.Struct):
    """The server that replies."""

    id: str
    name: str = ""


class Accounts(msgspec.Struct):
    """The counts of all accounts."""

    account_statz: list[Account] = msgspec.field(default_factory=list)


class Statistics(msgspec.Struct):
    """The reply of one server."""

    server: Server
    data: Accounts = msgspec.field(default_factory=Accounts)


class MetaCluster(msgspec.Struct):
    """The servers that decide together where streams and consumers are."""

    leader: str = ""


class StreamDetail(msgspec.Struct):
    """A stream."""

    name: str


class AccountDetail(msgspec.Struct):
    """The streams of an account that a server leads."""

    stream_detail: list[StreamDetail] = msgspec.field(default_factory=list)


class JetStreamState(msgspec.Struct):
    """JetStream on one server."""

    meta_cluster: MetaCluster = msgspec.field(default_factory=MetaCluster)
    account_details: list[AccountDetail] = msgspec.field(default_factory=list)


class JetStreamReply(msgspec.Struct):
    """JetStream on one server, with its name."""

    server: Server
    data: JetStreamState


class Health(msgspec.Struct):
    """Whether a server has all that the others have."""

    status: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether another server may end now, and nothing waits for this one."""
        return self.status == "ok"


class HealthReply(msgspec.Struct):
    """The health of one server, with its name."""

    server: Server
    data: Health = msgspec.field(default_factory=Health)


class ServerState(msgspec.Struct):
    """The state of a server."""

    now: datetime
    config_load_time: datetime
    connections: int = 0

    @property
    def loaded_ago(self) -> timedelta:
        """How long ago it read its configuration, by its own clock."""
        return self.now - self.config_load_time


class ServerReply(msgspec.Struct):
    """The state of one server, with its name."""

    server: Server
    data: ServerState


Reply = TypeVar("Reply", Statistics, ServerReply, JetStreamReply, HealthReply)


class SystemAccount:
    """The connection to the system account."""

    def __init__(self, client: BrokerClient, servers: int) -> None:
        self._client = client
        self._replies = Replies(client)
        self.size = servers
        """How many servers there are."""

    @classmethod
    async def connect(cls, broker: Broker, seed: Seed, log: Log) -> "SystemAccount":
        """Connect. Raises Disconnected with the reason."""
        account = cls(BrokerClient(broker, BROKER_SYSTEM, seed, log), len(broker.urls))
        await account._client.open()
        return account

    @classmethod
    def begin(cls, broker: Broker, seed: Seed, log: Log) -> "SystemAccount":
        """Return at once, and connect in the background as soon as the server accepts this user."""
        client = BrokerClient(broker, BROKER_SYSTEM, seed, log)
        client.begin()
        return cls(client, len(broker.urls))

    async def accounts(self) -> dict[str, dict[str, Account]]:
        """Return the counts of each account by the id of the server. Raises DeadlinePassed, Disconnected."""
        found: dict[str, dict[str, Account]] = {}
        for each in await self._replies_of(ACCOUNTS, ALL, Statistics, SILENCE_SECONDS):
            for account in each.data.account_statz:
                found.setdefault(account.acc, {})[each.server.id] = account
        return found

    async def servers(self) -> list[ServerReply]:
        """Return the state of each server that replies. Raises DeadlinePassed, Disconnected."""
        return await self._replies_of(SERVERS, b"", ServerReply, ALL_SECONDS)

    async def leaders(self, account: str) -> list[JetStreamReply]:
        """Return which streams of an account each server leads. Raises DeadlinePassed, Disconnected."""
        wanted = {"account": account, "streams": True, "stream_leader_only": True}
        return await self._replies_of(JETSTREAM, msgspec.json.encode(wanted), JetStreamReply, ALL_SECONDS)

    async def health(self) -> list[HealthReply]:
        """Return whether each server has caught up with the others. Raises DeadlinePassed, Disconnected."""
        return await self._replies_of(HEALTH, b"", HealthReply, ALL_SECONDS)

    async def connected(self) -> None:
        """Wait for the first connection. Raises Disconnected when it is closed."""
        await self._client.reconnected(0)

    async def reload(self) -> None:
        """Reload the configuration of each server that replies, and return when it is in force.

        A server of a cluster that does not reply reads it at its start: see `ServerWatch` for one that runs on.
        Raises BrokerRefused with the error of the server, NoResponder, DeadlinePassed, Disconnected.
        """
        for each in await self._replies_of(ACCOUNTS, ALL, Statistics, ALL_SECONDS):
            await self.reload_server(each.server.id)

    async def reload_server(self, server: str) -> None:
        """Reload the configuration of one server, by its id. Raises as `reload`."""
        answer = await self._replies.only(reload_subject(server), b"", ANSWER_SECONDS)
        if (fault := fault_in(answer.data)) is not None:
            raise BrokerRefused(f"the NATS server does not accept its configuration: {fault.description}")

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()

    async def _replies_of(self, subject: str, body: bytes, form: type[Reply], patience: float) -> list[Reply]:
        """Return the replies of all servers; in a cluster, wait so many seconds for each other of them."""
        found: list[Reply] = []
        patience = patience if self.size > 1 else SILENCE_SECONDS
        async with self._replies.ask(subject, body) as answers:
            while len(found) < self.size or self.size == 1:
                message = await answers.next(patience if found else ANSWER_SECONDS)
                if message is None:
                    break
                found.append(msgspec.json.decode(message.data, type=form))
        if not found:
            raise DeadlinePassed(f"the NATS server did not reply within {ANSWER_SECONDS:.1f} s")
        return found


def reload_subject(server: str) -> str:
    """Return the subject that makes a server reload its configuration."""
    return f"$SYS.REQ.SERVER.{server}.RELOAD"
