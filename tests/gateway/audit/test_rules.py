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


def page(log: list[int], after: int, limit: int, part: int = 100) -> AuditPage:
    """Return a page as a service answers it, that looks through a part of its log."""
    end = min(after, len(log))
    start = max((end - 1) // part * part, 0)
    found = [item(index, log[index]) for index in range(start, end)][::-1]
    rest = found[limit - 1].index if len(found) > limit else start
    return AuditPage(items=found[:limit], next=rest or None)


@given(logs=LOGS, limit=st.integers(1, 5), part=st.integers(1, 10))
def test_page_after_page_each_leaf_is_told_once(logs: dict[str, list[int]], limit: int, part: int) -> None:
    """Each log in its own order, and of the next leaves of all always the newest; a page may have fewer, and go on."""
    places, told = begin(SERVICES), []
    while places:
        pages = {name: page(logs[name], after, limit, part) for name, after in places.items()}
        answer = merged(pages, places, limit)
        told += [(found.service, found.index) for found in answer.items]
        assert len(answer.items) == limit or answer.next is None or part < 10
        places = read_cursor(answer.next, SERVICES) if answer.next else {}
    for service, log in logs.items():
        assert [index for name, index in told if name == service] == [*range(len(log))][::-1]
    if all(log == sorted(log) for log in logs.values()):
        times = [logs[service][index] for service, index in told]
        assert times == sorted(times, reverse=True)


def test_where_a_log_goes_on_unseen_nothing_older_is_told_of_the_others() -> None:
    """It may have something newer on its next page."""
    pages = {"notices": AuditPage(items=[item(7, 20)], next=5), "fingerprints": page([2, 30], NEWEST, 3)}
    found = merged(pages, begin(pages), 3)
    assert [(each.service, each.index) for each in found.items] == [("fingerprints", 1), ("notices", 7)]
    assert found.next == "fingerprints:1,notices:5"
    pages["notices"] = AuditPage(items=[], next=5)
    found = merged(pages, begin(pages), 3)
    assert (found.items, found.next) == ([], f"fingerprints:{NEWEST},notices:5")


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
