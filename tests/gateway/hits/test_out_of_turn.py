"""A finder that asks while a deadline runs, or presents an old promise with a new request, gains nothing."""

import pytest

from shared.protocol.payloads import ConfirmationRequest, Overdue
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.escalations import Case, answered, case_of, escalate, reason
from tests.gateway.hits.hit_samples import AT

pytestmark = pytest.mark.usefixtures("unwatched")


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm and has received."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


@pytest.mark.thorough
@pytest.mark.parametrize(("urgency", "number"), [("routine", 1), ("routine", 2), ("urgent", 1), ("urgent", 3)])
async def test_a_request_during_a_running_deadline_is_refused_and_makes_no_owner_overdue(
    service: Service,
    germany: Bureau,
    france: Bureau,
    secretariat: Bureau,
    passing: Pass,
    *,
    urgency: str,
    number: int,
) -> None:
    """The owner signs the refusal, so there is no receipt; the first deadline counts."""
    found = await service.finds()
    thread = (await germany.sees(found.id))["thread"]
    asked = await germany.asks(found.id, urgency)
    await france.sees(found.id, lambda hit: hit["state"] == "requested")
    form = ConfirmationRequest(hit=found.id, number=number, urgency="urgent", due=AT + 600)
    again = await germany.sends(form, "FR")
    assert await germany.refusal_of(again) == reason("turn")
    case = Case(found, thread, await germany.proof(thread), await germany.proof(asked))
    await answered(france, case, "confirmed")
    await passing(minutes=10)
    assert await escalate(germany, case, request=await germany.proof(again)) == reason("receipt")
    assert await secretariat.listed() == []
    assert not (await france.hit(found.id))["late"]


async def test_an_overdue_notice_with_an_unknown_number_is_stored_with_the_latest_request(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case
) -> None:
    """The owner then proves its answer to the Secretariat as soon as it is given."""
    overdue = Overdue(hit=case.hit.id, number=3, due=AT + 600)
    await secretariat.sends(overdue, "FR", thread=case.thread)
    [confirmation] = (await france.sees(case.hit.id, lambda hit: hit["confirmations"][0]["escalations"]))[
        "confirmations"
    ]
    assert (confirmation["number"], len(confirmation["escalations"])) == (1, 1)
    assert (await france.answer(case.hit.id, "not-confirmed")).status_code == 202
    assert [each["form"] for each in await france.thread(case.thread)][-1] == "answer-proof"


@pytest.mark.thorough
async def test_an_expired_promise_does_not_shorten_the_deadline_of_the_next_request(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """It answered the previous request; the owner has the full time for the next."""
    promise = await germany.proof(await answered(france, case, "later", at="2026-06-01T12:01:00Z"))
    await passing(minutes=2)
    again = await germany.proof(await germany.asks(case.hit.id))
    await france.sees(case.hit.id, lambda hit: len(hit["confirmations"]) == 2)
    assert await escalate(germany, case, request=again, answer=promise) == reason("answer")
    [confirmation] = (await secretariat.sees(case.hit.id))["confirmations"]
    assert confirmation["number"] == 1


@pytest.mark.thorough
async def test_an_answer_to_the_second_request_is_accepted_in_an_escalation_of_the_first(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """The state of a hit is the answer to all its requests."""
    await passing(minutes=10)
    await germany.asks(case.hit.id)
    await france.sees(case.hit.id, lambda hit: len(hit["confirmations"]) == 2)
    answer = await germany.proof(await answered(france, case, "confirmed"))
    await secretariat.sees(case.hit.id)
    assert await escalate(germany, case, answer=answer) is None
    assert (await secretariat.hit(case.hit.id))["state"] == "confirmed"
