"""Which bureaus get a hit on an earlier search, and what their mailboxes store of it."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway import hits
from shared.records.tables import saved_searches
from tests.gateway.hits.actors import PATIENCE, Bureau
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.records.matching_network import PERSONS, VEHICLES, Network
from tests.services.missing_persons.samples import PERSON
from tests.services.stolen_vehicles.samples import ALFA


@pytest.mark.thorough
async def test_the_finder_gets_a_hit_and_the_owner_none_until_a_confirmation_is_requested(
    mesh: Mesh, tmp_path: Path
) -> None:
    """It names the request of the search; the request to confirm it shows what the service signed."""
    async with AsyncExitStack() as stack:
        await mesh.start(VEHICLES, tmp_path, stack, number=100)
        client = await stack.enter_async_context(mesh.handling_mail())
        services = await stack.enter_async_context(client_of(mesh.gateway(VEHICLES)))
        network = Network(VEHICLES, mesh, services)
        await network.search("DE", vin=ALFA["vin"])
        entered = await network.ask("FR", "POST", "", json=ALFA)
        [searched] = await network.database.reading.fetch(sa.select(saved_searches.c.request))
        germany, france = (Bureau(client, mesh, code) for code in ("DE", "FR"))
        [found] = await until_listed(germany)
        assert (await network.ask("FR", "GET", f"/{entered['id']}/disclosures"))["recipients"] == []
        assert await france.listed() == await france.thread(found["thread"]) == []
        assert (await germany.request(found["id"])).status_code == 202
        notified = await france.sees(found["id"])
        for hit in (found, notified):
            assert (hit["owner"], hit["finder"], hit["how"]) == ("FR", "DE", "delayed-inquiry")
            assert (hit["record"], hit["request"]) == (entered["id"], searched.request)
        assert (notified["state"], notified["thread"]) == ("requested", found["thread"])


async def until_listed(bureau: Bureau) -> list[Any]:
    """Wait until a bureau has hits, and return them."""
    async with asyncio.timeout(PATIENCE):
        while not (listed := await bureau.listed()):  # noqa: ASYNC110 - there is no notification
            await asyncio.sleep(0.02)
        return listed


async def test_mailboxes_do_not_store_which_criteria_matched(mesh: Mesh, tmp_path: Path) -> None:
    """The text may be a name, and is deleted with the record only from the service's log."""
    async with AsyncExitStack() as stack:
        await mesh.start(PERSONS, tmp_path, stack, number=100)
        client = await stack.enter_async_context(mesh.handling_mail())
        network = Network(PERSONS, mesh, await stack.enter_async_context(client_of(mesh.gateway(PERSONS))))
        entered = await network.ask("FR", "POST", "", json=PERSON)
        assert await network.search("DE", name="julia marlow") == 1
        bureaus = [Bureau(client, mesh, code, *hits.SERVICE.scopes) for code in ("FR", "DE")]
        for bureau in bureaus:
            await until_listed(bureau)
        await network.ask("FR", "DELETE", f"/{entered['id']}")
        kept = mailboxes_in(tmp_path)
    assert sum("missing-persons: DE found 1" in each for each in kept) == 3
    assert not any("marlow" in each.casefold() for each in kept)


def mailboxes_in(folder: Path) -> list[str]:
    """Return the content of each mailbox as SQL text."""
    kept = []
    for file in folder.glob("mailbox-*.db"):
        with closing(sqlite3.connect(file)) as connection:
            kept.append("\n".join(connection.iterdump()))
    return kept
