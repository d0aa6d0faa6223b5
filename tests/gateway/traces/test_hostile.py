"""A step that is not allowed is logged and ignored, even if signed; steps in another order lead to the same end."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gateway.traces import rules
from shared.ids import uuid7
from shared.mailbox.rules import TOO_MANY_OPEN
from shared.protocol.payloads import TraceAnswer, TraceComment, TracedFirearm, TraceLink, TraceRequest
from tests.conftest import NOW
from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import FIREARM, PATIENCE, Bureau, is_

AT = NOW.timestamp()
LINK = TraceLink(origin="DE", to="KE", on="2019-05", kind="export")


def a_request(trace: str, **changed: Any) -> TraceRequest:
    plain: dict[str, Any] = {"trace": trace, "number": 1, "urgency": "urgent", "due": AT + 8 * 3600}
    return TraceRequest(**(plain | {"firearm": TracedFirearm(**FIREARM)} | changed))


def an_answer(trace: str, answer: Any = "accepted", **changed: Any) -> TraceAnswer:
    return TraceAnswer(**({"trace": trace, "number": 1, "answer": answer} | changed))


async def ignored(mesh: Mesh, by: Bureau, sender: Bureau, message: str) -> list[str]:
    """Wait until a bureau has signed that a message came, and return why it changed nothing."""
    receipt = await sender.receipt(message)
    assert receipt["state"] != "refused", receipt
    return [line["reason"] for line in mesh.logged("trace-step-ignored") if line["id"] == message]


async def refusal_of(sender: Bureau, message: str) -> str | None:
    """Wait for the receipt of a message, and return the reason of a refusal, if any."""
    receipt = await sender.receipt(message)
    return receipt["reason"] if receipt["state"] == "refused" else None


@pytest.fixture
async def asked(france: Bureau, germany: Bureau) -> Any:
    """Return a trace of France in which Germany is asked."""
    trace = await france.begins(urgency="urgent")
    await germany.sees(trace["id"])
    return trace


def thread_of(trace: Any) -> str:
    message: str = trace["asked_bureaus"][-1]["message"]
    return message


@pytest.mark.thorough
async def test_a_bureau_that_is_no_party_changes_nothing(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau, asked: Any
) -> None:
    """Whether it knows the id and the thread, and whichever side it writes to."""
    thread, trace = thread_of(asked), asked["id"]
    for form in (
        an_answer(trace),
        an_answer(trace, "refused", reason="other"),
        an_answer(trace, "answered", link=TraceLink(origin="KE", to="FR", on="2020", kind="sale")),
        TraceComment(trace=trace, number=1, text="Forged."),
    ):
        assert await ignored(mesh, france, kenya, await kenya.sends(form, "FR", thread)) == ["not-a-party"]
        assert await ignored(mesh, germany, kenya, await kenya.sends(form, "DE", thread)) == ["unknown-trace"]
    for bureau in (france, germany):
        seen = await bureau.trace(trace)
        assert (seen["state"], seen["asked_bureaus"][0]["answers"], seen["asked_bureaus"][0]["comments"]) == (
            "sent",
            [],
            [],
        )


async def test_a_trace_with_the_id_of_another_bureau_s_is_another_trace(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau, asked: Any
) -> None:
    """It takes the place of none: each is answered alone."""
    trace = asked["id"]
    await kenya.sends(a_request(trace), "DE")
    mine = await germany.sees(trace, requester="KE")
    assert (mine["requester"], (await germany.trace(trace))["requester"]) == ("KE", "FR")
    done = await germany.ask("POST", f"/{trace}/answer?requester=KE", json={"answer": "refused", "reason": "other"})
    assert done.status_code == 202
    assert (await germany.trace(trace, requester="FR"))["state"] == "sent"
    assert (await germany.answers(trace, "accepted"))["requester"] == "FR"
    await france.sees(trace, is_("accepted"))


async def test_the_requester_does_not_answer_its_own_request(
    mesh: Mesh, france: Bureau, germany: Bureau, asked: Any
) -> None:
    """In the name of the bureau that it asked."""
    forged = await france.sends(an_answer(asked["id"], "refused", reason="other"), "DE", thread_of(asked))
    assert await ignored(mesh, germany, france, forged) == ["not-a-party"]
    assert (await germany.trace(asked["id"]))["state"] == "sent"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"answer": "answered"}, "members"),
        ({"answer": "accepted", "link": LINK}, "members"),
        ({"answer": "refused"}, "members"),
        ({"answer": "forwarded"}, "members"),
        ({"answer": "forwarded", "to": "DE"}, "bureau"),
        ({"answer": "forwarded", "to": "IPSG"}, "bureau"),
        ({"answer": "answered", "link": TraceLink(origin="FR", to="KE", on="2019", kind="sale")}, "not-its-books"),
        ({"answer": "answered", "link": TraceLink(origin="DE", to="QQ", on="2019", kind="sale")}, "bureau"),
        ({"answer": "answered", "link": TraceLink(origin="DE", to="KE", on="2019-99", kind="sale")}, "times"),
        ({"answer": "answered", "link": TraceLink(origin="DE", to="KE", on="////", kind="sale")}, "times"),
        ({"answer": "answered", "link": TraceLink(origin="DE", to="KE", on="2094", kind="sale")}, "times"),
        ({"number": 2}, "unknown-request"),
    ],
)
async def test_an_invalid_answer_is_ignored(
    mesh: Mesh, france: Bureau, germany: Bureau, asked: Any, answer: dict[str, Any], reason: str
) -> None:
    """What goes with it is missing, too much, of no country, or from the books of another."""
    sent = await germany.sends(an_answer(asked["id"], **answer), "FR", thread_of(asked))
    assert await ignored(mesh, france, germany, sent) == [reason]
    assert (await france.trace(asked["id"]))["state"] == "sent"


@pytest.mark.thorough
async def test_a_second_answer_and_one_in_another_thread_are_ignored(
    mesh: Mesh, france: Bureau, germany: Bureau, asked: Any
) -> None:
    """Nothing follows a final answer, and readers look for it in the thread."""
    trace, thread = asked["id"], thread_of(asked)
    elsewhere = await germany.sends(an_answer(trace), "FR", uuid7(mesh.clock.now()))
    assert await ignored(mesh, france, germany, elsewhere) == ["thread"]
    await germany.answers(trace, "accepted", "cannot-trace")
    await france.sees(trace, is_("cannot-trace"))
    for again in (an_answer(trace), an_answer(trace, "answered", link=LINK), an_answer(trace, "cannot-trace")):
        assert await ignored(mesh, france, germany, await germany.sends(again, "FR", thread)) == ["not-possible"]
    seen = await france.trace(trace)
    assert (seen["state"], len(seen["asked_bureaus"][0]["answers"])) == ("cannot-trace", 2)


@pytest.mark.thorough
async def test_a_final_answer_that_comes_before_the_acceptance_stands(
    mesh: Mesh, france: Bureau, germany: Bureau, asked: Any
) -> None:
    """As if they had come in order; the acceptance changes nothing then."""
    trace, thread = asked["id"], thread_of(asked)
    assert (
        await ignored(mesh, france, germany, await germany.sends(an_answer(trace, "answered", link=LINK), "FR", thread))
        == []
    )
    assert await ignored(mesh, france, germany, await germany.sends(an_answer(trace), "FR", thread)) == ["not-possible"]
    assert (await france.trace(trace))["state"] == "answered"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"due": AT + 60}, "clock"),
        ({"due": 1e300}, "clock"),
        ({"urgency": "routine"}, "clock"),
        ({"received": TraceLink(origin="DE", to="QQ", on="2019", kind="sale")}, "request"),
        ({"received": TraceLink(origin="DE", to="KE", on="2019-02-30", kind="sale")}, "request"),
        ({"received": TraceLink(origin="DE", to="KE", on="2094", kind="sale")}, "request"),
    ],
)
async def test_an_invalid_request_is_refused(
    mesh: Mesh, france: Bureau, germany: Bureau, changed: dict[str, Any], reason: str
) -> None:
    """Without the agreed time, or with a link of no country or day: a receipt would make the bureau overdue."""
    trace = uuid7(mesh.clock.now())
    assert await refusal_of(france, await france.sends(a_request(trace, **changed), "DE")) == f"not-proven-{reason}"
    assert await germany.listed() == []


@pytest.mark.thorough
async def test_a_request_in_another_thread_or_of_another_firearm_or_number_is_refused(
    mesh: Mesh, france: Bureau, germany: Bureau, asked: Any
) -> None:
    """And one while another is open: a bureau has the whole time for each."""
    trace = asked["id"]
    in_thread = await france.sends(a_request(uuid7(mesh.clock.now())), "DE", thread_of(asked))
    assert await refusal_of(france, in_thread) == "not-proven-request"
    other = TracedFirearm(make="Walther", serial_number="X 1")
    for changed, reason in (
        ({"firearm": other, "number": 2}, "request"),
        ({"number": 1}, "turn"),
        ({"number": 2}, "turn"),
    ):
        sent = await france.sends(a_request(trace, **changed), "DE")
        assert await refusal_of(france, sent) == f"not-proven-{reason}"
    mesh.clock.advance(timedelta(seconds=5))
    later = a_request(trace, number=2, due=AT + 8 * 3600 + 5)
    assert await refusal_of(france, await france.sends(later, "DE")) == "not-proven-turn"
    assert len((await germany.trace(trace))["asked_bureaus"]) == 1


@pytest.mark.thorough
async def test_requests_of_one_sender_that_wait_are_limited(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further ones are refused with a signed reason; others' are not counted, and an answer frees one."""
    monkeypatch.setattr(rules, "MAX_OPEN", 2)
    first = (await france.begins())["id"]
    await france.begins()
    await germany.sees(first)
    refused = await france.begins()
    receipt = await france.receipt(thread_of(refused))
    assert (receipt["state"], receipt["reason"]) == ("refused", TOO_MANY_OPEN)
    assert len(await germany.listed()) == 2
    await germany.sees((await kenya.begins())["id"])
    await germany.answers(first, "refused", reason="other")
    await germany.sees((await france.begins())["id"])


@pytest.mark.thorough
async def test_comments_of_one_sender_are_limited(
    mesh: Mesh, france: Bureau, germany: Bureau, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that a hostile gateway sends."""
    monkeypatch.setattr(rules, "MAX_COMMENTS", 2)
    comment, thread = TraceComment(trace=asked["id"], number=1, text="Hurry."), thread_of(asked)
    reasons = [await ignored(mesh, germany, france, await france.sends(comment, "DE", thread)) for _ in range(3)]
    assert reasons == [[], [], ["not-possible"]]


async def test_what_is_stated_is_not_logged(mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau) -> None:
    """A remark may hold a name, and the number is a matter of the two bureaus."""
    trace = (await france.begins(remark="Ask for Jane Roe"))["id"]
    await germany.sees(trace)
    await germany.answers(trace, "refused", reason="other", remark="Jane Roe")
    await kenya.sends(an_answer(trace, "refused", reason="other", remark="Jane Roe"), "FR", trace)
    async with asyncio.timeout(PATIENCE):
        while not mesh.logged("trace-step-ignored"):  # noqa: ASYNC110 - no signal
            await asyncio.sleep(0.005)
    written = mesh.written.getvalue().decode()
    assert "Roe" not in written
    assert "204881" not in written
