"""Faults of the public notices API: how they are written, and what is drawn."""

import pytest

from gateway.public_faults import FaultPlan, Faults


def test_a_plan_is_read() -> None:
    plan = FaultPlan.parse("502=0.01, 403=0.05,latency=200ms,seed=3")
    assert (plan.shares, plan.latency_ms, plan.seed) == (((403, 0.05), (502, 0.01)), 200, 3)


@pytest.mark.parametrize(
    "text", ["", "403", "403=2", "418=0.1", "403=0.6,502=0.6", "latency=200", "latency=90000ms", "seed=x", "403=0.1;"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault|shares|latency"):
        FaultPlan.parse(text)


async def test_every_answer_is_late_and_some_fail() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    faults = Faults(FaultPlan.parse("500=0.5,latency=250ms"), sleep)
    drawn = [await faults.status() for _ in range(200)]
    assert slept == [0.25] * 200
    assert {*drawn} == {None, 500}
    assert 70 < drawn.count(500) < 130


async def test_a_share_of_1_fails_always_and_one_of_0_never() -> None:
    always, never = Faults(FaultPlan.parse("503=1")), Faults(FaultPlan.parse("503=0"))
    assert [await always.status() for _ in range(20)] == [503] * 20
    assert [await never.status() for _ in range(20)] == [None] * 20
