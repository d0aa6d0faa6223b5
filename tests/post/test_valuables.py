"""A post searches valuables offline by serial number and IMEI, and not by engravings, which no pack has."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.cultural_property import SERVICE
from services.cultural_property.valuables.store import ValuableStore
from shared.clock import FixedClock
from shared.errors import Invalid
from tests.post.border import Border, border_of
from tests.services.cultural_property.valuables.samples import PATH, TELEPHONE, WATCH, enter_valuable

ASKED: list[tuple[dict[str, str], int, int]] = [
    ({"serial_number": "772O4-9I3", "make": "omega sa"}, 1, 0),
    ({"serial_number": "77204913"}, 1, 0),
    ({"serial_number": "24118650", "make": "Omega"}, 1, 0),
    ({"serial_number": "77204*", "make": "Omega"}, 1, 0),
    ({"serial_number": "77 204 931", "make": "Omega", "near": "true"}, 0, 1),
    ({"serial_number": "77204913", "make": "Omega", "kind": "jewel"}, 0, 0),
    ({"imei": "IMEI 35-693803-564380-9"}, 1, 0),
    ({"imei": "356938035643808"}, 0, 0),
]


@pytest.fixture
async def border(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Border]:
    async with border_of(SERVICE, ValuableStore, tmp_path, clock) as border:
        yield border


def as_copied(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with what a pack has of its valuables."""
    left_out = {"reference", "engraving", "event_place", "features", "restricted", "addressed"}
    for hit in (*answer["hits"], *answer["near"]):
        hit["record"] = {name: value for name, value in hit["record"].items() if name not in left_out}
    return answer


@pytest.mark.thorough
async def test_a_post_answers_as_the_service_does(border: Border) -> None:
    """Watches by their numbers and those of their parts, telephones by their IMEIs, with the same warnings."""
    await enter_valuable(border.service, **WATCH, other_numbers=["24 118 650"], features=["scratch"], reference="1")
    border.install(await border.make())
    await enter_valuable(border.service, **TELEPHONE, event_place="Haarlem")
    border.install(await border.make("next.pack", is_differential=True))
    for asked, total, near in ASKED:
        offline = json.loads((await border.search(**asked)).model_dump_json())
        assert (offline["total"], len(offline["near"])) == (total, near), asked
        online = await border.service.officer("DE").get(f"{PATH}/search", params=asked)
        assert as_copied(offline) == as_copied(online.json())


async def test_a_search_for_an_engraving_is_refused(border: Border) -> None:
    """No pack has one, also not of a valuable that is found by its number: no hit would be no answer."""
    await enter_valuable(border.service, **WATCH)
    border.install(await border.make())
    for asked in ({"engraving": "ad astra"}, {"engraving": "ad astra", "serial_number": "77204913"}):
        with pytest.raises(Invalid, match="no field pack has the engraving of a record: search online"):
            await border.search(**asked)
    [hit] = (await border.search(serial_number="77204913", make="Omega")).hits
    assert hit.record.engraving is None


async def test_only_valuables_with_a_number_are_copied(border: Border) -> None:
    """No post finds the others; one that loses its number is removed by the next differential."""
    watch = await enter_valuable(border.service, **WATCH)
    telephone = await enter_valuable(border.service, **TELEPHONE)
    await enter_valuable(border.service, **{**WATCH, "serial_number": None, "make": None})
    number = await border.take()
    page = (await border.client.get(f"{PATH}/field-copies/{number}/records")).json()
    assert {row[0] for row in page["rows"]} == {watch["id"], telephone["id"]}
    engraved = {**WATCH, "serial_number": None}
    changed = await border.service.officer("NL").put(f"{PATH}/{watch['id']}", json=engraved)
    assert changed.status_code == 200, changed.text
    number = await border.take()
    page = (await border.client.get(f"{PATH}/field-copies/{number}/records", params={"since": 1})).json()
    assert (page["rows"], page["removed"]) == ([], [watch["id"]])
