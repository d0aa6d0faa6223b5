"""What can be checked of warrants, penalties, offences and extradition (RPD articles 83 and 84)."""

from collections.abc import Iterator
from itertools import starmap

from services.notices.criteria.subject_checks import Fault
from services.notices.entries import CommonEntry, RedEntry
from services.notices.offences import EXCLUDED, FORBIDDEN, Offence
from services.notices.subjects.models import Part
from services.notices.warrants import (
    LEAST_MAXIMUM_PENALTY_MONTHS,
    LEAST_SENTENCE_MONTHS,
    Stage,
    Warrant,
    charges_by_pointer,
)


def needs_warrants(content: CommonEntry) -> Iterator[Fault]:
    """Yield what lacks of the warrants and their charges."""
    if not isinstance(content, RedEntry):
        return
    if not content.warrants:
        yield Fault("/warrants", "a warrant of arrest or a judgment")
    for position, warrant in enumerate(content.warrants):
        yield from _missing(warrant, f"/warrants/{position}", "issuing_country", "reference")
    for pointer, _, charge in charges_by_pointer(content.warrants):
        yield from _missing(charge, pointer, "charge", "law", "offence")


def _missing(part: Part, pointer: str, *names: str) -> Iterator[Fault]:
    for name in names:
        if not getattr(part, name):
            yield Fault(f"{pointer}/{name}", f"its {name.replace('_', ' ')}")


def needs_gravity(content: CommonEntry) -> Iterator[Fault]:
    """Yield that no warrant is for an offence or a sentence that is grave enough: one that is suffices."""
    if not isinstance(content, RedEntry):
        return
    faults = [fault for fault in starmap(_too_light, enumerate(content.warrants)) if fault is not None]
    if content.warrants and len(faults) == len(content.warrants):
        yield faults[0]


def _too_light(position: int, warrant: Warrant) -> Fault | None:
    pointer = f"/warrants/{position}"
    return _sentence_fault(pointer, warrant) if warrant.stage is Stage.SENTENCE else _penalty_fault(pointer, warrant)


def _penalty_fault(pointer: str, warrant: Warrant) -> Fault | None:
    known = [months for charge in warrant.charges if (months := charge.maximum_penalty_months) is not None]
    if max(known, default=0) >= LEAST_MAXIMUM_PENALTY_MONTHS:
        return None
    is_said = f"maximum penalty is {_months(max(known))}" if known else "no maximum penalty is stated"
    wanted = f"{is_said}; a red notice for prosecution needs at least {LEAST_MAXIMUM_PENALTY_MONTHS}"
    return Fault(f"{pointer}/maximum_penalty_months", wanted)


def _sentence_fault(pointer: str, warrant: Warrant) -> Fault | None:
    imposed, remaining = warrant.sentence_imposed_months, warrant.sentence_remaining_months
    if max(imposed or 0, remaining or 0) >= LEAST_SENTENCE_MONTHS:
        return None
    stated = [
        *([] if imposed is None else [f"{_months(imposed)} imposed"]),
        *([] if remaining is None else [f"{_months(remaining)} remaining"]),
    ]
    is_said = f"the sentence is {' and '.join(stated)}" if stated else "no sentence is stated"
    wanted = f"{is_said}; a red notice to serve a sentence needs at least {LEAST_SENTENCE_MONTHS}, imposed or remaining"
    return Fault(f"{pointer}/sentence_imposed_months", wanted)


def _months(number: int) -> str:
    return f"{number} month" if number == 1 else f"{number} months"


def sentences_agree(content: CommonEntry) -> Iterator[Fault]:
    """Yield sentences of which more remains than was imposed, and that are stated of one not yet tried."""
    if not isinstance(content, RedEntry):
        return
    for position, warrant in enumerate(content.warrants):
        imposed, remaining = warrant.sentence_imposed_months, warrant.sentence_remaining_months
        pointer = f"/warrants/{position}"
        if warrant.stage is Stage.PROSECUTION and (imposed is not None or remaining is not None):
            yield Fault(
                f"{pointer}/stage", "sentence, or no months of a sentence: nobody wanted for prosecution has one"
            )
        elif imposed is not None and remaining is not None and remaining > imposed:
            wanted = f"not more than was imposed: {_months(remaining)} remain of {imposed}"
            yield Fault(f"{pointer}/sentence_remaining_months", wanted)


def needs_extradition(content: CommonEntry) -> Iterator[Fault]:
    """Yield that the bureau does not state that extradition will be sought."""
    if isinstance(content, RedEntry) and not content.extradition_sought:
        yield Fault("/extradition_sought", "true: the statement that extradition will be sought")


def is_ordinary_crime(content: CommonEntry) -> Iterator[Fault]:
    """Yield offences that are political, military, religious or racial by the category that the bureau states."""
    for pointer, offence in _offences(content):
        if what := FORBIDDEN.get(offence.category):
            yield Fault(f"{pointer}/category", f"an offence under ordinary law: {what} is never the ground of a notice")


def is_serious_crime(content: CommonEntry) -> Iterator[Fault]:
    """Yield offences of an excluded category that serve no serious crime."""
    for pointer, offence in _offences(content):
        if (what := EXCLUDED.get(offence.category)) and not offence.serves_serious_crime:
            wanted = (
                f"a serious crime under ordinary law: {what} is not, unless serves_serious_crime says which it serves"
            )
            yield Fault(f"{pointer}/category", wanted)


def has_warrants(content: CommonEntry) -> bool:
    """Return whether a warrant is stated."""
    return isinstance(content, RedEntry) and bool(content.warrants)


def has_offences(content: CommonEntry) -> bool:
    """Return whether an offence is stated."""
    return any(_offences(content))


def _offences(content: CommonEntry) -> Iterator[tuple[str, Offence]]:
    if isinstance(content, RedEntry):
        for pointer, _, charge in charges_by_pointer(content.warrants):
            if charge.offence is not None:
                yield f"{pointer}/offence", charge.offence
    elif isinstance(offence := getattr(content, "offence", None), Offence):
        yield "/offence", offence
