"""A register that is slow, down, broken or hostile does not hold the others, and is never taken for an empty one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.checks.models import CheckVerdict, SourceState
from gateway.checks.operations import CheckOperations
from gateway.checks.registers import REGISTERS
from gateway.checks.rules import headline, ranked, verdict_of
from gateway.checks.views import check_answer
from gateway.edge.declared_answers import operations_of
from services import missing_persons, notices, stolen_vehicles
from shared.errors import Busy, ForgedReply, Invalid, Refusal, ScopeMissing, TimedOut, Unreachable
from shared.identity import Caller
from shared.protocol.http import HttpRequest
from shared.rpc.client import Reply
from shared.rpc.keyring import BureauSuspended
from tests.gateway.checks.officers import CAR, Officer, found_in, states
from tests.gateway.checks.replies import reply
from tests.gateway.mesh import Mesh, client_of
from tests.support import Noted, caller

STATED = {"name": "Jean Dupont", "date_of_birth": "1987-04-19", "plate": "GA417XR", "country": "IT"}
OFFICER = caller("FR", "notices:read", "stolen-vehicles:read", "missing-persons:read")
NOTHING = b'{"hits":[],"total":0,"warnings":[]}'
WITHHELD = b'{"hits":[],"total":0,"warnings":[{"code":"withheld","pointer":"","detail":"..."}]}'
REFUSED = b'{"type":"urn:i247:problem:envelope-refused","detail":"no","reason":"%s"}'
A_CAR = {"id": "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081", "owner": "IT", "plate": "GA417XR"}
A_HIT = msgspec.json.encode(
    {
        "hits": [
            {
                "score": 1.0,
                "match": "plate",
                "why": [{"field": "plate", "asked": "GA417XR", "found": "GA417XR", "score": 1.0}],
                "record": A_CAR,
            }
        ],
        "total": 1,
    }
)


class Registers:
    """Answers for the registers, each in its own way; one that is not mentioned has nothing."""

    def __init__(self, **ways: Any) -> None:
        self.ways = {name.replace("_", "-"): way for name, way in ways.items()}
        self.asked = Noted()
        self.cancelled: list[str] = []

    async def __call__(self, _caller: Caller, service: str, _request: HttpRequest, _seconds: float) -> Reply:
        """Answer one request."""
        self.asked.note()
        way = self.ways.get(service, NOTHING)
        if isinstance(way, Refusal):
            raise way
        if way is None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(service)
                raise
        return way if isinstance(way, Reply) else reply(way)

    async def check(self, seconds: float = 5.0) -> Any:
        """Return the answer to a check of all of them."""
        operations = CheckOperations(REGISTERS, self, seconds=seconds)
        return check_answer(await operations.check(STATED, OFFICER))


def states_of(answer: Any) -> dict[str, SourceState]:
    return {each.source: each.state for each in answer.sources}


async def test_a_register_that_never_answers_is_a_timeout_and_the_others_answer() -> None:
    """It is given up at the end of the time of a check, and its request is cancelled."""
    registers = Registers(notices=None)
    answer = await registers.check(seconds=0.05)
    assert states_of(answer) == {
        "notices": SourceState.TIMEOUT,
        "stolen-vehicles": SourceState.NONE,
        "missing-persons": SourceState.NONE,
    }
    assert answer.verdict is CheckVerdict.INCOMPLETE
    assert answer.sources[0].total is None
    assert "notices did not answer in time" in answer.says
    assert registers.cancelled == ["notices"]


@pytest.mark.parametrize(
    ("way", "state"),
    [
        (TimedOut("late"), SourceState.TIMEOUT),
        (Unreachable("down"), SourceState.UNREACHABLE),
        (ForgedReply("it is the reply to another request", reason="unrelated"), SourceState.UNREACHABLE),
        (ScopeMissing("this needs the scope notices:read"), SourceState.NOT_ALLOWED),
        (reply(b'{"type":"urn:i247:problem:scope-missing","detail":"no"}', 403), SourceState.NOT_ALLOWED),
        (reply(REFUSED % b"key-not-valid", 403), SourceState.NOT_ALLOWED),
        (reply(REFUSED % b"signature", 403), SourceState.UNREACHABLE),
        (reply(b'{"type":"urn:i247:problem:busy","detail":"later"}', 503), SourceState.UNREACHABLE),
        (reply(b'{"type":"urn:i247:problem:timeout","detail":"late"}', 504), SourceState.TIMEOUT),
        (reply(b"", 500), SourceState.UNREACHABLE),
        (reply(b"<html>", 502), SourceState.UNREACHABLE),
        (reply(b"not JSON"), SourceState.UNREACHABLE),
        (reply(b"[" * 100_000), SourceState.UNREACHABLE),
        (reply(b'{"hits":null,"total":0}'), SourceState.UNREACHABLE),
        (reply(b'{"total":0}'), SourceState.UNREACHABLE),
        (reply(A_HIT.replace(b'"id"', b'"no"')), SourceState.UNREACHABLE),
        (reply(A_HIT.replace(b'"IT"', b'["IT"]')), SourceState.UNREACHABLE),
        (reply(A_HIT.replace(b'"plate":"GA417XR"}}', b'"colour":["red"]}}')), SourceState.UNREACHABLE),
    ],
    ids=lambda each: getattr(each, "code", str(each)[:60]),
)
async def test_whatever_goes_wrong_at_a_register_says_nothing_of_what_it_has(way: Any, state: SourceState) -> None:
    """The verdict is incomplete, the source has no total, and its answer says why."""
    answer = await Registers(missing_persons=way).check()
    assert states_of(answer)["missing-persons"] is state
    assert (answer.verdict, answer.complete) == (CheckVerdict.INCOMPLETE, False)
    [source] = [each for each in answer.sources if each.source == "missing-persons"]
    assert source.total is None
    assert source.detail


async def test_a_hit_stays_a_hit_whatever_another_register_does() -> None:
    """The officer sees at once that the answer is not complete."""
    answer = await Registers(notices=Unreachable("down"), stolen_vehicles=A_HIT).check()
    assert (answer.verdict, answer.complete) == (CheckVerdict.HIT, False)
    assert answer.says == "HIT: stolen vehicle of IT; notices could not be reached"


@pytest.mark.parametrize(
    ("body", "total", "near", "says"),
    [
        (NOTHING, 0, 0, "has nothing"),
        (A_HIT, 1, 0, "1 record fits"),
        (
            A_HIT.replace(b'"hits"', b'"near"').replace(b'"total":1', b'"hits":[],"total":0'),
            1,
            1,
            "none fits as it is, 1 record to compare",
        ),
        (A_HIT.replace(b'"total":1', b'"total":7'), 7, 0, "1 record fits, 6 records not shown"),
        (WITHHELD, None, None, "has records that are not shown to this officer"),
    ],
    ids=["none", "hit", "near", "beyond", "withheld"],
)
async def test_a_source_that_has_something_never_counts_none(body: bytes, total: Any, near: Any, says: str) -> None:
    """An officer who reads a 0 beside a record would take it for an all-clear."""
    [source] = [
        each for each in (await Registers(stolen_vehicles=body).check()).sources if each.source == "stolen-vehicles"
    ]
    assert (source.total, source.near, source.says) == (total, near, says)


@pytest.mark.parametrize(
    ("warning", "verdict"),
    [
        ("withheld", CheckVerdict.POSSIBLE_HIT),
        ("name-common", CheckVerdict.INCOMPLETE),
        ("name-cut", CheckVerdict.INCOMPLETE),
    ],
)
async def test_a_register_that_shows_nothing_may_still_have_something(warning: str, verdict: CheckVerdict) -> None:
    """What is withheld from this officer, or was not compared, is not nothing."""
    body = b'{"hits":[],"total":0,"warnings":[{"code":"%s","pointer":"","detail":"..."}]}' % warning.encode()
    assert (await Registers(missing_persons=body).check()).verdict is verdict


async def test_what_a_register_refuses_is_refused_at_the_place_where_the_check_states_it() -> None:
    problem = b'{"type":"urn:i247:problem:invalid","errors":[{"in":"query","pointer":"/plate","detail":"is too odd"}]}'
    with pytest.raises(Invalid) as refused:
        await Registers(stolen_vehicles=reply(problem, 422)).check()
    assert refused.value.members["errors"] == [
        {"in": "body", "pointer": "/plate", "detail": "stolen-vehicles refuses it: is too odd"}
    ]


async def test_what_others_found_is_not_lost_when_a_register_refuses_a_part() -> None:
    """Otherwise a register, or who forges a part of a document, could hide every hit."""
    problem = b'{"type":"urn:i247:problem:invalid","errors":[{"in":"query","pointer":"/name","detail":"is too odd"}]}'
    answer = await Registers(missing_persons=reply(problem, 422), stolen_vehicles=A_HIT).check()
    assert (answer.verdict, answer.complete) == (CheckVerdict.HIT, False)
    assert answer.says == "HIT: stolen vehicle of IT; missing-persons refuses a part of what is stated"
    assert states_of(answer)["missing-persons"] is SourceState.UNREACHABLE


async def test_a_bureau_that_cannot_sign_is_told_so() -> None:
    """No register would answer it."""
    suspended = BureauSuspended("until 2027")
    with pytest.raises(BureauSuspended):
        await Registers(notices=suspended, stolen_vehicles=suspended, missing_persons=suspended).check()


async def test_what_others_found_is_not_lost_when_a_bureau_cannot_sign_any_more() -> None:
    """As when its key ends while it asks."""
    answer = await Registers(notices=BureauSuspended("until 2027"), stolen_vehicles=A_HIT).check()
    assert answer.verdict is CheckVerdict.HIT
    assert states_of(answer)["notices"] is SourceState.UNREACHABLE


async def test_a_check_waits_for_its_turn_no_longer_than_for_its_registers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a border system would have given up: nothing was asked, and it is told so."""
    monkeypatch.setattr("gateway.checks.operations.AT_ONCE", 1)
    registers = Registers(notices=None)
    operations = CheckOperations(REGISTERS, registers, seconds=0.05)
    with operations._turns.place("DE") as other:
        await other
        with pytest.raises(Busy, match="no register was asked"):
            await operations.check(STATED, OFFICER)
    assert registers.asked.times == 0
    assert [each.state for each in await operations.check(STATED, OFFICER)][1:] == [SourceState.NONE] * 2


async def test_a_check_that_is_given_up_cancels_every_request() -> None:
    """As when the client leaves: nobody would read the answers."""
    registers = Registers(notices=None, stolen_vehicles=None, missing_persons=None)
    task = asyncio.create_task(registers.check())
    await registers.asked.more(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(registers.cancelled) == ["missing-persons", "notices", "stolen-vehicles"]


@pytest.mark.thorough
async def test_a_bureau_has_a_bounded_number_of_checks_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond wait, and beyond a number of those are refused; other bureaus are served."""
    monkeypatch.setattr("gateway.checks.operations.AT_ONCE", 1)
    monkeypatch.setattr("gateway.checks.operations.WAITING_PER_BUREAU", 1)
    operations = CheckOperations(REGISTERS, Registers(notices=None), seconds=0.3)
    first, second = (asyncio.create_task(operations.check(STATED, OFFICER)) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="of your bureau wait already"):
        await operations.check(STATED, OFFICER)
    other = asyncio.create_task(operations.check(STATED, caller("DE")))
    await asyncio.sleep(0)
    first.cancel()
    assert [each.state for each in await other] == [SourceState.TIMEOUT, SourceState.NONE, SourceState.NONE]
    with pytest.raises(Busy, match="no register was asked"):
        await second


async def test_a_verdict_needs_no_registers_to_be_said() -> None:
    """Of no source at all nothing is known to be missing."""
    assert headline(verdict_of([], []), ranked([]), []) == "NO HIT: nothing was found"


@pytest.fixture
async def partly(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Callable[..., Officer]]:
    """Run a gateway to three services of which one has no process, and one never answers."""
    async with AsyncExitStack() as stack:
        await mesh.start(stolen_vehicles.SERVICE, tmp_path, stack, number=100)
        silent = mesh.join("notices", "service", 101)
        await mesh.handle(silent, never_answering)
        services = (stolen_vehicles.SERVICE, notices.SERVICE, missing_persons.SERVICE)
        gateway = mesh.gateway(*services)
        for service in services:
            # As a gateway does soon after its start.
            operations_of(service)
        client = await stack.enter_async_context(client_of(gateway))
        yield lambda bureau: Officer(client, mesh, bureau)


async def never_answering(*_arrived: object) -> None:
    """Take a request, and do nothing."""


@pytest.mark.thorough
async def test_a_service_that_is_down_is_unreachable_and_one_that_is_silent_a_timeout(
    partly: Callable[..., Officer],
) -> None:
    """While the car is found."""
    france, germany = partly("FR"), partly("DE")
    car = await france.enter("stolen-vehicles", CAR)
    answer = await germany.check(**STATED)
    assert states(answer) == {
        "notices": "timeout",
        "stolen-vehicles": "answered",
        "missing-persons": "unreachable",
    }
    assert found_in(answer) == [("stolen-vehicles", car)]
    assert (answer["verdict"], answer["complete"]) == ("hit", False)
