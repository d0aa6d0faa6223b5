"""The form of an answer: `Accept` chooses it at the gateway, as no header of a request crosses the network."""

import pytest

from shared.identity import PURPOSE_SCOPES, Purpose
from tests.gateway.records.matching_network import VEHICLES, Network, with_service

CHECKS = f"/api/{VEHICLES.name}/checks"


@with_service(VEHICLES)
@pytest.mark.parametrize(
    ("path", "accept", "form"),
    [
        (CHECKS, "text/csv", "text/csv; charset=utf-8"),
        (CHECKS, "application/xml, text/csv;q=0.9, */*", "text/csv; charset=utf-8"),
        (CHECKS, "application/json, text/csv", "application/json"),
        (CHECKS, "*/*", "application/json"),
        (f"{CHECKS}?answer=json", "text/csv", "application/json"),
        (f"{CHECKS}?remember=true", "TEXT/CSV", "text/csv; charset=utf-8"),
    ],
)
async def test_a_client_accepts_one_of_the_forms(network: Network, path: str, accept: str, form: str) -> None:
    """The one that it names first; without one, that of its request; the parameter counts before the header."""
    purpose = Purpose.SECURITY_CHECK
    bearer = network.mesh.bearer("DE", *VEHICLES.scopes, PURPOSE_SCOPES[purpose], purpose=purpose)
    answer = await network.client.post(path, json={"checks": [{"vin": "A1234"}]}, headers={**bearer, "Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, form)
