"""Signs of a document's number that are taken for each other find a notice, and the hit says which were read so."""

from datetime import timedelta
from typing import Any

import pytest

from services.notices import matching
from services.notices.lifecycle import NoticeStatus
from services.notices.queries import NoticeQuery
from shared.clock import FixedClock
from tests.conftest import NOW
from tests.services.notices.examples import red_about
from tests.services.notices.steps import PATH, published
from tests.services.notices.test_match import notice
from tests.support import ServiceClient

PRINTED = "123456789"
MISREAD = "I23 4S6 7B9"
SAID = "the 1st sign: asked I, found 1; the 5th sign: asked S, found 5; the 8th sign: asked B, found 8"


def holding(*numbers: str) -> dict[str, Any]:
    return red_about(documents=[{"kind": "passport", "number": each, "country": "FR"} for each in numbers])


async def sought(service: ServiceClient, number: str) -> list[dict[str, Any]]:
    answer = await service.officer("DE").get(f"{PATH}/search", params={"document_number": number})
    assert answer.status_code == 200, answer.text
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


async def test_a_look_alike_number_finds_a_notice_and_says_what_was_read_otherwise(service: ServiceClient) -> None:
    """As travel documents do: it is a hit with less than the full score."""
    record = await published(service, holding(PRINTED))
    [hit] = await sought(service, MISREAD)
    assert (hit["record"]["id"], hit["score"]) == (record, round(0.97**3, 4))
    [why] = hit["why"]
    assert (why["asked"], why["found"], why["score"], why["reading"]) == (MISREAD, PRINTED, hit["score"], SAID)
    assert hit["match"] == f"document number {MISREAD} ({SAID})"


async def test_the_same_number_needs_no_reading(service: ServiceClient) -> None:
    """Case, spaces and signs between the signs of it do not count."""
    await published(service, holding("19AK-00417"))
    [hit] = await sought(service, "19ak 00417")
    assert (hit["score"], hit["why"][0]["reading"]) == (1.0, None)


async def test_of_several_documents_the_one_that_fits_best_is_shown(service: ServiceClient) -> None:
    await published(service, holding("I23456789", PRINTED))
    [hit] = await sought(service, PRINTED)
    assert (hit["score"], hit["why"][0]["found"]) == (1.0, PRINTED)


async def test_the_number_itself_comes_before_its_look_alikes(service: ServiceClient, clock: FixedClock) -> None:
    """Also where the look-alike was published later."""
    exact = await published(service, holding(PRINTED))
    clock.advance(timedelta(minutes=1))
    alike = await published(service, {**holding("I23456789"), "facts": "Held up a bank."})
    assert [hit["record"]["id"] for hit in await sought(service, PRINTED)] == [exact, alike]


@pytest.mark.parametrize("number", ["123456788", "12345678", "D23456789", "213456789"])
async def test_a_number_one_edit_away_is_that_of_another_document(service: ServiceClient, number: str) -> None:
    """Documents are numbered in series; nor is D taken for 0 in them."""
    await published(service, holding(PRINTED, "023456789"))
    assert await sought(service, number) == []


async def test_a_line_of_a_batch_reads_a_number_as_a_search_does(service: ServiceClient) -> None:
    record = await published(service, holding(PRINTED))
    answer = await service.officer("DE").post(f"{PATH}/checks", json={"checks": [{"document_number": MISREAD}]})
    [result] = answer.json()["results"]
    assert [(hit["record"]["id"], hit["why"][0]["reading"]) for hit in result["hits"]] == [(record, SAID)]


def test_a_saved_search_is_told_of_a_notice_with_a_look_alike_number() -> None:
    """The search is saved under a term that the notice has, and finds it when it is published."""
    record = notice(holding(PRINTED), NoticeStatus.PUBLISHED)
    query = NoticeQuery(document_number=MISREAD)
    assert {*matching.query_terms(query)} & {*matching.record_terms(record)}
    hit = matching.match(record, query, NOW)
    assert hit is not None
    assert hit.why[0].reading == SAID


def test_an_explanation_says_how_a_number_was_read() -> None:
    """Met by a look-alike, with what was read; of another number it shows those that the record has."""
    record = notice(holding(PRINTED), NoticeStatus.PUBLISHED)
    [_, alike] = matching.compare(record, NoticeQuery(document_number=MISREAD), NOW)
    [_, other] = matching.compare(record, NoticeQuery(document_number="999"), NOW)
    assert (alike.is_met, alike.match.reading) == (True, SAID)
    assert (other.is_met, other.match.found) == (False, PRINTED)
