"""The system account of the NATS server: statistics of each account, and the reload of the configuration."""

from typing import Final

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
# Each server of a cluster replies, and their number is unknown. A later reply counts the next time.
SILENCE_SECONDS: Final = 0.05


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


class Accounts(msgspec.Struct):
    """The counts of all accounts."""

    account_statz: list[Account] = msgspec.field(default_factory=list)


class Statistics(msgspec.Struct):
    """The reply of one server."""

    server: Server
    data: Accounts = msgspec.field(default_factory=Accounts)


class SystemAccount:
    """The connection to the system account."""

    def __init__(self, client: BrokerClient) -> None:
        self._client = client
        self._replies = Replies(client)

    @classmethod
    async def connect(cls, broker: Broker, seed: Seed, log: Log) -> "SystemAccount":
        """Connect. Raises Disconnected with the reason."""
        account = cls(BrokerClient(broker, BROKER_SYSTEM, seed, log))
        await account._client.open()
        return account

    @classmethod
    def begin(cls, broker: Broker, seed: Seed, log: Log) -> "SystemAccount":
        """Return at once, and connect in the background as soon as the server accepts this user."""
        client = BrokerClient(broker, BROKER_SYSTEM, seed, log)
        client.begin()
        return cls(client)

    async def accounts(self) -> dict[str, dict[str, Account]]:
        """Return the counts of each account by the id of the server. Raises DeadlinePassed, Disconnected."""
        found: dict[str, dict[str, Account]] = {}
        for each in await self._statistics():
            for account in each.data.account_statz:
                found.setdefault(account.acc, {})[each.server.id] = account
        return found

    async def reload(self) -> None:
        """Reload the configuration of each server, and return when it is in force.

        Raises BrokerRefused with the error of the server, NoResponder, DeadlinePassed, Disconnected.
        """
        for each in await self._statistics():
            answer = await self._replies.only(reload_subject(each.server.id), b"", ANSWER_SECONDS)
            if (fault := fault_in(answer.data)) is not None:
                raise BrokerRefused(f"the NATS server does not accept its configuration: {fault.description}")

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()

    async def _statistics(self) -> list[Statistics]:
        found: list[Statistics] = []
        async with self._replies.ask(ACCOUNTS, ALL) as answers:
            while (message := await answers.next(SILENCE_SECONDS if found else ANSWER_SECONDS)) is not None:
                found.append(msgspec.json.decode(message.data, type=Statistics))
        if not found:
            raise DeadlinePassed(f"the NATS server did not reply within {ANSWER_SECONDS:.1f} s")
        return found


def reload_subject(server: str) -> str:
    """Return the subject that makes a server reload its configuration."""
    return f"$SYS.REQ.SERVER.{server}.RELOAD"
