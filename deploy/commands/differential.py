"""Compares the whole list of a bureau with what it has entered: what the list no longer has is ended.

A line that says that its record has ended, or that is refused, is not missing: what is done of it is done by its line.
Records without a reference are none of the list, and stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.commands.enter_run import IN_FORCE, REFERENCE, SHOWN, STATUS, EnterRun, fault_of_status
from deploy.commands.line_source import LineSource
from deploy.state.errors import CommandFailed


@dataclass(frozen=True, slots=True)
class Differences:
    """What a list would change."""

    lines: int
    """Of the list, that are in force."""

    new: int
    """Lines whose reference no record has that is in force."""

    missing: Sequence[tuple[str, str]]
    """Reference and id of each record in force that the list does not have."""

    unlisted: int
    """Records in force without a reference."""

    @property
    def summary(self) -> str:
        """What would change, in one sentence."""
        unlisted = f"; records without a reference, which stay: {self.unlisted:,}" if self.unlisted else ""
        listed = f"lines of the list: {self.lines:,}, of them new: {self.new:,}"
        return f"{listed}; records missing in it: {len(self.missing):,}{unlisted}"


async def differences(run: EnterRun, source: LineSource, owner: str) -> Differences:
    """Compare a list with the records in force of its owner. Raises CommandFailed if a line of it is unreadable."""
    listed, in_force = _references(source)
    own = await run.own({"owner": owner, STATUS: IN_FORCE})
    entered = {record[REFERENCE]: record["id"] for record in own if record[REFERENCE] is not None}
    missing = [(reference, entered[reference]) for reference in sorted(entered.keys() - listed)]
    return Differences(len(in_force), len(in_force - entered.keys()), missing, len(own) - len(entered))


def _references(source: LineSource) -> tuple[set[str], set[str]]:
    """Return the references of all lines, and of those in force. Raises CommandFailed."""
    listed, in_force, faults = set[str](), set[str](), list[str]()
    for part in source.parts(1_000):
        for line in part.lines:
            cells = line.cells or {}
            reference, status = cells.get(REFERENCE), cells.get(STATUS, IN_FORCE)
            if reference is None:
                faults.append(f"line {line.number}: {line.fault or 'reference: each line needs one'}")
            elif fault := fault_of_status(status):
                faults.append(f"line {line.number}: {fault}")
            else:
                listed.add(reference)
                if status == IN_FORCE:
                    in_force.add(reference)
    if faults:
        more = f"; and {len(faults) - SHOWN} more" * (len(faults) > SHOWN)
        raise CommandFailed(
            f"nothing was changed, as the record of a line that is not read would be ended: {'; '.join(faults[:SHOWN])}"
            f"{more}"
        )
    return listed, in_force


def require_few(found: Differences, at_most: int) -> None:
    """Require that a list ends no more records than its sender expects. Raises CommandFailed."""
    if len(found.missing) > at_most:
        raise CommandFailed(
            f"{found.summary}: more than the {at_most:,} of --confirm, so nothing was changed; check that the list is "
            f"whole, and state --confirm {len(found.missing)} if it is"
        )


async def end_missing(run: EnterRun, found: Differences, ending: str) -> None:
    """End the records that a list does not have."""
    for reference, record_id in found.missing:
        result: dict[str, Any] = {"line": None, REFERENCE: reference, "result": "refused", "error": None}
        run.count(await run.end(record_id, ending, result))
