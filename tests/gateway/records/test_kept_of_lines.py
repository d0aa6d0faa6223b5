"""What a service keeps of a line that was checked, looked for in every row of its store."""

from typing import Any

import sqlalchemy as sa

from shared.audit.format.leaf import decode, opened_query_digest, query_salt
from shared.audit.tables import audit_leaves, disclosures
from shared.numbers import VIN, number_of
from shared.protocol.http import HttpRequest
from shared.records.tables import saved_searches
from tests.gateway.records.matching_network import VEHICLES, Network, with_service
from tests.services.stolen_vehicles.samples import ALFA

FOUND, ABSENT, OWN = ALFA["vin"], "WVWZZZ9JZ9W987654", "lane-4711"
LINES = {"checks": [{"vin": FOUND, "own_reference": OWN}, {"vin": ABSENT, "own_reference": OWN}, {"vin": "---"}]}


async def stored(network: Network) -> str:
    """Return all that is in the store of the service, without separators and in capitals, in which a line would be."""
    tables = VEHICLES.metadata.sorted_tables
    rows = [row for table in tables for row in await network.database.reading.fetch(sa.select(table), in_thread=True)]
    values = (value.decode("latin-1") if isinstance(value, bytes) else str(value) for row in rows for value in row)
    return "\n".join(values).upper()


async def check(network: Network, **more: Any) -> Any:
    return await network.ask("DE", "POST", "/checks", json={**LINES, **more})


@with_service(VEHICLES)
async def test_a_line_that_finds_nothing_leaves_nothing_of_its_own(network: Network) -> None:
    """Neither what it asks nor its own reference; of one with a hit the disclosure of the record is kept."""
    entered = await network.ask("FR", "POST", "", json=ALFA)
    before = await stored(network)
    answer = await check(network)
    assert [line["total"] for line in answer["results"]] == [1, 0, None]
    after = await stored(network)
    assert ABSENT not in after
    assert number_of(ABSENT, VIN).look not in after
    assert OWN.upper() not in after
    # The record has it; the disclosure names the record, and by which number it was found.
    assert after.count(FOUND.replace(" ", "")) == before.count(FOUND.replace(" ", ""))
    [row] = await network.database.reading.fetch(sa.select(disclosures).where(disclosures.c.how == "search"))
    assert (row.record_id, row.bureau, row.match) == (entered["id"], "DE", "vin")
    assert await network.database.reading.fetch(sa.select(saved_searches)) == []


@with_service(VEHICLES)
async def test_the_log_has_one_leaf_for_all_lines_with_a_digest_of_the_whole_request(network: Network) -> None:
    """It can be opened by those who have the whole request, and says nothing of a line without it."""
    await check(network)
    rows = await network.database.reading.fetch(sa.select(audit_leaves))
    [row] = [row for row in rows if row.operation == "check_vehicles"]
    leaf = decode(row.leaf)
    assert (leaf.bureau, leaf.records, leaf.status) == ("DE", None, 200)
    sent = network.client.build_request("POST", f"/api/{VEHICLES.name}/checks", json=LINES)
    request = HttpRequest("POST", sent.url.path, sent.headers["content-type"], sent.content)
    assert leaf.query == opened_query_digest(query_salt(row.salt), request)


@with_service(VEHICLES)
async def test_a_line_that_is_remembered_is_kept_as_a_search(network: Network) -> None:
    """Without its own reference, for 72 hours; a line that could not be read is not."""
    await check(network, remember=True)
    rows = await network.database.reading.fetch(sa.select(saved_searches))
    now = int(network.mesh.clock.now().timestamp())
    assert {row.until for row in rows} == {now + 72 * 3600}
    assert {bytes(row.query) for row in rows} == {b'{"vin":"%b"}' % vin.encode() for vin in (FOUND, ABSENT)}
    assert OWN.upper() not in await stored(network)
