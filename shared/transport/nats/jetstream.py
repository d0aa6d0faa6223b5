"""Requests to the JetStream API, and its errors."""

from typing import Any, Final

import msgspec
from nats.aio.msg import Msg

from shared.transport import BrokerRefused, NoResponder
from shared.transport.nats.replies import Replies

API: Final = "$JS.API"
API_SECONDS: Final = 10.0
NANOSECONDS: Final = 1_000_000_000
NOT_FOUND: Final = 404
CROWDED: Final = 429
# While the servers of a cluster choose a leader: results are incomplete, the system is not available, or this server
# does not lead.
LEADERLESS: Final = frozenset({10004, 10008, 10009})


class Fault(msgspec.Struct):
    """Why JetStream refuses a request."""

    code: int = 0
    err_code: int = 0
    description: str = "no reason given"


class Outcome(msgspec.Struct):
    """What every reply of JetStream has."""

    error: Fault | None = None


async def administer(replies: Replies, verb: str, request: dict[str, Any]) -> bytes:
    """Call the API and return the reply.

    Raises BrokerRefused where it refuses, NoResponder where there is no JetStream, or no leader in a cluster,
    DeadlinePassed, Disconnected.
    """
    answer = (await replies.only(f"{API}.{verb}", msgspec.json.encode(request), API_SECONDS)).data
    if (fault := fault_in(answer)) is not None:
        raise (NoResponder if fault.err_code in LEADERLESS else BrokerRefused)(fault.description)
    return answer


def fault_in(answer: bytes) -> Fault | None:
    """Return why JetStream refuses, or None. Raises BrokerRefused for what is no reply of JetStream."""
    try:
        return msgspec.json.decode(answer, type=Outcome).error
    except (ValueError, RecursionError) as error:
        raise BrokerRefused("the reply is not one of JetStream") from error


def said_by(message: Msg) -> str:
    """Return the description of a status."""
    return str((message.headers or {}).get("Description", ""))
