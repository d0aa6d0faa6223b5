"""The state of the log of each service: what its service signed, and which of its witnesses cosigned that."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from shared.audit.verify.signatures import MIN_WITNESSES, Attested, attest, keys_of
from shared.protocol.directory import Directory
from shared.protocol.witnesses import WITNESSES, assigned, trust_by

# A witness looks each second; after a restart it needs longer.
LATE_AFTER_SECONDS: Final = 60
_MISSING: Final = 404


class Sight(NamedTuple):
    """How far a witness has cosigned a log."""

    bureau: str
    size: int | None
    """Of the largest checkpoint here that it cosigned; None if it cosigned none of them."""

    at: str | None
    behind: int
    """How many leaves of the newest checkpoint it has not cosigned."""

    is_late: bool
    """Whether another witness cosigned the newest checkpoint more than a minute ago."""


class LogState(NamedTuple):
    """The state of the log of a service."""

    service: str
    leaves: int | None = None
    """None if the service does not answer."""

    retired: int = 0
    """How many earlier logs it has."""

    signed: int | None = None
    """The size of the newest checkpoint; None if there is none, or it is not signed by the service."""

    at: str | None = None
    """When a witness cosigned the newest checkpoint first."""

    witnesses: tuple[Sight, ...] = ()

    @property
    def current(self) -> int:
        """How many witnesses cosigned the newest checkpoint."""
        return sum(each.size is not None and not each.behind for each in self.witnesses)

    @property
    def is_proven(self) -> bool:
        """Whether enough witnesses cosigned the newest checkpoint."""
        return self.current >= MIN_WITNESSES


async def states_of(page: Page, directory: Directory) -> list[LogState]:
    """Return the state of each log, also where a service does not answer."""
    states = (_state_of(page, service, directory) for service in sorted(page.context.services))
    return list(await asyncio.gather(*states))


async def _state_of(page: Page, service: str, directory: Directory) -> LogState:
    path = f"/api/{service}/audit"
    try:
        logs = (await page.api.get(f"{path}/logs"))["items"]
        notes = await page.together(*(_checkpoint(page, service, count) for count in range(WITNESSES + 1)))
    except ApiRefused:
        return LogState(service)
    return state_from(service, logs, notes, directory, page.context.clock.now())


async def _checkpoint(page: Page, service: str, witnesses: int) -> Mapping[str, Any] | None:
    """Return the newest checkpoint of a log with so many cosignatures; None if there is none. Raises ApiRefused."""
    try:
        found: Mapping[str, Any] = await page.api.get(f"/api/{service}/audit/checkpoint", witnesses=witnesses)
    except ApiRefused as refused:
        if refused.status == _MISSING:
            return None
        raise
    return found


def state_from(
    service: str,
    logs: Sequence[Mapping[str, Any]],
    notes: Sequence[Mapping[str, Any] | None],
    directory: Directory,
    now: datetime,
) -> LogState:
    """Return the state of a log, from its checkpoints with different numbers of cosignatures. Pure."""
    entries = directory.entries()
    trust = trust_by(entries)
    # The log of a service that has answered nothing yet is not begun.
    known = LogState(service, logs[-1]["leaves"] if logs else 0, max(len(logs) - 1, 0))
    attested = [
        found
        for note in notes
        if note is not None
        and (found := attest(note["checkpoint"], service, keys_of(service, note["entries"], directory.root), trust)[0])
    ]
    if not attested:
        return known
    newest = max(attested, key=lambda each: each.checkpoint.size)
    bureaus = sorted(assigned(service, entries, now.timestamp()))
    sights = tuple(_sight_of(bureau, newest, attested, now) for bureau in bureaus)
    return known._replace(signed=newest.checkpoint.size, at=_written(newest.seen_at), witnesses=sights)


def _sight_of(bureau: str, newest: Attested, attested: Sequence[Attested], now: datetime) -> Sight:
    seen = {
        each.checkpoint.size: witness.at for each in attested for witness in each.witnesses if witness.bureau == bureau
    }
    size = max(seen, default=None)
    behind = newest.checkpoint.size - (size or 0)
    is_old = newest.seen_at is not None and now.timestamp() - newest.seen_at > LATE_AFTER_SECONDS
    return Sight(bureau, size, None if size is None else _written(seen[size]), behind, bool(behind) and is_old)


def _written(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
