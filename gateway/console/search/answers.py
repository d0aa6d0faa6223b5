"""What became of one register in a search: whether it was asked, what it has, and whether it has said all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.console.kinds import BY_NAME, Kind
from gateway.console.search.hits import POSSIBLE, FoundHit, place_of
from gateway.console.search.sources import CHECKED, KIND_OF_CHECKED, Ask, Unasked

ASKING: Final = "asking"
ANSWERED: Final = "answered"
NONE: Final = "none"
NOT_ASKED: Final = "not-asked"
REFUSED: Final = "refused"
UNREACHABLE: Final = "unreachable"
_FIELDS_OF_CHECK: Final = {
    "document.issuer": "issuer",
    "document.number": "document_number",
    "document.type": "document_type",
}


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What became of one register."""

    key: str
    kind: Kind
    state: str = ASKING
    asked: Sequence[str] = ()
    hits: Sequence[FoundHit] = ()
    beyond: int = 0
    """How many records fit that are not shown."""

    warnings: Sequence[Mapping[str, str]] = ()
    detail: str | None = None
    """Why it did not answer, in English."""

    withholds: bool = False
    """Whether it has records that it does not show to this officer."""

    is_lookup: bool = False
    compared_all: bool = True

    @property
    def groups(self) -> Sequence[Sequence[FoundHit]]:
        """Its hits, those on one person together; in each group and of the groups the weightiest first."""
        by_person: dict[object, list[FoundHit]] = {}
        for hit in sorted(self.hits, key=place_of):
            by_person.setdefault(hit.person, []).append(hit)
        return [*by_person.values()]

    @property
    def is_silent(self) -> bool:
        """Whether nothing is known of what it has, though it was to be asked."""
        return self.state not in (ANSWERED, NONE, NOT_ASKED)

    @property
    def is_complete(self) -> bool:
        """Whether it has said all that it has."""
        return self.state in (ANSWERED, NONE) and self.compared_all

    @property
    def may_change(self) -> bool:
        """Whether its answer is still to come."""
        return self.state == ASKING

    @property
    def fitting(self) -> int:
        """How many hits are no other than what was asked for."""
        return sum(hit.verdict != POSSIBLE for hit in self.hits)

    @property
    def to_compare(self) -> int:
        """How many hits are to be compared."""
        return len(self.hits) - self.fitting


def asked_in_check(asked: Mapping[str, Any]) -> SourceAnswer:
    """Return a register that a check asks."""
    kind = BY_NAME[KIND_OF_CHECKED.get(asked["source"], asked["source"])]
    return SourceAnswer(f"{CHECKED}-{kind.name}", kind, asked=_fields(asked["asked"]))


def _fields(asked: Sequence[str]) -> tuple[str, ...]:
    """Return what a check calls its inputs by the fields of a question."""
    return tuple(_FIELDS_OF_CHECK.get(each, each) for each in asked if each != "document.check_digit")


def asked_directly(ask: Ask) -> SourceAnswer:
    """Return a register that is asked by requests of its own."""
    return SourceAnswer(ask.key, ask.kind, asked=tuple(ask.asked), is_lookup=ask.is_lookup)


def not_asked(unasked: Unasked) -> SourceAnswer:
    """Return a register that cannot be asked."""
    return SourceAnswer(unasked.key, unasked.kind, NOT_ASKED, tuple(unasked.asked))
