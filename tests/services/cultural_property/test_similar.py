"""Searches by a picture: what is found, which bureau it is shown to, and what is kept."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from services import cultural_property
from services.cultural_property import photographs, tables
from services.cultural_property.picture_hits import best_of
from shared.clock import FixedClock
from shared.records.row_expiry import RowExpiry
from shared.records.search.sought_images import KEPT_FOR
from shared.storage import Database
from tests.services.cultural_property.likeness.pictures import file_of, plain, retaken, work
from tests.services.cultural_property.samples import PAINTING, PATH, enter_work, refusal
from tests.support import ServiceClient, caller

SIMILAR = f"{PATH}/similar"
JPEG = {"Content-Type": "image/jpeg"}
pytestmark = pytest.mark.thorough


async def enter_pictured(service: ServiceClient, *files: bytes, **entry: Any) -> dict[str, Any]:
    """Enter a work with photographs."""
    record = await enter_work(service, **PAINTING, **entry)
    for file in files:
        added = await service.officer("NL").post(f"{PATH}/{record['id']}/photographs", content=file, headers=JPEG)
        assert added.status_code == 201, added.text
        record = added.json()
    return record


async def seek(service: ServiceClient, change: str = "snapshot", bureau: str = "PL") -> httpx.Response:
    file = file_of(retaken(work(), change))
    return await service.officer(bureau).post(SIMILAR, content=file, headers=JPEG)


async def found(service: ServiceClient, change: str = "snapshot", bureau: str = "PL") -> list[str]:
    answer = await seek(service, change, bureau)
    assert answer.status_code == 200, answer.text
    return [hit["record"]["id"] for hit in answer.json()["hits"]]


@pytest.fixture
async def painting(service: ServiceClient) -> dict[str, Any]:
    """Return a work with a photograph, beside one of the same series."""
    await enter_pictured(service, file_of(work(detail=1).draw()), reference="sibling")
    return await enter_pictured(service, file_of(work().draw()))


async def test_a_photograph_taken_askew_finds_the_work(service: ServiceClient, painting: dict[str, Any]) -> None:
    """And not its sibling; `why` says how many points agree."""
    answer = (await seek(service)).json()
    [hit], [compared] = answer["hits"], answer["compared"]
    assert (hit["record"]["id"], answer["total"], answer["warnings"]) == (painting["id"], 1, [])
    assert hit["why"][0]["reading"] == f"{compared['agreeing']} of {compared['paired']} points agree"
    assert hit["why"][0]["found"] == f"photograph {painting['photographs'][0]['id']}"
    assert hit["score"] == pytest.approx(compared["agreeing"] / compared["paired"], abs=0.0001)
    assert (compared["record_id"], compared["is_mirrored"]) == (painting["id"], False)


async def test_the_mirror_image_finds_the_work(service: ServiceClient, painting: dict[str, Any]) -> None:
    """And says so."""
    answer = (await seek(service, "mirror")).json()
    assert [hit["record"]["id"] for hit in answer["hits"]] == [painting["id"]]
    assert answer["compared"][0]["is_mirrored"]
    assert answer["hits"][0]["match"].endswith("points agree, in the mirror image")


@pytest.mark.parametrize(
    ("form", "media", "start"), [("png", "image/png", b"\x89PNG"), ("svg", "image/svg+xml", b"<svg")]
)
async def test_both_pictures_are_shown_side_by_side(
    service: ServiceClient, painting: dict[str, Any], form: str, media: str, start: bytes
) -> None:
    """To the bureau that sought alone, and only while it may see the record."""
    path = (await seek(service)).json()["compared"][0]["side_by_side"]
    shown = await service.officer("PL").get(path, params={"form": form})
    assert (shown.status_code, shown.headers["content-type"]) == (200, media)
    assert shown.content.startswith(start)
    assert (await service.officer("FR").get(path)).status_code == 404
    assert (await service.officer("NL").post(f"{PATH}/{painting['id']}/recovery")).status_code == 200
    assert (await service.officer("PL").get(path)).status_code == 404


async def test_a_hit_is_disclosed(service: ServiceClient, painting: dict[str, Any]) -> None:
    """As that of any search, with its score; and the photograph beside which it is shown."""
    reader = caller("PL", *cultural_property.SERVICE.scopes)
    file = file_of(retaken(work(), "snapshot"))
    answer = (await service.calling(lambda: reader).post(SIMILAR, content=file, headers=JPEG)).json()
    [shown] = reader.recorder.shown.values()
    assert (shown.how, shown.record, shown.score) == ("search", painting["id"], answer["hits"][0]["score"])
    assert shown.match.startswith("picture: ")
    reader = caller("PL", *cultural_property.SERVICE.scopes)
    await service.calling(lambda: reader).get(answer["compared"][0]["side_by_side"])
    assert [each.match for each in reader.recorder.shown.values()] == [f"photograph {painting['photographs'][0]['id']}"]


async def test_a_barred_bureau_finds_nothing(service: ServiceClient) -> None:
    """Nor does anybody find what is recovered; the owner finds their own."""
    record = await enter_pictured(service, file_of(work().draw()), restricted=["PL"])
    assert await found(service, bureau="PL") == []
    assert await found(service, bureau="FR") == [record["id"]]
    assert (await service.officer("NL").post(f"{PATH}/{record['id']}/recovery")).status_code == 200
    assert await found(service, bureau="FR") == []


async def test_a_confidential_hit_is_withheld_from_an_officer_without_the_scope(service: ServiceClient) -> None:
    """The warning says so, as of any search."""
    await enter_pictured(service, file_of(work().draw()), handling="CONFIDENTIAL")
    file = file_of(retaken(work(), "light"))
    answer = await service.officer("PL", "cultural-property:read").post(SIMILAR, content=file, headers=JPEG)
    assert answer.json()["hits"] == answer.json()["compared"] == []
    assert [each["code"] for each in answer.json()["warnings"]] == ["withheld"]


async def test_a_work_is_found_by_each_of_its_photographs_and_shown_once(service: ServiceClient) -> None:
    """With the photograph that agrees best."""
    record = await enter_pictured(
        service, file_of(work("portrait").draw()), file_of(work().draw()), file_of(retaken(work(), "shadow"))
    )
    answer = (await seek(service, "light")).json()
    assert [hit["record"]["id"] for hit in answer["hits"]] == [record["id"]]
    assert answer["compared"][0]["photograph_id"] == record["photographs"][1]["id"]


async def rows_of(database: Database, *of: sa.Table) -> Sequence[int]:
    counts = [await database.reading.fetch(sa.select(sa.func.count().label("rows")).select_from(each)) for each in of]
    return [rows[0].rows for rows in counts]


async def test_nothing_is_left_of_a_photograph_that_is_deleted(
    service: ServiceClient, service_database: Database
) -> None:
    """Neither points nor keys."""
    record = await enter_pictured(service, file_of(work().draw()), file_of(work("portrait").draw()))
    stored = (tables.photograph_points, tables.photograph_keys)
    points, keys = await rows_of(service_database, *stored)
    assert (points, keys > 400) == (2, True)
    path = f"{PATH}/{record['id']}/photographs"
    assert (await service.officer("NL").delete(f"{path}/{record['photographs'][0]['id']}")).status_code == 200
    assert await found(service) == []
    assert (await rows_of(service_database, *stored))[0] == 1
    assert (await service.officer("NL").delete(f"{path}/{record['photographs'][1]['id']}")).status_code == 200
    assert await rows_of(service_database, *stored) == [0, 0]


async def test_a_sought_picture_is_kept_for_72_hours(
    service: ServiceClient, service_database: Database, clock: FixedClock, painting: dict[str, Any]
) -> None:
    """And deleted then, whether another is sought or not; a wrong clock deletes nothing."""
    path = (await seek(service)).json()["compared"][0]["side_by_side"]
    clock.advance(KEPT_FOR - timedelta(seconds=1))
    await RowExpiry(tables.metadata, service_database, clock, lambda: True).run_once()
    assert (await service.officer("PL").get(path)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await service.officer("PL").get(path)).status_code == 404
    await RowExpiry(tables.metadata, service_database, clock, lambda: False).run_once()
    assert await rows_of(service_database, tables.sought_pictures.table) == [1]
    await RowExpiry(tables.metadata, service_database, clock, lambda: True).run_once()
    assert await rows_of(service_database, tables.sought_pictures.table) == [0]


async def test_the_oldest_sought_pictures_give_way(
    service: ServiceClient, service_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other bureaus do not."""
    monkeypatch.setattr(tables.sought_pictures, "at_most", 2)
    kept = [(await seek(service, bureau="FR")).json()["picture_id"]]
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        kept.append((await seek(service)).json()["picture_id"])
    ids = sa.select(tables.sought_pictures.table.c.id).order_by(tables.sought_pictures.table.c.id)
    rows = await service_database.reading.fetch(ids)
    assert [row.id for row in rows] == sorted({*kept} - {kept[1]})


@pytest.mark.parametrize(
    ("file", "media", "problem"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg", (422, "image-unusable")),
        (b"<svg/>", "image/svg+xml", (415, "unsupported-media-type")),
        (bytes(3 * 1024 * 1024 + 1), "image/jpeg", (413, "too-large")),
        (file_of(plain()), "image/jpeg", (422, "picture-plain")),
        (b"", "image/jpeg", (422, "image-unusable")),
    ],
)
async def test_what_shows_nothing_is_refused(
    service: ServiceClient, file: bytes, media: str, problem: tuple[int, str]
) -> None:
    """With what to change."""
    answer = await service.officer("PL").post(SIMILAR, content=file, headers={"Content-Type": media})
    assert refusal(answer)[:2] == problem


def test_nothing_compared_finds_nothing() -> None:
    """As in a store without photographs."""
    assert best_of([]) == []


async def test_no_owner_fills_the_answer_alone(service: ServiceClient) -> None:
    """A bureau that enters one picture many times hides no work of another."""
    await enter_pictured(service, file_of(work().draw()))
    theirs = [await enter_work(service, "IT", **PAINTING, reference=str(number)) for number in range(10)]
    for record in theirs:
        added = await service.officer("IT").post(
            f"{PATH}/{record['id']}/photographs", content=file_of(work().draw()), headers=JPEG
        )
        assert added.status_code == 201, added.text
    answer = (await seek(service)).json()
    assert (answer["total"], len(answer["hits"])) == (11, 10)
    assert {hit["record"]["owner"] for hit in answer["hits"]} == {"IT", "NL"}


async def test_what_was_decoded_is_compared(service: ServiceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pictures of the bureau wait by then: none is refused after it took its turn."""
    officer, file, further = (
        service.officer("PL"),
        file_of(retaken(work(), "light")),
        set[asyncio.Task[httpx.Response]](),
    )
    read = photographs.candidates

    async def candidates_while_others_come(*asked: Any) -> Sequence[photographs.Compared]:
        if not further:
            further.update(asyncio.create_task(officer.post(SIMILAR, content=file, headers=JPEG)) for _ in range(6))
            # One of them is refused at once, as so many wait.
            await asyncio.wait(further, return_when=asyncio.FIRST_COMPLETED)
        return await read(*asked)

    monkeypatch.setattr(photographs, "candidates", candidates_while_others_come)
    assert (await officer.post(SIMILAR, content=file, headers=JPEG)).status_code == 200
    assert sorted([(await each).status_code for each in further]) == [200] * 4 + [503] * 2
