"""Asks all registers at once, in the officer's name, and waits for none of them longer than a border can.

Each is asked by a signed request of its own, as if the officer had asked it by hand; what it shows, and what it hides,
is for it to decide. Does NOT know how a request is signed: it is given what sends one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from gateway.checks.answers import (
    PartRefused,
    ReadAnswer,
    SourceAnswer,
    answer_in,
    record_in,
    refusal_of,
    state_of,
    with_unread,
)
from gateway.checks.models import SourceState
from gateway.checks.registers import Asking, Inputs, Register, Unread, asked_of
from shared.background import loop_time
from shared.errors import Busy, Invalid, Refusal
from shared.fair_queue import FairQueue, LaneFull, QueueFull
from shared.identity import Caller
from shared.protocol.http import HttpRequest
from shared.rpc.client import Reply
from shared.rpc.keyring import NoKeyInForce
from shared.suggestions import did_you_mean

# Border systems wait for five seconds; what is left is for the way there and back.
SECONDS: Final = 4.5
# A register gives up before the check does, so that what it says arrives.
MARGIN_SECONDS: Final = 0.25
# A check waits most of its time. Where a register is silent, each stays for all of it: 200 a second are 900.
AT_ONCE: Final = 1_000
WAITING_PER_BUREAU: Final = 100
WAITING: Final = 500

NOWHERE_ELSE: Final[Mapping[str, str]] = MappingProxyType({})
NOTHING_UNREAD: Final[Unread] = MappingProxyType({})

Ask = Callable[[Caller, str, HttpRequest, float], Awaitable[Reply]]
"""Sends a request to a service in the name of a caller, within some seconds.

Raises ScopeMissing without a request if the caller holds no scope for it, and what `Requester.ask` raises.
"""


Tell = Callable[[SourceAnswer], None]
"""Takes the answer of one register, as it comes. Must not raise."""


class Check(NamedTuple):
    """What is asked in one check, and of which registers."""

    registers: Sequence[Register]
    inputs: Inputs
    places: Mapping[str, str]
    """Pointers to what the inputs come from."""

    unread: Unread


class CheckOperations:
    """The registers of a gateway, for the officers of its bureaus."""

    def __init__(self, registers: Sequence[Register], ask: Ask, *, seconds: float = SECONDS) -> None:
        """`seconds`: how long the registers have, all of them at the same time."""
        self.registers = tuple(registers)
        self._ask = ask
        self._seconds = seconds
        self._turns = FairQueue(AT_ONCE, waiting_per_lane=WAITING_PER_BUREAU, waiting=WAITING)

    async def check(
        self,
        inputs: Inputs,
        caller: Caller,
        only: Collection[str] | None = None,
        *,
        places: Mapping[str, str] = NOWHERE_ELSE,
        unread: Unread = NOTHING_UNREAD,
    ) -> list[SourceAnswer]:
        """Return what each register answers, in the order of the table. Raises what `prepare` and `ask` raise."""
        return await self.ask(self.prepare(inputs, only, places=places, unread=unread), caller)

    def prepare(
        self,
        inputs: Inputs,
        only: Collection[str] | None = None,
        *,
        places: Mapping[str, str] = NOWHERE_ELSE,
        unread: Unread = NOTHING_UNREAD,
    ) -> Check:
        """Return what is to be asked of which registers. Raises Invalid for what no register is asked for.

        `only` these are asked, if given; for what is `unread`, none is. `places` are pointers to what inputs come from,
        where the request has no member of their names.
        """
        places = {name: places.get(name) or f"/{name.replace('.', '/')}" for name in inputs}
        return Check(self._wanted(inputs, unread, only, places), inputs, places, unread)

    async def ask(self, check: Check, caller: Caller, tell: Tell | None = None) -> list[SourceAnswer]:
        """Return what each register answers, in the order of the table; `tell` gets each answer as it comes.

        Raises Invalid for what a register refuses; Busy, also where its turn does not come in time; NoKeyInForce if the
        bureau can sign to none of them.
        """
        until = loop_time() + self._seconds
        try:
            with self._turns.place(caller.bureau) as turn:
                async with asyncio.timeout_at(until):
                    await turn
                answers = await self._answers(check, caller, until, tell)
        except (LaneFull, QueueFull) as full:
            raise Busy(f"{WAITING_PER_BUREAU} checks of your bureau wait already: try again later") from full
        except TimeoutError as late:
            raise Busy(f"no register was asked within {self._seconds:g} s, as other checks wait: try again") from late
        unsigned = [each.refusal for each in answers if isinstance(each.refusal, NoKeyInForce)]
        if unsigned and len(unsigned) == len(answers):
            raise unsigned[0]
        refused = [each.refused for each in answers if each.refused is not None]
        if refused and not any(each.state is SourceState.ANSWERED for each in answers):
            raise refused[0].at(check.places)
        # What others found is not lost for a mistake in another part.
        return answers

    async def read(self, register: Register, record: str, caller: Caller) -> ReadAnswer:
        """Return the record that a register shows the caller, or why it shows none. Raises NoKeyInForce."""
        request = HttpRequest("GET", f"{register.path}/{record}")
        try:
            return record_in(await self._ask(caller, register.service, request, self._seconds))
        except NoKeyInForce:
            raise
        except Refusal as refusal:
            return ReadAnswer(state_of(refusal), None, f"{refusal.code}: {refusal.detail}")

    def _wanted(
        self, inputs: Inputs, unread: Unread, only: Collection[str] | None, places: Mapping[str, str]
    ) -> list[Register]:
        wanted = list(asked_of(self.registers, inputs, unread))
        if only is not None:
            wanted = list(self._chosen(wanted, only))
        if unread and not any(each.asked(inputs) for each in wanted):
            raise Invalid("; ".join(map(str, unread.values())), at="/mrz")
        used = {_member_of(places[name]) for each in wanted for name in each.uses(inputs)}
        for place in places.values():
            if (member := _member_of(place)) not in used:
                registers = "none of these registers" if only is not None else "no register of this network"
                raise Invalid(f"{registers} can be asked for this: leave it out", at=member)
        return wanted

    def _chosen(self, wanted: Sequence[Register], only: Collection[str]) -> Sequence[Register]:
        by_name = {each.name: each for each in wanted}
        for place, name in enumerate(only):
            if name in by_name:
                continue
            names = [each.name for each in self.registers]
            if name not in names:
                meant = did_you_mean(name, names)
                raise Invalid(f"is no register:{meant} the registers are {', '.join(names)}", at=f"/sources/{place}")
            raise Invalid(f"{name} can be asked for nothing that is stated", at=f"/sources/{place}")
        return [each for each in wanted if each.name in only]

    async def _answers(self, check: Check, caller: Caller, until: float, tell: Tell | None) -> list[SourceAnswer]:
        """Ask all at the same time. What has not come by the end is cancelled, as is everything with the check."""
        tell = tell or _nobody

        async def one(register: Register) -> SourceAnswer:
            answer = await self._as_far_as_read(register, check, caller, until)
            tell(answer)
            return answer

        tasks = [asyncio.create_task(one(each)) for each in check.registers]
        try:
            await asyncio.wait(tasks, timeout=max(until - loop_time(), 0.0))
            silent = {
                task: _silent(register, check.inputs)
                for register, task in zip(check.registers, tasks, strict=True)
                if not task.done()
            }
            for each in silent.values():
                tell(each)
            return [silent.get(task) or task.result() for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _as_far_as_read(self, register: Register, check: Check, caller: Caller, until: float) -> SourceAnswer:
        """Ask one register for what could be read."""
        unasked = register.unasked(check.inputs, check.unread)
        if not register.asked(check.inputs):
            return with_unread(SourceAnswer(register, (), (), state=SourceState.NONE), unasked)
        return with_unread(await self._source(register, check.inputs, caller, until), unasked)

    async def _source(self, register: Register, inputs: Inputs, caller: Caller, until: float) -> SourceAnswer:
        """Ask one register; once more without what only narrows its search, if it refuses that."""
        try:
            return await self._asked_once(register, inputs, caller, until)
        except PartRefused as refused:
            if not refused.narrowing:
                return refused.as_silence
            left = {name: value for name, value in inputs.items() if name not in refused.narrowing}
            warnings = refused.warnings
        try:
            return (await self._asked_once(register, left, caller, until))._replace(left_out=warnings)
        except PartRefused as refused:
            return refused.as_silence

    async def _asked_once(self, register: Register, inputs: Inputs, caller: Caller, until: float) -> SourceAnswer:
        """Ask one register. Raises PartRefused."""
        asked = _asked(register, inputs)
        in_lines = register.asking is Asking.EACH and len(asked.questions) > 1
        request = (_in_lines if in_lines else _search)(asked, inputs)
        seconds = max(until - MARGIN_SECONDS - loop_time(), MARGIN_SECONDS)
        try:
            reply = await self._ask(caller, register.service, request, seconds)
        except Refusal as refusal:
            return refusal_of(asked, refusal)
        return answer_in(asked, reply, in_lines=in_lines)


def _nobody(_answer: SourceAnswer) -> None:
    """Tell nobody."""


def _member_of(place: str) -> str:
    """Return the member of a request that a place is in."""
    return f"/{place.split('/')[1]}"


def _asked(register: Register, inputs: Inputs) -> SourceAnswer:
    return SourceAnswer(register, register.asked(inputs), register.uses(inputs), stated=inputs)


def _search(asked: SourceAnswer, inputs: Inputs) -> HttpRequest:
    parameters = {name: value for each in asked.questions for name, value in each.query(inputs).items()}
    return HttpRequest("GET", f"{asked.register.path}/search?{urlencode(parameters)}")


def _in_lines(asked: SourceAnswer, inputs: Inputs) -> HttpRequest:
    body = msgspec.json.encode({"checks": [each.query(inputs) for each in asked.questions]})
    return HttpRequest("POST", f"{asked.register.path}/checks", "application/json", body)


def _silent(register: Register, inputs: Inputs) -> SourceAnswer:
    detail = "it did not answer within the time of a check"
    return _asked(register, inputs)._replace(state=SourceState.TIMEOUT, detail=detail)
