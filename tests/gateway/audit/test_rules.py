"""Pages of several logs become one, in which no leaf is lost and none is there twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.models import Delay, StalledLog
from gateway.audit.rules import NEWEST, LogPart, begin, merged, read_cursor, read_on, write_cursor
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


def stalled(part: LogPart) -> LogPart:
    """Return a part as that of a log for which a page does not wait."""
    return part._replace(stalled=StalledLog(service="notices", why=Delay.LOOKING, detail="it is not scanned yet"))


def read(log: list[int], place: int, limit: int, part: int = 100, looks: int = 4) -> LogPart:
    """Return what is read of a log for a page, as the gateway does."""
    read = LogPart((), place)
    for _ in range(looks):
        read = read_on(read, page(log, place, limit - len(read.items), part), place)
        if read.next is None or len(read.items) == limit:
            return read
        place = read.next
    return stalled(read)


@given(logs=LOGS, limit=st.integers(1, 5), part=st.integers(1, 10))
def test_page_after_page_each_leaf_is_told_once(logs: dict[str, list[int]], limit: int, part: int) -> None:
    """Each log in its own order; and of the next leaves of all always the newest, unless one is named as stalled."""
    places, told, is_ordered = begin(SERVICES), [], all(log == sorted(log) for log in logs.values())
    while places:
        parts = {name: read(logs[name], place, limit, part) for name, place in places.items()}
        answer = merged(parts, places, limit)
        told += [(found.service, found.index) for found in answer.items]
        is_ordered = is_ordered and not answer.stalled
        assert len(answer.items) == limit or answer.next is None or answer.stalled
        places = read_cursor(answer.next, SERVICES) if answer.next else {}
    for service, log in logs.items():
        assert [index for name, index in told if name == service] == [*range(len(log))][::-1]
    if is_ordered:
        times = [logs[service][index] for service, index in told]
        assert times == sorted(times, reverse=True)


def test_for_a_log_that_is_stalled_the_others_do_not_wait() -> None:
    """It is named, and read on from where it was, or has come to."""
    empty = stalled(LogPart((), 5))
    parts = {"notices": empty, "fingerprints": read([2, 30], NEWEST, 3)}
    found = merged(parts, begin(parts), 3)
    assert [(each.service, each.index) for each in found.items] == [("fingerprints", 1), ("fingerprints", 0)]
    assert ([each.service for each in found.stalled], found.next) == (["notices"], "notices:5")


@pytest.mark.parametrize(
    ("indices", "following"),
    [
        ([], 7),
        ([], 8),
        ([], NEWEST),
        ([], -1),
        ([5], 6),
        ([7], None),
        ([8], None),
        ([5, 5], None),
        ([4, 5], None),
        ([6, 3], 4),
    ],
)
def test_a_page_that_does_not_go_on_is_none(indices: list[int], following: int | None) -> None:
    """Whoever followed it would come by the same place again, and see the same leaves."""
    told = AuditPage(items=[item(index, 1) for index in indices], next=following)
    with pytest.raises(ValueError, match="asked for"):
        read_on(LogPart((), 7), told, 7)


@pytest.mark.parametrize(("indices", "following"), [([], 6), ([], 0), ([], None), ([6], 6), ([6, 3], 3), ([6, 3], 0)])
def test_a_page_that_goes_on_is_one(indices: list[int], following: int | None) -> None:
    """The next leaves are before the place, and before those shown."""
    told = AuditPage(items=[item(index, 1) for index in indices], next=following)
    assert read_on(LogPart((), 7), told, 7) == LogPart(told.items, following)


def test_the_newest_of_all_logs_come_first() -> None:
    """Whatever their place in their own log."""
    logs = {"notices": [1, 5, 9], "fingerprints": [2, 8], "stolen-vehicles": []}
    found = merged({name: read(log, NEWEST, 3) for name, log in logs.items()}, begin(logs), 3)
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
