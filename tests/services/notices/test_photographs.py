"""Photographs of notices: added to drafts, kept when they are edited, and deleted with them."""

import pytest
import sqlalchemy as sa

from services.notices.tables import photograph_tables
from shared.records.photographs import rules as photographs
from shared.storage import Database
from tests.services.notices.examples import complete
from tests.services.notices.photograph_requests import FILE, JPEG, PNG, add, added, statuses
from tests.services.notices.steps import PATH, drafted, publish, take
from tests.shared.images.files import SECRET, animated_png, drawn, jpeg_stating, opened, saved, with_metadata
from tests.support import ServiceClient, problem_of


@pytest.mark.thorough
async def test_a_photograph_is_added_to_a_draft_and_read(service: ServiceClient) -> None:
    """As JPEG without any metadata, with its size in the notice; so is its thumbnail."""
    notice = await drafted(service, complete("red"))
    france = service.officer("FR")
    answer = await add(service, notice, with_metadata("JPEG", orientation=6))
    assert answer.status_code == 201, answer.text
    [stated] = answer.json()["photographs"]
    assert answer.json()["version"] == 2
    assert answer.headers["Location"] == f"{PATH}/{notice}/photographs/{stated['id']}"
    assert int(stated["id"]) % 2 == 0
    assert (await france.get(f"{PATH}/{notice}")).json() == answer.json()
    read = await france.get(answer.headers["Location"])
    assert read.headers["Content-Type"] == "image/jpeg"
    assert read.headers["I247-Handling"] == "OFFICIAL_USE"
    assert opened(read.content).size == (stated["width"], stated["height"]) == (200, 300)
    assert (len(read.content), photographs.sha256_of(read.content)) == (stated["bytes"], stated["sha256"])
    thumbnail = await france.get(f"{answer.headers['Location']}/thumbnail")
    assert (thumbnail.headers["Content-Type"], max(opened(thumbnail.content).size)) == ("image/jpeg", 160)
    assert SECRET not in read.content + thumbnail.content


@pytest.mark.thorough
async def test_the_same_photograph_is_not_added_again(service: ServiceClient) -> None:
    """A request whose answer was lost can be sent again, and names the photograph that is there."""
    notice = await drafted(service, complete("red"))
    first, again = await add(service, notice), await add(service, notice)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]


@pytest.mark.thorough
async def test_a_photograph_that_is_sent_again_shows_no_reviewer(service: ServiceClient) -> None:
    """Its answer is the notice as its bureau is shown it."""
    notice = await drafted(service, complete("red"))
    await added(service, notice)
    await take(service, "FR", notice, "submission")
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    again = await add(service, notice)
    assert again.status_code == 201, again.text
    assert "ipsg.officer" not in again.text


@pytest.mark.parametrize(
    ("file", "headers", "problem", "detail"),
    [
        (
            FILE,
            {"Content-Type": "application/octet-stream"},
            (415, "unsupported-media-type"),
            "image/jpeg, image/png or image/tiff",
        ),
        (
            FILE,
            {"Content-Type": "image/svg+xml"},
            (415, "unsupported-media-type"),
            "image/jpeg, image/png or image/tiff",
        ),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", JPEG, (422, "image-unusable"), "SVG"),
        (b"<!doctype html>", JPEG, (422, "image-unusable"), "HTML"),
        (saved(drawn(), "GIF"), PNG, (422, "image-unusable"), "a GIF"),
        (saved(drawn(), "WEBP"), PNG, (422, "image-unusable"), "a WEBP"),
        (animated_png(), PNG, (422, "image-unusable"), "animation"),
        (jpeg_stating(60_000, 60_000), JPEG, (422, "image-unusable"), "scale it down"),
        (FILE[: len(FILE) // 2], JPEG, (422, "image-unusable"), "cut short"),
        (b"", JPEG, (422, "image-unusable"), "empty"),
        (bytes(3 * 1024 * 1024 + 1), JPEG, (413, "too-large"), "3,145,728"),
    ],
)
async def test_what_is_no_photograph_is_refused(
    service: ServiceClient, file: bytes, headers: dict[str, str], problem: tuple[int, str], detail: str
) -> None:
    """With what to send instead; nothing is stored."""
    notice = await drafted(service, complete("red"))
    france = service.officer("FR")
    refused = await france.post(f"{PATH}/{notice}/photographs", content=file, headers=headers)
    assert problem_of(refused) == problem
    assert detail in refused.json()["detail"]
    assert (await france.get(f"{PATH}/{notice}")).json()["photographs"] == []


@pytest.mark.thorough
async def test_what_a_file_is_is_decided_by_its_content(service: ServiceClient) -> None:
    """Many programs send every image as JPEG."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice, saved(drawn(), "PNG"))
    assert opened((await service.officer("FR").get(path)).content).format == "JPEG"


@pytest.mark.thorough
async def test_only_the_issuer_changes_photographs(service: ServiceClient) -> None:
    """Others who see the notice are told so; to those who do not, it does not exist."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    assert problem_of(await add(service, notice, bureau="PL")) == (404, "not-found")
    assert problem_of(await service.officer("PL").delete(path)) == (404, "not-found")
    await take(service, "FR", notice, "diffusion")
    assert problem_of(await add(service, notice, bureau="PL")) == (403, "not-the-owner")
    assert problem_of(await service.officer("PL").delete(path)) == (403, "not-the-owner")


async def stored(database: Database) -> int:
    rows = await database.reading.fetch(
        sa.select(sa.func.count().label("n")).select_from(photograph_tables.photographs)
    )
    return int(rows[0].n)


@pytest.mark.thorough
async def test_a_deleted_photograph_is_gone_with_its_bytes(service: ServiceClient) -> None:
    """Former versions state that it was there, and have no bytes of it."""
    notice = await drafted(service, complete("red"))
    path, other = await added(service, notice), await added(service, notice, saved(drawn("L")))
    france = service.officer("FR")
    left = await france.delete(path)
    assert [f"{PATH}/{notice}/photographs/{each['id']}" for each in left.json()["photographs"]] == [other]
    assert await statuses(service, path, "FR") == [404] * 2
    assert await statuses(service, other, "FR") == [200] * 2
    assert problem_of(await france.delete(path)) == (404, "not-found")
    assert await stored(service.app.state.context.database) == 1


@pytest.mark.thorough
async def test_the_photographs_of_a_deleted_notice_are_deleted(service: ServiceClient) -> None:
    """Their ids stay, as none is given again."""
    notice, kept = await drafted(service, complete("red")), await drafted(service, complete("red"))
    for each in (notice, kept):
        await added(service, each)
    database = service.app.state.context.database
    assert await stored(database) == 2
    assert (await service.officer("FR").delete(f"{PATH}/{notice}")).status_code == 204
    assert await stored(database) == 1
    assert len(await database.reading.fetch(sa.select(photograph_tables.ids.c.id))) == 2


@pytest.mark.thorough
async def test_a_notice_has_ten_photographs_at_most(service: ServiceClient) -> None:
    """The eleventh is refused, with what to do."""
    notice = await drafted(service, complete("red"))
    for number in range(10):
        await added(service, notice, saved(drawn(width=100 + number)))
    refused = await add(service, notice)
    assert problem_of(refused) == (409, "photographs-full")
    assert "delete one first" in refused.json()["detail"]


@pytest.mark.thorough
async def test_the_photographs_of_a_bureau_take_bounded_space(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it deletes is free again; other bureaus have their own."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    size = sum([len((await service.officer("FR").get(each)).content) for each in (path, f"{path}/thumbnail")])
    monkeypatch.setattr(photographs, "MAX_BYTES_OF_OWNER", size + 10)
    assert problem_of(await add(service, notice, saved(drawn("L")))) == (409, "photographs-full")
    germany = service.officer("DE")
    other = (await germany.post(PATH, json=complete("red"))).json()["id"]
    assert (await add(service, other, bureau="DE")).status_code == 201
    await service.officer("FR").delete(path)
    assert (await add(service, notice)).status_code == 201


@pytest.mark.thorough
async def test_a_restricted_bureau_takes_photographs_back_and_adds_none(service: ServiceClient) -> None:
    """As it does with what it entered."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    restricted = service.measured("FR", "restricted")
    refused = await restricted.post(f"{PATH}/{notice}/photographs", content=FILE, headers=JPEG)
    assert problem_of(refused) == (403, "bureau-restricted")
    assert (await restricted.delete(path)).status_code == 200


@pytest.mark.thorough
async def test_a_photograph_is_kept_when_the_draft_is_edited(service: ServiceClient) -> None:
    """Also to another colour."""
    notice = await drafted(service, complete("red"))
    await added(service, notice)
    for colour in ("red", "blue"):
        edited = await service.officer("FR").put(f"{PATH}/{notice}", json=complete(colour))
        assert len(edited.json()["photographs"]) == 1


@pytest.mark.thorough
async def test_an_update_may_rest_on_the_photograph_of_the_notice(service: ServiceClient) -> None:
    """It is not part of the entry, which alone would lack a means of identification."""
    subject = {**complete("red")["subject"], "height": None}
    notice = await drafted(service, complete("red", subject=subject))
    assert (await service.officer("FR").post(f"{PATH}/{notice}/submission")).status_code == 422
    await added(service, notice)
    for bureau, step in (("FR", "submission"), ("IPSG", "review")):
        await take(service, bureau, notice, step)
    await publish(service, notice)
    changed = complete("red", subject=subject, facts="Held up two jewellers.")
    assert (await service.officer("FR").put(f"{PATH}/{notice}", json=changed)).status_code == 200
