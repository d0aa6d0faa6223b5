"""Runs acts, asks after them what they broke, and narrows that down to the single act."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.attacks.attacker import Attacker
from tests.attacks.canaries import exposures
from tests.attacks.observer import Observer
from tests.attacks.victims import Victims
from tests.attacks.witness import Witness

# Acts between two questions; a violation is narrowed down by halves.
BATCH_SIZE: Final = 500
# A report with more would not be read, and each costs repairs.
MAX_VIOLATIONS: Final = 30
REPAIR_ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that an attacker does, and how a report names it."""

    name: str
    do: Callable[[], Awaitable[None]]
    kind: str = ""
    """Of acts of one kind, if it has one, the first that breaks something is reported and the others are left out."""


class AttackRunner:
    """Finds out what the acts of one attacker broke."""

    def __init__(self, attacker: Attacker, observer: Observer, victims: Victims, witness: Witness) -> None:
        self._attacker = attacker
        self._observer = observer
        self._victims = victims
        self._witness = witness
        self.violations: list[str] = []
        self._reported: set[str] = set()
        self._undo: Callable[[], Awaitable[None]] | None = None

    async def run(self, acts: Sequence[Act], *, undo: Callable[[], Awaitable[None]] | None = None) -> None:
        """Do all acts. Fails with a list of `act: what it broke`.

        `undo` ends what lasts, such as a subscription, once its effect was looked for.
        """
        self._undo = undo
        for start in range(0, len(acts), BATCH_SIZE):
            await self._run(acts[start : start + BATCH_SIZE])
        assert not self.violations, self._report_text()

    async def _run(self, acts: Sequence[Act]) -> bool:
        """Do some acts, note the violations, and tell whether there were any."""
        acts = [act for act in acts if act.kind not in self._reported]
        if not acts or len(self.violations) >= MAX_VIOLATIONS:
            return False
        for act in acts:
            await act.do()
        broken = await self.broken()
        if self._undo is not None:
            await self._undo()
        if not broken:
            return False
        await self.recover(_named(acts))
        if len(acts) == 1 or not await self._narrow_down(acts):
            self._report(acts, broken)
        return True

    def _report(self, acts: Sequence[Act], broken: list[str]) -> None:
        self.violations.append(f"  {_named(acts)}: {'; '.join(broken)}")
        if len(acts) == 1 and acts[0].kind:
            self._reported.add(acts[0].kind)

    async def _narrow_down(self, acts: Sequence[Act]) -> bool:
        middle = len(acts) // 2
        halves = [await self._run(half) for half in (acts[:middle], acts[middle:])]
        return any(halves)

    async def broken(self) -> list[str]:
        """Return all that is not as it was, or not as it should be."""
        await self._attacker.settle()
        changes = await self._observer.changes()
        complaints = await asyncio.to_thread(self._witness.complaints, self._attacker.name)
        return [*changes, *await self._victims.intrusions(), *self._exposures(), *complaints]

    async def recover(self, cause: str) -> None:
        """Undo what was broken, and return when everybody is answered again. Fails if that does not happen."""
        for _ in range(REPAIR_ROUNDS):
            await self._observer.repair()
            if not await self.broken():
                return
        raise AssertionError(f"{self._report_text()}\n  {cause}: the mesh does not recover: {await self.broken()}")

    def _report_text(self) -> str:
        return "\n".join([f"{self._attacker.name} did what it must not be able to do:", *self.violations])

    def _exposures(self) -> list[str]:
        received = b"".join(self._attacker.client.received)
        # What is cut by the end of a packet is found with the next.
        self._attacker.client.received[:] = [received[-4096:]]
        found = exposures(received, self._attacker.name)
        if found:
            self._attacker.client.received.clear()
        return [f"{self._attacker.name} received {each}" for each in found]


def _named(acts: Sequence[Act]) -> str:
    if len(acts) == 1:
        return acts[0].name
    return f"one of {len(acts)} acts from {acts[0].name} to {acts[-1].name}"
