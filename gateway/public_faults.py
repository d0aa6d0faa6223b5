"""Faults of the public notices API, for those who test their own programs: some answers fail, all come late.

There are none unless `i247 up` is told so.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Final

_PART: Final = re.compile(
    r"(?:(?P<status>403|404|429|500|502|503|504)=(?P<share>0|1|0?\.[0-9]{1,6}|1\.0*)"
    r"|latency=(?P<latency>[0-9]{1,5})ms|seed=(?P<seed>[0-9]{1,9}))"
)
FORM: Final = "403=0.05,502=0.01,latency=200ms,seed=1"
MAX_LATENCY_MS: Final = 60_000
ALLOWED: Final = (
    f"write them as {FORM}: the status 403, 404, 429, 500, 502, 503 or 504 with its share of the answers, from 0 to 1; "
    "the latency in whole milliseconds, with `ms`; the seed a whole number of up to 9 digits"
)


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The share of answers that fail, by status; how late every answer is; and the seed of what is drawn."""

    shares: tuple[tuple[int, float], ...] = ()
    latency_ms: int = 0
    seed: int = 0
    text: str = ""
    """As it was written."""

    @classmethod
    def parse(cls, text: str) -> "FaultPlan":
        """Return the plan of a text such as `403=0.05,502=0.01,latency=200ms,seed=1`. Raises ValueError."""
        shares: dict[int, float] = {}
        numbers = {"latency": 0, "seed": 0}
        for part in text.replace(" ", "").split(","):
            found = _PART.fullmatch(part)
            if found is None:
                raise ValueError(f"{part[:40]!r} is no fault; {ALLOWED}")
            if found["status"]:
                shares[int(found["status"])] = float(found["share"])
            else:
                numbers |= {name: int(found[name]) for name in numbers if found[name] is not None}
        if sum(shares.values()) > 1:
            raise ValueError("the shares of all statuses together are more than 1")
        if numbers["latency"] > MAX_LATENCY_MS:
            raise ValueError(f"the latency is at most {MAX_LATENCY_MS} ms, not {numbers['latency']} ms")
        return cls(tuple(sorted(shares.items())), numbers["latency"], numbers["seed"], text)


class Faults:
    """Draws a fault for each request, the same in each run with the same seed and the same requests in order."""

    def __init__(self, plan: FaultPlan, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._plan = plan
        self._random = Random(plan.seed)  # noqa: S311 - it is to be the same each time
        self._sleep = sleep

    async def status(self) -> int | None:
        """Return the status that the next answer fails with, or None; after the latency of the plan."""
        drawn = self._random.random()
        if self._plan.latency_ms:
            await self._sleep(self._plan.latency_ms / 1000)
        for status, share in self._plan.shares:
            if drawn < share:
                return status
            drawn -= share
        return None
