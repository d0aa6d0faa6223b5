"""Photographs of the markings of a firearm: as those of works of art, for the owner to add while it is sought."""

from typing import Any

import httpx
import pytest

from services.firearms.tables import photograph_tables
from shared.storage import Database
from tests.services.firearms.samples import PATH, PISTOL, enter_firearm, refusal, search
from tests.shared.images.files import SECRET, drawn, opened, saved, with_metadata
from tests.support import ServiceClient


async def add(
    service: ServiceClient, record: dict[str, Any], file: bytes, media: str = "image/jpeg", bureau: str = "IT"
) -> httpx.Response:
    path = f"{PATH}/{record['id']}/photographs"
    return await service.officer(bureau).post(path, content=file, headers={"Content-Type": media})


@pytest.mark.thorough
@pytest.mark.parametrize(("form", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("TIFF", "image/tiff")])
async def test_a_photograph_is_shown_to_all_who_may_see_the_firearm(
    service: ServiceClient, form: str, media: str
) -> None:
    """Encoded anew, without place and camera; a search states that there is one."""
    record = await enter_firearm(service, restricted=["KE"])
    answer = await add(service, record, with_metadata(form), media)
    assert answer.status_code == 201, answer.text
    [hit] = (await search(service, serial_number="GXK204881", make="Glock"))["hits"]
    assert hit["record"]["photographs"] == answer.json()["photographs"]
    shown, small = [
        await service.officer("PL").get(f"{answer.headers['Location']}{part}") for part in ("", "/thumbnail")
    ]
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert SECRET not in shown.content
    assert max(opened(small.content).size) <= 160
    barred = await service.officer("KE").get(answer.headers["Location"])
    absent = await service.officer("KE").get(answer.headers["Location"].replace(record["id"][-4:], "0000", 1))
    assert (barred.status_code, absent.status_code) == (404, 404)


@pytest.mark.thorough
async def test_photographs_stay_when_the_firearm_is_described_anew_and_go_with_it(
    service: ServiceClient, service_database: Database
) -> None:
    """One that is deleted is gone with its bytes."""
    record = await enter_firearm(service)
    italy, path = service.officer("IT"), f"{PATH}/{record['id']}"
    first, second = [await add(service, record, saved(drawn(width=width))) for width in (200, 300)]
    corrected = (await italy.put(path, json={**PISTOL, "year": 2019})).json()
    assert len(corrected["photographs"]) == 2
    left = (await italy.delete(first.headers["Location"])).json()
    assert [each["id"] for each in left["photographs"]] == [second.json()["photographs"][1]["id"]]
    assert (await italy.get(first.headers["Location"])).status_code == 404
    assert (await italy.delete(path)).status_code == 204
    assert await service_database.reading.fetch(photograph_tables.photographs.select()) == []


@pytest.mark.thorough
async def test_only_the_owner_adds_one_and_only_while_the_firearm_is_sought(service: ServiceClient) -> None:
    """To others a firearm that was recovered does not exist; its owner may still delete what it has."""
    record = await enter_firearm(service)
    italy, path = service.officer("IT"), f"{PATH}/{record['id']}"
    assert refusal(await add(service, record, saved(drawn()), bureau="FR"))[:2] == (403, "not-the-owner")
    added = await add(service, record, saved(drawn()))
    assert refusal(await service.officer("FR").delete(added.headers["Location"]))[:2] == (403, "not-the-owner")
    await italy.post(f"{path}/recovery")
    assert refusal(await add(service, record, saved(drawn(width=200))))[:2] == (409, "illegal-step")
    assert refusal(await add(service, record, saved(drawn()), bureau="FR"))[:2] == (404, "not-found")
    assert (await italy.delete(added.headers["Location"])).status_code == 200


async def test_what_is_no_photograph_is_refused_and_nothing_is_kept(service: ServiceClient) -> None:
    """Neither of the file nor of the record."""
    record = await enter_firearm(service)
    for file, media, code in (
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/jpeg", (422, "image-unusable")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", (415, "unsupported-media-type")),
        (saved(drawn())[:900], "image/jpeg", (422, "image-unusable")),
        (bytes(3 * 1024 * 1024 + 1), "image/jpeg", (413, "too-large")),
    ):
        assert refusal(await add(service, record, file, media))[:2] == code
    shown = (await service.officer("IT").get(f"{PATH}/{record['id']}")).json()
    assert (shown["photographs"], shown["version"]) == ([], 1)
