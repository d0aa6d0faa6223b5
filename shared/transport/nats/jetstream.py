"""Questions to JetStream, the part of NATS that keeps things, and how it says what went wrong."""

from typing import Any, Final

import msgspec
from nats.aio.msg import Msg

from shared.transport import NotStored
from shared.transport.nats.replies import Replies

API: Final = "$JS.API"
API_SECONDS: Final = 10.0
NANOSECONDS: Final = 1_000_000_000
NOT_FOUND: Final = 404
CROWDED: Final = 429


class Fault(msgspec.Struct):
    """What JetStream says when it refuses."""

    code: int = 0
    err_code: int = 0
    description: str = "it does not say why"


class Outcome(msgspec.Struct):
    """What every answer of JetStream has."""

    error: Fault | None = None


async def administer(replies: Replies, verb: str, request: dict[str, Any]) -> bytes:
    """Call the API and return what it answers.

    Raises NotStored when it refuses, NoResponder when there is no JetStream, DeadlinePassed, Disconnected.
    """
    message = await replies.only(f"{API}.{verb}", msgspec.json.encode(request), API_SECONDS)
    check(message.data)
    return message.data


def check(answer: bytes) -> None:
    """Raise NotStored if JetStream refuses."""
    fault = fault_in(answer)
    if fault is not None:
        raise NotStored(fault.description)


def fault_in(answer: bytes) -> Fault | None:
    """Return why JetStream refuses, if it does. Raises NotStored for what is no answer of JetStream."""
    try:
        return msgspec.json.decode(answer, type=Outcome).error
    except (ValueError, RecursionError) as error:
        raise NotStored("what answered is not JetStream") from error


def said_by(message: Msg) -> str:
    """Return the words that go with a status."""
    return str((message.headers or {}).get("Description", ""))
