"""Compares the prints of one record with many saved searches.

A gallery does the reverse: it compares one search with many records. Here each score is exact, about a millisecond.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from services.fingerprints.models import FingerprintRecord, PrintSought, RecordStatus
from services.fingerprints.rules import hit
from shared.records import service_kit as kit

if TYPE_CHECKING:
    from services.fingerprints.mcc import Cylinders


def matcher_of(
    record: FingerprintRecord, prints: kit.Rows
) -> Callable[[PrintSought], kit.Hit[FingerprintRecord] | None]:
    """Return `match` for a record and its prints, each with position and template. Takes a millisecond for each."""
    from services.fingerprints.mcc import cylinders_of
    from services.fingerprints.minutiae import Template

    return partial(match, record, [(row.position, cylinders_of(Template.from_bytes(row.template))) for row in prints])


def match(
    record: FingerprintRecord, prints: Sequence[tuple[int, "Cylinders"]], query: PrintSought
) -> kit.Hit[FingerprintRecord] | None:
    """Return the hit of a search in one record, by the finger that is most similar; None if none is similar enough."""
    from services.fingerprints.matching import score_cylinders
    from services.fingerprints.mcc import cylinders_of
    from services.fingerprints.minutiae import Template

    wanted, sought = query.wanted, cylinders_of(Template.from_bytes(query.template))
    scores = [(score_cylinders(sought, held), -finger) for finger, held in prints if wanted.position in {None, finger}]
    score, finger = max(scores, default=(0.0, 0))
    similar = record.status is RecordStatus.ACTIVE and score >= wanted.least_score
    return hit(record, score, -finger) if similar else None
