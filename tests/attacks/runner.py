"""Runs acts, checks what they broke, and narrows that down to the single act."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.attacks.attacker import Attacker
from tests.attacks.canaries import exposures
from tests.attacks.observer import Observer
from tests.attacks.victims import Victims
from tests.attacks.witness import Witness

# Acts between two checks; a violation is narrowed down by bisection.
BATCH_SIZE: Final = 500
# A longer report would not be read, and each violation requires a repair.
MAX_VIOLATIONS: Final = 30
REPAIR_ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Act:
    """One action of an attacker, and its name in reports."""

    name: str
    do: Callable[[], Awaitable[None]]
    kind: str = ""
    """Only the first act of a kind that breaks something is reported; later acts of that kind are skipped."""


class AttackRunner:
    """Runs the acts of one attacker and reports what they broke."""

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

        `undo` ends lasting acts, such as subscriptions, once their effects were checked.
        """
        self._undo = undo
        for start in range(0, len(acts), BATCH_SIZE):
            await self._run(acts[start : start + BATCH_SIZE])
        assert not self.violations, self._report_text()

    async def _run(self, acts: Sequence[Act]) -> bool:
        """Do some acts, record the violations, and return whether there were any."""
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
        """Return everything that has changed or does not work."""
        await self._attacker.settle()
        changes = await self._observer.changes()
        complaints = await asyncio.to_thread(self._witness.complaints, self._attacker.name)
        return [*changes, *await self._victims.intrusions(), *self._exposures(), *complaints]

    async def recover(self, cause: str) -> None:
        """Repair what was broken, and return when all are answered again. Fails if that does not happen."""
        for _ in range(REPAIR_ROUNDS):
            await self._observer.repair()
            if not await self.broken():
                return
        raise AssertionError(f"{self._report_text()}\n  {cause}: the mesh does not recover: {await self.broken()}")

    def _report_text(self) -> str:
        return "\n".join([f"{self._attacker.name} did what it must not be able to do:", *self.violations])

    def _exposures(self) -> list[str]:
        received = b"".join(self._attacker.client.received)
        # Data cut at the end of a packet is found with the next one.
        self._attacker.client.received[:] = [received[-4096:]]
        found = exposures(received, self._attacker.name)
        if found:
            self._attacker.client.received.clear()
        return [f"{self._attacker.name} received {each}" for each in found]


def _named(acts: Sequence[Act]) -> str:
    if len(acts) == 1:
        return acts[0].name
    return f"one of {len(acts)} acts from {acts[0].name} to {acts[-1].name}"
