"""Each subscribed subject is published to, and is used as the reply subject of each request that is answered."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from tests.attacks.attacker import Attacker, as_json
from tests.attacks.interests import kind_of, subjects
from tests.attacks.network import ATTACKING_BUREAU, Network
from tests.attacks.observer import KEPT, WAITING, Observer
from tests.attacks.orders import all_orders, order
from tests.attacks.runner import Act, AttackRunner

# The minimum: a shorter list was not read from the server.
LISTED = 250
# Always answered, so that a list without it is known to be wrong.
ANSWERED = "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{}-urgent"


async def attacked_subjects(network: Network, attacker: Attacker, observer: Observer) -> list[str]:
    """Return all subjects, and those of the messages that wait for the absent bureau, one of them taken."""
    listed = await subjects(network, attacker.name)
    assert len(listed) > LISTED
    return [*listed, *WAITING, KEPT, observer.pending_ack]


async def test_publishing_to_any_subject_does_not_affect_others(
    network: Network, attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """Each subject gets the body that would do the most harm there."""
    target = observer.target(attacker.client.new_inbox())

    def publish(subject: str) -> Act:
        body = order(subject, target)
        return Act(f"publish to {subject}", partial(attacker.publish, subject, body, target.inbox), kind_of(subject))

    await runner.run([publish(subject) for subject in await attacked_subjects(network, attacker, observer)])


@pytest.mark.thorough
async def test_an_answer_sent_to_any_subject_does_not_affect_others(
    network: Network, attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """Every request that is answered, with each subject as its reply subject."""
    listed = await attacked_subjects(network, attacker, observer)
    requests = await answered_requests(attacker, listed)
    assert ANSWERED.format(attacker.name) in {subject for subject, _ in requests}
    # One of those that differ only in names.
    distinct = {kind_of(subject): (subject, body) for subject, body in requests}.values()
    asks = {f"the answer of {subject}": partial(attacker.publish, subject, body) for subject, body in distinct}
    asks |= await stored_asks(attacker, observer)
    await runner.run(
        [
            Act(f"{name} sent to {reply}", partial(ask, reply=reply), kind_of(reply))
            for reply in listed
            for name, ask in asks.items()
        ]
    )


async def answered_requests(attacker: Attacker, listed: list[str]) -> list[tuple[str, bytes]]:
    """Return the requests of the attacker that are answered; it tries all."""
    subjects = [*listed, f"i247.post.DE.urgent.attack.{attacker.name}"]
    requests = {subject: _question(subject, attacker.name) for subject in subjects}
    return await attacker.answered(requests.items())


async def stored_asks(attacker: Attacker, observer: Observer) -> dict[str, Callable[[str], Awaitable[None]]]:
    """Return the requests that read all objects of the attacker; a service has no bucket."""
    if attacker.name != ATTACKING_BUREAU:
        return {}
    orders = all_orders(observer.target(attacker.client.new_inbox()))
    stored = [await attacker.store(f"order-{number}", body) for number, body in enumerate(orders)]

    async def read_all(reply: str) -> None:
        for subject in stored:
            await attacker.read_into(subject, reply)

    return {"all stored orders": read_all}


def _question(subject: str, attacker: str) -> bytes:
    if ".MSG.NEXT." in subject:
        return as_json({"batch": 1, "no_wait": True})
    if "purge" in subject.lower():
        # So that the stored orders are kept.
        return as_json({"filter": f"i247.obj.{attacker}.nothing.0"})
    return b"{}"
