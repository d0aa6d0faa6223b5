"""A hostile Secretariat cannot act as the Commission: it has neither its key nor its purpose."""

import json
from typing import Final

from shared.identity import PURPOSE_SCOPES, Purpose
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Requester
from shared.rpc.participant import Participant
from tests.gateway.subject_requests.commission import SERVICE, Network

DSR: Final = Purpose.DATA_SUBJECT_REQUEST
DELETION: Final = json.dumps({"decision": "delete", "reference": "CCF/2026/1"}).encode()
OFFICER: Final = ActingOfficer("ccf.officer", (*SERVICE.scopes, PURPOSE_SCOPES[DSR]), DSR)


async def decide(network: Network, record: str, by: Participant) -> tuple[int, str]:
    """Send a decision to the service as a participant, without its gateway; return status and problem."""
    request = HttpRequest("POST", f"/api/{SERVICE.name}/{record}/decision", "application/json", DELETION)
    answer = await Requester(by).ask(SERVICE.name, request, OFFICER, seconds=5.0)
    return answer.head.status, json.loads(answer.body)["type"].rpartition(":")[2]


async def test_a_decision_in_the_own_name_of_the_secretariat_is_refused(network: Network) -> None:
    """Its gateway may state every scope; the service does not accept the purpose from it."""
    record = await network.report()
    assert await decide(network, record, network.mesh.participants["IPSG"]) == (403, "purpose-not-allowed")
    assert (await network.of("FR", "GET", f"/{record}")).status_code == 200


async def test_a_decision_in_the_name_of_the_commission_by_the_secretariats_key_is_refused(network: Network) -> None:
    """Even from the account of the Commission on the broker, which the Secretariat operates."""
    record = await network.report()
    secretariat, commission = network.mesh.participants["IPSG"], network.mesh.participants["CCF"]
    forger = Participant(
        "CCF",
        secretariat.keys,
        secretariat.directory,
        commission.transport,
        secretariat.clock,
        secretariat.log,
        secretariat.times,
    )
    assert await decide(network, record, forger) == (403, "envelope-refused")
    assert (await network.of("FR", "GET", f"/{record}")).status_code == 200
