"""A finder that asks while another clock runs, or shows an old promise with a new request, gains nothing by it."""

import pytest

from shared.protocol.payloads import ConfirmationRequest, Overdue
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.notes import AT
from tests.gateway.hits.test_answers_shown import answered
from tests.gateway.hits.test_proofs import Case, case_of, reason, says

pytestmark = pytest.mark.usefixtures("unwatched")


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm, and knows of."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


@pytest.mark.parametrize(("urgency", "number"), [("routine", 1), ("routine", 2), ("urgent", 1), ("urgent", 3)])
async def test_nobody_is_overdue_by_a_request_that_is_made_while_another_clock_runs(
    service: Service,
    germany: Bureau,
    france: Bureau,
    secretariat: Bureau,
    passing: Pass,
    *,
    urgency: str,
    number: int,
) -> None:
    """Its owner signs that it is refused, and not that it came: it has the time of the first, and answers in that."""
    found = await service.finds()
    thread = (await germany.sees(found.id))["thread"]
    asked = await germany.asks(found.id, urgency)
    await france.sees(found.id, lambda hit: hit["state"] == "requested")
    form = ConfirmationRequest(hit=found.id, number=number, urgency="urgent", due=AT + 600)
    again = await germany.says(form, "FR")
    assert await germany.refusal_of(again) == reason("turn")
    case = Case(found, thread, await germany.proof(thread), await germany.proof(asked))
    await answered(france, case, "confirmed")
    await passing(minutes=10)
    assert await says(germany, case, request=await germany.proof(again)) == reason("receipt")
    assert await secretariat.listed() == []
    assert not (await france.hit(found.id))["late"]


async def test_what_the_secretariat_misses_is_kept_with_the_latest_request_that_was_taken_in(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case
) -> None:
    """Whichever it names: the owner shows its answer as it is given."""
    overdue = Overdue(hit=case.hit.id, number=3, due=AT + 600)
    await secretariat.says(overdue, "FR", thread=case.thread)
    [confirmation] = (await france.sees(case.hit.id, lambda hit: hit["confirmations"][0]["escalations"]))[
        "confirmations"
    ]
    assert (confirmation["number"], len(confirmation["escalations"])) == (1, 1)
    assert (await france.answer(case.hit.id, "not-confirmed")).status_code == 202
    assert [each["form"] for each in await france.thread(case.thread)][-1] == "answer-proof"


async def test_a_promise_that_was_broken_does_not_end_the_clock_of_the_next_request(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """It was given to the one before, and the owner has the whole time to answer the next."""
    promise = await germany.proof(await answered(france, case, "later", at="2026-06-01T12:01:00Z"))
    await passing(minutes=2)
    again = await germany.proof(await germany.asks(case.hit.id))
    await france.sees(case.hit.id, lambda hit: len(hit["confirmations"]) == 2)
    assert await says(germany, case, request=again, answer=promise) == reason("answer")
    [confirmation] = (await secretariat.sees(case.hit.id))["confirmations"]
    assert confirmation["number"] == 1


async def test_an_answer_to_the_second_request_is_believed_of_who_reports_it_on_the_first(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """An honest finder tells of it, as the Secretariat knows of the first: what the hit is stands for all requests."""
    await passing(minutes=10)
    await germany.asks(case.hit.id)
    await france.sees(case.hit.id, lambda hit: len(hit["confirmations"]) == 2)
    answer = await germany.proof(await answered(france, case, "confirmed"))
    await secretariat.sees(case.hit.id)
    assert await says(germany, case, answer=answer) is None
    assert (await secretariat.hit(case.hit.id))["state"] == "confirmed"
