"""Pages of several logs are merged without losing or repeating a leaf."""

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
# For each log, the times of its leaves; not always in order, as several processes write.
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
    """Return a page as a service answers it, which scans a part of its log."""
    end = min(after, len(log))
    start = max((end - 1) // part * part, 0)
    found = [item(index, log[index]) for index in range(start, end)][::-1]
    rest = found[limit - 1].index if len(found) > limit else start
    return AuditPage(items=found[:limit], next=rest or None)


def stalled(part: LogPart) -> LogPart:
    """Return a part of a log that is not waited for."""
    return part._replace(stalled=StalledLog(service="notices", why=Delay.LOOKING, detail="it is not scanned yet"))


def read(log: list[int], place: int, limit: int, part: int = 100, looks: int = 4) -> LogPart:
    """Return what the gateway reads of a log for a page."""
    read = LogPart((), place)
    for _ in range(looks):
        read = read_on(read, page(log, place, limit - len(read.items), part), place)
        if read.next is None or len(read.items) == limit:
            return read
        place = read.next
    return stalled(read)


@given(logs=LOGS, limit=st.integers(1, 5), part=st.integers(1, 10))
def test_each_leaf_is_on_exactly_one_page(logs: dict[str, list[int]], limit: int, part: int) -> None:
    """In the order of its log; the newest of all next leaves first, unless a log is stalled."""
    places, shown, is_ordered = begin(SERVICES), [], all(log == sorted(log) for log in logs.values())
    while places:
        parts = {name: read(logs[name], place, limit, part) for name, place in places.items()}
        answer = merged(parts, places, limit)
        shown += [(found.service, found.index) for found in answer.items]
        is_ordered = is_ordered and not answer.stalled
        assert len(answer.items) == limit or answer.next is None or answer.stalled
        places = read_cursor(answer.next, SERVICES) if answer.next else {}
    for service, log in logs.items():
        assert [index for name, index in shown if name == service] == [*range(len(log))][::-1]
    if is_ordered:
        times = [logs[service][index] for service, index in shown]
        assert times == sorted(times, reverse=True)


def test_a_stalled_log_does_not_hold_up_the_others() -> None:
    """It is named, and read on from where it stopped."""
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
def test_a_page_without_progress_is_refused(indices: list[int], following: int | None) -> None:
    """Following it would show the same leaves again."""
    shown = AuditPage(items=[item(index, 1) for index in indices], next=following)
    with pytest.raises(ValueError, match="asked for"):
        read_on(LogPart((), 7), shown, 7)


@pytest.mark.parametrize(("indices", "following"), [([], 6), ([], 0), ([], None), ([6], 6), ([6, 3], 3), ([6, 3], 0)])
def test_a_page_with_progress_is_accepted(indices: list[int], following: int | None) -> None:
    """Its leaves are below the position asked for, and the next position is below them."""
    shown = AuditPage(items=[item(index, 1) for index in indices], next=following)
    assert read_on(LogPart((), 7), shown, 7) == LogPart(shown.items, following)


def test_the_newest_leaves_of_all_logs_come_first() -> None:
    """Whatever their position in their own log."""
    logs = {"notices": [1, 5, 9], "fingerprints": [2, 8], "stolen-vehicles": []}
    found = merged({name: read(log, NEWEST, 3) for name, log in logs.items()}, begin(logs), 3)
    assert [(each.service, each.index) for each in found.items] == [
        ("notices", 2),
        ("fingerprints", 1),
        ("notices", 1),
    ]
    assert found.next == "fingerprints:1,notices:1"


def test_a_cursor_is_read_as_it_was_written() -> None:
    """A log that is not named is at its end."""
    places = {"notices": 12, "stolen-vehicles": NEWEST}
    assert read_cursor(write_cursor(places) or "", SERVICES) == places
    assert write_cursor({}) is None


@pytest.mark.parametrize(
    "text", ["", "notices", "notices:", "notices:-1", "notices:1,", "things:1", "notices:9999999999999999", "notices:१"]
)
def test_an_invalid_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(text, SERVICES)
