"""Prints that were sought and are kept: compared with candidates, sought again, and shown to their bureau alone."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from services.fingerprints.store import metadata, sought_prints
from services.fingerprints.synthetic_prints import Finger
from shared.clock import FixedClock
from shared.records.row_expiry import RowExpiry
from shared.records.search.sought_images import KEPT_FOR
from shared.storage import Database
from tests.services.fingerprints.samples import SLAP
from tests.services.fingerprints.test_api import PATH, PNG, enrol, enter, extracting, identify, refusal, service, verify
from tests.services.fingerprints.test_images import saved
from tests.support import ServiceClient

__all__ = ["extracting", "service"]
SOUGHT = f"{PATH}/sought"


async def kept(service: ServiceClient, image: bytes = b"7/1", bureau: str = "PT") -> str:
    answer = await service.officer(bureau).post(SOUGHT, content=image, headers=PNG)
    assert answer.status_code == 200, answer.text
    print_id: str = answer.json()["id"]
    return print_id


async def compare(service: ServiceClient, print_id: str, record: str, position: int, bureau: str = "PT") -> Any:
    record_id = record.rpartition("/")[2]
    return await service.officer(bureau).get(f"{SOUGHT}/{print_id}/records/{record_id}/{position}")


async def test_a_kept_print_is_compared_with_a_candidate(service: ServiceClient) -> None:
    """As the two images would be: minutiae of each that agree, where they are, and what each pair adds."""
    record = await enter(service)
    await enrol(service, record, b"7")
    print_id = await kept(service)
    compared = (await compare(service, print_id, record, 2)).json()
    assert compared == (await verify(service, b"7/1", b"7")).json()
    assert (compared["match"], len(compared["pairs"]), compared["first"]["width"]) == (True, 12, 320)
    assert sum(pair["share"] for pair in compared["pairs"]) == pytest.approx(compared["score"], abs=0.001)
    for pair in compared["pairs"]:
        assert all(0 <= pair[side]["x"] <= 320 and 0 <= pair[side]["y"] <= 400 for side in ("first", "second"))
    stranger = await kept(service, b"8")
    impostor = (await compare(service, stranger, record, 2)).json()
    assert (impostor["match"], impostor["pairs"][0]["share"] < compared["pairs"][0]["share"]) == (False, True)
    assert (await service.officer("PT").get(f"{SOUGHT}/{stranger}/prints/{print_id}")).json()["match"] is False
    assert refusal(await compare(service, print_id, record, 3)) == (404, "not-found")


async def test_a_kept_print_says_how_good_it_is_and_how_long_it_stays(
    service: ServiceClient, clock: FixedClock
) -> None:
    """A slap can be sought, with a warning, and not be verified."""
    answer = await service.officer("PT").get(f"{SOUGHT}/{await kept(service)}")
    assert (answer.json()["width"], answer.json()["minutiae"] > 20) == (320, True)
    assert datetime.fromisoformat(answer.json()["kept_until"]) == clock.now().replace(microsecond=0) + KEPT_FOR
    slap = await service.officer("PT").post(SOUGHT, content=SLAP, headers=PNG)
    assert "several-fingers" in [each["code"] for each in slap.json()["warnings"]]
    verified = await service.officer("PT").get(f"{SOUGHT}/{await kept(service)}/prints/{slap.json()['id']}")
    assert refusal(verified) == (422, "several-fingers")


async def test_a_kept_print_is_sought_as_often_as_is_needed(service: ServiceClient) -> None:
    """It finds what was enrolled since, and may ask for another finger."""
    again = f"{SOUGHT}/{await kept(service)}/identification"
    assert (await service.officer("PT").post(again)).json()["total"] == 0
    record = await enter(service)
    await enrol(service, record, b"7")
    found = (await service.officer("PT").post(again)).json()
    assert found["hits"] == (await identify(service, b"7/1"))["hits"] != []
    assert (await service.officer("PT").post(again, params={"position": 3})).json()["total"] == 0


async def test_a_kept_print_is_shown_to_the_bureau_that_sought_alone(service: ServiceClient) -> None:
    """Nor does who may not see a record compare with it."""
    record = await enter(service, restricted=["PT"])
    await enrol(service, record, b"7")
    print_id = await kept(service)
    picture = await service.officer("PT").get(f"{SOUGHT}/{print_id}/picture")
    assert (picture.content, picture.headers["content-type"]) == (b"picture of 7/1", "image/png")
    assert refusal(await compare(service, print_id, record, 2)) == (404, "not-found")
    for bureau in ("ES", "PL"):
        refused: list[httpx.Response] = [
            await service.officer(bureau).get(f"{SOUGHT}/{print_id}"),
            await service.officer(bureau).get(f"{SOUGHT}/{print_id}/picture"),
            await service.officer(bureau).get(f"{SOUGHT}/{print_id}/prints/{print_id}"),
            await service.officer(bureau).post(f"{SOUGHT}/{print_id}/identification"),
            await compare(service, print_id, record, 2, bureau),
        ]
        assert [refusal(each) for each in refused] == [(404, "not-found")] * 5


async def rows_of(service: ServiceClient) -> int:
    database: Database = service.app.state.context.database
    [counted] = await database.reading.fetch(sa.select(sa.func.count().label("rows")).select_from(sought_prints.table))
    rows: int = counted.rows
    return rows


async def test_a_kept_print_is_deleted_after_72_hours(service: ServiceClient, clock: FixedClock) -> None:
    print_id = await kept(service)
    clock.advance(KEPT_FOR - timedelta(seconds=1))
    assert (await service.officer("PT").get(f"{SOUGHT}/{print_id}")).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert refusal(await service.officer("PT").get(f"{SOUGHT}/{print_id}")) == (404, "not-found")
    await RowExpiry(metadata, service.app.state.context.database, clock, lambda: True).run_once()
    assert await rows_of(service) == 0


async def test_the_oldest_kept_prints_give_way(
    service: ServiceClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other bureaus do not."""
    monkeypatch.setattr(sought_prints, "at_most", 2)
    others = await kept(service, bureau="FR")
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        await kept(service)
    assert await rows_of(service) == 3
    assert (await service.officer("FR").get(f"{SOUGHT}/{others}")).status_code == 200


@pytest.mark.thorough
async def test_a_wsq_file_is_shown_as_png(extracting: ServiceClient) -> None:
    """Of the same size, so that minutiae lie where they are; with nothing of the file but what has ridges."""
    image = Finger(7).impression(1)
    record = await enter(extracting)
    await extracting.officer("ES").post(
        f"{record}/impressions?position=2",
        content=saved(Image.fromarray(image), "WSQ"),
        headers={"Content-Type": "image/x-wsq"},
    )
    answer = await extracting.officer("PT").get(f"{record}/impressions/2", params={"form": "png"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    shown = np.asarray(Image.open(BytesIO(answer.content)))
    assert shown.shape == image.shape
    assert np.corrcoef(shown[150:250, 100:220].ravel(), image[150:250, 100:220].ravel())[0, 1] > 0.9
    picture = await extracting.officer("PT").get(f"{SOUGHT}/{await kept(extracting, Finger(7).png(2))}/picture")
    assert Image.open(BytesIO(picture.content)).size == (320, 400)
