"""Criminal files through the application, as officers see them."""

from datetime import timedelta
from typing import Any

import pytest

from services import notices
from shared.clock import FixedClock
from shared.identity import Purpose
from tests.conftest import NOW
from tests.services.notices.persons.files import (
    ACQUITTAL,
    CONVICTION,
    FRAUD,
    PATH,
    PENDING,
    content,
    entered,
    found,
)
from tests.support import ServiceClient, caller


async def test_a_file_can_be_read_by_other_bureaus_and_is_found_by_any_identity(service: ServiceClient) -> None:
    """By names in other scripts, the birth, the document and the nationality of the second identity."""
    other = {
        "name": "Vandermolen",
        "forename": "Steven",
        "date_of_birth": "1981-03",
        "nationalities": ["BE"],
        "documents": [{"kind": "identity card", "number": "592-0117733-48", "country": "BE"}],
    }
    record = await entered(service, identities=[other], names_in_other_scripts=["Этьен Марвелье"])
    read = await service.officer("DE").get(f"{PATH}/{record}")
    assert (read.status_code, read.json()["subject"]["name"]) == (200, "Marvellier")
    for query in (
        {"name": "etiene marvellier"},
        {"name": "Марвелье"},
        {"name": "steven vandermolen", "date_of_birth": "1981"},
        {"document_number": "592 0117733 48"},
        {"document_number": "19ak00417", "sex": "M"},
        {"nationality": "BE", "offence": "robbery", "person_status": "suspect"},
    ):
        assert await found(service, "DE", **query) == [record], query
    for query in ({"date_of_birth": "1982"}, {"document_number": "592011773"}, {"offence": "fraud"}, {"sex": "F"}):
        assert await found(service, "DE", **query) == [], query


async def test_a_hit_says_why_field_by_field(service: ServiceClient) -> None:
    await entered(service)
    query = {"name": "marvelier", "date_of_birth": "1980-05", "document_number": "19AK00417"}
    [hit] = (await service.officer("DE").get(f"{PATH}/search", params=query)).json()["hits"]
    why = {each["field"]: (each["asked"], each["found"], each["score"]) for each in hit["why"]}
    assert why["date_of_birth"] == ("1980-05", "1980-05-06", 1.0)
    assert why["document_number"] == ("19AK00417", "19 AK-00417", 1.0)
    assert (why["name"][0], why["name"][2] < 1) == ("marvelier", True)


@pytest.mark.parametrize("status", ["witness", "victim"])
async def test_a_witness_or_victim_is_found_only_by_a_search_that_asks_for_them(
    service: ServiceClient, status: str
) -> None:
    """A search for suspects and convicts does not find them, whatever else it asks; the Commission's does."""
    record = await entered(service, person_status=status)
    for query in ({"name": "marvellier"}, {"document_number": "19AK00417"}, {"date_of_birth": "1980-05-06"}):
        assert await found(service, "DE", **query) == []
        assert await found(service, "DE", **query, person_status=status) == [record]
        commission = service.calling(
            lambda: caller("CCF", *notices.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
        )
        hits = (await commission.get(f"{PATH}/search", params=query)).json()["hits"]
        assert [hit["record"]["id"] for hit in hits] == [record]


async def test_an_entry_of_which_the_person_was_cleared_is_shown_to_the_owner_alone(service: ServiceClient) -> None:
    """Others neither read it nor find the file by it."""
    record = await entered(service, PENDING, FRAUD)
    cleared = await service.officer("FR").put(f"{PATH}/{record}", json=content(ACQUITTAL, FRAUD))
    assert (cleared.status_code, cleared.json()["status"], len(cleared.json()["history"])) == (200, "in-force", 2)
    shown = (await service.officer("DE").get(f"{PATH}/{record}")).json()
    assert [case["offence"]["category"] for case in shown["history"]] == ["fraud"]
    assert "acquitted" not in str((await service.officer("DE").get(PATH)).json())
    for bureau in ("DE", "FR"):
        assert await found(service, bureau, offence="robbery") == []
        assert await found(service, bureau, offence="fraud") == [record]


async def test_a_file_of_which_the_person_was_cleared_is_gone_for_others(service: ServiceClient) -> None:
    """In reads, lists and searches; the owner keeps the history, and cannot renew it."""
    record = await entered(service)
    ended = (await service.officer("FR").put(f"{PATH}/{record}", json=content(ACQUITTAL))).json()
    assert ended["status"] == "ended"
    assert (await service.officer("DE").get(f"{PATH}/{record}")).status_code == 404
    assert (await service.officer("DE").get(PATH)).json()["items"] == []
    assert await found(service, "DE", name="marvellier") == []
    assert (await service.officer("FR").get(f"{PATH}/{record}")).json() == ended
    renewed = await service.officer("FR").post(f"{PATH}/{record}/renewal", json={"reason": "None."})
    assert (renewed.status_code, "not longer" in renewed.json()["detail"]) == (409, True)


@pytest.mark.parametrize(("history", "status", "term"), [(PENDING, "suspect", 365), (CONVICTION, "convicted", 5 * 365)])
async def test_a_file_expires_by_the_status_of_the_person(
    service: ServiceClient, clock: FixedClock, history: dict[str, Any], status: str, term: int
) -> None:
    """A suspect after a year, unless the owner renews the file with a reason."""
    record = await entered(service, history, person_status=status)
    clock.advance(timedelta(days=term - 1))
    renewed = await service.officer("FR").post(f"{PATH}/{record}/renewal", json={"reason": "The case is open."})
    assert renewed.json()["expires"][:10] == f"{NOW + timedelta(days=2 * term - 1):%Y-%m-%d}"
    clock.advance(timedelta(days=term))
    assert (await service.officer("FR").get(f"{PATH}/{record}")).status_code == 404


async def test_a_list_shows_files_by_status(service: ServiceClient) -> None:
    suspect, victim = await entered(service), await entered(service, person_status="victim")
    for status, expected in (("suspect", [suspect]), ("victim", [victim]), ("convicted", [])):
        listed = (await service.officer("DE").get(PATH, params={"person_status": status})).json()["items"]
        assert [each["id"] for each in listed] == expected


async def test_a_conviction_without_sentence_is_refused(service: ServiceClient) -> None:
    """With the pointer to what is missing."""
    stated = content({k: v for k, v in CONVICTION.items() if k != "sentence"}, person_status="convicted")
    refused = await service.officer("FR").post(PATH, json=stated)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:person-file-incomplete")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/history/0/sentence"]


async def test_a_file_with_more_text_than_a_notice_may_have_is_refused_unread(service: ServiceClient) -> None:
    """The screening reads all of it, so that its length is bounded first."""
    cases = [{**PENDING, "charge": "Insulted the president. " * 160, "reference": str(n)} for n in range(9)]
    refused = await service.officer("FR").post(PATH, json=content(*cases))
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["pointer"], "at most 30,000 characters" in error["detail"]) == ("/history", True)


async def test_the_commission_corrects_a_file_and_what_follows_from_it(service: ServiceClient) -> None:
    """An acquittal that the Commission enters ends the file, in the state and for others."""
    record = await entered(service)
    officer = caller("CCF", *notices.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": {"history": [ACQUITTAL]}}
    done = await service.calling(lambda: officer).post(f"{PATH}/{record}/decision", json=decision)
    assert done.status_code == 200, done.text
    assert (await service.officer("FR").get(f"{PATH}/{record}")).json()["status"] == "ended"
    assert (await service.officer("DE").get(f"{PATH}/{record}")).status_code == 404


async def test_a_file_is_found_by_the_age_on_the_day_of_a_crime(service: ServiceClient) -> None:
    """As a range, for one that is estimated; that of today without a day, and `possible` where the birth is not known.

    Born on 6 May 1980, the person was 38 on the eve of their birthday in 2019.
    """
    record = await entered(service)
    for query, finds in (
        ({"age_min": 46, "age_max": 46}, True),
        ({"age_max": 45}, False),
        ({"age_min": 38, "age_max": 38, "age_on": "2019-05-05"}, True),
        ({"age_min": 38, "age_max": 38, "age_on": "2019-05-06"}, False),
        ({"age_min": 35, "age_max": 45, "age_on": "2019-06-14", "name": "Marvellier"}, True),
    ):
        assert await found(service, "DE", **query) == [record] * finds, query
    other = await entered(service, date_of_birth="1970", identities=[{"name": "Oster", "date_of_birth": "1985"}])
    query = {"age_min": 34, "age_max": 40, "age_on": "2019-06-14"}
    hits = (await service.officer("DE").get(f"{PATH}/search", params=query)).json()["hits"]
    assert [(hit["record"]["id"], hit["score"]) for hit in hits] == [(record, 1.0), (other, 0.8)]
    assert hits[1]["match"] == "age 34 to 40 on 2019-06-14 possible"


@pytest.mark.parametrize("query", [{}, {"name": "👨"}, {"document_number": "-👨"}, {"age_on": "2019-06-14"}])
async def test_a_search_without_a_valid_criterion_is_refused(service: ServiceClient, query: dict[str, str]) -> None:
    """A picture is no word of a name, and no sign of a document."""
    refused = await service.officer("FR").get(f"{PATH}/search", params=query)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:invalid")


async def test_a_birth_whose_day_and_month_are_exchanged_is_found_as_in_notices(service: ServiceClient) -> None:
    """With the same score and words, after files that meet the date itself."""
    exchanged = await entered(service, date_of_birth="1980-06-05")
    exact = await entered(service, date_of_birth="1980-05-06")
    asked = {"date_of_birth": "1980-05-06"}
    for query in (asked, {**asked, "name": "Marvellier"}):
        answer = (await service.officer("DE").get(f"{PATH}/search", params=query)).json()
        assert [hit["record"]["id"] for hit in answer["hits"]] == [exact, exchanged]
        assert [why["score"] for why in answer["hits"][1]["why"] if why["field"] == "date_of_birth"] == [0.64]
        assert "date of birth 1980-05-06 with day and month exchanged" in answer["hits"][1]["match"]
