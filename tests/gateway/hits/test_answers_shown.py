"""Who stands as overdue shows the Secretariat what it has answered; a finder that keeps it back gains nothing."""

from datetime import timedelta
from typing import Any

import pytest

from shared.protocol.payloads import AnswerProof, ConfirmationAnswer
from tests.gateway.hits.actors import Bureau, Service, connection_of
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.test_proofs import Case, case_of, overdue, reason, says
from tests.gateway.mesh import Mesh

pytestmark = pytest.mark.usefixtures("unwatched")


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm, and knows of."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


async def answered(france: Bureau, case: Case, answer: str, **stated: Any) -> str:
    """Have France answer, and wait until Germany has signed for it; return the id of the message."""
    said = await france.answer(case.hit.id, answer, **stated)
    assert said.status_code == 202, said.text
    message_id: str = said.json()["confirmations"][-1]["answers"][-1]["message"]
    await france.has_receipt(message_id)
    return message_id


def is_(state: str, *, late: bool) -> Any:
    return lambda hit: (hit["state"], hit["late"]) == (state, late)


async def test_who_has_answered_in_time_does_not_stand_as_overdue(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Its gateway shows the answer at once, with the receipt of the finder that had it in time."""
    await answered(france, case, "confirmed")
    await passing(minutes=10)
    assert await says(germany, case) is None
    await secretariat.sees(case.hit.id, is_("confirmed", late=False))
    assert await overdue(secretariat) == []


async def test_who_has_promised_an_answer_does_not_stand_as_overdue_before(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """A finder that says nothing of the promise is not believed; once it is broken it is, with the promise."""
    promise = await answered(france, case, "later", at="2026-06-01T14:00:00Z")
    await passing(minutes=10)
    assert await says(germany, case, answer=await germany.proof(promise)) == reason("clock")
    assert await says(germany, case) is None
    await secretariat.sees(case.hit.id, is_("later", late=False))
    assert await says(germany, case) is None
    assert await overdue(secretariat) == []
    await passing(hours=2)
    assert await says(germany, case, answer=await germany.proof(promise)) is None
    assert await overdue(secretariat) == [case.hit.id]


async def test_an_answer_after_the_secretariat_was_told_is_shown_by_the_owner(
    germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Whether or not the finder tells of it; that it was late stays to be seen."""
    await passing(minutes=10)
    assert await says(germany, case) is None
    await france.sees(case.hit.id, lambda hit: hit["confirmations"][0]["escalations"] != [])
    assert await overdue(secretariat) == [case.hit.id]
    assert (await france.answer(case.hit.id, "not-confirmed")).status_code == 202
    await secretariat.sees(case.hit.id, is_("not-confirmed", late=True))


async def test_an_answer_that_is_dated_back_is_late(
    mesh: Mesh, germany: Bureau, france: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """In time is what the finder has signed for in time; what the owner says of it alone proves nothing."""
    connection_of(mesh, germany).disconnect()
    await passing(minutes=10)
    early = ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed")
    dated = await france.says(early, "DE", at=mesh.clock.now() - timedelta(minutes=8))
    without_receipt = await france.proof(dated)
    connection_of(mesh, germany).reconnect()
    await france.has_receipt(dated)
    assert await says(germany, case) is None
    for proof in (without_receipt, await france.proof(dated)):
        shown = await france.says(AnswerProof(hit=case.hit.id, answer=proof), "IPSG")
        assert await france.refusal_of(shown) is None
    assert is_("confirmed", late=True)(await secretariat.hit(case.hit.id))


async def test_nobody_answers_in_the_place_of_the_owner(
    germany: Bureau, france: Bureau, kenya: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Neither with an answer of its own, nor with that of the owner."""
    own = await kenya.says(ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed"), "DE", thread=case.thread)
    await kenya.has_receipt(own)
    await passing(minutes=10)
    assert await says(germany, case) is None
    shown = await kenya.says(AnswerProof(hit=case.hit.id, answer=await kenya.proof(own)), "IPSG", thread=case.thread)
    assert await kenya.refusal_of(shown) is None
    assert await overdue(secretariat) == [case.hit.id]
    late = await france.says(ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed"), "DE")
    await france.has_receipt(late)
    stolen = AnswerProof(hit=case.hit.id, answer=await france.proof(late))
    assert await kenya.refusal_of(await kenya.says(stolen, "IPSG")) == reason("answer")
    assert await france.refusal_of(await france.says(stolen, "DE")) == reason("recipient")
