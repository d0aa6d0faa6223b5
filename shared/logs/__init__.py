"""Structured logs: one JSON object a line, no personal data, no secrets. Without a logging library: see ADR 6.

An event has a fixed name and named values; values are codes, ids, counts and times, never what an officer typed.
"""

import traceback
from contextlib import suppress
from typing import Any, Final, Protocol

import msgspec

from shared.clock import Clock, SystemClock
from shared.logs.output import LineOutput
from shared.logs.repeats import SUM_SECONDS, LogSums

LEVELS: Final = ("debug", "info", "warning", "error")
# One for all of this process, as it remembers a line that was cut short.
STANDARD_ERROR: Final = LineOutput()


class Stream(Protocol):
    """Takes lines, without a buffer."""

    def write(self, line: bytes, /) -> object:
        """Write one line with its end. Raises OSError."""
        ...


class Log:
    """Writes the events of one part of the mesh to a stream, by default the standard error output."""

    def __init__(
        self,
        part: str,
        *,
        level: str = "info",
        stream: Stream | None = None,
        clock: Clock | None = None,
        sum_seconds: float = SUM_SECONDS,
    ) -> None:
        self._part = part
        self._threshold = LEVELS.index(level)
        self._stream = stream or STANDARD_ERROR
        self._clock = clock or SystemClock()
        self._sum_seconds = sum_seconds
        self._sums: LogSums | None = None

    def debug(self, event: str, **values: Any) -> None:
        """Log details for developers."""
        self._write("debug", event, values)

    def info(self, event: str, **values: Any) -> None:
        """Log what happened as it should."""
        self._write("info", event, values)

    def warning(self, event: str, **values: Any) -> None:
        """Log what an operator should look at some time."""
        self._write("warning", event, values)

    def error(self, event: str, **values: Any) -> None:
        """Log what an operator should look at now."""
        self._write("error", event, values)

    def failure(self, event: str, error: BaseException, **values: Any) -> None:
        """Log an unexpected error with its place, without its message, which may hold personal data."""
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        self._write("error", event, {**values, "error": type(error).__name__, "where": where[-12:]})

    def refusal(self, event: str, **values: str | int | None) -> None:
        """Warn of a refusal that others can cause as often as they like.

        Refusals with the same values are one line a second, with their `count`: pass no value that differs each time.
        """
        if LEVELS.index("warning") < self._threshold:
            return
        if self._sums is None:
            self._sums = LogSums(lambda event, values: self._put("warning", event, values), self._sum_seconds)
        self._sums.add(event, values)

    def flush(self) -> None:
        """Write all sums."""
        if self._sums is not None:
            self._sums.flush(everything=True)

    def _write(self, level: str, event: str, values: dict[str, Any]) -> None:
        if self._sums is not None:
            self._sums.flush_if_due()
        if LEVELS.index(level) >= self._threshold:
            self._put(level, event, values)

    def _put(self, level: str, event: str, values: dict[str, Any]) -> None:
        line = {"at": self._clock.now(), "level": level, "part": self._part, "event": event, **values}
        # A line that cannot be written, as when the disk is full, must not stop the program.
        with suppress(OSError, ValueError):
            self._stream.write(msgspec.json.encode(line, enc_hook=str) + b"\n")
