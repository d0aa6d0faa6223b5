"""An owner whose answer the Secretariat was shown without a receipt proves it when the receipt has come."""

import pytest

from tests.gateway.evidence import hide_receipt
from tests.gateway.hits.actors import Bureau, Service, connection_of, is_
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.escalations import case_of, escalate
from tests.gateway.mesh import Mesh


@pytest.mark.thorough
async def test_a_receipt_that_comes_later_is_shown_by_the_gateway(
    mesh: Mesh, service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """It looks for it once a minute, and proves by it that the answer was in time."""
    case = await case_of(service, germany)
    hit = case.hit.id
    await france.sees(hit, is_("requested"))
    connection_of(mesh, germany).disconnect()
    given = (await france.answer(hit, "confirmed")).json()
    answer = given["confirmations"][-1]["answers"][-1]["message"]
    without_receipt = await france.proof(answer)
    connection_of(mesh, germany).reconnect()
    await france.has_receipt(answer)
    with pytest.MonkeyPatch.context() as held_up:
        hide_receipt(held_up, answer, without_receipt)
        await passing(minutes=10)
        assert await escalate(germany, case) is None
        await secretariat.sees(hit, is_("confirmed", late=None))
        await passing(minutes=1)
        await secretariat.sees(hit, is_("confirmed", late=None))
    await passing(minutes=1)
    await secretariat.sees(hit, is_("confirmed", late=False))
