"""The system account of the NATS server, in which it says what each account exchanges with it, and takes orders."""

from typing import Final

import msgspec

from shared.logs import Log
from shared.transport import DeadlinePassed, NotStored
from shared.transport.nats.client import Broker, BrokerClient, Seed
from shared.transport.nats.jetstream import Fault
from shared.transport.nats.replies import Replies
from shared.transport.subjects import BROKER_SYSTEM

ACCOUNTS: Final = "$SYS.REQ.ACCOUNT.PING.STATZ"
# Also those without a connection, so that what they exchange from now on is known when they have one.
ALL: Final = b'{"include_unused":true}'
ANSWER_SECONDS: Final = 5.0
# Each server of a cluster answers, and nobody says how many there are. Who answers later counts the next time.
SILENCE_SECONDS: Final = 0.05


class Amount(msgspec.Struct):
    """How much there was, in messages and their bytes."""

    msgs: int = 0
    bytes: int = 0


class Account(msgspec.Struct):
    """What a server says of an account, since the server started."""

    acc: str
    conns: int = 0
    received: Amount = msgspec.field(default_factory=Amount)
    """From the connections of the account, also what it may not say."""

    sent: Amount = msgspec.field(default_factory=Amount)
    """To them."""


class Server(msgspec.Struct):
    """Who answers."""

    id: str


class Accounts(msgspec.Struct):
    """All accounts."""

    account_statz: list[Account] = msgspec.field(default_factory=list)


class Statistics(msgspec.Struct):
    """The answer of one server."""

    server: Server
    data: Accounts = msgspec.field(default_factory=Accounts)


class Reloaded(msgspec.Struct):
    """The answer to a reload."""

    error: Fault | None = None


class SystemAccount:
    """The connection of the one user of the system account."""

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
        """Return at once, and connect as soon as the server lets this user in."""
        client = BrokerClient(broker, BROKER_SYSTEM, seed, log)
        client.begin()
        return cls(client)

    async def accounts(self) -> dict[str, dict[str, Account]]:
        """Return what is said of each account by each server, by its id. Raises DeadlinePassed, Disconnected."""
        found: dict[str, dict[str, Account]] = {}
        for each in await self._statistics():
            for account in each.data.account_statz:
                found.setdefault(account.acc, {})[each.server.id] = account
        return found

    async def reload(self) -> None:
        """Have each server read its configuration again, and return when it is in force.

        Raises NotStored with the words of a server that cannot, NoResponder, DeadlinePassed, Disconnected.
        """
        for each in await self._statistics():
            answer = await self._replies.only(reload_subject(each.server.id), b"", ANSWER_SECONDS)
            error = msgspec.json.decode(answer.data, type=Reloaded).error
            if error is not None:
                raise NotStored(f"the NATS server does not take its configuration: {error.description}")

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()

    async def _statistics(self) -> list[Statistics]:
        found: list[Statistics] = []
        async with self._replies.ask(ACCOUNTS, ALL) as answers:
            while (message := await answers.next(SILENCE_SECONDS if found else ANSWER_SECONDS)) is not None:
                found.append(msgspec.json.decode(message.data, type=Statistics))
        if not found:
            raise DeadlinePassed(f"the NATS server does not answer within {ANSWER_SECONDS:.1f} s")
        return found


def reload_subject(server: str) -> str:
    """Return where a server is told to read its configuration again."""
    return f"$SYS.REQ.SERVER.{server}.RELOAD"
