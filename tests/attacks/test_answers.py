"""A service answers the requester, once, and reaches no other participant with its answer."""

import pytest
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from tests.attacks.attacker import Attacker
from tests.attacks.canaries import MARKER
from tests.attacks.network import ATTACKING_SERVICE
from tests.attacks.runner import Act, AttackRunner

# The one answer that may arrive, which the gateway refuses, and the orders that must not.
ANSWER = b"an answer without a signature"
ORDERS = ("$JS.API.STREAM.DELETE.MESSAGES", "_INBOX.DE.attacked", "i247.req.notices.DE")


def others(reply: str) -> list[str]:
    """Return subjects that resemble the expected reply subject."""
    prefix, _, last = reply.rpartition(".")
    return [reply, f"{reply}.x", f"{prefix}.{last[:-1]}x", f"{prefix}.*", f"{prefix}.>", prefix]


@pytest.mark.parametrize("attacker", [ATTACKING_SERVICE], indirect=True)
async def test_an_answer_reaches_only_its_requester(attacker: Attacker, runner: AttackRunner) -> None:
    """The service answers twice, on other subjects, and with a reply subject of its own."""
    asked: list[str] = []
    subscriptions: list[Subscription] = []

    async def misanswer(message: Msg) -> None:
        asked.append(message.reply)
        for order in ORDERS:
            await attacker.publish(message.reply, ANSWER, order)
        for subject in others(message.reply):
            await attacker.publish(subject, MARKER)

    async def serve() -> None:
        subscription = await attacker.client.subscribe(f"i247.req.{attacker.name}.*", cb=misanswer)
        subscriptions.append(subscription)

    async def stop() -> None:
        await subscriptions.pop().unsubscribe()

    # The searches of the two bureaus arrive while the effects are checked.
    await runner.run([Act("answer requests in the own name more than once, and elsewhere", serve)], undo=stop)
    assert asked, "no request reached the service"
