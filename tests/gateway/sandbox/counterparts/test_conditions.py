"""What FR sees of a counterpart that is cut off, or whose clock is wrong."""

from datetime import datetime, timedelta

import pytest

from tests.gateway.sandbox.counterparts.integrator import Integrator

pytestmark = pytest.mark.thorough


def test_messages_wait_for_a_counterpart_that_is_cut_off(me: Integrator) -> None:
    """Its officers get no answer of a service; once the time is over it has the message."""
    counterpart = me.script(cut_off_seconds=3600)
    until = datetime.fromisoformat(counterpart["since"]) + timedelta(hours=1)
    assert datetime.fromisoformat(counterpart["cut_off_until"]) == until
    question = me.message()
    me.delivery(question, "sent")
    cut_off = me.ask("DE", "GET", "/api/stolen-vehicles")
    assert (cut_off.status_code, cut_off.json()["type"]) == (503, "urn:i247:problem:unreachable")
    me.advance(advance_seconds=3600)
    me.delivery(question, "delivered")
    me.until(lambda: me.ask("DE", "GET", "/api/stolen-vehicles").status_code, lambda status: status == 200)


def test_what_a_clock_ahead_signs_is_believed_when_its_time_has_come(me: Integrator) -> None:
    """FR holds back receipt and answer, and services refuse the requests of the bureau."""
    me.script(clock_minutes=10, messages={"do": "answer"})
    question = me.message()
    me.act("answered", lambda act: act["state"] == "sent", about=question)
    me.until(me.log, lambda log: '"reason":"not-yet-valid"' in log)
    assert me.delivery(question, "sent")
    assert me.received(question) == []
    refused = me.ask("DE", "GET", "/api/stolen-vehicles")
    assert (refused.status_code, refused.json()["reason"]) == (502, "expired")
    me.advance(advance_seconds=600)
    me.delivery(question, "read")
    me.until(lambda: me.received(question), bool)


def test_a_clock_behind_accepts_nothing_until_it_is_set(me: Integrator) -> None:
    """What FR signs is of the future there; an ordinary bureau has the right clock again."""
    me.script(clock_minutes=-10)
    question = me.message()
    me.until(me.log, lambda log: '"bureau":"DE","sender":"FR","reason":"not-yet-valid"' in log)
    assert me.delivery(question, "sent")
    me.clear()
    me.delivery(question, "delivered")
