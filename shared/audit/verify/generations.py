"""Checks what a whole log says of its restarts, and holds checkpoints of earlier generations to that. Offline.

What was lost, nobody can show any more. So a checkpoint of it is open at best: it was signed, and its leaves are gone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.audit.verify.restarted import Restarted, read_restart
from shared.audit.verify.signatures import Attested
from shared.audit.verify.split_view import forked
from shared.protocol.check_report import Finding, VouchedKeys, undecided

MAX_FAULT: Final = 200


class Generations:
    """The restarts of the log of one service, by the roots of the trees on the way."""

    def __init__(self, service: str, keys: VouchedKeys, roots: Mapping[int, bytes]) -> None:
        self.told: list[Restarted] = []
        """What was found of them, the oldest first."""

        self._service = service
        self._keys = keys
        self._roots = roots

    def findings(self, leaves: Iterable[tuple[int, bytes]], generation: int) -> Iterator[Finding]:
        """Tell what was lost, by the leaves that say so, and whether they are all that led to a generation."""
        present = 0
        for index, raw in leaves:
            try:
                told = read_restart(raw, index, self._service, self._keys.of)
            except ValueError as error:
                yield Finding("restart", False, f"what leaf {index} says cannot be so: {error}"[:MAX_FAULT])
                continue
            if told is not None:
                self.told.append(told)
                yield self._restart(told, present)
                present = told.generation
        if present != generation:
            says = f"the log signed generation {generation}, and no leaf that is told says what began after {present}"
            goes_back = f"the log goes back to generation {generation} after leaves that began generation {present}"
            yield Finding("restart", False, says if present < generation else goes_back)

    def compared(self, name: str, other: Attested, last: Attested) -> Finding | None:
        """Tell of a checkpoint of another generation what became of its leaves; None if it takes no more than them."""
        checkpoint, present = other.checkpoint, last.checkpoint.generation
        if checkpoint.generation > present:
            fetch = f"`i247 audit fetch {self._service}` gets the log, which tells why"
            return undecided(name, f"it is of generation {checkpoint.generation}, which began later: {fetch}")
        begun = next((each for each in self.told if each.generation == checkpoint.generation), None)
        if begun is not None and checkpoint.size <= begun.index:
            says = (
                f"the log signed generation {checkpoint.generation} without the leaf with which it says that it began"
            )
            return Finding(name, False, f"{says}: {other.proof}")
        if checkpoint.generation == present or self._roots.get(checkpoint.size) == checkpoint.root:
            return None
        return self._lost(name, other, last)

    def _restart(self, told: Restarted, before: int) -> Finding:
        name = f"restart {told.generation}"
        if told.generation <= before:
            return Finding(name, False, f"leaf {told.index} says that it began, after generation {before}")
        if told.kept is None:
            return Finding(name, True, told.says)
        root = self._roots.get(told.kept.size)
        if root is None:
            return undecided(name, f"{told.says} (no checkpoint here is of the {told.kept.size} leaves that were kept)")
        if root != told.kept.root:
            return Finding(name, False, f"the log does not begin with the {told.kept.size} leaves that it says it kept")
        return Finding(name, True, told.says)

    def _lost(self, name: str, other: Attested, last: Attested) -> Finding:
        checkpoint = other.checkpoint
        later = [each for each in self.told if each.generation > checkpoint.generation]
        of_same = [each for each in later if each.lost.generation == checkpoint.generation]
        most = max(of_same, key=lambda each: each.lost.size, default=None)
        says = f"restarted: it is of {checkpoint.size} leaves of generation {checkpoint.generation}"
        if checkpoint.size <= min((each.kept_size for each in later), default=0):
            return forked(name, last, other)
        if most is None:
            return undecided(name, f"{says}, and nothing here tells what was lost of that")
        if checkpoint.size > most.lost.size:
            return Finding(name, False, f"{says}, and the log says that it lost {most.lost.size}: {other.proof}")
        if checkpoint.contradicts(most.lost):
            return forked(name, last, other)
        return undecided(name, f"{says}, of which those from {most.kept_size} on were lost")
