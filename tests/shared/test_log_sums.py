"""Refusals are logged in sums: the first at once, then one line a second for equal ones, with their number."""

import asyncio
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from shared.logs import Log
from shared.logs.repeats import MAX_KINDS

PROJECT = Path(__file__).parent.parent.parent
# Far longer than a test takes, and short enough for a test to wait.
LONG, SHORT = 600.0, 0.05
PATIENCE = 10.0


class Written:
    """A log and what was written to it."""

    def __init__(self, seconds: float, level: str = "info") -> None:
        self._stream = io.BytesIO()
        self.log = Log("test", stream=self._stream, sum_seconds=seconds, level=level)

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines without their common members."""
        lines = map(json.loads, self._stream.getvalue().splitlines())
        return [{name: line[name] for name in line if name not in {"at", "level", "part"}} for line in lines]

    async def until(self, count: int) -> None:
        """Wait until the lines count this many refusals."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if sum(line["count"] for line in self.lines()) >= count:
                    return
                await asyncio.sleep(SHORT)


def test_the_first_refusal_is_logged_at_once_and_equal_ones_are_counted() -> None:
    """Refusals are equal if all their values are, so a flood is told apart from others."""
    written = Written(LONG)
    for _ in range(1_000):
        written.log.refusal("message-refused", sender="FR", reason="signature")
        written.log.refusal("message-refused", sender="FR", reason="expired")
        written.log.refusal("message-refused", sender="DE", reason="expired")
    first = [
        {"event": "message-refused", "sender": "FR", "reason": "signature", "count": 1},
        {"event": "message-refused", "sender": "FR", "reason": "expired", "count": 1},
        {"event": "message-refused", "sender": "DE", "reason": "expired", "count": 1},
    ]
    assert written.lines() == first
    written.log.flush()
    assert written.lines() == first + [line | {"count": 999} for line in first]


@pytest.mark.thorough
async def test_the_sum_of_refusals_is_logged_although_no_further_one_comes() -> None:
    """The event loop logs it after a second; the first refusal after a quiet second is logged at once."""
    written = Written(SHORT)
    for _ in range(7):
        written.log.refusal("request-refused", sender="FR")
    assert [line["count"] for line in written.lines()] == [1]
    await written.until(7)
    assert [line["count"] for line in written.lines()] == [1, 6]
    await asyncio.sleep(5 * SHORT)
    written.log.refusal("request-refused", sender="FR")
    assert [line["count"] for line in written.lines()] == [1, 6, 1]


@pytest.mark.thorough
async def test_a_flood_of_refusals_is_logged_as_one_line_a_second() -> None:
    """The counts add up to all of them."""
    written, seconds, sent = Written(SHORT), 20, 0
    started = time.monotonic()
    while time.monotonic() - started < seconds * SHORT:
        for _ in range(50):
            written.log.refusal("request-refused", sender="FR")
        sent += 50
        await asyncio.sleep(0)
    took = time.monotonic() - started
    await written.until(sent)
    assert len(written.lines()) <= took / SHORT + 2
    assert sum(line["count"] for line in written.lines()) == sent


def test_the_sum_is_logged_with_the_next_line_where_there_is_no_event_loop() -> None:
    """A thread or a command has no timer."""
    written = Written(SHORT)
    written.log.refusal("request-refused", sender="FR")
    written.log.refusal("request-refused", sender="FR")
    time.sleep(2 * SHORT)
    written.log.info("something")
    assert [(line["event"], line.get("count")) for line in written.lines()] == [
        ("request-refused", 1),
        ("request-refused", 1),
        ("something", None),
    ]


def test_refusals_beyond_the_maximum_number_of_kinds_share_one_sum() -> None:
    """Memory and lines are bounded; the number stays exact."""
    written = Written(LONG)
    for number in range(10 * MAX_KINDS):
        written.log.refusal("request-refused", sender=f"sender {number}")
    assert len(written.lines()) == MAX_KINDS + 1
    assert written.lines()[-1] == {"event": "request-refused", "various": True, "count": 1}
    written.log.flush()
    assert written.lines()[-1] == {"event": "request-refused", "various": True, "count": 9 * MAX_KINDS - 1}


def test_all_sums_whose_second_has_ended_are_logged_together() -> None:
    written = Written(SHORT)
    for _ in range(2):
        for number in range(MAX_KINDS):
            written.log.refusal("request-refused", sender=f"sender {number}")
    time.sleep(2 * SHORT)
    written.log.info("something")
    assert len(written.lines()) == 2 * MAX_KINDS + 1


def test_refusals_below_the_log_level_are_not_counted() -> None:
    written = Written(LONG, level="error")
    written.log.refusal("request-refused", sender="FR")
    written.log.flush()
    assert written.lines() == []


AT_THE_END = """
import asyncio
from shared.logs import Log

async def main():
    for _ in range(5):
        log.refusal("request-refused", sender="FR")
    {end}

log = Log("test")
asyncio.run(main())
"""


@pytest.mark.thorough
@pytest.mark.parametrize("end", ["pass", "raise RuntimeError", "raise SystemExit(1)"])
def test_the_pending_sum_is_logged_when_the_process_ends(end: str) -> None:
    """Whether it succeeds or fails."""
    command = [sys.executable, "-c", AT_THE_END.format(end=end)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["count"] for line in lines] == [1, 4]
