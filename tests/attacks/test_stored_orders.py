"""Stored or pulled data cannot be sent to JetStream as an order by naming its API as the reply subject.

These are the steps by which the single account of earlier versions was broken: each test is one of them.
"""

import json

import pytest

from tests.attacks.attacker import Attacker
from tests.attacks.network import ATTACKING_BUREAU
from tests.attacks.observer import Observer
from tests.attacks.orders import changed, spy_stream
from tests.attacks.runner import Act, AttackRunner

bureau_alone = pytest.mark.parametrize("attacker", [ATTACKING_BUREAU], indirect=True)


def stored_order(attacker: Attacker, order: bytes, subject: str) -> Act:
    """Return the act of storing an order as an object and having it sent to a subject of the API."""

    async def do() -> None:
        await attacker.read_into(await attacker.store("order", order), subject)

    return Act(f"a stored order read out to {subject}", do)


@bureau_alone
async def test_a_stored_configuration_does_not_create_a_stream(attacker: Attacker, runner: AttackRunner) -> None:
    """A stream over the requests and inboxes of others would hold all their requests and answers."""
    await runner.run([stored_order(attacker, spy_stream(), "$JS.API.STREAM.CREATE.spy")])


@bureau_alone
async def test_a_stored_configuration_does_not_republish_messages(
    attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """The stream of messages would republish each of them to an inbox of the attacker."""
    inbox = attacker.client.new_inbox()
    messages = observer.target(inbox).messages
    order = changed(messages, republish={"src": ">", "dest": f"{inbox}.>"})
    await runner.run([stored_order(attacker, order, "$JS.API.STREAM.UPDATE.MESSAGES")])


@bureau_alone
async def test_a_stored_configuration_does_not_answer_requests(attacker: Attacker, runner: AttackRunner) -> None:
    """A stream that acknowledges requests would answer each of them before its service does."""
    order = json.dumps({"name": "spy", "subjects": ["i247.req.>"]}).encode()
    await runner.run([stored_order(attacker, order, "$JS.API.STREAM.CREATE.spy")])


@bureau_alone
async def test_a_stored_configuration_does_not_seal_a_stream(
    attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """A sealed stream takes no message of any sender until it is deleted."""
    order = changed(observer.target("").messages, sealed=True)
    await runner.run([stored_order(attacker, order, "$JS.API.STREAM.UPDATE.MESSAGES")])


async def test_the_end_of_a_pull_does_not_delete_a_stream(attacker: Attacker, runner: AttackRunner) -> None:
    """The status that ends an empty pull would delete the stream if the API took it for an order."""

    async def do() -> None:
        for lane in ("urgent", "routine"):
            pull = f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{attacker.name}-{lane}"
            await attacker.publish(pull, b'{"batch": 1, "no_wait": true}', "$JS.API.STREAM.DELETE.MESSAGES")

    await runner.run([Act("the end of a pull sent to $JS.API.STREAM.DELETE.MESSAGES", do)])


@bureau_alone
async def test_a_stored_acknowledgement_does_not_settle_a_message_of_another_bureau(
    attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """A stored `+TERM` would remove a message that another bureau has taken and not settled yet."""
    await runner.run([stored_order(attacker, b"+TERM", observer.pending_ack)])
