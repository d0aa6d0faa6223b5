"""Faults on demand: what is to fail, how, for which requests, and how often. All processes of a sandbox count together.

A fault makes a part of the mesh fail as that part really would. Does NOT make it fail: the other modules here do.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from shared.clock import Clock
from shared.ids import uuid7
from shared.sandbox.client_request import ClientRequest, current
from shared.sandbox.document import SharedDocument
from shared.sandbox.parts import MAX_PARTS, Part, find_part, part_of


class FaultStep(StrEnum):
    """What is done with a request or message when a fault happens."""

    TOKEN = "token"  # noqa: S105 - a step, not a secret
    SIGN = "sign"
    BROKER = "broker"
    VERIFY = "verify"
    STORE = "store"
    AUDIT = "audit"
    DELIVER = "deliver"
    RECEIPT = "receipt"


FAILURES: Final[dict[FaultStep, tuple[str, ...]]] = {
    FaultStep.TOKEN: ("unavailable", "revoked"),
    FaultStep.SIGN: ("no-valid-key",),
    FaultStep.BROKER: ("unreachable", "disconnected", "timeout", "reply-lost"),
    FaultStep.VERIFY: ("request", "reply"),
    FaultStep.STORE: ("unavailable", "failed", "outcome-unknown"),
    FaultStep.AUDIT: ("not-written",),
    FaultStep.DELIVER: ("not-taken",),
    FaultStep.RECEIPT: ("not-taken",),
}
"""How each step may fail; the first is the usual way."""

MAX_FAULTS: Final = 100
MAX_REQUESTS_LISTED: Final = 100


SET_BY_REQUEST: Final = "POST /sandbox/faults"


class Met(msgspec.Struct, frozen=True):
    """A request, or message, that a fault happened to. Bureaus may choose the same id."""

    id: str
    bureaus: tuple[str, ...]
    part: str | None = None
    """The id of the request to a service that was a part of it, such as that to one register of a check."""

    due: float = 0.0
    """When its latency is over, by the monotonic clock of this machine."""

    def is_of(self, request_id: str, bureau: str | None) -> bool:
        """Return whether it is that of a bureau, or of any, with an id, which may be that of a part."""
        return request_id in {self.id, self.part} and (bureau is None or bureau in self.bureaus)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault that a client of the sandbox added."""

    id: str
    step: FaultStep
    failure: str | None
    """None for one that only delays."""

    bureau: str | None = None
    service: str | None = None
    request_id: str | None = None
    latency_ms: int = 0
    left: int | None = None
    """How often it will still happen; None without a limit."""

    until: float | None = None
    """When it ends, in seconds since 1970 by the clock of the mesh."""

    fired: int = 0
    requests: tuple[Met, ...] = ()
    """The last requests, or messages, that it happened to."""

    set_by: str = SET_BY_REQUEST
    """Who asked for it, in words."""

    def is_over(self, now: float) -> bool:
        """Return whether it will not happen any more."""
        return self.left == 0 or (self.until is not None and now >= self.until)

    def concerns(self, place: "Place") -> bool:
        """Return whether it is to happen at a place."""
        return (
            self.step == place.step
            and self.bureau in {None, *place.bureaus}
            and self.service in {None, place.service, place.asked}
            and self.request_id in {None, place.id}
            and self.is_possible(place.failures)
        )

    def is_possible(self, failures: Collection[str] | None) -> bool:
        """Return whether it can happen where these failures are possible, or all if there are none."""
        return self.failure is None or failures is None or self.failure in failures


class Happened(NamedTuple):
    """A fault that happens to a request."""

    fault: Fault
    due: float
    """When its latency is over, by the monotonic clock of this machine."""

    async def after_latency(self) -> str | None:
        """Return how the step fails, if it does, after the latency."""
        await asyncio.sleep(max(self.due - time.monotonic(), 0.0))
        return self.fault.failure


class Place(msgspec.Struct, frozen=True):
    """A step of one request or message, at which a fault may happen."""

    step: FaultStep
    bureaus: tuple[str, ...]
    service: str
    id: str
    failures: Collection[str] | None = None
    """Those that are possible here; None for all of the step."""

    asked: str | None = None
    """The service that is asked, where a client named an application of the gateway, which asks in their name."""

    part: str | None = None
    """The id of the request to that service."""

    since: float = 0.0
    """From when on it may be late, by the monotonic clock of this machine."""


class FaultList(msgspec.Struct, frozen=True):
    """All faults, the oldest first."""

    faults: tuple[Fault, ...] = ()
    parts: tuple[Part, ...] = ()
    """The last that were sent while there were faults: a service does not see of which request they are parts."""


class Faults:
    """The faults of a sandbox."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._document = SharedDocument(folder, "faults", FaultList())
        self._clock = clock

    # For those who control the sandbox.

    def all(self) -> tuple[Fault, ...]:
        """Return all faults, also those that are over."""
        return self._document.read().faults

    def now(self) -> float:
        """Return the time by which faults end."""
        return self._clock.now().timestamp()

    def add(self, new: Callable[[str, float], Fault]) -> Fault | None:
        """Add what `new` makes of an id and the time; None if there are too many that are not over."""
        now, fault = self.now(), new(uuid7(self._clock.now()), self.now())

        def add(before: FaultList) -> tuple[FaultList, Fault | None]:
            kept = list(before.faults)
            while len(kept) >= MAX_FAULTS:
                over = next((each for each in kept if each.is_over(now)), None)
                if over is None:
                    return before, None
                kept.remove(over)
            return msgspec.structs.replace(before, faults=(*kept, fault)), fault

        return self._document.change(add)

    def met(self, request_id: str, bureau: str | None = None) -> tuple[Fault, ...]:
        """Return the faults that happened to the request, or message, of an id; also those that are over."""
        return tuple(fault for fault in self.all() if any(each.is_of(request_id, bureau) for each in fault.requests))

    def remove(self, fault_id: str | None = None) -> int:
        """Remove one fault, or all; return how many there were."""

        def remove(before: FaultList) -> tuple[FaultList, int]:
            kept = tuple(each for each in before.faults if fault_id not in {None, each.id})
            removed = len(before.faults) - len(kept)
            return (msgspec.structs.replace(before, faults=kept) if removed else before), removed

        return self._document.change(remove)

    # For the places at which faults happen.

    def follow(self, request: ClientRequest) -> None:
        """Let the services know of which request one is a part, as long as there are faults that may name that."""
        part, now = part_of(request), self.now()
        if part is None or all(each.is_over(now) for each in self._document.read().faults):
            return
        self._document.change(
            lambda before: (msgspec.structs.replace(before, parts=(*before.parts, part)[-MAX_PARTS:]), None)
        )

    def take(self, place: Place) -> Fault | None:
        """Return the fault that happens at a place, which is counted; None if there is none."""
        now, known = self.now(), self._document.read()
        if (part := find_part(known.parts, place.id)) is not None:
            place = msgspec.structs.replace(place, id=part.of, service=part.named, asked=place.service, part=place.id)

        def happens(fault: Fault) -> bool:
            return fault.concerns(place) and not fault.is_over(now)

        if not any(map(happens, known.faults)):
            return None

        def take(before: FaultList) -> tuple[FaultList, Fault | None]:
            # Another process may have had the last one meanwhile.
            taken = next(filter(happens, before.faults), None)
            if taken is None:
                return before, None
            counted = tuple(_counted(each, place) if each is taken else each for each in before.faults)
            return msgspec.structs.replace(before, faults=counted), taken

        return self._document.change(take)

    async def meet(self, place: Place) -> str | None:
        """Return how a place fails, after the latency of the fault; None if it does not."""
        fault = self.take(place)
        return None if fault is None else await _happened(fault, place).after_latency()

    def take_for_client(self, step: FaultStep, bureau: str, failures: Collection[str] | None = None) -> Happened | None:
        """Return what happens at a step of the present request; None also without a client.

        It is counted once for a request: when the step is taken again, also in another process of a service to which
        the request was sent again, the same happens.
        """
        request = current()
        if request is None:
            return None
        known: Happened | None = request.met.get(step) or self._happened_elsewhere(step, request)
        if known is not None and known.fault.is_possible(failures):
            return known
        place = _place_of(request, step, bureau, failures)
        if (fault := self.take(place)) is None:
            return None
        request.met[step] = happened = _happened(fault, place)
        return happened

    def _happened_elsewhere(self, step: FaultStep, request: ClientRequest) -> Happened | None:
        if not request.bureau:
            # A gateway has it alone, and its clients may repeat an id.
            return None
        of_step = (fault for fault in self.all() if fault.step == step)
        met = (
            (fault, each.due) for fault in of_step for each in fault.requests if each.is_of(request.id, request.bureau)
        )
        return next((Happened(*each) for each in met), None)

    async def meet_for_client(
        self, step: FaultStep, bureau: str, failures: Collection[str] | None = None
    ) -> str | None:
        """Return how a step of the present request fails, after the latency; None also without a client."""
        happened = self.take_for_client(step, bureau, failures)
        return None if happened is None else await happened.after_latency()


def _happened(fault: Fault, place: Place) -> Happened:
    return Happened(fault, max(place.since, time.monotonic()) + fault.latency_ms / 1000)


def _place_of(request: ClientRequest, step: FaultStep, bureau: str, failures: Collection[str] | None = None) -> Place:
    since, whole = request.owed_until, request.whole
    if whole is None:
        return Place(step, (bureau,), request.service, request.id, failures, since=since)
    return Place(step, (bureau,), whole.service, whole.id, failures, request.service, request.id, since)


def _counted(fault: Fault, place: Place) -> Fault:
    return msgspec.structs.replace(
        fault,
        left=None if fault.left is None else fault.left - 1,
        fired=fault.fired + 1,
        requests=(*fault.requests, Met(place.id, place.bureaus, place.part, _happened(fault, place).due))[
            -MAX_REQUESTS_LISTED:
        ],
    )
