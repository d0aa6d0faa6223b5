"""The health of the mesh: a signed ping to every service, by the same path as every request."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse
from typing_extensions import TypeAliasType

from gateway.witness.rules import Fault
from shared.background import failing_jobs
from shared.clock import Clock, time_at
from shared.errors import Refusal
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.protocol.envelope import DirectoryHead
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Requester
from shared.rpc.irreversible import blocked_reason
from shared.service import HEALTH_PATH, Service

if TYPE_CHECKING:
    from gateway.witness.store import StoredAlarm

ReadAlarms = Callable[[], Awaitable["list[StoredAlarm]"]]

HealthStatus = TypeAliasType("HealthStatus", Literal["up", "down"])
PING_SECONDS: Final = 2.0
# Anyone may ask: the answer is cached for a moment.
KEPT_SECONDS: Final = 0.25

PING: Final = HttpRequest("GET", HEALTH_PATH)
HEALTH_CHECKER: Final = ActingOfficer("health", (PURPOSE_SCOPES[Purpose.CRIME_ANALYSIS],), Purpose.CRIME_ANALYSIS)

# Bounds of what a service reports, as anyone may read it.
JOB_PATTERN: Final = "^[a-z][a-z ]{0,39}$"
MAX_JOBS: Final = 50
MAX_SECONDS: Final = 2**31

FailingJobs = Annotated[
    dict[str, int],
    Field(
        description="Kinds of background job that have failed for half a minute or longer, each with the seconds since "
        "its first failure.",
        examples=[{"checkpoints": 45}],
    ),
]


class ServiceReport(msgspec.Struct, frozen=True):
    """What a service reports of itself."""

    directory: DirectoryHead = ""
    failing_jobs: Annotated[
        dict[Annotated[str, msgspec.Meta(pattern=JOB_PATTERN)], Annotated[int, msgspec.Meta(ge=0, le=MAX_SECONDS)]],
        msgspec.Meta(max_length=MAX_JOBS),
    ] = {}


decode_report: Final = msgspec.json.Decoder(ServiceReport).decode


class ServiceHealth(BaseModel):
    """How one service answered a signed ping."""

    status: HealthStatus
    milliseconds: float = Field(description="From signing the ping to verifying the answer.")
    detail: str | None = Field(None, description="Why it is down.")
    clock_ahead_seconds: float | None = Field(
        None,
        description="How far its clock is ahead of the median of all, by its last signed time; below 0 if behind.",
    )
    failing_jobs: FailingJobs = {}


class BrokerAlarm(BaseModel):
    """A property of the broker that was wrong, and was corrected."""

    fault: Fault = Field(description="As in `GET /api/audit/alarms`, which says more.", examples=["stream-changed"])
    last: AwareDatetime
    times: int = Field(examples=[1])


class ClockHealth(BaseModel):
    """The clock of this gateway, compared with those of the services."""

    ahead_seconds: float | None = Field(
        None,
        description="How far it is ahead of the median of all, below 0 if it is behind; null if too few are known.",
    )
    compared: int = Field(0, description="How many services have signed a time in the last five minutes.")
    waiting: str | None = Field(
        None,
        description="Why nothing is deleted or declared expired: `clock-off`: most disagree by more than a minute. "
        "`clock-not-proven`: fewer than two are known. `key-not-valid`, `bureau-suspended`: no key is in force.",
    )


class Health(BaseModel):
    """Whether the mesh works, and which parts fail."""

    status: HealthStatus
    services: dict[str, ServiceHealth]
    clock: ClockHealth = ClockHealth()
    failing_jobs: FailingJobs = {}
    public_faults: str | None = Field(
        None,
        description="The faults that the public notices API answers with, for tests of its clients; null for none.",
        examples=[None],
    )
    alarms: list[BrokerAlarm] = Field(
        [], description="Alarms of the broker in the last day, the newest first; at the Secretariat alone."
    )


class HealthCheck:
    """Pings the services in the name of one bureau."""

    def __init__(
        self,
        services: tuple[Service, ...],
        requester: Requester,
        clock: Clock,
        alarms: ReadAlarms,
        public_faults: str | None = None,
    ) -> None:
        """`public_faults` are those that the public notices API is told to answer with."""
        self._public_faults = public_faults
        self._alarms = alarms
        self._services = services
        self._requester = requester
        self._clock = clock
        self._turn = asyncio.Lock()
        self._last: tuple[float, Health] = (float("-inf"), Health(status="down", services={}))

    async def check(self) -> Health:
        """Return the health, at most `KEPT_SECONDS` old."""
        async with self._turn:
            at, health = self._last
            if self._clock.monotonic() - at > KEPT_SECONDS:
                health = await self._ping_all()
                self._last = (self._clock.monotonic(), health)
            return health

    async def _ping_all(self) -> Health:
        # Those that were ever entered in the directory: a network may do without some.
        names = [service.name for service in self._services if self._requester.directory.knows(service.name)]
        found = await asyncio.gather(*(self._ping(name) for name in names))
        clocks = self._requester.participant.times.assess(self._clock)
        services = dict(zip(names, found, strict=True))
        for name, one in services.items():
            one.clock_ahead_seconds = _rounded(clocks.others.get(name))
        alarms = [_alarm(each) for each in await self._alarms()]
        # A network without any service does not work.
        status: HealthStatus = "up" if found and all(one.status == "up" for one in found) else "down"
        clock = ClockHealth(
            ahead_seconds=_rounded(clocks.ahead_seconds),
            compared=clocks.signers,
            waiting=blocked_reason(self._requester.participant),
        )
        failing = failing_jobs(self._requester.participant.log)
        return Health(
            status=status,
            services=services,
            clock=clock,
            failing_jobs=failing,
            public_faults=self._public_faults,
            alarms=alarms,
        )

    async def _ping(self, service: str) -> ServiceHealth:
        started, detail, report = time.perf_counter(), None, ServiceReport()
        try:
            # One attempt: a service restarted meanwhile would answer a second one, as if it had never been down.
            reply = await self._requester.ask(service, PING, HEALTH_CHECKER, seconds=PING_SECONDS, attempts=1)
            if reply.head.status == 200:
                report = decode_report(reply.body)
            else:
                detail = f"answered {reply.head.status}"
        except Refusal as refusal:
            detail = refusal.detail
        except (msgspec.MsgspecError, ValueError, RecursionError):
            detail = "answered 200 without a report of its health"
        milliseconds = round((time.perf_counter() - started) * 1000, 2)
        status: HealthStatus = "down" if detail else "up"
        return ServiceHealth(status=status, milliseconds=milliseconds, detail=detail, failing_jobs=report.failing_jobs)


def _rounded(seconds: float | None) -> float | None:
    # Without the sign that a zero may have.
    return None if seconds is None else round(seconds, 2) + 0.0


def _alarm(kept: "StoredAlarm") -> BrokerAlarm:
    return BrokerAlarm(fault=kept.evidence.fault, last=time_at(kept.last / 1000), times=kept.times)


router = APIRouter(tags=["health"])


@router.get(
    HEALTH_PATH,
    response_model=Health,
    responses={503: {"model": Health, "description": "A service is down, or there is none."}},
)
async def get_health(request: Request) -> Response:
    """Get the health of the mesh.

    Each service gets a signed ping, and its signed answer is verified.
    """
    check: HealthCheck = request.app.state.health_check
    found = await check.check()
    return JSONResponse(found.model_dump(mode="json"), 200 if found.status == "up" else 503)
