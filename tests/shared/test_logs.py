"""Logs: one line of JSON an event, and a line that cannot be written breaks nothing."""

import io
import json

from shared.clock import FixedClock
from shared.logs import Log


class FullDisk(io.BytesIO):
    """A stream that takes nothing until there is room."""

    full = True

    def write(self, line: object) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(line)  # type: ignore[arg-type]  # any bytes


def test_a_line_that_cannot_be_written_breaks_nothing(clock: FixedClock) -> None:
    """What was to be done goes on, and later events are written again."""
    stream = FullDisk()
    log = Log("gateway", stream=stream, clock=clock)
    log.info("first")
    log.failure("second", ValueError())
    stream.full = False
    log.info("third", count=3)
    [line] = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["part"], line["count"]) == ("third", "gateway", 3)
