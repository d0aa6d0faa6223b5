"""Structured logs: one JSON object a line, no personal data, no secrets.

An event has a fixed name and named values; values are codes, ids, counts and times, never what an officer typed.
Written here, as it is ten lines and on the hot path: a logging library took a third of the time to start (ADR 6).
"""

import sys
import traceback
from contextlib import suppress
from typing import Any, BinaryIO, Final

import msgspec

from shared.clock import Clock, SystemClock

LEVELS: Final = ("debug", "info", "warning", "error")


class Log:
    """Writes the events of one part of the mesh to a stream, by default the standard error output."""

    def __init__(
        self, part: str, *, level: str = "info", stream: BinaryIO | None = None, clock: Clock | None = None
    ) -> None:
        self._part = part
        self._threshold = LEVELS.index(level)
        self._stream = stream or sys.stderr.buffer
        self._clock = clock or SystemClock()

    def debug(self, event: str, **values: Any) -> None:
        """Note what helps to follow the program."""
        self._write("debug", event, values)

    def info(self, event: str, **values: Any) -> None:
        """Note what happened as it should."""
        self._write("info", event, values)

    def warning(self, event: str, **values: Any) -> None:
        """Note what an operator should look at some time."""
        self._write("warning", event, values)

    def error(self, event: str, **values: Any) -> None:
        """Note what an operator should look at now."""
        self._write("error", event, values)

    def failure(self, event: str, error: BaseException, **values: Any) -> None:
        """Note a fault of ours, with where it happened but without its message, which may hold personal data."""
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        self._write("error", event, {**values, "error": type(error).__name__, "where": where[-12:]})

    def _write(self, level: str, event: str, values: dict[str, Any]) -> None:
        if LEVELS.index(level) < self._threshold:
            return
        line = {"at": self._clock.now(), "level": level, "part": self._part, "event": event, **values}
        # What cannot be noted, as when the disk is full, must not end what was to be done.
        with suppress(OSError):
            self._stream.write(msgspec.json.encode(line, enc_hook=str) + b"\n")
            self._stream.flush()
