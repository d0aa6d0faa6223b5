"""The form of a file of assertions over audit logs: who did what for which purpose, and who did not."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from shared.bureaus import parse_bureau
from shared.errors import UnknownBureau
from shared.identity import PURPOSES
from shared.suggestions import did_you_mean, unknown

MAX_ASSERTIONS: Final = 500

Act = Literal["found", "near", "listed", "read", "entered", "changed", "found-later", "sent", "copied"]
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

    status: Annotated[int, msgspec.Meta(ge=0, le=599)] | None = None
    did: Act | None = None
    """What was done with a record."""

    kind: _Text | None = None
    record: _Text | None = None
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None
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


class NamesInLog(NamedTuple):
    """The names that may occur in the log of one service."""

    operations: frozenset[str]
    kinds: frozenset[str]
    """Of records."""


def require_known(assertions: Assertions, names: Mapping[str, NamesInLog]) -> None:
    """Require that what is named may occur in the logs of services. Raises ValueError, with what may be meant.

    Otherwise what is misspelt would never have happened. Does NOT know officers, records and partners: any may occur.
    """
    for number, each in enumerate(assertions.assertions, 1):
        for fault in _unknown_names(each.acts, names):
            raise ValueError(f"assertion {number}: {fault}")


def _unknown_names(acts: Acts, names: Mapping[str, NamesInLog]) -> Iterator[str]:
    for member, code in (("bureau", acts.bureau), ("owner", acts.owner)):
        if code is not None:
            yield from _unknown_code(member, code)
    if acts.purpose is not None:
        yield from _not_in("purpose", acts.purpose, PURPOSES)
    if acts.service is not None:
        yield from _not_in("service", acts.service, names)
    logs = [log for service, log in names.items() if acts.service in {None, service}]
    if acts.kind is not None:
        yield from _not_in("kind", acts.kind, sorted({kind for log in logs for kind in log.kinds}))
    operations = {operation for log in logs for operation in log.operations}
    if acts.operation is not None and acts.operation not in operations:
        meant = did_you_mean(acts.operation, sorted(operations)) or " use an `operationId` of the API"
        where = "any service" if acts.service is None else acts.service
        yield f"operation {acts.operation[:60]!r} is in no log of {where}:{meant}"


def _unknown_code(member: str, text: str) -> Iterator[str]:
    try:
        code = parse_bureau(text)
    except UnknownBureau as refusal:
        yield f"{member}: {refusal.detail}"
        return
    if code != text:
        yield f"{member} {text[:20]!r}: did you mean {code}?"


def _not_in(member: str, name: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        yield f"{member} {unknown(name, known)}"
