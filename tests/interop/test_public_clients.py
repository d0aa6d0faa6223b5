"""Programs of others, unmodified, use the public notices API: one was written for the original, one follows links."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from shared.clock import FixedClock
from tests.gateway.mesh import Mesh
from tests.gateway.public_notices.test_http import running
from tests.gateway.public_notices.world import JPEG, ROOT, PublicWorld
from tests.interop.node import Node
from tests.services.notices.examples import PERSON


@pytest.fixture
async def world(clock: FixedClock, tmp_path: Path) -> AsyncIterator[PublicWorld]:
    """Return notices of 45 persons; the first has pictures."""
    async with AsyncExitStack() as stack:
        world = PublicWorld(Mesh(clock, tmp_path), clock)
        await world.start(tmp_path, stack)
        for number in range(45):
            person = {**PERSON, "name": "Anders" if number % 2 else "Sorel", "date_of_birth": f"{1950 + number}"}
            await world.publish(subject=person, photographs=() if number else ("62412748", "62412750"))
        yield world


def asked_by_de_interpol(url: str) -> dict[str, Any]:
    """Return what the client of the German administration reads: the package `de-interpol` of 2022."""
    from deutschland import interpol
    from deutschland.interpol.api import default_api

    # The checks of the package are those of its incomplete document, which the original fails as well.
    unchecked = {"_check_return_type": False}
    with interpol.ApiClient(interpol.Configuration(host=url.removesuffix(ROOT))) as client:
        api = default_api.DefaultApi(client)
        pages = [api.notices_v1_red_get(page=page, result_per_page=20, **unchecked) for page in (1, 2, 3)]
        listed = [each for page in pages for each in page["embedded"]["notices"]]
        last = str(listed[-1]["entity_id"]).replace("/", "-")
        found = api.notices_v1_red_get(name="^A.*$", age_min=18, age_max=120, sex_id="", **unchecked)
        return {
            "totals": [page["total"] for page in pages],
            "ids": [each["entity_id"] for each in listed],
            "found": found["total"],
            "detail": api.notices_v1_red_notice_id_get(last, **unchecked),
            "images": api.notices_v1_red_notice_id_images_get(last, **unchecked),
        }


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_de_interpol_runs_unchanged(world: PublicWorld) -> None:
    """It downloads all red notices page by page, finds by a regular expression, and reads details and pictures."""
    async with running(world, world.gateway()) as url:
        read = await asyncio.to_thread(asked_by_de_interpol, url)
    assert read["totals"] == [45, 45, 45]
    assert read["ids"] == [f"2026/{number}" for number in range(52526, 52481, -1)]
    assert read["found"] > 0
    assert read["detail"]["entity_id"] == "2026/52482"
    assert read["detail"]["arrest_warrants"][0]["issuing_country_id"] == "FR"
    assert [each["picture_id"] for each in read["images"]["embedded"]["images"]] == ["62412748", "62412750"]


@pytest.mark.thorough
async def test_a_client_of_hal_finds_everything_by_links(world: PublicWorld, node: Node) -> None:
    """From the URL of the list alone, down to the bytes of a picture."""
    async with running(world, world.gateway()) as url:
        read = await asyncio.to_thread(node.run, "hal-client.mjs", f"{url}/red")
    assert read["ids"] == [f"2026/{number}" for number in range(52526, 52481, -1)]
    assert (read["total"], read["charges"]) == (45, ["Vol avec arme"])
    assert read["pictures"] == ["62412748", "62412750"]
    assert read["bytes"] == len(JPEG % b"62412748, small")
