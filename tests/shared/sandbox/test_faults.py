"""Faults as a list: how many there may be, and which of several happens."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import FixedClock
from shared.sandbox.faults import MAX_FAULTS, MAX_REQUESTS_LISTED, Fault, Faults, FaultStep, Place

AUDIT = Place(FaultStep.AUDIT, ("FR",), "notices", "1")


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands still."""
    return FixedClock(datetime(2031, 1, 1, tzinfo=UTC))


@pytest.fixture
def faults(tmp_path: Path, clock: FixedClock) -> Faults:
    """Return the faults of a sandbox, of which there is none."""
    return Faults(tmp_path, clock)


def _add(faults: Faults, **members: object) -> Fault | None:
    given = {"step": FaultStep.AUDIT, "failure": "not-written", "left": 1, **members}
    return faults.add(lambda name, _: Fault(id=name, **given))  # type: ignore[arg-type]


def test_the_oldest_of_several_faults_happens_first(faults: Faults) -> None:
    """Then the next one, and then none."""
    first, second = _add(faults), _add(faults, latency_ms=5)
    assert [faults.take(AUDIT), faults.take(AUDIT), faults.take(AUDIT)] == [first, second, None]


@pytest.mark.parametrize(
    ("members", "happens"),
    [
        ({}, True),
        ({"bureau": "FR"}, True),
        ({"bureau": "DE"}, False),
        ({"service": "notices", "request_id": "1"}, True),
        ({"service": "fingerprints"}, False),
        ({"request_id": "2"}, False),
        ({"step": FaultStep.STORE}, False),
        ({"left": 0}, False),
        ({"left": None, "until": datetime(2031, 1, 1, 0, 0, 1, tzinfo=UTC).timestamp()}, True),
        ({"left": None, "until": datetime(2031, 1, 1, tzinfo=UTC).timestamp()}, False),
    ],
    ids=str,
)
def test_a_fault_happens_where_all_that_it_names_fits(
    faults: Faults, members: dict[str, object], happens: bool
) -> None:
    """And while it is not over."""
    _add(faults, **members)
    assert (faults.take(AUDIT) is not None) == happens


def test_faults_that_are_over_make_room_for_others(faults: Faults, clock: FixedClock) -> None:
    """Others do not: there is a limit."""
    for _ in range(MAX_FAULTS):
        assert _add(faults, left=None, until=clock.now().timestamp() + 60) is not None
    assert _add(faults) is None
    clock.advance(timedelta(seconds=60))
    added = _add(faults)
    assert len(faults.all()) == MAX_FAULTS
    assert faults.all()[-1] == added


def test_of_very_many_requests_only_the_last_are_listed(faults: Faults) -> None:
    """But all are counted."""
    _add(faults, left=None)
    for number in range(MAX_REQUESTS_LISTED + 5):
        faults.take(Place(FaultStep.AUDIT, ("FR",), "notices", str(number)))
    [fault] = faults.all()
    assert (fault.fired, len(fault.requests)) == (MAX_REQUESTS_LISTED + 5, MAX_REQUESTS_LISTED)
    assert (fault.requests[0].id, fault.requests[-1].id) == ("5", str(MAX_REQUESTS_LISTED + 4))
