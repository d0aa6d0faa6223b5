"""Prints that were sought and are kept: compared with candidates, sought again, and shown to their bureau alone."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from services.fingerprints import sought_prints
from services.fingerprints.store import SOUGHT_KEPT_FOR, metadata
from services.fingerprints.store import sought_prints as table
from services.fingerprints.synthetic_prints import Finger
from shared.clock import FixedClock
from shared.records.row_expiry import RowExpiry
from shared.storage import Database
from tests.services.fingerprints.test_api import PATH, enrol, enter, extracting, identify, refusal, service, verify
from tests.services.fingerprints.test_images import saved
from tests.support import ServiceClient

__all__ = ["extracting", "service"]
SOUGHT = f"{PATH}/sought"


async def kept(service: ServiceClient, image: bytes = b"7/1", bureau: str = "PT") -> str:
    found = await identify(service, image, bureau, keep=True)
    assert found["print_id"] is not None
    return str(found["print_id"])


async def compare(service: ServiceClient, print_id: str, record: str, position: int, bureau: str = "PT") -> Any:
    record_id = record.rpartition("/")[2]
    return await service.officer(bureau).get(f"{SOUGHT}/{print_id}/{record_id}/{position}")


async def test_a_print_is_kept_if_it_is_asked_for_and_compared_with_a_candidate(service: ServiceClient) -> None:
    """As the two images would be: minutiae of each that agree, where they are, and what each pair adds."""
    record = await enter(service)
    await enrol(service, record, b"7")
    assert (await identify(service, b"7/1"))["print_id"] is None
    compared = (await compare(service, await kept(service), record, 2)).json()
    assert compared == (await verify(service, b"7/1", b"7")).json()
    assert (compared["match"], len(compared["pairs"]), compared["first"]["width"]) == (True, 12, 320)
    assert sum(pair["share"] for pair in compared["pairs"]) == pytest.approx(compared["score"], abs=0.001)
    for pair in compared["pairs"]:
        assert all(0 <= pair[side]["x"] <= 320 and 0 <= pair[side]["y"] <= 400 for side in ("first", "second"))
    impostor = (await compare(service, await kept(service, b"8"), record, 2)).json()
    assert (impostor["match"], impostor["pairs"][0]["share"] < compared["pairs"][0]["share"]) == (False, True)
    assert refusal(await compare(service, await kept(service), record, 3)) == (404, "not-found")


async def test_a_kept_print_is_sought_again_without_its_image(service: ServiceClient) -> None:
    """It finds what was enrolled since, and may ask for another finger."""
    print_id = await kept(service)
    again = f"{SOUGHT}/{print_id}/identification"
    assert (await service.officer("PT").post(again)).json()["total"] == 0
    record = await enter(service)
    await enrol(service, record, b"7")
    found = (await service.officer("PT").post(again)).json()
    assert ([hit["record"]["id"] for hit in found["hits"]], found["print_id"]) == (
        [record.rpartition("/")[2]],
        print_id,
    )
    assert (await service.officer("PT").post(again, params={"position": 3})).json()["total"] == 0


async def test_a_kept_print_is_shown_to_the_bureau_that_sought_alone(service: ServiceClient) -> None:
    """Nor does who may not see a record compare with it."""
    record = await enter(service, restricted=["PT"])
    await enrol(service, record, b"7")
    print_id = await kept(service)
    picture = await service.officer("PT").get(f"{SOUGHT}/{print_id}")
    assert (picture.content, picture.headers["content-type"]) == (b"picture of 7/1", "image/png")
    assert refusal(await compare(service, print_id, record, 2)) == (404, "not-found")
    for bureau in ("ES", "PL"):
        refused: list[httpx.Response] = [
            await service.officer(bureau).get(f"{SOUGHT}/{print_id}"),
            await service.officer(bureau).post(f"{SOUGHT}/{print_id}/identification"),
            await compare(service, print_id, record, 2, bureau),
        ]
        assert [refusal(each) for each in refused] == [(404, "not-found")] * 3


async def rows_of(service: ServiceClient) -> int:
    database: Database = service.app.state.context.database
    [counted] = await database.reading.fetch(sa.select(sa.func.count().label("rows")).select_from(table))
    rows: int = counted.rows
    return rows


async def test_a_kept_print_is_deleted_after_72_hours(service: ServiceClient, clock: FixedClock) -> None:
    print_id = await kept(service)
    clock.advance(SOUGHT_KEPT_FOR - timedelta(seconds=1))
    assert (await service.officer("PT").get(f"{SOUGHT}/{print_id}")).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert refusal(await service.officer("PT").get(f"{SOUGHT}/{print_id}")) == (404, "not-found")
    await RowExpiry(metadata, service.app.state.context.database, clock, lambda: True).run_once()
    assert await rows_of(service) == 0


async def test_the_oldest_kept_prints_give_way(
    service: ServiceClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other bureaus do not."""
    monkeypatch.setattr(sought_prints, "MAX_KEPT", 2)
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
    print_id = (await identify(extracting, Finger(7).png(2), keep=True))["print_id"]
    picture = await extracting.officer("PT").get(f"{SOUGHT}/{print_id}")
    assert Image.open(BytesIO(picture.content)).size == (320, 400)
