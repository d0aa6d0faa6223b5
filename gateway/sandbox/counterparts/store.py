"""Stores the scripts of counterparts and what they did, for all processes of a gateway."""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from gateway.sandbox.counterparts.models import MAX_ACTS, CounterpartScript, StoredAct, StoredCounterpart
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.sandbox.document import SharedDocument

NAME: Final = "counterparts"
_ALWAYS: Final = datetime.fromtimestamp(0, UTC)


class _Document(msgspec.Struct, frozen=True):
    counterparts: dict[str, msgspec.Raw] = {}
    """Each as the model writes it, by the code of its bureau."""


class CounterpartStore:
    """The counterparts of one sandbox."""

    def __init__(self, sandbox: Path, clock: Clock, standing: Mapping[str, CounterpartScript] | None = None) -> None:
        """`sandbox` is the folder of the sandbox, and `clock` that of the mesh. Raises OSError.

        `standing` says what bureaus do about single records of theirs, whatever script they have.
        """
        self._folder = sandbox
        self._clock = clock
        self._standing = standing or {}
        self._document = SharedDocument(sandbox, NAME, _Document())
        self._read: dict[str, tuple[msgspec.Raw, StoredCounterpart]] = {}

    def acting(self, bureau: str) -> StoredCounterpart | None:
        """Return what a bureau does by its script and by standing; None if nothing."""
        stored, standing = self.of(bureau), self._standing.get(bureau)
        if standing is None:
            return stored
        if stored is None:
            return StoredCounterpart(script=standing, since=_ALWAYS)
        records = {**standing.records, **stored.script.records}
        return stored.model_copy(update={"script": stored.script.model_copy(update={"records": records})})

    def of(self, bureau: str) -> StoredCounterpart | None:
        """Return a counterpart, or None if the bureau is none."""
        raw = self._document.read().counterparts.get(bureau)
        if raw is None:
            return None
        if bureau not in self._read or self._read[bureau][0] is not raw:
            self._read[bureau] = raw, _decoded(raw)
        return self._read[bureau][1]

    def all(self) -> dict[BureauCode, StoredCounterpart]:
        """Return all counterparts."""
        codes = sorted(map(BureauCode, self._document.read().counterparts))
        return {code: stored for code in codes if (stored := self.of(code)) is not None}

    def put(self, bureau: str, script: CounterpartScript) -> StoredCounterpart:
        """Give a bureau a script, and keep what it did by an earlier one."""
        begun = self._begun(script, ())
        self._change(bureau, lambda before: begun.model_copy(update={"acts": before.acts}) if before else begun)
        return self.of(bureau) or begun

    def replace_all(self, scripts: Mapping[BureauCode, CounterpartScript]) -> None:
        """Make these bureaus the counterparts, and no others."""
        new: dict[str, msgspec.Raw] = {code: _encoded(self._begun(script, ())) for code, script in scripts.items()}
        self._document.change(lambda _: (_Document(new), None))

    def remove(self, bureau: str) -> None:
        """Make a counterpart an ordinary bureau."""
        self._change(bureau, lambda _: None)

    def add(self, bureau: str, act: StoredAct) -> None:
        """Store what a counterpart did; the oldest acts are forgotten. Nothing is stored if it is none any more."""

        def done(before: StoredCounterpart | None) -> StoredCounterpart | None:
            return before and before.model_copy(update={"acts": (act, *before.acts)[:MAX_ACTS]})

        self._change(bureau, done)

    @contextmanager
    def turn(self, bureau: str) -> Iterator[StoredCounterpart | None]:
        """Yield what a bureau does while no other process acts for it; None if one does, or if it does nothing."""
        if self.acting(bureau) is None:
            yield None
            return
        with (self._folder / f"{NAME}-{bureau}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield self.acting(bureau)

    def _begun(self, script: CounterpartScript, acts: tuple[StoredAct, ...]) -> StoredCounterpart:
        now = self._clock.now()
        cut_off = None if script.cut_off_seconds is None else now + timedelta(seconds=script.cut_off_seconds)
        return StoredCounterpart(script=script, since=now, cut_off_until=cut_off, acts=acts)

    def _change(self, bureau: str, change: Callable[[StoredCounterpart | None], StoredCounterpart | None]) -> None:
        def changed(before: _Document) -> tuple[_Document, None]:
            raw = before.counterparts.get(bureau)
            new = change(None if raw is None else _decoded(raw))
            others = {code: each for code, each in before.counterparts.items() if code != bureau}
            return _Document(others if new is None else {**others, bureau: _encoded(new)}), None

        self._document.change(changed)


def _decoded(raw: msgspec.Raw) -> StoredCounterpart:
    return StoredCounterpart.model_validate_json(bytes(raw))


def _encoded(counterpart: StoredCounterpart) -> msgspec.Raw:
    return msgspec.Raw(counterpart.model_dump_json().encode())
