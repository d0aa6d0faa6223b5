"""Photographs of notices: added to drafts, shown to those who may see the notice, and deleted with it."""

from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services import notices
from services.notices import notice_photographs, rules
from services.notices.criteria.requirements import faults_of
from services.notices.entries import NoticeEntry
from services.notices.lifecycle import IN_FORCE, NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.photographs import rules as photographs
from services.notices.photographs.rules import Photograph
from services.notices.photographs.store import StoredPhotograph, photograph_tables
from services.notices.store import NoticeStore
from services.synthetic_pictures import drawn_picture
from shared.bureaus import PUBLIC, BureauCode
from shared.clock import FixedClock
from shared.errors import IllegalStep, NotFound, NotTheOwner
from shared.ids import uuid7
from shared.records.policy import Revision
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.examples import complete, entry
from tests.services.notices.test_api import PATH, UNKNOWN_ID, drafted, publish, published, take
from tests.shared.images.files import SECRET, WIDTH, animated_png, drawn, jpeg_stating, opened, saved, with_metadata
from tests.stores import Tables
from tests.support import ServiceClient, caller

JPEG, PNG = {"Content-Type": "image/jpeg"}, {"Content-Type": "image/png"}
FILE = saved(drawn())


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return notices.SERVICE


def drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same seed must draw the same


async def add(service: ServiceClient, notice: str, file: bytes = FILE, bureau: str = "FR") -> httpx.Response:
    return await service.officer(bureau).post(f"{PATH}/{notice}/photographs", content=file, headers=JPEG)


async def added(service: ServiceClient, notice: str, file: bytes = FILE) -> str:
    """Add a photograph, and return its path."""
    answer = await add(service, notice, file)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def statuses(service: ServiceClient, path: str, bureau: str) -> list[int]:
    """Return how a bureau is answered who asks for a photograph and its thumbnail."""
    reader = service.officer(bureau)
    return [(await reader.get(each)).status_code for each in (path, f"{path}/thumbnail")]


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


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


async def test_the_same_photograph_is_not_added_again(service: ServiceClient) -> None:
    """A request whose answer was lost can be sent again, and names the photograph that is there."""
    notice = await drafted(service, complete("red"))
    first, again = await add(service, notice), await add(service, notice)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]


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
            "image/jpeg or image/png",
        ),
        (FILE, {"Content-Type": "image/svg+xml"}, (415, "unsupported-media-type"), "image/jpeg or image/png"),
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


async def test_what_a_file_is_is_decided_by_its_content(service: ServiceClient) -> None:
    """Many programs send every image as JPEG."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice, saved(drawn(), "PNG"))
    assert opened((await service.officer("FR").get(path)).content).format == "JPEG"


async def test_a_photograph_is_shown_to_whoever_may_see_the_notice(service: ServiceClient) -> None:
    """From its publication to its withdrawal, and never to a bureau that is barred from it."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    assert [await statuses(service, path, bureau) for bureau in ("FR", "PL", "IPSG")] == [
        [200] * 2,
        [404] * 2,
        [404] * 2,
    ]
    await take(service, "FR", notice, "submission")
    assert [await statuses(service, path, bureau) for bureau in ("PL", "IPSG")] == [[404] * 2, [200] * 2]
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    assert await statuses(service, path, "PL") == [200] * 2
    await service.officer("FR").put(f"{PATH}/{notice}/restriction", json={"restricted": ["PL"]})
    assert [await statuses(service, path, bureau) for bureau in ("PL", "DE")] == [[404] * 2, [200] * 2]
    await take(service, "FR", notice, "withdrawal")
    assert [await statuses(service, path, bureau) for bureau in ("DE", "FR")] == [[404] * 2, [200] * 2]


async def test_a_hidden_photograph_is_answered_as_one_that_does_not_exist(service: ServiceClient) -> None:
    """Byte for byte but for the ids, which the caller named."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    poland = service.officer("PL")
    hidden = (await poland.get(path)).text
    missing = (await poland.get(path.replace(notice, UNKNOWN_ID))).text
    assert hidden.replace(notice, "X") == missing.replace(UNKNOWN_ID, "X")


async def test_the_public_sees_the_photographs_of_public_notices_alone(service: ServiceClient) -> None:
    public, other = await drafted(service, complete("red", public=True)), await drafted(service, complete("red"))
    paths = [await added(service, public), await added(service, other)]
    assert [await statuses(service, path, PUBLIC) for path in paths] == [[404] * 2, [404] * 2]
    for notice in (public, other):
        await take(service, "FR", notice, "submission")
        await take(service, "IPSG", notice, "review")
        await publish(service, notice)
    assert [await statuses(service, path, PUBLIC) for path in paths] == [[200] * 2, [404] * 2]


async def test_a_photograph_is_not_shown_once_the_notice_has_expired(service: ServiceClient, clock: FixedClock) -> None:
    """To nobody, its owner included, whether it is deleted yet or not."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    clock.advance(rules.DRAFT_KEPT_FOR - timedelta(seconds=1))
    assert await statuses(service, path, "FR") == [200] * 2
    clock.advance(timedelta(seconds=1))
    assert await statuses(service, path, "FR") == [404] * 2


@pytest.mark.parametrize("steps", [["submission"], ["submission", "review"]], ids=str)
async def test_what_was_handed_in_keeps_its_photographs(service: ServiceClient, steps: list[str]) -> None:
    """It is reviewed as it is: photographs are neither added nor deleted."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    for step in steps:
        await take(service, "IPSG" if step == "review" else "FR", notice, step)
    assert problem_of(await add(service, notice, saved(drawn("L")))) == (409, "illegal-step")
    assert problem_of(await service.officer("FR").delete(path)) == (409, "illegal-step")
    assert await statuses(service, path, "FR") == [200] * 2


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
    assert await stored(service._app.state.context.database) == 1


async def test_the_photographs_of_a_deleted_notice_are_deleted(service: ServiceClient) -> None:
    """Their ids stay, as none is given again."""
    notice, kept = await drafted(service, complete("red")), await drafted(service, complete("red"))
    for each in (notice, kept):
        await added(service, each)
    database = service._app.state.context.database
    assert await stored(database) == 2
    assert (await service.officer("FR").delete(f"{PATH}/{notice}")).status_code == 204
    assert await stored(database) == 1
    assert len(await database.reading.fetch(sa.select(photograph_tables.ids.c.id))) == 2


async def test_a_notice_has_ten_photographs_at_most(service: ServiceClient) -> None:
    """The eleventh is refused, with what to do."""
    notice = await drafted(service, complete("red"))
    for number in range(10):
        await added(service, notice, saved(drawn(width=100 + number)))
    refused = await add(service, notice)
    assert problem_of(refused) == (409, "photographs-full")
    assert "delete one first" in refused.json()["detail"]


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


async def test_the_reading_of_a_photograph_is_disclosed_to_the_owner(service: ServiceClient) -> None:
    """As that of the notice, whether it is the photograph or its thumbnail."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    await take(service, "FR", notice, "diffusion")
    for each in (path, f"{path}/thumbnail"):
        reader = caller("PL", "notices:read")
        await service.calling(lambda reader=reader: reader).get(each)
        [disclosed] = reader.recorder.shown.values()
        assert (disclosed.record, disclosed.how, disclosed.owner) == (notice, "read", "FR")
        assert disclosed.match == f"photograph {path[-8:]}"


async def test_a_restricted_bureau_takes_photographs_back_and_adds_none(service: ServiceClient) -> None:
    """As it does with what it entered."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    restricted = service.measured("FR", "restricted")
    refused = await restricted.post(f"{PATH}/{notice}/photographs", content=FILE, headers=JPEG)
    assert problem_of(refused) == (403, "bureau-restricted")
    assert (await restricted.delete(path)).status_code == 200


async def test_a_photograph_is_kept_when_the_draft_is_edited(service: ServiceClient) -> None:
    """Also to another colour."""
    notice = await drafted(service, complete("red"))
    await added(service, notice)
    for colour in ("red", "blue"):
        edited = await service.officer("FR").put(f"{PATH}/{notice}", json=complete(colour))
        assert len(edited.json()["photographs"]) == 1


def test_a_photograph_is_a_means_of_identification() -> None:
    """Of a wanted person without a description, and of a body."""
    unknown = entry(complete("red", subject={**complete("red")["subject"], "height": None}))
    body = entry(complete("black", subject={"kind": "person"}))
    for content in (unknown, body):
        notice = _draft(content)
        assert len(list(faults_of(notice, NOW.date()))) == 1
        assert list(faults_of(photographs.with_photograph(notice, _stated("10000000")), NOW.date())) == []


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


def _draft(content: NoticeEntry) -> NoticeRecord:
    return rules.draft(content, by=caller("FR"), revision=Revision(uuid7(NOW), NOW))


def _stated(photograph_id: str) -> Photograph:
    return photographs.photograph_of(photograph_id, drawn_picture(drawing(1)))


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=30))
def test_a_notice_has_the_photographs_that_were_added_and_not_removed(steps: list[tuple[bool, int]]) -> None:
    """In the order of their addition, at most ten, and each once removed is not found."""
    notice, held = _draft(entry(complete("blue"))), list[str]()
    for adds, number in steps:
        photograph_id = str(10_000_000 + 2 * number)
        try:
            if adds and photograph_id not in held:
                notice = photographs.with_photograph(notice, _stated(photograph_id))
                held.append(photograph_id)
            elif not adds:
                notice = photographs.without_photograph(notice, photograph_id)
                held.remove(photograph_id)
        except photographs.PhotographsFull:
            assert len(held) == photographs.MAX_PHOTOGRAPHS
        except NotFound:
            assert photograph_id not in held
        assert [each.id for each in notice.photographs] == held


@pytest.mark.parametrize("status", NoticeStatus)
def test_only_a_draft_or_a_notice_in_force_can_be_changed_by_its_issuer(status: NoticeStatus) -> None:
    """In any other state it is the one that is reviewed, or was."""
    notice = _draft(entry(complete("blue"))).model_copy(update={"status": status})
    with pytest.raises(NotTheOwner):
        notice_photographs.require_changeable(notice, caller("PL"))
    if status not in (NoticeStatus.DRAFT, *IN_FORCE):
        with pytest.raises(IllegalStep):
            notice_photographs.require_changeable(notice, caller("FR"))
    else:
        notice_photographs.require_changeable(notice, caller("FR"))


async def test_a_photograph_of_a_notice_in_force_waits_for_review(service: ServiceClient) -> None:
    """Issuer and reviewers see it meanwhile; the one it replaces is shown until then, and gone afterwards."""
    notice = await drafted(service, complete("red"))
    first = await added(service, notice)
    for bureau, step in (("FR", "submission"), ("IPSG", "review")):
        await take(service, bureau, notice, step)
    await publish(service, notice)
    second = await added(service, notice, saved(drawn(width=WIDTH + 40)))
    assert (await service.officer("FR").delete(first)).status_code == 200
    waiting = {bureau: await statuses(service, second, bureau) for bureau in ("FR", "IPSG", "PL")}
    assert waiting == {"FR": [200, 200], "IPSG": [200, 200], "PL": [404, 404]}
    assert await statuses(service, first, "PL") == [200, 200]
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    assert await statuses(service, second, "PL") == [200, 200]
    assert [await statuses(service, first, bureau) for bureau in ("FR", "PL")] == [[404, 404]] * 2


@given(drawn_bytes=st.binary(min_size=8, max_size=8))
def test_an_id_is_an_even_number_of_eight_digits(drawn_bytes: bytes) -> None:
    """The next number, of its thumbnail, has eight digits as well."""
    number = photographs.draw_id(lambda _: drawn_bytes)
    assert (number % 2, len(str(number)), len(str(number + 1))) == (0, 8, 8)


@pytest.mark.both_databases
async def test_an_id_is_never_given_twice(database: Database) -> None:
    """Also one whose photograph is gone: another is drawn."""
    drawn_numbers = iter([b"\0" * 8, b"\0" * 8, b"\0" * 7 + b"\1"])
    async with database.writing() as session:
        store = NoticeStore(session, caller("FR"), NOW)
        first = await photograph_tables.give_id(session, lambda _: next(drawn_numbers))
        second = await photograph_tables.give_id(session, lambda _: next(drawn_numbers))
        many = await store.give_photograph_ids(2_000, drawing(1).randbytes)
    assert (first, second) == ("10000000", "10000002")
    assert len({first, second, *many}) == 2_002


@pytest.mark.both_databases
async def test_many_photographs_are_stored_at_once(database: Database) -> None:
    """As synthetic notices come with; each is read as it was drawn."""
    random, owner = drawing(247), BureauCode("FR")
    async with database.writing() as session:
        store = NoticeStore(session, caller("FR"), NOW)
        ids = await store.give_photograph_ids(600, random.randbytes)
        pictures = [drawn_picture(random) for _ in ids]
        stated = [photographs.photograph_of(each, picture) for each, picture in zip(ids, pictures, strict=True)]
        drafts = [photographs.with_photograph(_draft(entry(complete("blue"))), each) for each in stated]
        await store.add_many(drafts)
        rows = zip(drafts, stated, pictures, strict=True)
        await store.add_photographs_many([StoredPhotograph(each.id, owner, of, picture) for each, of, picture in rows])
    reading = NoticeStore(database.reading, caller("FR"), NOW)
    for place in (0, 599):
        notice, jpeg = await reading.photograph(drafts[place].id, ids[place], thumbnail=False)
        assert (jpeg, notice) == (pictures[place].jpeg, drafts[place])
        assert (await reading.photograph(drafts[place].id, ids[place], thumbnail=True))[1] == pictures[place].thumbnail
    used = await photograph_tables.used_by(database.reading, owner)
    assert used == sum(map(photographs.size_of, pictures))


async def test_a_published_notice_shows_its_photographs_in_lists_and_searches(service: ServiceClient) -> None:
    """By their sizes and ids, in the order in which they were added."""
    notice = await drafted(service, complete("red"))
    ids = [(await added(service, notice, saved(drawn(width=each)))).rpartition("/")[2] for each in (200, 100)]
    for bureau, step in (("FR", "submission"), ("IPSG", "review")):
        await take(service, bureau, notice, step)
    await publish(service, notice)
    found: Any = (await service.officer("PL").get(f"{PATH}/search", params={"name": "marvellier"})).json()
    assert [each["id"] for each in found["hits"][0]["record"]["photographs"]] == ids
    other = await published(service, complete("red"))
    assert (await service.officer("PL").get(f"{PATH}/{other}/photographs/{ids[0]}")).status_code == 404
