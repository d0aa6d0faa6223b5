"""Compares the whole list of a bureau with what it has entered: what the list no longer has is ended.

A line that says that its record has ended, or that is refused, is not missing: what is done of it is done by its line.
Records without a reference are none of the list, and stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from deploy.commands.enter_run import IN_FORCE, REFERENCE, SHOWN, STATUS, EnterRun, fault_of_status
from deploy.commands.line_source import LineSource
from deploy.commands.output import Line
from deploy.state.errors import CommandFailed
from shared.records.entry_limits import COUNTED_DAYS, MAX_ENDED_WELL, MAX_TAKEN_BACK
from shared.records.policy import SEARCHES_KEPT_HOURS

UNTIL_TOO_MANY: Final[Mapping[str, int]] = {"withdrawn": MAX_TAKEN_BACK, "recovered": MAX_ENDED_WELL}
"""How many recent records end as such before a bureau enters no more, unless it entered many."""

_RECENT: Final = timedelta(hours=SEARCHES_KEPT_HOURS)
_LIMIT: Final = (
    f"a bureau that ends {{}} or more within {SEARCHES_KEPT_HOURS} hours of their last change may enter no other for "
    f"up to {COUNTED_DAYS} days (too-many-taken-back), unless it entered many"
)


@dataclass(slots=True)
class Differences:
    """What a list would change."""

    lines: int
    """Of the list, that are in force."""

    ended: int
    """Of the list, that say that their record has ended."""

    present: int = 0
    changed: int = 0
    """Lines whose record in force says something else."""

    missing: list[tuple[str, str]] = field(default_factory=list)
    """Reference and id of each record in force that the list does not have."""

    recent: int = 0
    """Of the missing, that were entered or changed so lately that to end them may count as taking them back."""

    unlisted: int = 0
    """Records in force without a reference."""

    @property
    def new(self) -> int:
        """Lines whose reference no record has that is in force."""
        return self.lines - self.present

    @property
    def summary(self) -> str:
        """What would change, in one sentence."""
        listed = f"lines of the list: {self.lines:,}, of them new: {self.new:,}, changed: {self.changed:,}"
        ended = f"; lines that say their record has ended: {self.ended:,}" * bool(self.ended)
        missing = f"; records missing in it: {len(self.missing):,}{_shown(self.missing)}"
        recent = f", of them entered or changed in the last {SEARCHES_KEPT_HOURS} hours: {self.recent:,}"
        unlisted = f"; records without a reference, which stay: {self.unlisted:,}" * bool(self.unlisted)
        return f"{listed}{ended}{missing}{recent * bool(self.recent)}{unlisted}"

    def output(self, ending: str) -> Iterator[Line]:
        """Yield what would change, and how to do it; for programs each record that would be ended."""
        for reference, record_id in sorted(self.missing):
            yield Line("", {REFERENCE: reference, "id": record_id, "result": "missing"})
        words = f"{self.summary}: nothing was changed; {self._how_to(ending)}"
        counts = {"lines": self.lines, "new": self.new, "changed": self.changed, "missing": len(self.missing)}
        yield Line(words, {"message": words, **counts, "recent": self.recent})

    def _how_to(self, ending: str) -> str:
        if not (self.new or self.changed or self.ended or self.missing):
            return "there is nothing to change"
        confirm = f"repeat it with --confirm {len(self.missing)}"
        if self.recent < UNTIL_TOO_MANY[ending]:
            return confirm
        return f"{confirm} --confirm-recent {self.recent}, but {_LIMIT.format(UNTIL_TOO_MANY[ending])}"


async def differences(run: EnterRun, source: LineSource, at: datetime) -> Differences:
    """Compare a list with the records in force of its owner. Raises CommandFailed if a line of it is unreadable."""
    ended, in_force = _lines_of(run, source)
    found = Differences(len(in_force), len(ended))
    async for record in run.own({STATUS: IN_FORCE}):
        reference = record[REFERENCE]
        if reference is None:
            found.unlisted += 1
        elif reference in in_force:
            found.present += 1
            found.changed += in_force[reference] not in {None, run.mark_of(record)}
        elif reference not in ended:
            found.missing.append((reference, record["id"]))
            found.recent += at - datetime.fromisoformat(record["updated"]) < _RECENT
    return found


def _lines_of(run: EnterRun, source: LineSource) -> tuple[set[str], dict[str, int | None]]:
    """Return the references of lines that have ended, and those in force with what they say. Raises CommandFailed."""
    ended, in_force, faults = set[str](), dict[str, int | None](), list[str]()
    for part in source.parts(1_000):
        for line in part.lines:
            cells = line.cells or {}
            reference, status = cells.get(REFERENCE), cells.get(STATUS, IN_FORCE)
            if reference is None:
                faults.append(f"line {line.number}: {line.fault or 'reference: each line needs one'}")
            elif fault := fault_of_status(status):
                faults.append(f"line {line.number}: {fault}")
            elif status == IN_FORCE:
                in_force[reference] = run.mark_of_line(line)
            else:
                ended.add(reference)
    if faults:
        more = f"; and {len(faults) - SHOWN} more" * (len(faults) > SHOWN)
        raise CommandFailed(
            f"nothing was changed, as the record of a line that is not read would be ended: {'; '.join(faults[:SHOWN])}"
            f"{more}"
        )
    return ended, in_force


def _shown(missing: Sequence[tuple[str, str]]) -> str:
    """Return the first references in brackets; nothing if there is none."""
    first = ", ".join(reference for reference, _ in sorted(missing)[:SHOWN])
    more = f" and {len(missing) - SHOWN:,} more, which --json lists" * (len(missing) > SHOWN)
    return f" ({first}{more})" * bool(missing)


def require_few(found: Differences, ending: str, at_most: int, at_most_recent: int | None) -> None:
    """Require that a list ends no more records than its sender expects. Raises CommandFailed."""
    if len(found.missing) > at_most:
        raise CommandFailed(
            f"{found.summary}: more than the {at_most:,} of --confirm, so nothing was changed; check that the list is "
            f"whole, and state --confirm {len(found.missing)} if it is"
        )
    limit = UNTIL_TOO_MANY[ending]
    if found.recent > (limit - 1 if at_most_recent is None else at_most_recent):
        raise CommandFailed(
            f"{found.summary}: nothing was changed, as {_LIMIT.format(limit)}; state --confirm-recent {found.recent} "
            "to end them all the same"
        )


async def end_missing(run: EnterRun, found: Differences, ending: str) -> None:
    """End the records that a list does not have."""
    for reference, record_id in found.missing:
        result: dict[str, Any] = {"line": None, REFERENCE: reference, "result": "refused", "error": None}
        run.count(await run.end(record_id, ending, result))
