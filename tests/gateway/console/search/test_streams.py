"""Answers that come as events, one register after the other."""

import asyncio
from typing import Any

import httpx
import pytest

from gateway.checks.operations import CheckOperations
from tests.gateway.checks.officers import CAR, Officer
from tests.gateway.console.conftest import SignedIn


@pytest.mark.thorough
async def test_answers_come_as_events_and_silence_is_said(
    signed_in: SignedIn, france: Officer, gateway: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame first, each register as it answers, and the verdict at last; a register that is slow holds nothing."""
    await france.enter("stolen-vehicles", CAR)
    plain = CheckOperations._asked_once

    async def slow(self: CheckOperations, register: Any, *others: Any) -> Any:
        if register.name == "missing-persons":
            await asyncio.Event().wait()
        return await plain(self, register, *others)

    germany = await signed_in("DE")
    monkeypatch.setattr(CheckOperations, "_asked_once", slow)
    monkeypatch.setattr("gateway.console.search.asking.SECONDS", 0.3)
    _checks_of(gateway)._seconds = 0.3
    answer = await germany.get_part("/", q="Nadia Unbekannt", plate="GA417XR")
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, *parts = answer.text.strip().split("\n\n")
    assert "0 of 4 registers have answered" in first
    assert "did not answer in time: nothing is known" in parts[-2]
    assert "POSSIBLE HIT" not in parts[-1]
    assert "INCOMPLETE" in parts[-1]
    assert 'hx-target="#verdict"' in parts[-1]
    assert all("hx-partial" in part for part in parts)


def _checks_of(gateway: httpx.ASGITransport) -> CheckOperations:
    edge: Any = gateway.app
    checks: CheckOperations = edge._edge._backends["checks"]._application.state.checks
    return checks
