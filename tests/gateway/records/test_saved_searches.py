"""Every search of every service is saved, to be matched with records that are entered later."""

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.openapi.merge import service_openapi
from services import SERVICES
from shared.records.tables import saved_searches
from shared.service import Service
from tests.gateway.records.matching_network import (
    DOCUMENTS,
    FIREARMS,
    JPEG,
    NOTICES,
    PERSONS,
    PNG,
    PRINTS,
    PROPERTY,
    VEHICLES,
    Network,
)
from tests.services.cultural_property.likeness.pictures import file_of, work

DOCUMENT = {"issuer": "FRA", "number": "26XX00417"}
SEARCHES: dict[str, tuple[Service, str, str, dict[str, Any]]] = {
    "search_vehicles": (VEHICLES, "GET", "/search", {"params": {"vin": "ABC1234"}}),
    "check_vehicles": (VEHICLES, "POST", "/checks", {"json": {"checks": [{"vin": "ABC1234"}], "remember": True}}),
    "search_vessels": (VEHICLES, "GET", "/vessels/search", {"params": {"engine_number": "ABC1234"}}),
    "check_vessels": (
        *(VEHICLES, "POST", "/vessels/checks"),
        {"json": {"checks": [{"engine_number": "ABC1234"}], "remember": True}},
    ),
    "search_firearms": (FIREARMS, "GET", "/search", {"params": {"serial_number": "ABC1234", "make": "Glock"}}),
    "check_firearms": (
        *(FIREARMS, "POST", "/checks"),
        {"json": {"checks": [{"serial_number": "ABC1234", "make": "Glock"}], "remember": True}},
    ),
    "search_travel_documents": (DOCUMENTS, "GET", "/search", {"params": DOCUMENT}),
    "check_travel_documents": (DOCUMENTS, "POST", "/checks", {"json": {"checks": [DOCUMENT], "remember": True}}),
    "search_works": (PROPERTY, "GET", "/search", {"params": {"title": "Nothing"}}),
    "check_works": (PROPERTY, "POST", "/checks", {"json": {"checks": [{"title": "Nothing"}], "remember": True}}),
    "identify_work": (PROPERTY, "POST", "/similar", {"content": file_of(work().draw()), "headers": JPEG}),
    "search_valuables": (PROPERTY, "GET", "/valuables/search", {"params": {"serial_number": "ABC1234"}}),
    "check_valuables": (
        *(PROPERTY, "POST", "/valuables/checks"),
        {"json": {"checks": [{"serial_number": "ABC1234"}], "remember": True}},
    ),
    "check_persons": (NOTICES, "POST", "/checks", {"json": {"checks": [{"name": "Nobody"}]}}),
    "search_notices": (NOTICES, "GET", "/search", {"params": {"name": "Nobody"}}),
    "search_person_files": (NOTICES, "GET", "/persons/search", {"params": {"name": "Nobody"}}),
    "search_missing_persons": (PERSONS, "GET", "/search", {"params": {"name": "Nobody"}}),
    "search_bodies": (PERSONS, "GET", "/bodies/search", {"params": {"sex": "F"}}),
    "identify_print": (PRINTS, "POST", "/identification", {"content": b"7", "headers": PNG}),
}


@pytest.mark.parametrize(
    ("service", "method", "path", "options"), SEARCHES.values(), ids=list(SEARCHES), indirect=["service"]
)
async def test_every_search_is_saved_for_72_hours(
    network: Network, method: str, path: str, options: dict[str, Any]
) -> None:
    """With its officer and purpose."""
    await network.ask("DE", method, path, **options)
    await _is_saved(network)


@pytest.mark.parametrize("service", [PRINTS], ids=["fingerprints"], indirect=True)
async def test_a_search_by_a_kept_print_is_saved_for_72_hours(network: Network) -> None:
    kept = await network.ask("DE", "POST", "/sought", content=b"7", headers=PNG)
    await network.ask("DE", "POST", f"/sought/{kept['id']}/identification")
    await _is_saved(network)


async def _is_saved(network: Network) -> None:
    [row] = await network.database.reading.fetch(sa.select(saved_searches))
    now = int(network.mesh.clock.now().timestamp())
    assert (row.bureau, row.officer, row.purpose) == ("DE", "de.officer", "security-check")
    assert (row.until, row.subscription) == (now + 72 * 3600, None)


@pytest.mark.thorough
def test_every_operation_that_returns_hits_is_tested_for_saving_its_searches() -> None:
    answering = {
        operation["operationId"]
        for document in map(service_openapi, SERVICES)
        for methods in document["paths"].values()
        for operation in methods.values()
        if answers_hits(operation["responses"], document["components"]["schemas"])
    }
    # What everybody may see is searched without being kept.
    assert answering - {"search_work_extracts"} == SEARCHES.keys() | {"identify_kept_print"}


def answers_hits(responses: dict[str, Any], schemas: dict[str, Any]) -> bool:
    spelled = json.dumps([content for status, content in responses.items() if status < "300"])
    referred = {name for name in schemas if f'schemas/{name}"' in spelled}
    return any(re.search(r"[a-z](Hits|LineResult|Works)\b", json.dumps({name: schemas[name]})) for name in referred)
