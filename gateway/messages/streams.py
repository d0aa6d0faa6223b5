"""How many streams of events are open at once. Each holds a connection, and looks for events once a second."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.errors import Busy, Refusal
from shared.identity import Caller

STREAMS_OF_AN_OFFICER: Final = 8
STREAMS_IN_ALL: Final = 256


class TooManyStreams(Refusal, status=429, code="too-many-streams", title="Too many event streams"):
    """The officer has as many streams of events open as one may: close one, or share one."""


class Streams:
    """Counts the streams that are open in this process."""

    def __init__(self, total: int = STREAMS_IN_ALL) -> None:
        self.total = total
        self.closed = False
        """Whether those that are open are to end."""

        self._open: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def one(self, caller: Caller) -> Iterator[None]:
        """Count one more as long as the block lasts. Raises TooManyStreams, Busy."""
        officer = (caller.bureau, caller.officer)
        self._require_room(officer)
        self._open[officer] += 1
        try:
            yield
        finally:
            self._open[officer] -= 1
            # Only those who listen are remembered.
            self._open += Counter()

    def _require_room(self, officer: tuple[str, str]) -> None:
        if self._open[officer] >= STREAMS_OF_AN_OFFICER:
            raise TooManyStreams(
                f"an officer may have {STREAMS_OF_AN_OFFICER} event streams open: close one, or let programs share one"
            )
        if self._open.total() >= self.total:
            raise Busy(
                f"{self.total} event streams are open at this gateway: try again later, or poll GET /api/messages"
            )
