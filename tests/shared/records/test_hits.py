"""From disclosures to notifications of owner and finder: which disclosures are hits, and who is notified of them."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from shared.clock import FixedClock
from shared.disclosure import FOUND_LATER, How
from shared.identity import Purpose
from shared.mailbox.notifications import Notification
from shared.protocol import payloads
from shared.protocol.payloads import HitDetails, HitsNotice
from shared.records.hits import notifier
from shared.storage import Database
from tests.shared.records.hit_notifications import Service, record


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[Service]:
    service = Service(database, clock)
    yield service
    await service.log.close()


async def test_owner_and_finder_are_notified_of_a_hit(service: Service) -> None:
    """Both get one message with the record, the officer and the purpose, but without the match."""
    found = record()
    await service.show("DE", found)
    [message] = await service.notifications()
    assert (message.recipients, message.disclosed) == (("FR", "DE"), True)
    assert isinstance(message.form, HitsNotice)
    [hit] = message.form.hits
    assert (hit.record, hit.version, hit.owner, hit.finder, hit.officer, hit.purpose) == (
        (found.record, 3, "FR", "DE", "de.officer", "warning")
    )
    assert found.match not in payloads.write(message.form)


@pytest.mark.parametrize("how", FOUND_LATER)
async def test_a_hit_of_an_earlier_search_is_notified_to_the_finder_alone(service: Service, how: How) -> None:
    """One message for each hit, so that its finder can show the owner one and no other."""
    await service.show("DE", record(how=how), record(how=how), seen := record())
    of_both, *later = sorted(await service.notifications(), key=lambda message: len(message.recipients), reverse=True)
    assert [each.record for each in hits_in(of_both)] == [seen.record]
    assert [(message.recipients, len(hits_in(message))) for message in later] == [(("DE",), 1), (("DE",), 1)]


async def test_a_message_with_hits_is_short_enough_to_be_quoted_as_evidence(service: Service) -> None:
    """Whatever the names of officers: quotes and backslashes in them grow with each level of quoting."""
    await service.show("DE", *(record() for _ in range(40)), officer='"\\' * 127)
    notified = await service.notifications()
    assert sum(len(hits_in(message)) for message in notified) == 40
    assert len(notified) > 1
    for message in notified:
        body = payloads.write(message.form)
        assert len(msgspec.json.encode(msgspec.json.encode(body).decode())) < 1.1 * notifier.MAX_QUOTED_BYTES


async def test_nobody_is_notified_of_what_was_only_near(service: Service) -> None:
    """Hundreds of owners would learn who searches for a number like theirs; a partner is followed all the same."""
    await service.show("DE", record(how="near"))
    assert await service.notifications() == []


@pytest.mark.parametrize("how", ["search", "list", "read"])
async def test_the_owner_is_notified_of_each_disclosure_to_a_partner(service: Service, how: How) -> None:
    """However it was shown; of what a bureau lists or reads by its id nobody is notified."""
    await service.show("PARTNER-ICC", shown := record(how=how))
    [message] = await service.notifications()
    assert message.recipients == ("FR", "PARTNER-ICC")
    assert [(hit.record, hit.finder, hit.how) for hit in hits_in(message)] == [(shown.record, "PARTNER-ICC", how)]


@pytest.mark.parametrize("how", ["search", "list", "read"])
async def test_nobody_is_notified_of_what_the_public_is_shown(service: Service, how: How) -> None:
    """Its owner made it public. What bureaus read or list is no hit either."""
    await service.show("PUBLIC", record(how=how))
    if how != "search":
        await service.show("DE", record(how=how))
    assert await service.notifications() == []


def hits_in(message: Notification) -> tuple[HitDetails, ...]:
    assert isinstance(message.form, HitsNotice)
    return message.form.hits


@pytest.mark.parametrize("how", ["list", "read", "change"])
async def test_a_list_a_read_or_a_change_is_no_hit(service: Service, how: How) -> None:
    await service.show("DE", record(how=how))
    assert await service.notifications() == []


async def test_a_bureau_is_not_notified_of_hits_on_its_own_records(service: Service) -> None:
    await service.show("FR", record("FR"))
    assert await service.notifications() == []


async def test_disclosures_to_the_commission_are_not_notified(service: Service) -> None:
    """The request of a data subject is confidential from the bureaus concerned."""
    await service.show("CCF", record(), purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await service.notifications() == []


async def test_a_hit_is_notified_once(service: Service) -> None:
    """It is not repeated with later hits."""
    await service.show("DE", record())
    assert len(await service.hits()) == 1
    await service.show("DE", later := record())
    assert [hit.record for hit in await service.hits()] == [later.record]
    assert await service.notifications() == []


async def test_hits_on_two_versions_of_a_record_are_two_entries(service: Service) -> None:
    """A record that is changed during a flood of hits was found before and after."""
    car = record()
    changed = msgspec.structs.replace(car, version=4)
    for found in (car, car, changed, changed, changed):
        await service.show("DE", found)
    assert [(hit.version, hit.times) for hit in await service.hits()] == [(3, 2), (4, 3)]
