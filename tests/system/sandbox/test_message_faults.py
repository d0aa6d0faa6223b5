"""Faults on the way of a message: what was accepted arrives all the same, and once."""

from uuid import uuid4

import pytest

from tests.system.sandbox.client import Client, code_of, wait_for

pytestmark = pytest.mark.thorough

# Longer than until a message without a receipt is sent again.
RESEND_SECONDS = 30


def test_a_message_that_the_broker_does_not_take_arrives_once_later(sandbox: Client) -> None:
    """The outbox has it, and tries again."""
    subject = uuid4().hex
    fault = sandbox.fault(step="deliver", bureau="FR", count=2)
    message = sandbox.send("FR", "DE", subject).raise_for_status().json()["id"]
    wait_for(lambda: sandbox.received("DE", subject))
    wait_for(lambda: sandbox.state_of_message("FR", message, "DE") == "delivered")
    assert len(sandbox.received("DE", subject)) == 1
    state = sandbox.state_of(fault)
    assert state["fired"] == 2
    # Others of FR may be on their way.
    assert message in state["requests"]


def test_a_message_whose_receipt_is_lost_is_not_received_twice(sandbox: Client) -> None:
    """The sender has no receipt, sends the message again, and gets one."""
    subject = uuid4().hex
    fault = sandbox.fault(step="receipt", bureau="DE", count=1)
    message = sandbox.send("FR", "DE", subject).raise_for_status().json()["id"]
    wait_for(lambda: sandbox.state_of(fault)["is_over"])
    assert sandbox.state_of(fault)["requests"] == [message]
    assert sandbox.state_of_message("FR", message, "DE") == "sent"
    sandbox.advance(RESEND_SECONDS)
    wait_for(lambda: sandbox.state_of_message("FR", message, "DE") == "delivered")
    assert len(sandbox.received("DE", subject)) == 1


@pytest.mark.parametrize(
    ("step", "failure", "status", "code"),
    [
        ("store", "unavailable", 507, "not-stored"),
        ("store", "outcome-unknown", 503, "outcome-unknown"),
        ("sign", "no-valid-key", 503, "key-not-valid"),
    ],
)
def test_a_message_that_is_sent_again_with_its_key_arrives_once(
    sandbox: Client, step: str, failure: str, status: int, code: str
) -> None:
    """Whether or not the outbox had it the first time."""
    subject, key = uuid4().hex, {"Idempotency-Key": uuid4().hex}
    sandbox.fault(step=step, failure=failure, bureau="FR", service="messages")
    failed = sandbox.send("FR", "DE", subject, key)
    assert (failed.status_code, code_of(failed)) == (status, code)
    message = sandbox.send("FR", "DE", subject, key).raise_for_status().json()["id"]
    wait_for(lambda: sandbox.state_of_message("FR", message, "DE") == "delivered")
    assert [each["id"] for each in sandbox.received("DE", subject)] == [message]
