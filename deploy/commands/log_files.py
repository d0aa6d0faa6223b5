"""Reads the logs of all processes of a state directory, in the order of their times, and follows them.

A file that is rotated is read to its end before the new one.
"""

import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from heapq import merge
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

# Of each file, for the lines before those that follow.
TAIL_BYTES: Final = 4 * 1024 * 1024
MAX_LINE: Final = 64 * 1024
BROKER: Final = "nats-server"
# What the broker says of its start and end fills pages.
SHOWN_OF_BROKER: Final = {"WRN": "warning", "ERR": "error", "FTL": "error"}
_BROKER_LINE: Final = re.compile(r"\[\d+\] (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6}) \[(\w{3})\] (.*)")


class LogLine(NamedTuple):
    """One line of a log."""

    at: datetime
    """When it was written, by the clock of its process."""
    raw: str
    values: dict[str, Any]
    """Those of a structured line; of another one `level`, `part` and `text`."""

    def concerns(self, service: str | None, bureau: str | None) -> bool:
        """Return whether it is of a service and of a bureau, where these are given."""
        values = self.values
        of_service = service is None or service in (values.get("part"), values.get("service"))
        named = (values.get(name) for name in ("bureau", "sender", "participant"))
        return of_service and (bureau is None or bureau in named)


class LogFiles:
    """All logs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, _LogFile] = {}

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def last(self, count: int, service: str | None, bureau: str | None) -> list[LogLine]:
        """Return the last lines of all files that concern a service and a bureau; `new` goes on after them."""
        kept = deque(self._read(service, bureau, from_end=TAIL_BYTES), maxlen=count)
        return list(kept)

    def new(self, service: str | None, bureau: str | None) -> list[LogLine]:
        """Return what was written since the last call."""
        return self._read(service, bureau, from_end=None)

    def _read(self, service: str | None, bureau: str | None, *, from_end: int | None) -> list[LogLine]:
        for path in sorted(self._folder.glob("*.log")):
            if path not in self._files:
                self._files[path] = _LogFile(path, from_end)
        # Not sorted: the clock of a sandbox can be put back, and each file keeps the order in which it was written.
        lines = merge(*(file.read() for file in self._files.values()), key=lambda line: line.at)
        return [line for line in lines if line.concerns(service, bureau)]


class _LogFile:
    """One file, across its rotations."""

    def __init__(self, path: Path, from_end: int | None) -> None:
        """Begin so many bytes before its end; at its beginning without that, as it is new."""
        self._path = path
        self._stream: BinaryIO | None = None
        self._begun = b""
        self._at = datetime.fromtimestamp(0, UTC)
        self._skip = from_end

    def read(self) -> Iterator[LogLine]:
        """Yield what was written since the last call."""
        yield from self._lines()
        if self._stream is None or not self._is_current():
            # What was written between the last read and the rotation.
            yield from self._lines()
            self._open()
            yield from self._lines()

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _open(self) -> None:
        self.close()
        with suppress(OSError):
            self._stream = self._path.open("rb")
            size = os.fstat(self._stream.fileno()).st_size
            if self._skip is not None and size > self._skip:
                self._stream.seek(size - self._skip)
                # The rest of a line.
                self._stream.readline(MAX_LINE)
        self._skip = None

    def _is_current(self) -> bool:
        assert self._stream is not None  # noqa: S101 - the caller has checked it
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._stream.fileno()))
        except OSError:
            # Between two steps of a rotation.
            return True

    def _lines(self) -> Iterator[LogLine]:
        while self._stream is not None and (read := self._stream.readline(MAX_LINE)):
            self._begun += read
            if read.endswith(b"\n") or len(self._begun) >= MAX_LINE:
                raw, self._begun = self._begun.decode(errors="replace").rstrip("\n"), b""
                if (line := self._line(raw)) is not None:
                    self._at = line.at
                    yield line

    def _line(self, raw: str) -> LogLine | None:
        part = self._path.stem
        if part.startswith(BROKER):
            return _broker_line(raw, part)
        try:
            values = msgspec.json.decode(raw, type=dict[str, Any])
            return LogLine(datetime.fromisoformat(values["at"]), raw, values)
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            # Such as a traceback, or what a library prints: it belongs to what was logged before.
            return LogLine(self._at, raw, {"level": "error", "part": part, "text": raw}) if raw.strip() else None


def _broker_line(raw: str, part: str) -> LogLine | None:
    found = _BROKER_LINE.fullmatch(raw)
    if found is None or found[2] not in SHOWN_OF_BROKER:
        return None
    at = datetime.strptime(found[1], "%Y/%m/%d %H:%M:%S.%f").astimezone(UTC)
    return LogLine(at, raw, {"level": SHOWN_OF_BROKER[found[2]], "part": part, "text": found[3]})
