"""Photographs of works of art: as those of notices, and what they decide about who sees a work."""

from typing import Any

import httpx
import pytest

from services.cultural_property.store import WorkStore
from services.cultural_property.tables import photograph_tables
from shared.records.photographs.store import StoredPhotograph
from shared.storage import Database
from tests.services.cultural_property.samples import PAINTING, PATH, enter_work, found, refusal
from tests.shared.images.files import SECRET, drawn, opened, png_stating, saved, with_metadata
from tests.support import ServiceClient

BARE: dict[str, Any] = {
    "type": "print",
    "title": "Owl in a Thicket",
    "event_date": "2026-03-14",
    "event_country": "NL",
    "photograph_follows": True,
}
JPEG = {"Content-Type": "image/jpeg"}


async def add(
    service: ServiceClient, record: dict[str, Any], file: bytes, media: str = "image/jpeg", bureau: str = "NL"
) -> httpx.Response:
    path = f"{PATH}/{record['id']}/photographs"
    return await service.officer(bureau).post(path, content=file, headers={"Content-Type": media})


@pytest.mark.thorough
@pytest.mark.parametrize(("form", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("TIFF", "image/tiff")])
async def test_a_photograph_is_encoded_anew_without_metadata(service: ServiceClient, form: str, media: str) -> None:
    """All who may see the work may see it, and its thumbnail."""
    record = await enter_work(service, **PAINTING)
    answer = await add(service, record, with_metadata(form), media)
    assert answer.status_code == 201, answer.text
    assert [each["width"] for each in answer.json()["photographs"]] == [300]
    reader = service.officer("PL")
    shown = await reader.get(answer.headers["Location"])
    small = await reader.get(f"{answer.headers['Location']}/thumbnail")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert SECRET not in shown.content
    assert max(opened(small.content).size) <= 160


@pytest.mark.thorough
async def test_a_work_that_only_a_photograph_tells_apart_is_hidden_until_it_has_one(service: ServiceClient) -> None:
    """And its last photograph cannot be deleted before words tell it from others."""
    record = await enter_work(service, **BARE)
    path, reader = f"{PATH}/{record['id']}", service.officer("PL")
    assert ((await reader.get(path)).status_code, await found(service, title="owl thicket")) == (404, [])
    added = await add(service, record, saved(drawn()))
    assert await found(service, title="owl thicket") == [record["id"]]
    photograph = added.headers["Location"]
    assert refusal(await service.officer("NL").delete(photograph))[:2] == (409, "not-identifiable")
    second = await add(service, record, saved(drawn(width=200)))
    assert (await service.officer("NL").delete(photograph)).status_code == 200
    assert refusal(await service.officer("NL").delete(second.headers["Location"]))[:2] == (409, "not-identifiable")
    told = {name: PAINTING[name] for name in ("features", "measurements")}
    assert (await service.officer("NL").put(path, json={**BARE, **told})).status_code == 200
    assert (await service.officer("NL").delete(second.headers["Location"])).status_code == 200
    assert await found(service, title="owl thicket") == [record["id"]]


@pytest.mark.parametrize(
    ("file", "media", "problem"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/jpeg", (422, "image-unusable")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", (415, "unsupported-media-type")),
        (png_stating(2**31 - 1, 2**31 - 1), "image/png", (422, "image-unusable")),
        (saved(drawn(), "GIF"), "image/png", (422, "image-unusable")),
        (saved(drawn(), "TIFF", compression="jpeg"), "image/tiff", (422, "image-unusable")),
        (saved(drawn())[:900], "image/jpeg", (422, "image-unusable")),
        (bytes(3 * 1024 * 1024 + 1), "image/jpeg", (413, "too-large")),
    ],
)
async def test_what_is_no_photograph_is_refused(
    service: ServiceClient, file: bytes, media: str, problem: tuple[int, str]
) -> None:
    """SVG with a script, decompression bombs, other forms, what is cut short, and what is too large."""
    record = await enter_work(service, **PAINTING)
    assert refusal(await add(service, record, file, media))[:2] == problem
    shown = (await service.officer("NL").get(f"{PATH}/{record['id']}")).json()
    assert (shown["photographs"], shown["version"]) == ([], 1)


async def test_only_the_owner_adds_photographs_and_only_while_it_is_sought(service: ServiceClient) -> None:
    """To others an ended work does not exist."""
    record = await enter_work(service, **PAINTING)
    assert refusal(await add(service, record, saved(drawn()), bureau="FR"))[:2] == (403, "not-the-owner")
    await service.officer("NL").post(f"{PATH}/{record['id']}/recovery")
    assert refusal(await add(service, record, saved(drawn())))[:2] == (409, "illegal-step")
    assert refusal(await add(service, record, saved(drawn()), bureau="FR"))[:2] == (404, "not-found")


@pytest.mark.thorough
async def test_an_index_of_pictures_is_told_of_what_comes_and_goes(
    service: ServiceClient, service_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the transaction of the change: when one is added, when one is deleted, and when the record is."""
    told: list[Any] = []

    async def stored(self: WorkStore, photographs: list[StoredPhotograph]) -> None:
        told.extend(("stored", each.photograph.id) for each in photographs)

    async def forgotten(self: WorkStore, record: str, ids: Any) -> None:
        told.append(("forgotten", ids and list(ids)))

    monkeypatch.setattr(WorkStore, "photographs_stored", stored)
    monkeypatch.setattr(WorkStore, "photographs_forgotten", forgotten)
    record = await enter_work(service, **PAINTING)
    added = await add(service, record, saved(drawn()))
    photograph = added.json()["photographs"][0]["id"]
    owner = service.officer("NL")
    await owner.delete(added.headers["Location"])
    assert (await owner.delete(f"{PATH}/{record['id']}")).status_code == 204
    assert told == [("stored", photograph), ("forgotten", [photograph]), ("forgotten", None)]
    assert await service_database.reading.fetch(photograph_tables.photographs.select()) == []
