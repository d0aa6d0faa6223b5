"""What a search comes to: the verdict over all registers. Pure. Silence of a register is never taken for nothing."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.console.search.answers import NOT_ASKED, SourceAnswer
from gateway.console.search.hits import FOUND, HIT, POSSIBLE, FoundHit, place_of

INCOMPLETE: Final = "incomplete"
NO_HIT: Final = "no-hit"
UNSETTLED: Final = "unsettled"
MOST_LEADING: Final = 6


class Outcome(NamedTuple):
    """What a search comes to."""

    verdict: str
    """`hit`, `found` where records were only looked up, `incomplete`, `possible-hit`, `no-hit`, or `unsettled`: what
    was asked has no hit, but it was only a guess at what is meant, or a register was left for want of more."""

    leading: Sequence[Sequence[FoundHit]]
    """The hits of all registers, those on one person together, the weightiest first; no more than are read at once."""

    more: int
    """How many records are not among these."""

    fitting: int
    to_compare: int
    silent: Sequence[SourceAnswer]
    """The registers of which nothing is known."""

    unasked: Sequence[SourceAnswer]
    """Those that would have been asked if more was stated."""

    issuers: Sequence[str]
    """Of documents of that number, in the records that were found."""

    partial: Sequence[SourceAnswer]
    """Those that did not compare all."""

    withholding: Sequence[SourceAnswer]
    """Those that have records which they do not show to this officer."""

    beyond: int
    is_misread: bool = False
    """Whether a machine-readable zone was misread."""


def outcome_of(sources: Sequence[SourceAnswer], *, is_misread: bool = False, is_guess: bool = False) -> Outcome:
    """Return what a search comes to. A hit stays one, whatever a silent register has; nothing else outweighs it."""
    hits = [hit for source in sources for hit in source.hits]
    groups = sorted((group for source in sources for group in source.groups), key=lambda group: place_of(group[0]))
    leading = groups[:MOST_LEADING]
    silent = [source for source in sources if source.is_silent]
    unasked = [source for source in sources if source.state == NOT_ASKED]
    partial = [source for source in sources if not source.is_silent and not source.compared_all]
    withholding = [source for source in sources if source.withholds]
    beyond = sum(source.beyond for source in sources)
    return Outcome(
        _verdict(
            hits,
            is_complete=not silent and not partial,
            is_misread=is_misread,
            has_more=bool(withholding),
            is_settled=not is_guess and not unasked,
        ),
        leading,
        len(hits) - sum(map(len, leading)),
        sum(hit.verdict != POSSIBLE for hit in hits),
        sum(hit.verdict == POSSIBLE for hit in hits),
        silent,
        unasked,
        sorted({issuer for hit in hits for issuer in hit.issuers}),
        partial,
        withholding,
        beyond,
        is_misread,
    )


def _verdict(hits: Sequence[FoundHit], *, is_complete: bool, is_misread: bool, has_more: bool, is_settled: bool) -> str:
    verdicts = {hit.verdict for hit in hits}
    if HIT in verdicts:
        return HIT
    # A record that was looked up is there, whatever other registers have.
    if FOUND in verdicts:
        return FOUND
    if not is_complete or (is_misread and not hits):
        return INCOMPLETE
    if hits or has_more:
        return POSSIBLE
    return NO_HIT if is_settled else UNSETTLED
