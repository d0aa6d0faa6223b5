"""A finder that asks while another clock runs, or shows an old promise with a new request, gains nothing by it."""

import pytest

from shared.forms import ConfirmationRequest
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.notes import AT
from tests.gateway.hits.test_answers_shown import answered, is_
from tests.gateway.hits.test_proofs import Case, case_of, overdue, reason, says


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no gateway tell anything by itself when a clock runs out: the finder is hostile, and says it as it likes."""
    monkeypatch.setattr("gateway.hits.clocks.EVERY_SECONDS", 1e6)


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm, and knows of."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


async def asked_again(germany: Bureau, case: Case, *, minute: int, number: int = 2) -> str:
    """Have Germany ask once more, whatever runs; return what proves that France has signed for it."""
    due = AT + (minute + 10) * 60
    asked = await germany.says(ConfirmationRequest(hit=case.hit.id, number=number, urgency="urgent", due=due), "FR")
    await germany.has_receipt(asked)
    return await germany.proof(asked)


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_who_has_answered_does_not_stand_as_overdue_by_a_request_that_was_not_in_turn(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass, number: int
) -> None:
    """Its gateway ignores such a request, though it has signed that it came; it shows its answer all the same."""
    await answered(france, case, "confirmed")
    await passing(minutes=1)
    again = await asked_again(germany, case, minute=1, number=number)
    await passing(minutes=10)
    assert await says(germany, case, request=again) is None
    await secretariat.sees(case.hit.id, is_("confirmed", late=False))
    assert await overdue(secretariat) == []


async def test_who_answers_after_such_a_request_was_shown_does_not_stand_as_overdue(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """The owner sees with its own request that the Secretariat was told, and its answer is shown as it is given."""
    again = await asked_again(germany, case, minute=0)
    await passing(minutes=10)
    assert await says(germany, case, request=again) is None
    [confirmation] = (await france.sees(case.hit.id, lambda hit: hit["confirmations"][0]["escalations"]))[
        "confirmations"
    ]
    assert (confirmation["number"], len(confirmation["escalations"])) == (1, 1)
    assert (await france.answer(case.hit.id, "not-confirmed")).status_code == 202
    await secretariat.sees(case.hit.id, is_("not-confirmed", late=True))


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
