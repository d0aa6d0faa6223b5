"""Stores the scripts of counterparts and what they did: a file for each, which all processes of a gateway share."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from gateway.sandbox.counterparts.models import MAX_ACTS, CounterpartScript, StoredAct, StoredCounterpart
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.files import replace_file

FOLDER: Final = "counterparts"


class CounterpartStore:
    """The counterparts of one sandbox."""

    def __init__(self, sandbox: Path, clock: Clock) -> None:
        """`sandbox` is the folder of the sandbox, and `clock` that of the mesh."""
        self._folder = sandbox / FOLDER
        self._clock = clock
        self._read: dict[str, tuple[tuple[int, int], StoredCounterpart]] = {}

    def of(self, bureau: str) -> StoredCounterpart | None:
        """Return a counterpart, or None if the bureau is none."""
        file = self._file(bureau)
        try:
            found = file.stat()
            # Another process may have replaced it.
            mark = found.st_ino, found.st_mtime_ns
            if bureau not in self._read or self._read[bureau][0] != mark:
                self._read[bureau] = mark, StoredCounterpart.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            self._read.pop(bureau, None)
            return None
        return self._read[bureau][1]

    def all(self) -> dict[BureauCode, StoredCounterpart]:
        """Return all counterparts."""
        codes = sorted(BureauCode(file.stem) for file in self._folder.glob("*.json"))
        return {code: stored for code in codes if (stored := self.of(code)) is not None}

    def put(self, bureau: str, script: CounterpartScript) -> StoredCounterpart:
        """Give a bureau a script, and keep what it did by an earlier one."""
        now = self._clock.now()
        cut_off = None if script.cut_off_seconds is None else now + timedelta(seconds=script.cut_off_seconds)
        with self._locked():
            before = self.of(bureau)
            acts = before.acts if before else ()
            new = StoredCounterpart(script=script, since=now, cut_off_until=cut_off, acts=acts)
            self._write(bureau, new)
        return new

    def replace_all(self, scripts: Mapping[BureauCode, CounterpartScript]) -> None:
        """Make these bureaus the counterparts, and no others."""
        for code in self.all().keys() - scripts.keys():
            self.remove(code)
        for code, script in scripts.items():
            self.put(code, script)

    def remove(self, bureau: str) -> None:
        """Make a counterpart an ordinary bureau."""
        with self._locked():
            self._file(bureau).unlink(missing_ok=True)

    def add(self, bureau: str, act: StoredAct) -> None:
        """Store what a counterpart did; the oldest acts are forgotten. Nothing is stored if it is none any more."""
        with self._locked():
            if (before := self.of(bureau)) is not None:
                self._write(bureau, before.model_copy(update={"acts": (act, *before.acts)[:MAX_ACTS]}))

    @contextmanager
    def turn(self, bureau: str) -> Iterator[StoredCounterpart | None]:
        """Yield a counterpart while no other process acts for it; None if one does, or if the bureau is none."""
        if self.of(bureau) is None:
            yield None
            return
        with (self._folder / f"{bureau}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield self.of(bureau)

    def _write(self, bureau: str, counterpart: StoredCounterpart) -> None:
        replace_file(self._file(bureau), counterpart.model_dump_json().encode(), mode=0o600)

    def _file(self, bureau: str) -> Path:
        return self._folder / f"{bureau}.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
