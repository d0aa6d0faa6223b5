"""Questions of a participant to the relay, which passes them to JetStream."""

from typing import Final

from nats.aio.msg import Msg

from shared.transport import DeadlinePassed, NoResponder, NotStored
from shared.transport.nats.attempts import Attempts
from shared.transport.nats.jetstream import NOT_FOUND, fault_in
from shared.transport.nats.replies import Replies

# Then the answer is taken for lost, as some are when the server reads its configuration. To ask twice does no harm.
ANSWER_SECONDS: Final = 1.5
# Between attempts, while the relay has as much of this participant as it takes at once, or is started again.
FIRST_WAIT_SECONDS: Final = 0.02
LAST_WAIT_SECONDS: Final = 0.2


async def store(
    replies: Replies, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None
) -> None:
    """Have something kept, and return when it is.

    Raises NotStored, NoResponder when there is no place for it, or no relay, DeadlinePassed, Disconnected.
    """
    fault = fault_in((await ask_relay(replies, subject, body, seconds, headers)).data)
    if fault is not None:
        raise (NoResponder if fault.code == NOT_FOUND else NotStored)(fault.description)


async def ask_relay(
    replies: Replies, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None
) -> Msg:
    """Return the answer of the relay. Raises NoResponder when there is no relay, DeadlinePassed, Disconnected."""
    attempts = Attempts(seconds, FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS)
    while True:
        left = attempts.left
        try:
            return await replies.only(subject, body, min(left, ANSWER_SECONDS), headers)
        except DeadlinePassed:
            if left <= ANSWER_SECONDS:
                raise
        except NoResponder:
            if not await attempts.another():
                raise
