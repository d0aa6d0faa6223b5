"""What a search comes to: the verdict over all registers. Pure. Silence of a register is never taken for nothing."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.console.search.answers import FOUND, HIT, POSSIBLE, FoundHit, SourceAnswer

INCOMPLETE: Final = "incomplete"
NO_HIT: Final = "no-hit"
_ORDER: Final = (HIT, FOUND, POSSIBLE)


class Outcome(NamedTuple):
    """What a search comes to."""

    verdict: str
    """`hit`, `found` where records were only looked up, `incomplete`, `possible-hit` or `no-hit`."""

    first: FoundHit | None
    """The weightiest hit."""

    fitting: int
    to_compare: int
    silent: Sequence[SourceAnswer]
    """The registers of which nothing is known."""

    partial: Sequence[SourceAnswer]
    """Those that did not compare all."""

    withholding: Sequence[SourceAnswer]
    """Those that have records which they do not show to this officer."""

    beyond: int
    is_misread: bool = False
    """Whether a machine-readable zone was misread."""


def outcome_of(sources: Sequence[SourceAnswer], *, is_misread: bool = False) -> Outcome:
    """Return what a search comes to. A hit stays one, whatever a silent register has; nothing else outweighs it."""
    hits = [hit for source in sources for hit in source.hits]
    ordered = sorted(hits, key=lambda hit: _ORDER.index(hit.verdict))
    silent = [source for source in sources if source.is_silent]
    partial = [source for source in sources if not source.is_silent and not source.compared_all]
    withholding = [source for source in sources if source.withholds]
    beyond = sum(source.beyond for source in sources)
    return Outcome(
        _verdict(hits, is_complete=not silent and not partial, is_misread=is_misread, has_more=bool(withholding)),
        ordered[0] if ordered else None,
        sum(hit.verdict != POSSIBLE for hit in hits),
        sum(hit.verdict == POSSIBLE for hit in hits),
        silent,
        partial,
        withholding,
        beyond,
        is_misread,
    )


def _verdict(hits: Sequence[FoundHit], *, is_complete: bool, is_misread: bool, has_more: bool) -> str:
    verdicts = {hit.verdict for hit in hits}
    if HIT in verdicts:
        return HIT
    # A record that was looked up is there, whatever other registers have.
    if FOUND in verdicts:
        return FOUND
    if not is_complete or (is_misread and not hits):
        return INCOMPLETE
    return POSSIBLE if hits or has_more else NO_HIT
