"""All subjects with a subscriber, as listed by the server, with wildcards replaced by tokens."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from deploy.mesh.nats_server import broker_binary
from tests.attacks.network import AWAY, Network

PAGE: Final = 10_000
# A token without legitimate use: a message on such a subject comes from an attack.
ATTACKED: Final = "attacked"
# Those that the binary does not contain completely, or not separated from what follows.
JOINED: Final = (
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.CONSUMER.INFO.*.*",
    "$JS.API.CONSUMER.DURABLE.CREATE.*.*",
    "$JS.API.CONSUMER.MSG.NEXT.*.*",
    "$JS.API.CONSUMER.RESET.*.*",
    "$JS.API.DIRECT.GET.*",
    "$JS.API.DIRECT.GET.*.>",
)
_TEMPLATE: Final = re.compile(rb"\$JS\.API(?:\.[A-Z_]+)+(?:\.\*|\.>)*")


@dataclass(frozen=True, slots=True, order=True)
class Interest:
    """A subscribed subject, and its queue group."""

    subject: str
    group: str = ""


async def interests(network: Network) -> list[Interest]:
    """Return the current subscriptions of all accounts."""
    client = await network.connect_system()
    found: set[Interest] = set()
    total, offset = 1, 0
    while offset < total:
        request = {"subscriptions": True, "limit": PAGE, "offset": offset}
        answer = await client.request("$SYS.REQ.SERVER.PING.SUBSZ", json.dumps(request).encode(), timeout=5)
        page = json.loads(answer.data)["data"]
        found |= {Interest(each["subject"], each.get("qgroup", "")) for each in page["subscriptions_list"]}
        total, offset = page["total"], offset + PAGE
    await client.close()
    return sorted(found)


async def subjects(network: Network, attacker: str) -> list[str]:
    """Return the subjects to attack: those of all interests, and all subjects of the JetStream API."""
    patterns = [interest.subject for interest in await interests(network)]
    concrete = [subject for pattern in (*patterns, *jetstream_api()) for subject in filled(pattern, attacker)]
    return list(dict.fromkeys(concrete))


@cache
def jetstream_api() -> tuple[str, ...]:
    """Return the subjects of the JetStream API. The server subscribes to `$JS.API.>` only; its binary names them."""
    found = {template.decode() for template in _TEMPLATE.findall(broker_binary().read_bytes())}
    assert {"$JS.API.STREAM.CREATE.*", "$JS.API.CONSUMER.DELETE.*.*", "$JS.API.META.LEADER.STEPDOWN"} <= found
    return tuple(sorted({*found, *JOINED}))


def kind_of(subject: str) -> str:
    """Return the common prefix of subjects that differ only in names."""
    tokens = subject.split(".")
    return ".".join(tokens[: 4 if subject.startswith("$JS.API.") else 3 if subject.startswith("$SYS.") else 2])


def filled(pattern: str, attacker: str) -> Iterator[str]:
    """Yield subjects that match a pattern, with names of participants, streams and consumers."""
    for tokens in _tokens(pattern, attacker):
        yield _replaced(pattern.split("."), tokens)


def _tokens(pattern: str, attacker: str) -> Iterable[tuple[str, ...]]:
    if "*" not in pattern and ">" not in pattern:
        return [()]
    if pattern.startswith("$JS.API.CONSUMER"):
        return [("MESSAGES", f"{AWAY}-urgent"), ("MESSAGES", "spy"), ("MESSAGES", f"{attacker}-urgent")]
    if pattern.startswith("$JS.API"):
        return [("spy",), ("MESSAGES",), ("OBJ_DE",), (f"OBJ_{attacker}",)]
    if pattern.startswith("$JS.ACK"):
        return [("1",)]
    return [(ATTACKED,), ("DE",), (attacker,)]


def _replaced(pattern: list[str], tokens: tuple[str, ...]) -> str:
    remaining: list[Any] = list(tokens)
    concrete = []
    for token in pattern:
        # The last one is repeated.
        wildcard = token in ("*", ">")
        concrete.append((remaining.pop(0) if len(remaining) > 1 else remaining[0]) if wildcard else token)
    return ".".join(concrete)
