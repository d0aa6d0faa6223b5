"""Reads what a register answers, to a check or to requests of its own.

What does not have the form of an answer is not shown: its register counts as one that did not answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.checks.answers import WITHHELD
from gateway.checks.rules import NOT_ALL_COMPARED
from gateway.console.in_process import ApiRefused
from gateway.console.search.answers import ANSWERED, NONE, REFUSED, UNREACHABLE, SourceAnswer
from gateway.console.search.received_hits import MALFORMED, best_of, found_hit, hits_in, records_in

Replies = Sequence[tuple[Any, str | None]]
"""The answers to several requests, each with the id of its request."""

_STATES_BY_STATUS: Final = {403: "not-allowed", 404: NONE, 422: REFUSED, 504: "timeout"}
_NOT_COMPARED: Final = NOT_ALL_COMPARED | {"unreadable"}


def answer_in_check(before: SourceAnswer, answered: Mapping[str, Any]) -> SourceAnswer:
    """Return what a register answered to a check."""
    source = answered["source"]
    try:
        hits = [
            found_hit(
                before.kind, each["record"], each, str(each["verdict"]), source["request"], is_near=bool(each["near"])
            )
            for each in answered["hits"]
        ]
        beyond = max((source["total"] or 0) - len(hits), 0)
        state, detail, warned = str(source["state"]), source["detail"], _warned(source["warnings"])
    except MALFORMED:
        return _unreadable(before)
    return replace(before, state=state, hits=hits, beyond=beyond, detail=detail, **warned)


def answer_of(before: SourceAnswer, replies: Replies) -> SourceAnswer:
    """Return what a register answered to requests of its own."""
    try:
        hits = [
            hit
            for reply, request in replies
            for hit in (records_in(before.kind, reply) if before.is_lookup else hits_in(before.kind, reply, request))
        ]
        warned = _warned([each for reply, _ in replies for each in reply.get("warnings") or ()])
        shown = sum(len(reply.get("hits") or ()) for reply, _ in replies)
        beyond = max(_sum_of("total", replies) - shown, 0)
        withholds = _sum_of("withheld", replies) != 0 or warned["withholds"]
    except MALFORMED:
        return _unreadable(before)
    state = ANSWERED if hits or beyond or withholds else NONE
    return replace(before, state=state, hits=best_of(hits), beyond=beyond, **{**warned, "withholds": withholds})


def _sum_of(name: str, replies: Replies) -> int:
    return sum(int(reply.get(name) or 0) for reply, _ in replies)


def _warned(warnings: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    codes = {str(each["code"]) for each in warnings}
    return {
        "warnings": [dict(each) for each in warnings],
        "withholds": WITHHELD in codes,
        "compared_all": not codes & _NOT_COMPARED,
    }


def _unreadable(before: SourceAnswer) -> SourceAnswer:
    return replace(before, state=UNREACHABLE, detail="its answer does not have the form of a search")


def refused(before: SourceAnswer, error: ApiRefused) -> SourceAnswer:
    """Return the answer of a register that refused, or could not be reached."""
    state = _STATES_BY_STATUS.get(error.status, UNREACHABLE)
    detail = None if state == NONE else error.problem.detail or error.problem.title
    return replace(before, state=state, detail=detail)
