"""The routes for faults on demand. They happen in the part of the mesh that they name: see `shared.sandbox`."""

from typing import Annotated, Final, Self

from fastapi import APIRouter, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from gateway.sandbox.dependencies import TheSandbox
from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from shared.bureaus import Bureau
from shared.clock import time_at
from shared.compat.strict_routes import StrictRoute
from shared.errors import Invalid, Malformed, NotFound, Refusal, TooLarge, UnsupportedMediaType
from shared.ids import UUID7_PATTERN, id_field
from shared.sandbox.faults import FAILURES, MAX_FAULTS, MAX_REQUESTS_LISTED, Fault, FaultStep
from shared.web.problems import refusals

MAX_COUNT: Final = 1_000_000
MAX_SECONDS: Final = 366 * 86_400
MAX_LATENCY_MS: Final = 60_000
MAX_SERVICE: Final = 40

FaultId = Annotated[str, id_field("the fault")]


class TooManyFaults(Refusal, status=409, code="too-many-faults", title="Too many faults are asked for"):
    """Delete one that is not needed any more."""


class _FaultScope(BaseModel):
    """Which requests or messages a fault concerns."""

    bureau: Bureau | None = Field(
        None,
        description="Only for this bureau: the one that requests, that sends the message or signs the receipt, or that "
        "a message of a service is for.",
        examples=["FR"],
    )
    service: str | None = Field(
        None,
        max_length=MAX_SERVICE,
        description="Only for requests to this service, as the path names it or a check asks it; `oauth` for tokens.",
        examples=["notices"],
    )
    request_id: str | None = Field(
        None,
        pattern=UUID7_PATTERN,
        description="Only for the request, or the message, of this id. A client of a sandbox chooses the id of a "
        "request by the header `I247-Request-Id`.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )


class FaultDraft(_FaultScope):
    """What is to fail or to be late, for which requests or messages, and how often."""

    model_config = ConfigDict(extra="forbid")

    step: FaultStep = Field(description="Where it happens.", examples=["audit"])
    failure: str | None = Field(
        None,
        max_length=MAX_SERVICE,
        description="How it fails. By default the first that is possible at the step; with `latency_ms`, not at all. "
        + "; ".join(f"`{step}`: {', '.join(f'`{each}`' for each in ways)}" for step, ways in FAILURES.items()),
        examples=["not-written"],
    )
    count: int | None = Field(
        None,
        ge=1,
        le=MAX_COUNT,
        description="How often it happens; by default once, or with `seconds` as often as there is reason to.",
        examples=[1],
    )
    seconds: float | None = Field(
        None, gt=0, le=MAX_SECONDS, description="For how long, by the clock of the mesh.", examples=[60]
    )
    latency_ms: int = Field(0, ge=0, le=MAX_LATENCY_MS, description="How late the step is.", examples=[0])

    @model_validator(mode="after")
    def _require_possible_failure(self) -> Self:
        possible = FAILURES[self.step]
        if self.failure is not None and self.failure not in possible:
            raise ValueError(f"failure: the step {self.step} fails in one of these ways: {', '.join(possible)}")
        return self

    def fault(self, fault_id: str, now: float) -> Fault:
        """Return the fault that is asked for."""
        usual = None if self.latency_ms else FAILURES[self.step][0]
        return Fault(
            id=fault_id,
            step=self.step,
            failure=self.failure or usual,
            bureau=self.bureau,
            service=self.service,
            request_id=self.request_id,
            latency_ms=self.latency_ms,
            left=1 if self.count is None and self.seconds is None else self.count,
            until=None if self.seconds is None else now + self.seconds,
        )


class FaultState(_FaultScope):
    """A fault, and how often it happened."""

    id: FaultId
    step: FaultStep = Field(description="Where it happens.", examples=["audit"])
    failure: str | None = Field(description="How it fails; null if it is only late.", examples=["not-written"])
    latency_ms: int = Field(description="How late the step is.", examples=[0])
    left: int | None = Field(description="How often it will still happen; null if time alone ends it.", examples=[1])
    until: AwareDatetime | None = Field(
        description="When it ends, by the clock of the mesh; null if the count alone ends it.", examples=[None]
    )
    is_over: bool = Field(description="Whether it will not happen any more.", examples=[False])
    fired: int = Field(description="How often it happened.", examples=[0])
    requests: list[str] = Field(
        description=f"The ids of the requests, or messages, that it happened to: the last {MAX_REQUESTS_LISTED}.",
        examples=[[]],
    )


class FaultStates(BaseModel):
    """All faults, the oldest first."""

    items: list[FaultState]


router = APIRouter(prefix="/sandbox", tags=["sandbox"], route_class=StrictRoute, dependencies=[SAME_SITE])


@router.post(
    "/faults",
    status_code=status.HTTP_201_CREATED,
    responses=REFUSED_TO_OTHERS | refusals(Malformed, TooLarge, UnsupportedMediaType, Invalid, TooManyFaults),
)
async def add_fault(sandbox: TheSandbox, draft: FaultDraft) -> FaultState:
    """Add a fault: the next requests or messages fail at a step, or are late there.

    The step fails as it does when that part of the mesh is really broken, so that the answer is no other. Of several
    faults for the same step of a request, the oldest happens.
    """
    if draft.service is not None and draft.service not in sandbox.services:
        raise Invalid(f"must be one of {', '.join(sorted(sandbox.services))}", at="/service")
    fault = sandbox.faults.add(draft.fault)
    if fault is None:
        raise TooManyFaults(f"{MAX_FAULTS} faults are not over yet: delete those that are not needed any more")
    return _state_of(fault, sandbox.faults.now())


@router.get("/faults", responses=REFUSED_TO_OTHERS)
async def list_faults(sandbox: TheSandbox) -> FaultStates:
    """List the faults, also those that are over.

    Each says how often it will still happen, and what it happened to.
    """
    now = sandbox.faults.now()
    return FaultStates(items=[_state_of(fault, now) for fault in sandbox.faults.all()])


@router.get("/faults/{fault_id}", responses=REFUSED_TO_OTHERS | refusals(Invalid, NotFound))
async def get_fault(sandbox: TheSandbox, fault_id: FaultId) -> FaultState:
    """Get one fault: how many are left, and what it happened to."""
    for fault in sandbox.faults.all():
        if fault.id == fault_id:
            return _state_of(fault, sandbox.faults.now())
    raise _no_fault(fault_id)


@router.delete("/faults", status_code=status.HTTP_204_NO_CONTENT, responses=REFUSED_TO_OTHERS)
async def delete_faults(sandbox: TheSandbox) -> None:
    """Delete all faults: from now on nothing fails on demand."""
    sandbox.faults.remove()


@router.delete(
    "/faults/{fault_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=REFUSED_TO_OTHERS | refusals(Invalid, NotFound),
)
async def delete_fault(sandbox: TheSandbox, fault_id: FaultId) -> None:
    """Delete one fault: it does not happen any more."""
    if not sandbox.faults.remove(fault_id):
        raise _no_fault(fault_id)


def _no_fault(fault_id: str) -> NotFound:
    return NotFound(f"there is no fault {fault_id}: GET /sandbox/faults lists them")


def _state_of(fault: Fault, now: float) -> FaultState:
    return FaultState(
        id=fault.id,
        step=fault.step,
        failure=fault.failure,
        bureau=fault.bureau,
        service=fault.service,
        request_id=fault.request_id,
        latency_ms=fault.latency_ms,
        left=fault.left,
        until=None if fault.until is None else time_at(fault.until),
        is_over=fault.is_over(now),
        fired=fault.fired,
        requests=[each.id for each in fault.requests],
    )
