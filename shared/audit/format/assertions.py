"""The form of a file of assertions over audit logs: who did what for which purpose, and who did not."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

MAX_ASSERTIONS: Final = 500

Act = Literal["found", "listed", "read", "entered", "changed", "found-later", "sent"]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Acts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which acts are meant: those that fit all that is stated."""

    service: _Text | None = None
    bureau: _Text | None = None
    """Whose officer it was; of what was sent, the bureau that got it."""

    officer: _Text | None = None
    purpose: _Text | None = None
    operation: _Text | None = None
    """An `operationId`, such as `search_vehicles`: the only word for a search that found nothing."""

    status: int | None = None
    did: Act | None = None
    """What was done with a record."""

    kind: _Text | None = None
    record: _Text | None = None
    version: int | None = None
    owner: _Text | None = None
    since: _Time | None = None
    until: _Time | None = None

    @property
    def is_about_records(self) -> bool:
        """Whether it asks for more than requests."""
        return any(each is not None for each in (self.did, self.kind, self.record, self.version, self.owner))


class Assertion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One assertion: acts that are expected, so many times, or that never happened."""

    expect: Acts | None = None
    never: Acts | None = None
    exactly: _Count | None = None
    at_least: _Count | None = None
    at_most: _Count | None = None
    says: _Text | None = None
    """What it means, in words."""

    def __post_init__(self) -> None:
        """Raise ValueError if it cannot be decided."""
        if (self.expect is None) is (self.never is None):
            raise ValueError("an assertion has either `expect` or `never`")
        counts = (self.exactly, self.at_least, self.at_most)
        if self.never is not None and any(each is not None for each in counts):
            raise ValueError("`never` has no count")
        if self.exactly is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("`exactly` goes with no other count")

    @property
    def acts(self) -> Acts:
        """The acts that are expected or not."""
        acts = self.expect or self.never
        assert acts is not None  # noqa: S101 - it was made so
        return acts

    @property
    def least(self) -> int:
        """How many there must be at least."""
        if self.never is not None:
            return 0
        stated = self.at_least if self.exactly is None else self.exactly
        return (0 if self.at_most is not None else 1) if stated is None else stated

    @property
    def most(self) -> int | None:
        """How many there may be at most; None for any number."""
        if self.never is not None:
            return 0
        return self.at_most if self.exactly is None else self.exactly


class Assertions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file of assertions."""

    assertions: Annotated[tuple[Assertion, ...], msgspec.Meta(min_length=1, max_length=MAX_ASSERTIONS)]
    since: _Time | None = None
    """From when on acts count, unless an assertion says otherwise."""
