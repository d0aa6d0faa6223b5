"""A check streams what each register answers as it comes, and its whole answer at the end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.checks.events import PreparedCheck, events_of
from gateway.checks.operations import CheckOperations
from gateway.checks.registers import REGISTERS
from shared.errors import Busy, Unreachable
from tests.gateway.checks.conftest import AsOfficer, Entered
from tests.gateway.checks.officers import CAR, CHECKS, WANTED, Officer
from tests.gateway.checks.replies import reply
from tests.gateway.checks.test_silence import A_HIT, OFFICER, STATED, Registers
from tests.support import problem_of

STREAM = f"{CHECKS}/stream"
INVALID = b'{"type":"urn:i247:problem:invalid","errors":[{"in":"query","pointer":"/plate","detail":"is too odd"}]}'


def events_in(answer: httpx.Response) -> list[tuple[str, Any]]:
    """Return the events of an answer, by their names."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in answer.text.strip().split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def streamed(registers: Registers, seconds: float = 5.0) -> AsyncIterator[Any]:
    """Return the events of a check of registers in which something goes wrong."""
    operations = CheckOperations(REGISTERS, registers, seconds=seconds)
    return events_of(PreparedCheck(operations.prepare(STATED), None), OFFICER, operations)


async def all_of(events: AsyncIterator[Any]) -> list[tuple[str, Any]]:
    return [(each.event, json.loads(each.raw_data)) async for each in events]


@pytest.mark.thorough
async def test_a_stream_says_what_is_asked_then_what_each_answers_and_last_the_answer_of_a_check(
    germany: Officer, entered: Entered
) -> None:
    stated = {**WANTED, "plate": CAR["plate"], "country": "IT"}
    answer = await germany.ask("POST", STREAM, json=stated)
    assert answer.status_code == 200
    [(first, asked), *sources, (last, whole)] = events_in(answer)
    assert (first, last, {name for name, _ in sources}) == ("asked", "answer", {"source"})
    assert [each["source"] for each in asked["sources"]] == ["notices", "stolen-vehicles", "missing-persons"]
    assert asked["sources"][1]["asked"] == ["plate", "country"]
    came = {each["source"]["source"]: each for _, each in sources}
    assert {name: each["source"]["state"] for name, each in came.items()} == {
        each["source"]: each["state"] for each in whole["sources"]
    }
    assert [each["id"] for each in came["stolen-vehicles"]["hits"]] == [entered.car]
    by_hand = await germany.check(**stated)
    for each in (*by_hand["sources"], *whole["sources"]):
        assert each.pop("request")
    assert whole == by_hand


async def test_the_answers_come_as_they_come_and_silence_at_the_end_of_the_time() -> None:
    """What is slow holds nothing up; of what never answers it is said that it did not."""
    registers = Registers(notices=None, stolen_vehicles=A_HIT)
    events = await all_of(streamed(registers, seconds=0.05))
    came = [(data["source"]["source"], data["source"]["state"], len(data["hits"])) for _, data in events[1:-1]]
    assert sorted(came[:2]) == [("missing-persons", "none", 0), ("stolen-vehicles", "answered", 1)]
    assert came[2:] == [("notices", "timeout", 0)]
    assert events[-1][1]["says"] == "HIT: stolen vehicle of IT; notices did not answer in time"


async def test_a_refusal_on_the_way_is_the_last_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its place, as where the answer comes at once; what the others said before has been sent."""
    events = await all_of(streamed(Registers(stolen_vehicles=reply(INVALID, 422))))
    assert [name for name, _ in events] == ["asked", "source", "source", "source", "problem"]
    assert (events[-1][1]["status"], events[-1][1]["errors"][0]["pointer"]) == (422, "/plate")
    monkeypatch.setattr("gateway.checks.operations.AT_ONCE", 1)
    operations = CheckOperations(REGISTERS, Registers(), seconds=0.05)
    with operations._turns.place("DE") as other:
        await other
        busy = await all_of(events_of(PreparedCheck(operations.prepare(STATED), None), OFFICER, operations))
    assert [name for name, _ in busy] == ["asked", "problem"]
    assert busy[-1][1]["type"].endswith(Busy.code)


@pytest.mark.thorough
async def test_what_cannot_be_asked_is_refused_before_the_stream_begins(
    germany: Officer, officer_of: AsOfficer
) -> None:
    """With a status of its own, which no event could have."""
    refused = await germany.ask("POST", STREAM, json={"plate": "AB*"})
    assert (problem_of(refused), refused.json()["errors"][0]["pointer"]) == ((422, "invalid"), "/plate")
    unasked = await germany.ask("POST", STREAM, json={"plate": "AB 1", "sources": ["notices"]})
    assert unasked.json()["errors"][0]["pointer"] == "/sources/0"
    others = officer_of("DE", "notices:read", "stolen-vehicles:read")
    assert problem_of(await others.ask("POST", STREAM, json={"plate": "AB 1"})) == (403, "scope-missing")


async def test_a_stream_that_is_left_cancels_every_request() -> None:
    registers = Registers(notices=None, stolen_vehicles=None, missing_persons=Unreachable("down"))
    events = streamed(registers)
    assert [(await anext(events)).event for _ in range(2)] == ["asked", "source"]
    await asyncio.sleep(0)
    await events.aclose()  # type: ignore[attr-defined]
    assert sorted(registers.cancelled) == ["notices", "stolen-vehicles"]
