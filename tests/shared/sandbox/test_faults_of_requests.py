"""A fault happens to a request once, to each part of it, and in every process that works on it."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.sandbox.client_request import ClientRequest, working_on
from shared.sandbox.faults import Fault, Faults, FaultStep
from shared.sandbox.parts import MAX_PARTS

CHECK, PART = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708193"


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    """Return the faults of a sandbox, of which there is none."""
    return Faults(tmp_path, FixedClock(datetime(2031, 1, 1, tzinfo=UTC)))


def add(faults: Faults, **members: Any) -> None:
    """Add a fault of a store, which is late."""
    given = {"step": FaultStep.STORE, "failure": None, "latency_ms": 1_000, "left": 5, **members}
    faults.add(lambda name, _: Fault(id=name, **given))


def part(of: str = CHECK, name: str = PART) -> ClientRequest:
    """Return what the gateway knows of the request of a check to the register of notices."""
    return ClientRequest(name, "notices", whole=ClientRequest(of, "checks"))


def at_service(name: str = PART) -> ClientRequest:
    """Return what the service knows of it."""
    return ClientRequest(name, "notices", "FR")


def left(faults: Faults) -> int | None:
    [fault] = faults.all()
    return fault.left


def test_a_request_counts_once_however_often_it_takes_the_step(faults: Faults) -> None:
    """It is late once, and another is late by its own time."""
    add(faults)
    with working_on(at_service()):
        first, again = (faults.take_for_client(FaultStep.STORE, "FR", ("unavailable",)) for _ in range(2))
    assert first is not None
    assert first == again
    assert left(faults) == 4
    with working_on(at_service(CHECK)):
        assert faults.take_for_client(FaultStep.STORE, "FR") is not None
    assert left(faults) == 3


def test_a_copy_of_a_request_in_another_process_waits_for_the_rest(faults: Faults, tmp_path: Path) -> None:
    """Otherwise it would be answered at the second attempt to send it."""
    add(faults)
    with working_on(at_service()):
        first = faults.take_for_client(FaultStep.STORE, "FR")
    other = Faults(tmp_path, FixedClock(datetime(2031, 1, 1, tzinfo=UTC)))
    with working_on(at_service()):
        copy = other.take_for_client(FaultStep.STORE, "FR")
    assert first is not None
    assert copy is not None
    assert copy.due == pytest.approx(first.due, abs=0.05)
    assert first.due <= time.monotonic() + 1.0
    assert left(faults) == 4


@pytest.mark.parametrize("named", [{"request_id": CHECK}, {"service": "checks"}, {"service": "notices"}, {}], ids=str)
def test_a_service_finds_a_fault_that_names_the_check(faults: Faults, named: dict[str, str]) -> None:
    """It sees the id of the part and its own name; the gateway noted of what that is a part."""
    add(faults, **named)
    faults.follow(part())
    with working_on(at_service()):
        assert faults.take_for_client(FaultStep.STORE, "FR") is not None
    [fault] = faults.all()
    assert [(each.id, each.part) for each in fault.requests] == [(CHECK, PART)]
    assert faults.met(CHECK, "FR") == faults.met(PART, "FR") == (fault,)


@pytest.mark.parametrize("named", [{"request_id": PART[:-1] + "4"}, {"service": "hits"}, {"bureau": "DE"}], ids=str)
def test_a_fault_of_something_else_does_not_happen_to_a_part(faults: Faults, named: dict[str, str]) -> None:
    add(faults, **named)
    faults.follow(part())
    with working_on(at_service()):
        assert faults.take_for_client(FaultStep.STORE, "FR") is None


@pytest.mark.thorough
def test_parts_are_noted_while_there_are_faults_and_so_many(faults: Faults) -> None:
    """A client that sends checks all day fills no disk."""
    faults.follow(part())
    assert faults._document.read().parts == ()
    add(faults, left=0)
    faults.follow(part())
    assert faults._document.read().parts == ()
    add(faults)
    for number in range(MAX_PARTS + 1):
        faults.follow(part(name=f"{number}"))
    noted = faults._document.read().parts
    assert (len(noted), noted[0].id, noted[-1].id) == (MAX_PARTS, "1", f"{MAX_PARTS}")
