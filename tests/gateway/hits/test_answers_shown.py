"""An overdue owner proves its answer to the Secretariat; a finder that withholds it gains nothing."""

from datetime import timedelta
from typing import Any

import pytest

from shared.protocol.payloads import AnswerProof, ConfirmationAnswer
from tests.gateway.hits.actors import Bureau, Service, connection_of
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.escalations import Case, answered, case_of, escalate, overdue, reason
from tests.gateway.mesh import Mesh

pytestmark = pytest.mark.usefixtures("unwatched")


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm and has received."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


def is_(state: str, *, late: bool | None) -> Any:
    return lambda hit: (hit["state"], hit["late"]) == (state, late)


async def test_an_owner_that_answered_in_time_is_not_overdue(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Its gateway proves the answer at once, with the finder's receipt in time."""
    await answered(france, case, "confirmed")
    await passing(minutes=10)
    assert await escalate(germany, case) is None
    await secretariat.sees(case.hit.id, is_("confirmed", late=False))
    assert await overdue(secretariat) == []


@pytest.mark.thorough
async def test_an_owner_that_promised_an_answer_is_not_overdue_before_that_time(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Also if the finder withholds the promise; afterwards it is overdue."""
    promise = await answered(france, case, "later", at="2026-06-01T14:00:00Z")
    await passing(minutes=10)
    assert await escalate(germany, case, answer=await germany.proof(promise)) == reason("clock")
    assert await escalate(germany, case) is None
    await secretariat.sees(case.hit.id, is_("later", late=False))
    assert await escalate(germany, case) is None
    assert await overdue(secretariat) == []
    await passing(hours=2)
    assert await escalate(germany, case, answer=await germany.proof(promise)) is None
    assert await overdue(secretariat) == [case.hit.id]


@pytest.mark.thorough
async def test_an_answer_after_an_escalation_is_proven_by_the_owner_and_shown_as_late(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Whether or not the finder reports it."""
    await passing(minutes=10)
    assert await escalate(germany, case) is None
    await france.sees(case.hit.id, lambda hit: hit["confirmations"][0]["escalations"] != [])
    assert await overdue(secretariat) == [case.hit.id]
    assert (await france.answer(case.hit.id, "not-confirmed")).status_code == 202
    await secretariat.sees(case.hit.id, is_("not-confirmed", late=True))


@pytest.mark.thorough
async def test_a_backdated_answer_is_not_proven_in_time(
    mesh: Mesh, germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Nor late: the owner dates its answer, and the finder its receipt."""
    connection_of(mesh, germany).disconnect()
    await passing(minutes=10)
    early = ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed")
    dated = await france.sends(early, "DE", at=mesh.clock.now() - timedelta(minutes=8))
    without_receipt = await france.proof(dated)
    connection_of(mesh, germany).reconnect()
    await france.has_receipt(dated)
    assert await escalate(germany, case) is None
    for proof in (without_receipt, await france.proof(dated)):
        shown = await france.sends(AnswerProof(hit=case.hit.id, answer=proof), "IPSG")
        assert await france.refusal_of(shown) is None
    assert is_("confirmed", late=None)(await secretariat.hit(case.hit.id))


@pytest.mark.thorough
async def test_an_owner_is_not_late_because_the_finder_signs_no_receipt(
    mesh: Mesh, germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Its answer is shown as not proven in time, until it proves it by a receipt, in whichever message."""
    connection_of(mesh, germany).disconnect()
    given = (await france.answer(case.hit.id, "confirmed")).json()
    answer = given["confirmations"][-1]["answers"][-1]["message"]
    without_receipt = await france.proof(answer)
    connection_of(mesh, germany).reconnect()
    await france.has_receipt(answer)
    await passing(minutes=10)
    assert await escalate(germany, case, answer=without_receipt) is None
    # Its gateway is told, and shows the receipt at once.
    await secretariat.sees(case.hit.id, is_("confirmed", late=False))


@pytest.mark.thorough
async def test_a_finder_that_shows_an_answer_given_in_time_makes_nobody_late(
    mesh: Mesh, germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Also where it signs its receipt too late: the owner is told, and its answer is not proven in time."""
    connection_of(mesh, germany).disconnect()
    given = (await france.answer(case.hit.id, "confirmed")).json()
    answer = given["confirmations"][-1]["answers"][-1]["message"]
    await passing(minutes=10)
    connection_of(mesh, germany).reconnect()
    await france.has_receipt(answer)
    assert await escalate(germany, case, answer=await france.proof(answer)) is None
    await france.sees(case.hit.id, lambda hit: hit["confirmations"][0]["escalations"] != [])
    assert is_("confirmed", late=None)(await secretariat.hit(case.hit.id))


@pytest.mark.thorough
async def test_another_bureau_cannot_answer_for_the_owner(
    germany: Bureau, france: Bureau, kenya: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Neither with its own answer, nor by relaying that of the owner."""
    own = await kenya.sends(ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed"), "DE", thread=case.thread)
    await kenya.has_receipt(own)
    await passing(minutes=10)
    assert await escalate(germany, case) is None
    shown = await kenya.sends(AnswerProof(hit=case.hit.id, answer=await kenya.proof(own)), "IPSG", thread=case.thread)
    assert await kenya.refusal_of(shown) is None
    assert await overdue(secretariat) == [case.hit.id]
    late = await france.sends(ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed"), "DE")
    await france.has_receipt(late)
    stolen = AnswerProof(hit=case.hit.id, answer=await france.proof(late))
    assert await kenya.refusal_of(await kenya.sends(stolen, "IPSG")) == reason("answer")
    assert await france.refusal_of(await france.sends(stolen, "DE")) == reason("recipient")
