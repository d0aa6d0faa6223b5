"""A service that is asked answers whoever asked it, once, and reaches nobody else by that."""

import pytest
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from tests.attacks.attacker import Attacker
from tests.attacks.canaries import MARKER
from tests.attacks.judge import Act, Judge
from tests.attacks.network import ATTACKING_SERVICE

# The one answer that may arrive, which the gateway refuses, and what must not.
ANSWER = b"an answer without a signature"
ORDERS = ("$JS.API.STREAM.DELETE.MESSAGES", "_INBOX.DE.attacked", "i247.req.notices.DE")


def others(reply: str) -> list[str]:
    """Return subjects that resemble the one to which an answer is due."""
    prefix, _, last = reply.rpartition(".")
    return [reply, f"{reply}.x", f"{prefix}.{last[:-1]}x", f"{prefix}.*", f"{prefix}.>", prefix]


@pytest.mark.parametrize("attacker", [ATTACKING_SERVICE], indirect=True)
async def test_an_answer_reaches_who_asked_and_nobody_else(attacker: Attacker, judge: Judge) -> None:
    """A second answer, one on another subject, and one that names a subject for an answer to itself."""
    asked: list[str] = []
    subscriptions: list[Subscription] = []

    async def misanswer(message: Msg) -> None:
        asked.append(message.reply)
        for order in ORDERS:
            await attacker.say(message.reply, ANSWER, order)
        for subject in others(message.reply):
            await attacker.say(subject, MARKER)

    async def serve() -> None:
        subscription = await attacker.client.subscribe(f"i247.req.{attacker.name}.*", cb=misanswer)
        subscriptions.append(subscription)

    async def stop() -> None:
        await subscriptions.pop().unsubscribe()

    # The searches of the two bureaus arrive while what this breaks is looked for.
    await judge.hold([Act("answer requests in the own name more than once, and elsewhere", serve)], undo=stop)
    assert asked, "no request reached the service"
