"""Which messages of the inbox ask for something, and how the others are shown. No input or output."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from shared.mailbox.models import TEXT
from shared.protocol.payloads import FORMS

Message = Mapping[str, Any]

HITS: Final = "hits"
WITHDRAWAL: Final = "withdrawal"
_NOTICES: Final = frozenset({HITS, "publication", "standing", "release", "answer-proof", "trace-answer-proof"})
"""Forms that say something, and ask for nothing."""

ASKING: Final = (TEXT, *(form for form in FORMS if form not in _NOTICES))
"""The forms of messages that somebody reads, answers or acts on; `text` are those that people wrote."""

ABOUT_HITS: Final = frozenset({HITS, "confirmation-request", "confirmation-answer", "escalation", "overdue"})
"""Forms about hits. What they ask for is done at the hit: to answer or refuse the message does nothing there."""

ABOUT_TRACES: Final = frozenset(
    {"trace-request", "trace-answer", "trace-comment", "trace-escalation", "trace-overdue", "trace-answer-proof"}
)
"""Forms about traces. What they ask for is done at the trace."""

DONE_ELSEWHERE: Final = ABOUT_HITS | ABOUT_TRACES
FOLDED_FROM: Final = 3
"""So many notices of hits in a row are shown as one."""


class Row(NamedTuple):
    """A row of a box: a message, or several notices of hits that came one after the other, the newest first."""

    message: Message
    others: Sequence[Message] = ()
    """Those that are not shown, but as a number."""

    @property
    def number(self) -> int:
        """How many messages it stands for."""
        return 1 + len(self.others)


def is_to_do(message: Message) -> bool:
    """Return whether a message waits for the bureau: until it is read; a withdrawal until it is applied."""
    if message["box"] != "inbox" or (message["form"] or TEXT) not in ASKING:
        return False
    open_states = ("delivered", "read") if message["form"] == WITHDRAWAL else ("delivered",)
    return message["state"] in open_states


def urgent_first(messages: Sequence[Message]) -> list[Message]:
    """Return messages in the order in which they need somebody: urgent ones, then the newest."""
    newest = sorted(messages, key=lambda message: str(message["stored"]), reverse=True)
    return sorted(newest, key=lambda message: message["urgency"] != "urgent")


def rows_of(messages: Sequence[Message], *, is_folded: bool) -> list[Row]:
    """Return the rows of a box; if it is folded, runs of notices of hits are one row each."""
    rows: list[Row] = []
    run: list[Message] = []
    for message in messages:
        if is_folded and message["form"] == HITS:
            run.append(message)
            continue
        rows += _rows_of_run(run)
        run = []
        rows.append(Row(message))
    return rows + _rows_of_run(run)


def _rows_of_run(run: Sequence[Message]) -> list[Row]:
    if len(run) < FOLDED_FROM:
        return [Row(message) for message in run]
    return [Row(run[0], run[1:])]
