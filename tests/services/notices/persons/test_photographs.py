"""Photographs of criminal files: by the same mechanism as those of notices, but at once, and gone with the ground."""

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from services.notices.tables import photograph_tables
from shared.clock import FixedClock
from shared.identity import Purpose
from shared.records.policy import DEFAULT_RETENTION
from tests.services.notices import photograph_requests
from tests.services.notices.examples import complete
from tests.services.notices.persons.files import ACQUITTAL, CONVICTION, FRAUD, PATH, PENDING, content, entered, found
from tests.services.notices.steps import PATH as NOTICES
from tests.services.notices.steps import UNKNOWN_ID
from tests.shared.images.files import SECRET, drawn, opened, saved, with_metadata
from tests.support import ServiceClient, caller, problem_of

OTHER = saved(drawn("L"))
add, added = partial(photograph_requests.add, path=PATH), partial(photograph_requests.added, path=PATH)


async def statuses(service: ServiceClient, path: str, *bureaus: str) -> list[int]:
    """Return how bureaus are answered who ask for a photograph; for its thumbnail they are answered alike."""
    answers = []
    for bureau in bureaus:
        whole, small = [(await service.officer(bureau).get(each)).status_code for each in (path, f"{path}/thumbnail")]
        assert whole == small
        answers.append(whole)
    return answers


async def stored(service: ServiceClient) -> int:
    """Return of how many photographs the service has the bytes."""
    count = sa.select(sa.func.count().label("n")).select_from(photograph_tables.photographs)
    rows = await service.app.state.context.database.reading.fetch(count)
    return int(rows[0].n)


@pytest.mark.thorough
async def test_a_photograph_of_a_file_is_shown_at_once_without_metadata(service: ServiceClient) -> None:
    """In the file that others read and find, with its size; sent again, it is not added again."""
    file = await entered(service)
    answer = await add(service, file, with_metadata("JPEG", orientation=6))
    assert answer.status_code == 201, answer.text
    [stated] = answer.json()["photographs"]
    assert answer.headers["Location"] == f"{PATH}/{file}/photographs/{stated['id']}"
    germany = service.officer("DE")
    assert (await germany.get(f"{PATH}/{file}")).json()["photographs"] == [stated]
    hits = (await germany.get(f"{PATH}/search", params={"name": "marvellier"})).json()["hits"]
    assert hits[0]["record"]["photographs"] == [stated]
    read = await germany.get(answer.headers["Location"])
    assert opened(read.content).size == (stated["width"], stated["height"]) == (200, 300)
    assert SECRET not in read.content
    again = await add(service, file, with_metadata("JPEG", orientation=6))
    assert (again.status_code, again.json()["version"]) == (201, answer.json()["version"])


@pytest.mark.thorough
async def test_a_photograph_is_seen_by_who_may_see_the_file(service: ServiceClient) -> None:
    """Hidden and missing are the same, byte for byte but for the ids."""
    file = await entered(service)
    path = await added(service, file)
    assert await statuses(service, path, "FR", "DE", "IPSG") == [200] * 3
    await service.officer("FR").put(f"{PATH}/{file}/restriction", json={"restricted": ["DE"]})
    assert await statuses(service, path, "FR", "DE", "IPSG") == [200, 404, 200]
    hidden = (await service.officer("DE").get(path)).text
    missing = (await service.officer("DE").get(path.replace(file, UNKNOWN_ID))).text
    assert hidden.replace(file, "X") == missing.replace(UNKNOWN_ID, "X")
    assert problem_of(await add(service, file, bureau="DE")) == (404, "not-found")
    assert problem_of(await add(service, file, bureau="PL")) == (403, "not-the-owner")
    assert problem_of(await service.officer("PL").delete(path)) == (403, "not-the-owner")


@pytest.mark.thorough
async def test_a_photograph_belongs_to_one_record(service: ServiceClient) -> None:
    """It is not shown below another file, nor below a notice."""
    file, other = await entered(service), await entered(service)
    notice = (await service.officer("FR").post(NOTICES, json=complete("blue"))).json()["id"]
    photograph = (await added(service, file)).rpartition("/")[2]
    for path in (f"{PATH}/{other}", f"{NOTICES}/{notice}", f"{NOTICES}/{file}", f"{PATH}/{notice}"):
        assert problem_of(await service.officer("FR").get(f"{path}/photographs/{photograph}")) == (404, "not-found")


@pytest.mark.thorough
@pytest.mark.parametrize("end", ["photograph", "file", "decision", "correction"])
async def test_the_bytes_of_a_photograph_are_deleted_with_it_and_with_its_file(
    service: ServiceClient, end: str
) -> None:
    """By the owner or by the Commission; those of another file stay."""
    file, other = await entered(service), await entered(service)
    path, kept = await added(service, file), await added(service, other)
    assert await stored(service) == 2
    match end:
        case "photograph":
            assert (await service.officer("FR").delete(path)).json()["photographs"] == []
        case "file":
            assert (await service.officer("FR").delete(f"{PATH}/{file}")).status_code == 204
        case "correction":
            corrections = {"photographs": {path.rpartition("/")[2]: None}}
            await decide(service, file, {"decision": "correct", "reference": "CCF/2026/12", "corrections": corrections})
        case _:
            await decide(service, file, {"decision": "delete", "reference": "CCF/2026/12"})
    assert await statuses(service, path, "FR", "DE") == [404] * 2
    assert await statuses(service, kept, "FR", "DE") == [200] * 2
    assert await stored(service) == 1


async def decide(service: ServiceClient, file: str, decision: dict[str, Any]) -> None:
    officer = caller("CCF", "notices:read", "notices:decide", purpose=Purpose.DATA_SUBJECT_REQUEST)
    done = await service.calling(lambda: officer).post(f"{PATH}/{file}/decision", json=decision)
    assert done.status_code == 200, done.text


@pytest.mark.thorough
@pytest.mark.parametrize("by", ["owner", "commission"])
async def test_the_photographs_of_a_person_who_was_cleared_of_all_are_deleted(service: ServiceClient, by: str) -> None:
    """With their bytes, at once, and no others can be added; an acquittal in one of two cases ends none."""
    file = await entered(service, PENDING, FRAUD)
    path, france = await added(service, file), service.officer("FR")
    await france.put(f"{PATH}/{file}", json=content(ACQUITTAL, FRAUD))
    assert await statuses(service, path, "DE") == [200]
    cleared = [ACQUITTAL, {**FRAUD, "outcome": "discontinued", "decided": "2020"}]
    if by == "owner":
        ended = await france.put(f"{PATH}/{file}", json=content(*cleared))
        assert ended.status_code == 200, ended.text
    else:
        corrections = {"history": cleared}
        await decide(service, file, {"decision": "correct", "reference": "CCF/2026/13", "corrections": corrections})
    assert (await france.get(f"{PATH}/{file}")).json()["photographs"] == []
    assert await statuses(service, path, "FR", "DE") == [404] * 2
    assert await stored(service) == 0
    assert problem_of(await add(service, file)) == (409, "illegal-step")


@pytest.mark.thorough
async def test_a_withdrawn_file_loses_photographs_and_gets_none(service: ServiceClient) -> None:
    """Its owner alone sees them."""
    file = await entered(service)
    path = await added(service, file)
    await service.officer("FR").post(f"{PATH}/{file}/withdrawal")
    assert await statuses(service, path, "FR", "DE") == [200, 404]
    assert problem_of(await add(service, file, OTHER)) == (409, "illegal-step")
    assert (await service.officer("FR").delete(path)).status_code == 200
    assert await stored(service) == 0


@pytest.mark.thorough
async def test_photographs_stay_when_a_file_is_corrected(service: ServiceClient) -> None:
    """They are no part of the entry."""
    file = await entered(service)
    path = await added(service, file)
    corrected = await service.officer("FR").put(f"{PATH}/{file}", json=content(CONVICTION, person_status="convicted"))
    assert len(corrected.json()["photographs"]) == 1
    assert await statuses(service, path, "DE") == [200]
    assert await found(service, "DE", person_status="convicted") == [file]


@pytest.mark.thorough
async def test_a_photograph_is_not_shown_once_the_file_has_expired(service: ServiceClient, clock: FixedClock) -> None:
    file = await entered(service, CONVICTION, person_status="convicted")
    path = await added(service, file)
    clock.advance(DEFAULT_RETENTION)
    assert await statuses(service, path, "FR", "DE") == [404] * 2


@pytest.mark.thorough
async def test_the_reading_of_a_photograph_is_disclosed_to_the_owner_of_the_file(service: ServiceClient) -> None:
    file = await entered(service)
    path = await added(service, file)
    reader = caller("PL", "notices:read")
    await service.calling(lambda: reader).get(f"{path}/thumbnail")
    [disclosed] = reader.recorder.shown.values()
    assert (disclosed.kind, disclosed.record, disclosed.owner) == ("person-file", file, "FR")
    assert disclosed.match == f"photograph {path[-8:]}"
