"""A request that is not answered in time is shown to the Secretariat, once, by what both bureaus have signed."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.traces import rules
from gateway.traces.transitions import TraceTransitions
from shared.mailbox.rules import TOO_MANY_OPEN
from shared.protocol.payloads import TraceAnswer, TraceAnswerProof, TraceEscalation, TraceLink, TraceOverdue
from tests.gateway.evidence import hide_receipt
from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import LINK, Bureau, Pass, is_

URGENT = {"hours": 8}


@pytest.fixture
async def asked(france: Bureau, germany: Bureau) -> Any:
    """Return a trace of France in which Germany is asked, and has signed for it."""
    trace = await france.begins(urgency="urgent", remark="Seized at the border.")
    await germany.sees(trace["id"])
    await france.receipt(thread_of(trace))
    return trace


def thread_of(trace: Any) -> str:
    message: str = trace["asked_bureaus"][0]["message"]
    return message


def escalation_of(trace: Any) -> Any:
    return trace["asked_bureaus"][0]["escalation"]


def is_escalated(trace: Any) -> bool:
    return escalation_of(trace) is not None


@pytest.mark.thorough
async def test_a_request_that_is_not_answered_in_time_is_escalated_once(
    france: Bureau, germany: Bureau, kenya: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """Acceptance stops no clock; the Secretariat is told neither who asks nor why, and others see nothing."""
    await germany.answers(asked["id"], "accepted")
    await france.sees(asked["id"], is_("accepted"))
    await passing(**URGENT, milliseconds=-1)
    assert await secretariat.listed() == []
    await passing(milliseconds=1)
    seen = await secretariat.sees(asked["id"])
    assert (seen["side"], seen["state"], seen["missed"]) == ("secretariat", "overdue", True)
    assert (seen["requester"], seen["asked"], seen["firearm"]["serial_number"]) == ("FR", "DE", "DEM 204881")
    [request] = seen["asked_bureaus"]
    assert (request["remark"], request["officer"], request["received"], request["answers"]) == (None, None, None, [])
    assert request["escalation"]["due"] == "2026-06-01T20:00:00Z"
    assert [each["id"] for each in await secretariat.listed(side="secretariat", state="overdue")] == [asked["id"]]
    for bureau in (france, germany):
        assert escalation_of(await bureau.sees(asked["id"], is_escalated))["due"] == "2026-06-01T20:00:00Z"
    await passing(days=2)
    assert len(await secretariat.listed()) == 1
    assert await kenya.listed() == []


async def test_a_request_that_was_answered_in_time_is_not_escalated(
    france: Bureau, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """Whatever the answer is."""
    await germany.answers(asked["id"], "refused", reason="other")
    await france.sees(asked["id"], is_("refused"))
    later = await france.begins(urgency="urgent")
    await germany.sees(later["id"])
    await france.receipt(thread_of(later))
    await passing(**URGENT)
    # Of both requests the second alone.
    await secretariat.sees(later["id"])
    assert [each["id"] for each in await secretariat.listed()] == [later["id"]]


async def test_a_late_answer_is_shown_to_the_secretariat_by_the_bureau_that_gave_it(
    france: Bureau, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """The word of it alone: what its books say is for the requester."""
    await passing(**URGENT)
    await germany.sees(asked["id"], is_escalated)
    await germany.answers(asked["id"], "accepted", "answered", link=LINK, remark="In the archive.")
    settled = await secretariat.sees(asked["id"], is_("answered"))
    [answer] = settled["asked_bureaus"][0]["answers"]
    assert (answer["answer"], answer["link"], answer["remark"], answer["officer"]) == ("answered", None, "", None)
    assert (settled["chain"]["links"], settled["missed"]) == ([], True)


@pytest.mark.thorough
async def test_an_answer_that_the_requester_withholds_is_shown_as_given_in_time(
    mesh: Mesh, france: Bureau, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """By the receipt that the requester has signed for it."""
    given = await germany.answers(asked["id"], "accepted", "cannot-trace")
    await germany.receipt(given["asked_bureaus"][0]["answers"][-1]["message"])
    form = TraceEscalation(trace=asked["id"], request=await france.proof(thread_of(asked)))
    await passing(**URGENT)
    sent = await france.sends(form, "IPSG", thread_of(asked))
    assert (await france.receipt(sent))["state"] != "refused"
    settled = await secretariat.sees(asked["id"], is_("cannot-trace"))
    assert (settled["missed"], settled["asked_bureaus"][0]["missed"]) == (False, False)


@pytest.mark.thorough
async def test_an_answer_is_not_late_because_the_requester_signs_no_receipt_in_time(
    france: Bureau, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """It is not proven in time, in the trace and in the answer alike, and it is not listed as missed."""
    france.connection.disconnect()
    await germany.answers(asked["id"], "accepted", "refused", reason="other")
    await passing(**URGENT)
    france.connection.reconnect()
    seen = await secretariat.sees(asked["id"], is_("refused"))
    [request] = seen["asked_bureaus"]
    assert (seen["missed"], request["missed"], [each["late"] for each in request["answers"]]) == (False, False, [None])
    listed = [[each["id"] for each in await secretariat.listed(missed=missed)] for missed in (True, False)]
    assert listed == [[], [asked["id"]]]


@pytest.fixture
async def shown_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no gateway show the Secretariat what it has answered: the test shows it."""

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(TraceTransitions, "show_answer", nothing)


async def ignored(mesh: Mesh, sender: Bureau, form: Any, thread: str) -> list[str]:
    """Send a form to the Secretariat, and return why it changed nothing."""
    sent = await sender.sends(form, "IPSG", thread)
    assert await refused(sender, sent) is None
    return [line["reason"] for line in mesh.logged("trace-step-ignored") if line["id"] == sent]


@pytest.mark.thorough
@pytest.mark.usefixtures("shown_by_hand")
async def test_a_bureau_proves_later_that_its_answer_was_in_time(
    mesh: Mesh, france: Bureau, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """By a receipt that came after its first proof; another answer changes nothing, nor does the same once more."""
    trace, thread = asked["id"], thread_of(asked)
    request = await france.proof(thread)
    france.connection.disconnect()
    given = await germany.answers(trace, "accepted", "refused", reason="other")
    answer = given["asked_bureaus"][0]["answers"][-1]["message"]
    proofs = [TraceAnswerProof(requester="FR", trace=trace, answer=await germany.proof(answer))]
    france.connection.reconnect()
    await germany.receipt(answer)
    proofs.append(replace(proofs[0], answer=await germany.proof(answer)))
    other = await germany.sends(TraceAnswer(trace=trace, number=1, answer="cannot-trace"), "FR", thread)
    await germany.receipt(other)
    await passing(**URGENT)
    await france.receipt(await france.sends(TraceEscalation(trace=trace, request=request), "IPSG", thread))
    for proof, late in zip(proofs, (None, False), strict=True):
        assert await ignored(mesh, germany, proof, thread) == []
        [shown] = (await secretariat.trace(trace))["asked_bureaus"]
        assert (shown["state"], [each["late"] for each in shown["answers"]]) == ("refused", [late])
        for changed in (proofs[0], replace(proof, answer=await germany.proof(other))):
            assert await ignored(mesh, germany, changed, thread) == ["not-possible"]


@pytest.mark.thorough
async def test_a_receipt_that_comes_later_is_shown_by_the_gateway(
    france: Bureau, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks for it once a minute, and proves by it that the answer was in time."""
    trace, thread = asked["id"], thread_of(asked)
    request = await france.proof(thread)
    france.connection.disconnect()
    given = await germany.answers(trace, "accepted", "refused", reason="other")
    answer = given["asked_bureaus"][0]["answers"][-1]["message"]
    without_receipt = await germany.proof(answer)
    france.connection.reconnect()
    await germany.receipt(answer)
    with monkeypatch.context() as held_up:
        hide_receipt(held_up, answer, without_receipt)
        await passing(**URGENT)
        await france.sends(TraceEscalation(trace=trace, request=request), "IPSG", thread)
        await secretariat.sees(trace, lambda seen: shown_late(seen) == [None])
        await passing(minutes=1)
        await secretariat.sees(trace, lambda seen: shown_late(seen) == [None])
    await passing(minutes=1)
    await secretariat.sees(trace, lambda seen: shown_late(seen) == [False])


def shown_late(trace: Any) -> list[bool | None]:
    return [each["late"] for each in trace["asked_bureaus"][0]["answers"]]


def a_link(origin: str, to: str, on: str) -> TraceLink:
    return TraceLink(origin=origin, to=to, on=on, kind="sale")


@pytest.mark.thorough
@pytest.mark.usefixtures("shown_by_hand")
@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"answer": "answered"}, "members"),
        ({"answer": "refused"}, "members"),
        ({"answer": "forwarded", "to": "DE"}, "bureau"),
        ({"answer": "answered", "link": a_link("KE", "FR", "2020")}, "not-its-books"),
        ({"answer": "answered", "link": a_link("DE", "KE", "2094")}, "times"),
    ],
)
async def test_an_answer_that_the_requester_ignores_is_none(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, asked: Any, passing: Pass, *, stated: dict[str, Any], reason: str
) -> None:
    """Although the requester has signed in time that it came: the request stays overdue."""
    trace, thread = asked["id"], thread_of(asked)
    sent = await germany.sends(TraceAnswer(trace=trace, number=1, **stated), "FR", thread)
    await germany.receipt(sent)
    assert [line["reason"] for line in mesh.logged("trace-step-ignored") if line["id"] == sent] == [reason]
    await passing(**URGENT)
    await secretariat.sees(trace, is_("overdue"))
    form = TraceAnswerProof(requester="FR", trace=trace, answer=await germany.proof(sent))
    assert await ignored(mesh, germany, form, thread) == [reason]
    seen = await secretariat.trace(trace)
    assert (seen["state"], seen["missed"], seen["asked_bureaus"][0]["answers"]) == ("overdue", True, [])


@pytest.mark.thorough
async def test_the_time_begins_when_the_bureau_has_signed_for_the_request(
    mesh: Mesh, france: Bureau, germany: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """While it is offline nothing can be proven."""
    germany.connection.disconnect()
    trace = await france.begins(urgency="urgent")
    await passing(hours=9)
    germany.connection.reconnect()
    await germany.sees(trace["id"])
    await france.receipt(thread_of(trace))
    await passing(hours=7)
    assert await secretariat.listed() == []
    await passing(hours=1, minutes=1)
    assert escalation_of(await secretariat.sees(trace["id"]))["due"] == "2026-06-02T05:00:00Z"


async def refused(sender: Bureau, message: str) -> str | None:
    receipt = await sender.receipt(message)
    return receipt["reason"] if receipt["state"] == "refused" else None


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop all deadline workers: the test sends what a hostile requester sends."""
    monkeypatch.setattr("gateway.escalation.worker.EVERY_SECONDS", 1e6)


@pytest.mark.thorough
@pytest.mark.usefixtures("unwatched")
async def test_what_signed_messages_do_not_prove_is_refused(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau, secretariat: Bureau
) -> None:
    """By another bureau, before the time, of another trace or thread, to another bureau, or with other evidence."""
    first, other = [await france.begins(urgency="urgent") for _ in range(2)]
    trace, thread = first["id"], thread_of(first)
    await germany.sees(trace)
    await france.receipt(thread)
    form = TraceEscalation(trace=trace, request=await france.proof(thread))
    accepted = await germany.answers(trace, "accepted")
    of_answer = await germany.proof(accepted["asked_bureaus"][0]["answers"][0]["message"])
    assert await refused(france, await france.sends(form, "IPSG", thread)) == "not-proven-clock"
    mesh.clock.advance(timedelta(**URGENT))
    for sender, changed, to, where, reason in (
        (kenya, {}, "IPSG", thread, "parties"),
        (france, {"trace": other["id"]}, "IPSG", thread, "request"),
        (france, {}, "IPSG", thread_of(other), "request"),
        (france, {}, "DE", thread, "recipient"),
        (france, {"request": of_answer}, "IPSG", thread, "evidence"),
        (france, {"request": "AAAA"}, "IPSG", thread, "evidence"),
    ):
        sent = await sender.sends(replace(form, **changed), to, where)
        assert await refused(sender, sent) == f"not-proven-{reason}"
    assert await secretariat.listed() == []


@pytest.mark.thorough
async def test_a_request_is_escalated_once_and_of_one_bureau_only_so_many_are_overdue(
    mesh: Mesh, france: Bureau, secretariat: Bureau, asked: Any, passing: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A further one is refused with a signed reason; one that is repeated changes nothing."""
    await passing(**URGENT)
    await secretariat.sees(asked["id"])
    form = TraceEscalation(trace=asked["id"], request=await france.proof(thread_of(asked)))
    again = await france.sends(form, "IPSG", thread_of(asked))
    assert await refused(france, again) is None
    assert [line["reason"] for line in mesh.logged("trace-step-ignored") if line["id"] == again] == ["not-possible"]
    monkeypatch.setattr(rules, "MAX_OVERDUE", 1)
    assert await refused(france, await france.sends(form, "IPSG", thread_of(asked))) == TOO_MANY_OPEN


@pytest.mark.thorough
async def test_a_bureau_is_told_that_it_is_late_by_the_secretariat_alone(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau, secretariat: Bureau, asked: Any
) -> None:
    """And an answer is proven by the bureau that was asked alone; what does not fit is ignored."""
    overdue = TraceOverdue(requester="FR", trace=asked["id"], number=1, due=0.0)
    given = await germany.answers(asked["id"], "accepted", "cannot-trace")
    message = given["asked_bureaus"][0]["answers"][-1]["message"]
    await germany.receipt(message)
    proof = TraceAnswerProof(requester="FR", trace=asked["id"], answer=await germany.proof(message))
    for sender, form, to, reason in (
        (kenya, overdue, "DE", "not-the-secretariat"),
        (secretariat, overdue, "FR", "unknown-trace"),
        (germany, proof, "IPSG", "unknown-trace"),
    ):
        sent = await sender.sends(form, to, thread_of(asked))
        assert await refused(sender, sent) is None
        assert [line["reason"] for line in mesh.logged("trace-step-ignored") if line["id"] == sent] == [reason]
    stolen = await kenya.sends(proof, "IPSG", thread_of(asked))
    assert await refused(kenya, stolen) == "not-proven-parties"
    assert escalation_of(await germany.trace(asked["id"])) is None


async def test_the_secretariat_takes_no_step_in_a_trace(
    france: Bureau, secretariat: Bureau, asked: Any, passing: Pass
) -> None:
    """It is informed; nor does it begin one, as it has no books."""
    await passing(**URGENT)
    await secretariat.sees(asked["id"])
    for path, stated, code in (
        ("requests", {"to": "DE"}, 403),
        ("answer", {"answer": "accepted"}, 403),
        ("comments", {"text": "Hurry."}, 409),
    ):
        assert (await secretariat.step(asked["id"], path, **stated)).status_code == code
    assert (await secretariat.begin()).status_code == 403
    exported = (await secretariat.ask("GET", f"/{asked['id']}/export")).json()
    assert len(exported["proofs"]) == 1
