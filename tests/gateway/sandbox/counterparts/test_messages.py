"""What FR sees of a counterpart that got a message."""

import pytest

from tests.gateway.sandbox.counterparts.integrator import Integrator

pytestmark = pytest.mark.thorough


def test_the_file_of_the_start_made_counterparts(sandbox: Integrator) -> None:
    """`i247 up --counterparts FILE` starts a sandbox in which they act."""
    assert [(each["bureau"], each["script"]["hits"], each["acts"]) for each in sandbox.at_start] == [
        ("DE", {"do": "confirm", "after_seconds": 0, "flaw": None, "remark": ""}, []),
        ("IT", None, []),
    ]
    assert sandbox.at_start[1]["script"]["messages"]["do"] == "answer"


def test_a_counterpart_answers_as_often_as_it_should(me: Integrator) -> None:
    """Each answer is a message in the conversation; the question is read, and answered no more."""
    me.script(messages={"do": "answer", "text": "We call you back.", "times": 2})
    question = me.message()
    first, second = me.until(lambda: me.received(question), lambda found: len(found) == 2)
    assert {first["in_reply_to"], second["in_reply_to"]} == {question}
    assert me.get(f"/api/messages/{second['id']}")["body"] == "We call you back."
    me.delivery(question, "read")
    me.script(messages={"do": "answer", "text": "And again."})
    another = me.message()
    me.until(lambda: me.received(another), bool)
    assert len(me.received(question)) == 2


def test_a_counterpart_refuses_with_a_code(me: Integrator) -> None:
    """The message of FR is refused for that reason."""
    me.script(messages={"do": "refuse", "reason": "not-competent"})
    assert me.delivery(me.message(), "refused")["reason"] == "not-competent"
    assert me.act("refused")["says"] == "refused the message"


def test_a_counterpart_reads_and_answers_nothing(me: Integrator) -> None:
    """Only the receipt shows that it read the message."""
    me.script(messages={"do": "read"})
    question = me.message()
    me.delivery(question, "read")
    me.act("read", about=question)
    assert me.received(question) == []


def test_a_counterpart_leaves_a_message_unread_until_its_script_says_otherwise(me: Integrator) -> None:
    """It is noted once that it was left."""
    me.script(messages={"do": "ignore"})
    question = me.message()
    me.act("ignored", about=question)
    assert me.delivery(question, "delivered")
    me.script(messages={"do": "answer"})
    me.delivery(question, "read")
    [counterpart] = me.listed()
    assert [act["did"] for act in counterpart["acts"] if act["about"] == question] == ["answered", "ignored"]


def test_an_old_envelope_that_is_posted_again_is_not_a_new_message(me: Integrator) -> None:
    """FR has it already: its inbox and its events stay as they are."""
    me.script(messages={"do": "replay"})
    question = me.message()
    act = me.act("replayed", about=question)
    old = act["sent"]
    assert act["state"] in ("delivered", "read")
    assert act["says"].endswith("FR had it already, and its first receipt stands")
    # What is posted after it is received after it.
    me.script(messages={"do": "answer"})
    later = me.message()
    me.until(lambda: me.received(later), bool)
    inbox = me.get("/api/messages", box="inbox", limit=200)["items"]
    assert [each["id"] for each in inbox].count(old) == 1
    assert "message-again" in me.log()


def test_an_answer_under_an_unknown_key_is_held_back_without_a_receipt(me: Integrator) -> None:
    """The key may be new, and the directory of FR behind: so FR waits for it, and shows nothing."""
    me.script(messages={"do": "answer", "flaw": "unknown-key"})
    question = me.message()
    act = me.act("answered", lambda act: act["state"] == "sent", about=question)
    assert act["says"].endswith("FR has signed no receipt yet")
    me.until(me.log, lambda log: '"reason":"key-unknown"' in log)
    assert me.received(question) == []


def test_two_counterparts_do_not_answer_each_other(me: Integrator) -> None:
    """Otherwise they would do so for ever."""
    for bureau in ("DE", "IT"):
        me.script(bureau, messages={"do": "answer"})
    sent = me.ask("IT", "POST", "/api/messages", json={"to": ["DE"], "subject": "A question", "body": "Where?"})
    question = sent.json()["id"]
    me.until(lambda: me.get("/api/messages", "DE")["items"][0]["id"], lambda newest: newest == question)
    another = me.message()
    me.until(lambda: me.received(another), bool)
    assert me.get(f"/api/messages/{question}", "IT")["state"] == "delivered"
