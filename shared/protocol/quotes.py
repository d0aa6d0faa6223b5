"""The records that a message quotes, each with the terms on which its owner shares it."""

from typing import Annotated, Final

import msgspec

from shared.protocol.envelope import Code, Uuid
from shared.protocol.payloads import Condition, Handling, HitDetails, OtherCondition, RecordName

# Of a draft; a message has also those of the messages that it answers or passes on.
MAX_QUOTES_OF_DRAFT: Final = 20
MAX_QUOTES: Final = 100
NOT_TO_BE_PASSED_ON: Final = "H2"


class QuotedRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A record that a message quotes, with what binds its readers, as the service stated it to the sender."""

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    handling: Handling
    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=4)] = ()
    """The handling conditions. With `H2` it goes only to its owner, and to bureaus that the owner released it to."""

    other_condition: OtherCondition | None = None
    """The text of `H3`."""

    @property
    def is_bound(self) -> bool:
        """Whether it must not be passed on without the owner's release."""
        return NOT_TO_BE_PASSED_ON in self.conditions


def quote_of(service: str, hit: HitDetails) -> QuotedRecord | None:
    """Return the record of a hit as a quote; None if its terms are not known."""
    if hit.handling is None:
        return None
    return QuotedRecord(
        service=service,
        kind=hit.kind,
        record=hit.record,
        version=hit.version,
        owner=hit.owner,
        handling=hit.handling,
        conditions=hit.conditions,
        other_condition=hit.other_condition,
    )
