"""What an issuer and a partner together can do: multiply alerts, and fill the store."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.travel_documents.store import TravelDocumentStore
from shared.agreements import SCREEN
from shared.clock import FixedClock
from shared.protocol.payloads import MAX_ALERTED
from shared.records.screening import sightings
from shared.records.screening.sightings import SightingBound
from tests.services.travel_documents.samples import enter, enter_blanks
from tests.services.travel_documents.screening_jobs import Alert, ScreeningJobs, partner
from tests.support import ServiceClient


@pytest.fixture
def jobs(service: ServiceClient, clock: FixedClock) -> ScreeningJobs:
    return ScreeningJobs(service, clock)


async def overlapping(service: ServiceClient, count: int, **stated: Any) -> list[dict[str, Any]]:
    """Enter ranges of blanks over the same numbers, each of which begins one number later."""
    return [
        await enter_blanks(service, first_number=f"26XX{10000 + place}", last_number="26XX15000", **stated)
        for place in range(count)
    ]


def told(alerts: Sequence[Alert], bureau: str) -> list[tuple[int, int]]:
    """Return how many records each alert to a bureau lists, and how many more it counts."""
    return [(len(each.form["records"]), each.form.get("more", 0)) for each in alerts if bureau in each.recipients]


async def test_records_of_one_thing_are_one_alert(service: ServiceClient, jobs: ScreeningJobs) -> None:
    """With the list of them, and a count of those above its bound; so are their hits, of those that it lists."""
    await overlapping(service, MAX_ALERTED + 3)
    await jobs.send(partner(service, SCREEN), number="26XX14000", type=None)
    alerts = await jobs.alerts()
    assert [told(alerts, bureau) for bureau in ("FR", "PL", "IPSG")] == [[(MAX_ALERTED, 3)]] * 3
    assert len(alerts[0].quotes) == len(await jobs.shown()) == MAX_ALERTED


async def test_a_partner_causes_no_more_alerts_than_it_sends(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock
) -> None:
    """However the ranges of an issuer overlap: each number lies in others; and later, of what was seen again."""
    await overlapping(service, 6)
    airline, alerts = partner(service, SCREEN), list[Alert]()
    for place in range(8):
        await jobs.send(airline, number=f"26XX{10000 + place}", type=None)
        alerts += await jobs.alerts()
    assert len(told(alerts, "PL")) == 6, "one for each set of ranges"
    clock.advance(timedelta(minutes=10))
    assert told(await jobs.alerts(), "PL") == [(6, 0)], "two more numbers were in all of them"


async def test_records_that_are_entered_after_one_sighting_are_gathered(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock
) -> None:
    """The first is told at once, all others after ten minutes, each with its place."""
    await jobs.send(partner(service, SCREEN), number="26XX14000", type=None, place="Warsaw airport, desk 12")
    await jobs.send(partner(service, SCREEN), number="26XX00417", place="Gdansk port")
    await jobs.alerts()
    [first, *others] = await overlapping(service, 5)
    [alert] = await jobs.matched(first)
    assert alert.record["record"] == first["id"]
    other = await enter(service)
    for each in (*others, other):
        assert await jobs.matched(each) == []
    clock.advance(timedelta(minutes=10))
    [alert] = await jobs.alerts()
    places = {each["record"]: each["place"] for each in alert.form["records"]}
    assert places == {each["id"]: "Warsaw airport, desk 12" for each in others} | {other["id"]: "Gdansk port"}
    assert alert.recipients == {"PL", "IPSG"}


async def test_a_bureau_is_told_of_no_record_that_it_may_not_see_nor_how_many_there_are(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """Each has a message of its own, as the recipients of one would tell."""
    await overlapping(service, MAX_ALERTED + 1, restricted=["PL"])
    shown = await enter_blanks(service, first_number="26XX13000", last_number="26XX14500")
    await jobs.send(partner(service, SCREEN), number="26XX14000", type=None)
    alerts = await jobs.alerts()
    assert (told(alerts, "PL"), told(alerts, "IPSG")) == ([(1, 0)], [(MAX_ALERTED, 2)])
    [poland] = [each for each in alerts if "PL" in each.recipients]
    assert (poland.recipients, poland.record["record"]) == ({"PL"}, shown["id"])
    assert [each["record"] for each in poland.quotes] == [shown["id"]]


async def test_an_alert_quotes_its_records_with_what_binds_their_readers(
    service: ServiceClient, jobs: ScreeningJobs
) -> None:
    """As it is when the alert is sent, so that nobody passes on what its owner shares with conditions."""
    record = await enter(service, handling="CONFIDENTIAL", conditions=["H2"])
    await jobs.send(partner(service, SCREEN))
    [alert] = await jobs.alerts()
    assert alert.recipients == {"FR", "PL", "IPSG"}
    assert alert.quotes == [
        {
            "service": TravelDocumentStore.service(),
            "kind": "travel-document",
            "record": record["id"],
            "version": 1,
            "owner": "FR",
            "handling": "CONFIDENTIAL",
            "conditions": ["H2"],
        }
    ]


@pytest.mark.both_databases
async def test_of_what_a_partner_sent_the_newest_are_kept(
    service: ServiceClient, jobs: ScreeningJobs, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest give way, with their keys, and nothing of another partner does."""
    monkeypatch.setattr(sightings, "MAX_KEPT", 3)
    bank = partner(service, SCREEN, name="PARTNER-BANK")
    await jobs.send(bank, number="26XX00300")
    for place in range(5):
        clock.advance(timedelta(seconds=1))
        await jobs.send(partner(service, SCREEN), number=f"26XX0040{place}")
    await jobs.alerts()
    await SightingBound(jobs.database).run_once()
    assert await jobs.kept() == 4
    for number, alerted in (("26XX00401", 0), ("26XX00402", 1), ("26XX00300", 1)):
        assert len(await jobs.matched(await enter(service, number=number))) == alerted
