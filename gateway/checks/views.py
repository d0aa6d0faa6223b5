"""Shows what registers answered as the answer to a check."""

from collections.abc import Sequence

import msgspec

from gateway.checks.answers import SourceAnswer
from gateway.checks.inputs import ReadZone
from gateway.checks.models import (
    CheckAnswer,
    CheckedHit,
    CheckedSource,
    HitField,
    SourceHits,
    SourceWarning,
    UnreadPart,
    WrongDigitRead,
    ZoneRead,
)
from gateway.checks.rules import (
    RankedHit,
    headline,
    is_complete,
    ranked,
    source_in_words,
    total_of,
    verdict_of,
    warnings_of,
)


def check_answer(sources: Sequence[SourceAnswer], read: ReadZone | None = None) -> CheckAnswer:
    """Return the answer to a check."""
    hits = ranked(sources)
    is_misread = read is not None and read.is_misread
    verdict = verdict_of(hits, sources, is_misread=is_misread)
    return CheckAnswer(
        verdict=verdict,
        says=headline(verdict, hits, sources, is_misread=is_misread),
        complete=not is_misread and all(map(is_complete, sources)),
        mrz=None if read is None else _zone(read),
        hits=[*map(_hit, hits)],
        sources=[_source(source, [each for each in hits if each.register is source.register]) for source in sources],
    )


def source_hits(answer: SourceAnswer) -> SourceHits:
    """Return what one register answered, before the others have."""
    hits = ranked([answer])
    return SourceHits(source=_source(answer, hits), hits=[*map(_hit, hits)])


def _zone(read: ReadZone) -> ZoneRead:
    return ZoneRead(
        issuer=read.zone.issuer or None,
        number=read.zone.number or None,
        name=read.name,
        date_of_birth=read.date_of_birth,
        wrong_check_digits=[WrongDigitRead(**each._asdict()) for each in read.zone.wrong],
        unreadable=[
            UnreadPart(part=each.part or None, line=each.line, column=each.column, detail=str(each))
            for each in read.read.unread
        ],
    )


def _hit(hit: RankedHit) -> CheckedHit:
    record = hit.shown.record
    return CheckedHit.model_construct(
        source=hit.register.name,
        verdict=hit.verdict,
        what=hit.register.what(record),
        owner=record["owner"],
        id=record["id"],
        path=f"{hit.register.path}/{record['id']}",
        asked=sorted(hit.inputs),
        near=hit.is_near,
        score=hit.shown.score,
        match=hit.shown.match,
        why=[HitField.model_construct(**msgspec.structs.asdict(each)) for each in hit.shown.why],
        record=record,
    )


def _source(source: SourceAnswer, hits: Sequence[RankedHit]) -> CheckedSource:
    total = total_of(source, len(hits))
    return CheckedSource.model_construct(
        source=source.register.name,
        state=source.state,
        says=source_in_words(source, total, hits),
        total=total,
        near=None if total is None else sum(each.is_near for each in hits),
        asked=[*source.asked],
        detail=source.detail,
        warnings=[SourceWarning.model_construct(**msgspec.structs.asdict(each)) for each in warnings_of(source)],
        request=source.request_id,
    )
