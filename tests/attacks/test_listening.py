"""Whatever a participant subscribes to, alone or in a queue group, it receives nothing of others."""

import pytest
from nats.aio.subscription import Subscription

from tests.attacks.attacker import Attacker
from tests.attacks.interests import Interest, interests
from tests.attacks.network import BUREAUS, SERVICES, Network
from tests.attacks.runner import Act, AttackRunner

WIDE = (
    ">",
    "*",
    "*.>",
    "*.*.*.*",
    "i247.>",
    "i247.req.>",
    "i247.msg.>",
    "i247.post.>",
    "i247.obj.>",
    "i247.put.>",
    "i247.get.>",
    "i247.relay",
    "i247.directory.>",
    "_INBOX.>",
    "_INBOX.*.*",
    "_INBOX.*.*.*",
    "_R_.>",
    "_GR_.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.ACK.>",
    "$JS.FC.>",
    "$JS.EVENT.ADVISORY.>",
    "$JSC.>",
    "$O.>",
    "$KV.>",
    "$SRV.>",
    "$SYS.>",
    "$SYS._INBOX.>",
    "$SYS.ACCOUNT.>",
)


def targets(listed: list[Interest]) -> list[Interest]:
    """Return the subscriptions to try: those of others, wider patterns, and subjects of each participant's traffic."""
    inboxes = [f"_INBOX.{name}.>" for name in (*BUREAUS, *SERVICES, "operator")]
    posts = [f"i247.{kind}.{bureau}.>" for kind in ("msg", "post") for bureau in BUREAUS]
    posts += [f"i247.{kind}.*.*.*.{bureau}" for kind in ("msg", "post", "get.*") for bureau in BUREAUS]
    requests = [f"i247.req.{service}.{name}" for service in SERVICES for name in ("*", "DE", "PL")]
    return [*listed, *(Interest(subject) for subject in (*WIDE, *inboxes, *posts, *requests))]


class Subscriptions:
    """Subscriptions of the attacker, which are limited per account."""

    def __init__(self, attacker: Attacker) -> None:
        self._client = attacker.client
        self._subscriptions: list[Subscription] = []

    def to(self, subject: str, group: str = "") -> Act:
        """Return the act of subscribing."""

        async def do() -> None:
            self._subscriptions.append(await self._client.subscribe(subject, queue=group))

        return Act(f"subscribe to {subject}{group and f' in the group {group}'}", do, subject)

    async def end(self) -> None:
        """Unsubscribe from all."""
        while self._subscriptions:
            await self._subscriptions.pop().unsubscribe()


async def test_subscriptions_receive_nothing_of_others(
    network: Network, attacker: Attacker, runner: AttackRunner
) -> None:
    """Each subscription is made alone, while others search and write."""
    subscriptions = Subscriptions(attacker)
    subjects = sorted({target.subject for target in targets(await interests(network))})
    await runner.run([subscriptions.to(subject) for subject in subjects], undo=subscriptions.end)


@pytest.mark.thorough
async def test_queue_group_subscriptions_take_nothing_of_others(
    network: Network, attacker: Attacker, runner: AttackRunner
) -> None:
    """In the groups of services, of the Secretariat and of the server, what one member gets the others lack."""
    subscriptions = Subscriptions(attacker)
    listed = targets(await interests(network))
    groups = sorted({target.group for target in listed if target.group} | set(SERVICES))
    subjects = sorted({target.subject for target in listed})
    own = (f"i247.req.{attacker.name}.", f"_INBOX.{attacker.name}.")
    acts = [subscriptions.to(subject, group) for subject in subjects if not subject.startswith(own) for group in groups]
    await runner.run(acts, undo=subscriptions.end)
