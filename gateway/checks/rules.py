"""Decides what a check comes to: which hit comes first, which of them is no other, and the verdict. Pure.

A register that did not answer is never taken for one that found nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

from gateway.checks.answers import Found, FoundRecord, SearchWarning, SourceAnswer
from gateway.checks.models import CheckVerdict, SourceState
from gateway.checks.registers import Question, Register
from shared.mrz import ZoneUnreadable

ANSWERS: Final = frozenset({SourceState.ANSWERED, SourceState.NONE})
# The warnings of a register that did not compare all that may fit: it cannot say that there is nothing.
NOT_ALL_COMPARED: Final = frozenset({"name-common", "name-cut", "number-common"})


class RankedHit(NamedTuple):
    """A record that a check found, and by what."""

    register: Register
    inputs: frozenset[str]
    """What the check states that led to it."""

    shown: FoundRecord
    verdict: CheckVerdict
    is_near: bool

    @property
    def place(self) -> tuple[bool, int, float, str]:
        """Where it comes in the order of weight."""
        record = self.shown.record
        return (
            self.verdict is not CheckVerdict.HIT,
            -self.register.weight(record),
            -self.shown.score,
            str(record["id"]),
        )


def ranked(sources: Iterable[SourceAnswer]) -> list[RankedHit]:
    """Return what all registers found, the weightiest first; a record that was found in two ways once."""
    found = sorted((hit for source in sources for hit in _hits_of(source)), key=attrgetter("place"))
    first: dict[tuple[str, Any], RankedHit] = {}
    for hit in found:
        key = hit.register.name, hit.shown.record["id"]
        known = first.get(key)
        first[key] = hit if known is None else known._replace(inputs=known.inputs | hit.inputs)
    return [*first.values()]


def _hits_of(source: SourceAnswer) -> Iterator[RankedHit]:
    for questions, found in _by_question(source):
        for shown, is_near in _records_in(found):
            met = [each for each in questions if _is_asked_by(each, shown)]
            inputs = frozenset(name for each in met for name in each.parameters if name in source.asked)
            is_sure = not is_near and any(
                _is_conclusive(each, shown) and each.agrees(shown.record, source.stated) for each in met
            )
            verdict = CheckVerdict.HIT if is_sure else CheckVerdict.POSSIBLE_HIT
            yield RankedHit(source.register, inputs, shown, verdict, is_near)


def _by_question(source: SourceAnswer) -> Iterator[tuple[Sequence[Question], Found]]:
    """Yield what was found, with the questions that it answers: one each, or all together."""
    if len(source.found) == len(source.questions):
        yield from (((question,), found) for question, found in zip(source.questions, source.found, strict=True))
    else:
        yield from ((source.questions, found) for found in source.found)


def _records_in(found: Found) -> Iterator[tuple[FoundRecord, bool]]:
    yield from ((each, False) for each in found.hits or ())
    yield from ((each, True) for each in found.near)


def _is_asked_by(question: Question, shown: FoundRecord) -> bool:
    parameters = {*question.parameters.values()}
    return any(each.field in parameters and each.score > 0 for each in shown.why)


def _is_conclusive(question: Question, shown: FoundRecord) -> bool:
    met = {each.field for each in shown.why if each.score >= question.least_score}
    met -= {each.field for each in shown.why if each.field == question.day and not _is_whole_day(each.asked)}
    return bool(question.conclusive) and met.issuperset(question.conclusive)


_is_whole_day: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def total_of(source: SourceAnswer, shown: int) -> int | None:
    """Return how many records a register has for a check, near ones too, of which some are shown.

    None if it did not answer, or has only what it does not show to this officer: it is never 0 where it has something.
    """
    if source.state not in ANSWERS:
        return None
    found = sum(len(each.hits or ()) for each in source.found)
    # What was found in two ways is counted once, where it is shown.
    total = shown + max(sum((each.total or 0) for each in source.found) - found, 0)
    return total or (0 if source.state is SourceState.NONE else None)


def warnings_of(source: SourceAnswer) -> tuple[SearchWarning, ...]:
    """Return what a register warns of."""
    return (*source.left_out, *dict.fromkeys(each for found in source.found for each in found.warnings))


def is_complete(source: SourceAnswer) -> bool:
    """Return whether a register has said all that there is."""
    is_compared = not any(each.code in NOT_ALL_COMPARED for each in warnings_of(source))
    return source.state in ANSWERS and not source.unread and is_compared


def verdict_of(hits: Sequence[RankedHit], sources: Sequence[SourceAnswer], *, is_misread: bool = False) -> CheckVerdict:
    """Return the verdict. A hit stays one, whatever a silent register has; nothing else outweighs the silence.

    Of a machine-readable zone that was misread nothing is known either, but what was found all the same.
    """
    if any(each.verdict is CheckVerdict.HIT for each in hits):
        return CheckVerdict.HIT
    if not all(map(is_complete, sources)):
        return CheckVerdict.INCOMPLETE
    if hits or any(map(has_records, sources)):
        return CheckVerdict.POSSIBLE_HIT
    return CheckVerdict.INCOMPLETE if is_misread else CheckVerdict.NO_HIT


def has_records(source: SourceAnswer) -> bool:
    """Return whether a register has records for a check, shown or withheld."""
    return source.state is SourceState.ANSWERED


_HEADLINES: Final = {
    CheckVerdict.HIT: "HIT: {first}",
    CheckVerdict.POSSIBLE_HIT: "POSSIBLE HIT: {first}",
    CheckVerdict.NO_HIT: "NO HIT: nothing was found",
    CheckVerdict.INCOMPLETE: "INCOMPLETE: {first}",
}
_SILENT: Final = {
    SourceState.NOT_ALLOWED: "may not be asked by this officer",
    SourceState.TIMEOUT: "did not answer in time",
    SourceState.UNREACHABLE: "could not be reached",
    SourceState.UNREADABLE: "was not asked, as the zone cannot be read at {places}",
}


def headline(
    verdict: CheckVerdict, hits: Sequence[RankedHit], sources: Sequence[SourceAnswer], *, is_misread: bool = False
) -> str:
    """Return the answer as one sentence, to be read in two seconds."""
    said = [_HEADLINES[verdict].format(first=_first_of(hits, sources))]
    said += [f"{each.register.name} {_silence_of(each)}" for each in sources if each.state not in ANSWERS]
    partly = (each for each in sources if each.state in ANSWERS and not each.unread and not is_complete(each))
    said += [f"{each.register.name} has too many that may fit, and did not compare all" for each in partly]
    said += ["the zone was misread, so read it again"] if is_misread else []
    return "; ".join(said)


def _silence_of(source: SourceAnswer) -> str:
    if source.refused is not None:
        return "refuses a part of what is stated"
    return _SILENT[source.state].format(places=" and ".join(map(_place_of, source.unread)))


def _place_of(unread: ZoneUnreadable) -> str:
    return f"line {unread.line}, column {unread.column}"


def source_in_words(source: SourceAnswer, total: int | None, hits: Sequence[RankedHit]) -> str:
    """Return what a register answered, to be read in two seconds: what is to be compared is never taken for none."""
    if source.state not in ANSWERS:
        return _silence_of(source)
    if source.state is SourceState.NONE:
        return "has nothing" if is_complete(source) else "found nothing, and did not compare all"
    if total is None:
        return "has records that are not shown to this officer"
    fit = sum(each.verdict is CheckVerdict.HIT for each in hits)
    to_compare, beyond = len(hits) - fit, total - len(hits)
    said = [("1 record fits" if fit == 1 else f"{fit} records fit") if fit else "none fits as it is"]
    said += [f"{_records(to_compare)} to compare"] if to_compare else []
    return ", ".join([*said, *([f"{_records(beyond)} not shown"] if beyond else [])])


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def _first_of(hits: Sequence[RankedHit], sources: Sequence[SourceAnswer]) -> str:
    if hits:
        first, more = hits[0], len(hits) - 1
        words = f"{first.register.what(first.shown.record)} of {first.shown.record.get('owner', 'an unknown owner')}"
        return f"{words}, and {more} more" if more else words
    if any(map(has_records, sources)):
        return "records that are not shown to this officer"
    return "nothing was found so far"
