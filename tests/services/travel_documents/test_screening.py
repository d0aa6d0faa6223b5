"""Partners send what they saw, are told nothing, and the bureaus concerned are alerted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.travel_documents.queries import DocumentHits, DocumentQuery
from services.travel_documents.store import TravelDocumentStore
from shared.agreements import REFER, SCREEN
from shared.clock import FixedClock
from shared.records.screening.comparison import TRIES
from shared.records.tables import saved_searches
from tests.services.travel_documents.samples import PATH, enter, enter_blanks, refusal
from tests.services.travel_documents.screening_jobs import SEEN, ScreeningJobs, partner
from tests.support import ServiceClient, events_in


@pytest.fixture
def jobs(service: ServiceClient, clock: FixedClock) -> ScreeningJobs:
    return ScreeningJobs(service, clock)


async def test_the_answer_is_the_same_whether_a_record_matches_or_not(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """202 and nothing else; both are stored alike, and compared later."""
    await enter(service)
    airline = partner(service, SCREEN)
    answers = [await airline.post(f"{PATH}/screening", json=seen) for seen in (SEEN, {**SEEN, "number": "26XX99999"})]
    assert [(answer.status_code, answer.text) for answer in answers] == [(202, "null")] * 2
    assert answers[0].headers == answers[1].headers
    assert (await jobs.waiting(), await jobs.kept()) == (2, 2)
    assert len(await jobs.alerts()) == 1
    assert (await jobs.waiting(), await jobs.kept()) == (0, 2)


async def test_a_match_alerts_the_issuer_the_bureau_of_the_place_and_the_secretariat(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """Without personal data; and it is a hit of the bureau of the place, of which its owner is notified as well."""
    record = await enter(service)
    await jobs.send(partner(service, SCREEN))
    [alert] = await jobs.alerts()
    assert alert.recipients == {"FR", "PL", "IPSG"}
    expected = {"owner": "FR", "partner": "PARTNER-AIR", "how": "screening", "country": "PL"}
    assert alert.form | expected == alert.form
    assert alert.record | {"record": record["id"], "place": SEEN["place"]} == alert.record
    assert "26XX00417" not in str(alert)
    shown = ("PL", "screening", record["id"], "FR", "number and type; seen by PARTNER-AIR")
    assert [each[:4] for each in await jobs.shown()] == [shown[:4]]


@pytest.mark.parametrize(
    ("stated", "recipients"),
    [
        ({"restricted": ["PL"]}, {"FR", "IPSG"}),
        ({"addressed": ["DE"]}, {"FR", "IPSG"}),
        ({"handling": "CONFIDENTIAL"}, {"FR", "PL", "IPSG"}),
    ],
)
async def test_a_bureau_that_may_not_see_the_record_is_not_alerted(
    service: ServiceClient, jobs: ScreeningJobs, stated: dict[str, Any], recipients: set[str]
) -> None:
    """Nor is it logged as shown to it; the issuer learns of it in any case."""
    await enter(service, **stated)
    await jobs.send(partner(service, SCREEN))
    assert [each.recipients for each in await jobs.alerts()] == [recipients]
    assert len(await jobs.shown()) == ("PL" in recipients)


async def test_a_stolen_blank_is_screened_as_well(service: ServiceClient, jobs: ScreeningJobs) -> None:
    """By the same search; seen in its own country, it is alerted once to each."""
    record = await enter_blanks(service)
    await jobs.send(partner(service, SCREEN), number="26XX15000", country="FR")
    [alert] = await jobs.alerts()
    assert (alert.recipients, alert.record["record"]) == ({"FR", "IPSG"}, record["id"])


async def test_a_partner_is_told_to_refer_only_where_its_agreement_says_so(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """Yes or no, and nothing of the record."""
    await enter(service, restricted=["PARTNER-AIR"])
    airline = partner(service, SCREEN, REFER)
    for number, told in ((SEEN["number"], True), ("26XX99999", False)):
        answer = await airline.post(f"{PATH}/screening", json={**SEEN, "number": number})
        assert (answer.status_code, answer.json()) == (202, {"refer": told})
    assert len(await jobs.alerts()) == 1


@pytest.mark.thorough
async def test_what_a_partner_sees_often_is_alerted_once_and_later_with_its_count(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock
) -> None:
    """40 desks that see a document alert each bureau once at once, and once more after ten minutes."""
    record, airline = await enter(service), partner(service, SCREEN)
    await jobs.send(airline)
    assert [each.times for each in await jobs.alerts()] == [1]
    first = clock.now().timestamp()
    for _ in range(40):
        clock.advance(timedelta(seconds=10))
        await jobs.send(airline)
        assert await jobs.alerts() == []
    clock.advance(timedelta(seconds=10 * 60 - 400))
    [alert] = await jobs.alerts()
    assert (alert.recipients, alert.record["record"]) == ({"FR", "PL", "IPSG"}, record["id"])
    assert (alert.times, alert.record["first"], alert.record["last"]) == (40, first + 10, first + 400)
    clock.advance(timedelta(seconds=10 * 60))
    assert await jobs.alerts() == []
    assert [each[4].partition("; ")[2] or each[4] for each in await jobs.shown()] == [
        "seen by PARTNER-AIR",
        "seen by PARTNER-AIR 40 times",
    ]
    # A quiet time is over.
    await jobs.send(airline)
    assert [each.times for each in await jobs.alerts()] == [1]


async def test_equal_sightings_that_wait_together_are_one_alert(service: ServiceClient, jobs: ScreeningJobs) -> None:
    """With their count."""
    await enter(service)
    await jobs.send(partner(service, SCREEN), times=40)
    assert [each.times for each in await jobs.alerts()] == [40]


async def test_another_country_partner_or_record_is_alerted_at_once(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """What is told to one bureau of one record delays nothing else."""
    await enter(service)
    await enter(service, number="26XX00418")
    await jobs.send(partner(service, SCREEN))
    await jobs.send(partner(service, SCREEN), country="DE")
    await jobs.send(partner(service, SCREEN), number="26XX00418")
    await jobs.send(partner(service, SCREEN, name="PARTNER-BANK"))
    alerted = [(each.form["country"], each.form["partner"], each.times) for each in await jobs.alerts()]
    one = ("PL", "PARTNER-AIR", 1)
    assert sorted(alerted) == sorted([one, ("DE", "PARTNER-AIR", 1), one, ("PL", "PARTNER-BANK", 1)])


@pytest.mark.parametrize("how", ["recovery", "withdrawal", "restriction"])
async def test_what_was_gathered_is_not_told_to_who_may_no_longer_know_the_record(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock, how: str
) -> None:
    """Nobody is, once it is not sought any more."""
    record, airline = await enter(service), partner(service, SCREEN)
    for _ in range(2):
        await jobs.send(airline)
        await jobs.alerts()
    path, officer = f"{PATH}/{record['id']}", service.officer("FR")
    if how == "restriction":
        entry = {"type": "passport", "number": "26XX00417", "status": "stolen", "event_date": "2026-03-14"}
        answer = await officer.put(path, json={**entry, "restricted": ["PL"]}, headers={"if-match": '"1"'})
    else:
        answer = await officer.post(f"{path}/{how}")
    assert answer.status_code == 200, answer.text
    clock.advance(timedelta(seconds=10 * 60))
    expected = [{"FR", "IPSG"}] if how == "restriction" else []
    assert [each.recipients for each in await jobs.alerts()] == expected


async def test_a_partner_may_send_so_many_in_a_minute(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is told how long to wait, whatever matches and however much was compared; another partner is not."""
    monkeypatch.setattr("shared.records.screening.sightings.MAX_SCREENED", 3)
    await enter(service)
    airline = partner(service, SCREEN)
    await jobs.send(airline)
    clock.advance(timedelta(seconds=20))
    await jobs.send(airline, times=2)
    clock.advance(timedelta(seconds=10))
    refused = []
    for compared in (False, True):
        if compared:
            await jobs.alerts()
        for number in (SEEN["number"], "26XX99999"):
            answer = await airline.post(f"{PATH}/screening", json={**SEEN, "number": number})
            refused.append((refusal(answer), answer.headers["retry-after"], answer.json()["detail"]))
    assert refused == [((429, "too-many-screened", []), "30", refused[0][2])] * 4
    assert "in 30 seconds" in refused[0][2]
    await jobs.send(partner(service, SCREEN, name="PARTNER-BANK"))
    assert await jobs.kept() == 4
    clock.advance(timedelta(seconds=30))
    await jobs.send(airline)


async def test_what_cannot_be_compared_stops_nothing_behind_it(
    service: ServiceClient, jobs: ScreeningJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried three times, then left and logged without what was seen."""
    await enter(service)
    airline = partner(service, SCREEN)
    for number in ("26XX00666", "26XX00001", SEEN["number"]):
        await jobs.send(airline, number=number)
    usual = TravelDocumentStore.look_up

    async def failing(store: TravelDocumentStore, query: DocumentQuery) -> DocumentHits:
        if query.number == "26XX00666":
            raise ArithmeticError("it cannot be compared")
        return await usual(store, query)

    monkeypatch.setattr(TravelDocumentStore, "look_up", failing)
    for _ in range(TRIES - 1):
        with pytest.raises(ArithmeticError):
            await jobs.comparison.run_once()
        assert await jobs.waiting() == 1
    assert len(await jobs.taken()) == 1
    assert (await jobs.alerts(), await jobs.waiting()) == ([], 0)
    [failure] = events_in(jobs.log_output, "screening-not-compared")
    assert (failure["partner"], failure["kind"]) == ("PARTNER-AIR", "travel-document")
    assert "26XX" not in jobs.log_output.getvalue().decode()


async def test_a_kept_search_that_cannot_be_read_stops_nothing(service: ServiceClient, jobs: ScreeningJobs) -> None:
    """As after an update that refuses what was accepted."""
    await enter(service)
    airline = partner(service, SCREEN)
    await jobs.send(airline, number="26XX00001")
    async with jobs.database.writing() as session:
        await session.execute(sa.update(saved_searches).values(query=b"{"))
    await jobs.send(airline)
    with pytest.raises(ValueError, match="JSON"):
        await jobs.comparison.run_once()
    assert len(await jobs.taken()) == 1


async def test_a_document_that_is_entered_after_it_was_seen_is_alerted(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """To the bureau of the place, as its hit, and to the Secretariat; the issuer learns of it by the finder alone."""
    await jobs.send(partner(service, SCREEN), times=2)
    assert await jobs.alerts() == []
    record = await enter(service)
    [alert] = await jobs.matched(record)
    assert (alert.recipients, alert.form["how"]) == ({"PL", "IPSG"}, "delayed-inquiry")
    assert alert.record | {"record": record["id"], "times": 2, "place": SEEN["place"]} == alert.record
    [shown] = await jobs.shown()
    assert shown[:4] == ("PL", "delayed-inquiry", record["id"], "IPSG")


async def test_a_range_of_blanks_that_is_entered_after_one_was_seen_is_alerted(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """By containment, as any search finds it; another number is not."""
    airline = partner(service, SCREEN)
    await jobs.send(airline, number="26XX15000")
    await jobs.send(airline, number="26XX20001")
    await jobs.alerts()
    [alert] = await jobs.matched(await enter_blanks(service))
    assert alert.times == 1


@pytest.mark.parametrize(("hours", "alerted"), [(71, 1), (73, 0)])
async def test_what_was_seen_is_kept_for_72_hours(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock, hours: int, alerted: int
) -> None:
    """Then it is deleted."""
    await jobs.send(partner(service, SCREEN))
    await jobs.alerts()
    clock.advance(timedelta(hours=hours))
    await jobs.expiry.run_once()
    assert await jobs.kept() == alerted
    assert len(await jobs.matched(await enter(service))) == alerted


@pytest.mark.parametrize(
    ("stated", "alerted"),
    [
        ({"restricted": ["PL"]}, [{"IPSG"}]),
        ({"addressed": ["DE"]}, [{"IPSG"}]),
        ({"addressed": ["PL"]}, [{"PL", "IPSG"}]),
    ],
)
async def test_a_later_document_is_alerted_to_none_who_may_not_see_it(
    service: ServiceClient, jobs: ScreeningJobs, stated: dict[str, Any], alerted: list[set[str]]
) -> None:
    """By the rules of its entry."""
    await jobs.send(partner(service, SCREEN))
    await jobs.alerts()
    assert [each.recipients for each in await jobs.matched(await enter(service, **stated))] == alerted


async def test_one_sighting_is_alerted_once_whichever_comparison_comes_first(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock
) -> None:
    """Of a document that is entered while it waits, by two processes, and when the record is changed later."""
    record = await enter(service)
    await jobs.send(partner(service, SCREEN))
    other = ScreeningJobs(service, clock)
    await asyncio.gather(jobs.comparison.run_once(), other.comparison.run_once())
    assert len(await jobs.taken()) == 1
    for _ in range(2):
        clock.advance(timedelta(seconds=10 * 60))
        assert await jobs.matched(record) == []
        assert await jobs.alerts() == []


async def test_only_partners_screen_and_only_as_their_agreement_says(service: ServiceClient) -> None:
    """A bureau searches, and a partner that may read may not screen."""
    bureau = await service.officer("PL").post(f"{PATH}/screening", json=SEEN)
    assert refusal(bureau)[:2] == (403, "participant-not-allowed")
    reader = await partner(service, "read").post(f"{PATH}/screening", json=SEEN)
    assert refusal(reader)[:2] == (403, "agreement-exceeded")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": "Anna"}, "/name"),
        ({"issuer": "XXA"}, "/issuer"),
        ({"place": "call +49 170 1234567"}, "/place"),
        ({"place": "Warsaw \u202e21 ksed"}, "/place"),
        ({"place": "Warsaw" + "\u0301" * 74}, "/place"),
        ({"place": "\U0001f6c2\U0001f6c2"}, "/place"),
        ({"country": "POL"}, "/country"),
    ],
)
async def test_what_a_partner_may_not_send_is_refused(
    service: ServiceClient, jobs: ScreeningJobs, changes: dict[str, str], pointer: str
) -> None:
    """No name, nor anything else that is personal, and nothing is stored."""
    answer = await partner(service, SCREEN).post(f"{PATH}/screening", json={**SEEN, **changes})
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await jobs.waiting() == await jobs.kept() == 0
