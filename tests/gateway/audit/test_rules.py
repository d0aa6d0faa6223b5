"""Pages of several logs become one, in which no leaf is lost and none is told twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.rules import NEWEST, begin, merged, read_cursor, write_cursor
from shared.audit.models import AuditedRequest, AuditPage
from shared.bureaus import BureauCode
from shared.errors import Invalid
from shared.identity import Purpose

SERVICES = ("fingerprints", "notices", "stolen-vehicles")
# Of each log, when each leaf was written; not always in order, as several processes write.
LOGS = st.fixed_dictionaries({service: st.lists(st.integers(0, 20), max_size=9) for service in SERVICES})


def item(index: int, at: int) -> AuditedRequest:
    return AuditedRequest(
        index=index,
        at=datetime.fromtimestamp(at, UTC),
        request="",
        bureau=BureauCode("FR"),
        officer="fr.officer",
        purpose=Purpose.WARNING,
        operation="search_things",
        status=200,
        records=[],
    )


def page(log: list[int], after: int, limit: int) -> AuditPage:
    """Return a page as a service answers it."""
    found = [item(index, at) for index, at in enumerate(log) if index < after][::-1]
    return AuditPage(items=found[:limit], next=found[limit - 1].index if len(found) > limit else None)


@given(logs=LOGS, limit=st.integers(1, 5))
def test_page_after_page_each_leaf_is_told_once(logs: dict[str, list[int]], limit: int) -> None:
    """Each log in its own order, and of the next leaves of all always the newest."""
    places, told = begin(SERVICES), []
    while places:
        answer = merged({name: page(logs[name], after, limit) for name, after in places.items()}, places, limit)
        told += [(found.service, found.index) for found in answer.items]
        assert len(answer.items) == limit or answer.next is None
        places = read_cursor(answer.next, SERVICES) if answer.next else {}
    for service, log in logs.items():
        assert [index for name, index in told if name == service] == [*range(len(log))][::-1]


def test_the_newest_of_all_logs_come_first() -> None:
    """Whatever their place in their own log."""
    logs = {"notices": [1, 5, 9], "fingerprints": [2, 8], "stolen-vehicles": []}
    found = merged({name: page(log, NEWEST, 3) for name, log in logs.items()}, begin(logs), 3)
    assert [(each.service, each.index) for each in found.items] == [
        ("notices", 2),
        ("fingerprints", 1),
        ("notices", 1),
    ]
    assert found.next == "fingerprints:1,notices:1"


def test_where_the_logs_go_on_is_read_as_it_was_written() -> None:
    """A log that is not named is at its end."""
    places = {"notices": 12, "stolen-vehicles": NEWEST}
    assert read_cursor(write_cursor(places) or "", SERVICES) == places
    assert write_cursor({}) is None


@pytest.mark.parametrize(
    "text", ["", "notices", "notices:", "notices:-1", "notices:1,", "things:1", "notices:9999999999999999", "notices:१"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    """It is not what any page told."""
    with pytest.raises(Invalid):
        read_cursor(text, SERVICES)
