"""What may be done to a fingerprint record, and what a score means."""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from services.fingerprints.models import (
    LEAST_MINUTIAE,
    LIKELY_SAME_FINGER,
    ComparedPrint,
    EnrolledPrint,
    Finger,
    FingerprintRecord,
    IdentificationQuery,
    KeptPrint,
    MinutiaePair,
    PlacedMinutia,
    Placement,
    PrintCategory,
    PrintSought,
    RecordDescription,
    RecordStatus,
    Verification,
)
from services.fingerprints.prints import Print, pointer_of
from shared.errors import IllegalStep, Refusal
from shared.identity import Caller
from shared.records import service_kit as kit

if TYPE_CHECKING:
    from services.fingerprints.gallery import Candidate
    from services.fingerprints.matching import Pair, Placed
    from services.fingerprints.minutiae import Template

# Retention: RPD article 49; the prints of an unknown body are kept until somebody asks for it.
KEPT_FOR: Final = {
    PrintCategory.CRIMINAL: timedelta(days=5 * 365),
    PrintCategory.NON_CRIMINAL: timedelta(days=5 * 365),
    PrintCategory.MISSING_PERSON: timedelta(days=5 * 365),
    PrintCategory.UNIDENTIFIED_BODY: timedelta(days=15 * 365),
}
SCORE_DIGITS: Final = 4
SHARE_DIGITS: Final = 5
# Pixels that the minutiae of one finger may span, either way round: as a rolled print (1.6 x 1.5 inches) and a plain
# thumb (2 inches high; ANSI/NIST-ITL, table 12).
FINGER_SPAN: Final = (800, 1000)


class TooFewMinutiae(Refusal, status=422, code="too-few-minutiae", title="The print shows too few minutiae"):
    """`minutiae` counts those that were found, `needed` those that a comparison needs."""


class SeveralFingers(Refusal, status=422, code="several-fingers", title="The image shows more than one finger"):
    """Its minutiae lie further apart than those of one finger: crop it to one."""


def enter(description: RecordDescription, by: Caller, revision: kit.Revision) -> FingerprintRecord:
    """Return the record that a bureau enters, without prints yet."""
    return kit.create_record(
        FingerprintRecord,
        description,
        by=by,
        revision=revision,
        kept_for=KEPT_FOR[description.category],
        status=RecordStatus.ACTIVE,
        prints=(),
    )


def correct(
    record: FingerprintRecord, description: RecordDescription, by: Caller, revision: kit.Revision
) -> FingerprintRecord:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep."""
    require_changeable(record, by)
    return restate(record, description, at=revision.at)


def restate(record: FingerprintRecord, description: RecordDescription, *, at: datetime) -> FingerprintRecord:
    """Return the record with a new description, kept as long as its category says.

    Where that is shorter its owner is still asked in time, unless it would have ended sooner as it was.
    """
    # What was renewed stays so.
    expires = record.expires + KEPT_FOR[description.category] - KEPT_FOR[record.category]
    reviewed = min(record.expires, at + kit.REVIEWED_BEFORE)
    return record.next_version(at, **kit.input_fields(description), expires=max(expires, reviewed))


def enrol(
    record: FingerprintRecord, taken: Print, placement: Placement, by: Caller, revision: kit.Revision
) -> FingerprintRecord:
    """Return the record with a print, in place of an earlier one of that finger.

    Raises NotTheOwner, IllegalStep, TooFewMinutiae, SeveralFingers.
    """
    require_changeable(record, by)
    require_comparable(taken)
    require_one_finger(taken)
    enrolled = EnrolledPrint(
        position=placement.position,
        kind=placement.kind,
        width=taken.width,
        height=taken.height,
        minutiae=taken.minutiae,
        quality=taken.quality,
        image=taken.media_type,
        enrolled=revision.at,
    )
    others = [held for held in record.prints if held.position != enrolled.position]
    by_position = sorted([*others, enrolled], key=lambda held: held.position)
    return record.next_version(revision.at, prints=tuple(by_position))


def withdraw(record: FingerprintRecord, by: Caller, revision: kit.Revision) -> FingerprintRecord:
    """Return the record as withdrawn: its prints are searched no more. Raises NotTheOwner, IllegalStep."""
    require_changeable(record, by)
    return record.next_version(revision.at, status=RecordStatus.WITHDRAWN)


def require_changeable(record: FingerprintRecord, by: Caller) -> None:
    """Require the owner, and a record that is not withdrawn. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(record, by)
    if record.status is RecordStatus.WITHDRAWN:
        raise IllegalStep(f"record {record.id} is withdrawn: it cannot be changed any more")


def require_comparable(taken: Print, part: str = "body") -> None:
    """Require a print with enough minutiae. Raises TooFewMinutiae."""
    if taken.minutiae < LEAST_MINUTIAE:
        detail = (
            f"the print shows {taken.minutiae} minutiae, and {LEAST_MINUTIAE} are needed: take it again, with "
            "more of the finger and even pressure"
        )
        raise TooFewMinutiae(detail, at=pointer_of(part), minutiae=taken.minutiae, needed=LEAST_MINUTIAE)


def require_one_finger(taken: Print, part: str = "body") -> None:
    """Require a print of one finger, as far as its size shows. Raises SeveralFingers."""
    if fault := more_than_a_finger(taken.template):
        raise SeveralFingers(f"{fault}: crop the image to one finger", at=pointer_of(part))


def more_than_a_finger(template: "Template") -> str | None:
    """Return by what the minutiae of a print show that it has more than one finger, or None."""
    width, height = template.span
    narrow, long = FINGER_SPAN
    if min(width, height) <= narrow and max(width, height) <= long:
        return None
    return f"its minutiae span {width} x {height} pixels, those of one finger at most {narrow} x {long}"


def kept_print_of(
    print_id: str, taken: Print, until: datetime, warnings: "Sequence[kit.QueryWarning]" = ()
) -> KeptPrint:
    """Return a print that is kept, as its bureau is shown it."""
    return KeptPrint(**_compared(taken).model_dump(), id=print_id, kept_until=until, warnings=warnings)


def verification_of(score: float, pairs: "Sequence[Pair]", first: Print, second: Print) -> Verification:
    """Return the result of comparing two prints."""
    return Verification(
        score=round(score, SCORE_DIGITS),
        match=score >= LIKELY_SAME_FINGER,
        threshold=LIKELY_SAME_FINGER,
        first=_compared(first),
        second=_compared(second),
        pairs=tuple(
            MinutiaePair(first=_placed(pair.first), second=_placed(pair.second), share=round(pair.share, SHARE_DIGITS))
            for pair in pairs
        ),
    )


def _compared(taken: Print) -> ComparedPrint:
    return ComparedPrint(width=taken.width, height=taken.height, minutiae=taken.minutiae, quality=taken.quality)


def _placed(minutia: "Placed") -> PlacedMinutia:
    degrees = math.degrees(minutia.direction) % 360
    return PlacedMinutia(x=round(minutia.x, 1), y=round(minutia.y, 1), direction=round(degrees, 1))


def hit(
    record: FingerprintRecord, score: float, finger: int, sought: Finger | None = None
) -> kit.Hit[FingerprintRecord]:
    """Return the hit in a record, by its finger that is most similar, or by the one that is sought."""
    rounded = round(score, SCORE_DIGITS)
    why = (kit.FieldMatch("finger", "any" if sought is None else str(sought.value), str(finger), rounded),)
    return kit.Hit(score=rounded, match=explain(finger, score), why=why, record=record)


def compare(record: FingerprintRecord, found: "Candidate", wanted: IdentificationQuery) -> list[kit.Comparison]:
    """Return how the most similar finger of a record meets each thing that a search asks for."""
    asked, score = wanted.least_score, round(found.score, SCORE_DIGITS)
    is_similar = found.score >= asked
    match = kit.FieldMatch("score", f"at least {asked:g}", f"{score:g}", min(score, 1.0))
    says = "it is met" if is_similar else f"finger {found.finger} is less alike than {asked:g}"
    comparisons = [kit.Comparison(match, asked, is_similar, says, likeness=found.score / asked)]
    if wanted.position is not None:
        is_met = found.finger == wanted.position
        comparisons.append(kit.compared("position", int(wanted.position), found.finger, is_met=is_met))
    if wanted.person_status is not None:
        is_met = record.person_status == wanted.person_status
        comparisons.append(kit.compared("person_status", wanted.person_status, record.person_status, is_met=is_met))
    return comparisons


def explain(finger: int, score: float) -> str:
    """Return why a record is a candidate, as text."""
    name = Finger(finger).name.replace("_", " ").lower()
    side = "at or above" if score >= LIKELY_SAME_FINGER else "below"
    return f"finger {finger} ({name}), {side} the threshold of {LIKELY_SAME_FINGER}: an examiner decides"


def query_terms(query: PrintSought) -> Iterable[str]:
    """Return the terms under which a search is stored: the finger, if one is sought."""
    return [_finger(query.wanted.position)]


def record_terms(record: FingerprintRecord) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a record might fit."""
    return [_finger(None), *(_finger(held.position) for held in record.prints)]


def _finger(position: int | None) -> str:
    return "any finger" if position is None else f"finger {position}"


def matcher_of(
    record: FingerprintRecord, prints: kit.Rows
) -> Callable[[PrintSought], kit.Hit[FingerprintRecord] | None]:
    """Return what compares a record with searches, given its prints, each with position and template.

    A gallery does the reverse: it compares one search with many records. This takes a millisecond for each print, as
    does each comparison. The hit is by the most similar finger; None if none is similar enough.
    """
    from services.fingerprints.matching import score_cylinders
    from services.fingerprints.mcc import cylinders_of
    from services.fingerprints.minutiae import Template

    held = [(row.position, cylinders_of(Template.from_bytes(row.template))) for row in prints]

    def match(query: PrintSought) -> kit.Hit[FingerprintRecord] | None:
        wanted, sought = query.wanted, cylinders_of(Template.from_bytes(query.template))
        scores = [
            (score_cylinders(sought, cylinders), -finger)
            for finger, cylinders in held
            if wanted.position in {None, finger}
        ]
        score, finger = max(scores, default=(0.0, 0))
        of_such = wanted.person_status in {None, record.person_status}
        similar = of_such and record.status is RecordStatus.ACTIVE and score >= wanted.least_score
        return hit(record, score, -finger, wanted.position) if similar else None

    return match
