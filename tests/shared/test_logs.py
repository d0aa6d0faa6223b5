"""Logs: one line of JSON for each event; a line that cannot be written does not stop the program."""

import io
import json

from shared.clock import FixedClock
from shared.logs import Log


class FullDisk(io.BytesIO):
    """A stream that accepts nothing until there is space."""

    full = True

    def write(self, line: object) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(line)  # type: ignore[arg-type]  # any bytes


def test_a_log_line_that_cannot_be_written_raises_no_error(clock: FixedClock) -> None:
    """Later events are written again."""
    stream = FullDisk()
    log = Log("gateway", stream=stream, clock=clock)
    log.info("first")
    log.failure("second", ValueError())
    stream.full = False
    log.info("third", count=3)
    [line] = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["part"], line["count"]) == ("third", "gateway", 3)
