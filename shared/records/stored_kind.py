"""What a kind of record declares of itself: its table and model, who sees a record, and what follows from a change.

Reads and writes nothing: see `record_reads` and `store`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic

import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.errors import BureauRestricted, Refusal
from shared.identity import Caller
from shared.records.access import changes_readers, may_see, visibility, widens
from shared.records.copied import Copied
from shared.records.models import Act
from shared.records.policy import DEFAULT_RETENTION, Audience, Record, RecordInput, input_fields, require_others
from shared.records.publications.rules import Announced
from shared.records.results import R, RecordPageQuery
from shared.records.rules import without_parts
from shared.standing import describe
from shared.storage import Session
from shared.web.routing import path_of


class StoredKind(ABC, Generic[R]):
    """A kind of record, as a caller sees and changes it in a session: the base of its store."""

    table: ClassVar[sa.Table]
    model: ClassVar[type[Record]]
    answer: ClassVar[Any]
    """The type of a record in answers, where that is not `model`: a union of several classes."""

    below: ClassVar[str] = ""
    """The path of the kind in its service, such as `bodies/`, where that has several."""

    exact: ClassVar[frozenset[str]] = frozenset()
    """The columns besides `reference` that identify one record: indexed, and read in constant time by a list."""

    partners_enter: ClassVar[bool] = False
    """Whether partners whose agreement says so enter such records of their own, beside bureaus."""

    reader_refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    """How the kind refuses a change of readers, besides as all do."""

    removable: ClassVar[frozenset[str]] = frozenset()
    """The members that are lists of parts with ids, and no part of an entry, such as photographs."""

    without_parts: ClassVar[Callable[..., Any]] = staticmethod(without_parts)
    """Returns a record without parts, given by member and id: a kind may state them elsewhere as well."""

    copied: ClassVar[Copied | None] = None
    """What field copies have of a record; None if no field copy of the kind is taken."""

    deletion_refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    """How the kind refuses a deletion by the owner, besides as all do."""

    def __init__(self, session: Session, caller: Caller, at: datetime) -> None:
        self.session = session
        self.caller = caller
        self.at = at
        self.visibility = visibility(caller, at)

    def __init_subclass__(cls) -> None:
        """List every store with its tables."""
        super().__init_subclass__()
        # Without a table it is a base of several stores.
        if hasattr(cls, "table"):
            cls.table.metadata.info.setdefault("stores", []).append(cls)
            cls.answer = cls.__dict__.get("answer", cls.model)

    @classmethod
    def service(cls) -> str:
        """Return the name of the service that has this kind of record."""
        return str(cls.table.metadata.info["service"])

    @classmethod
    def path(cls) -> str:
        """Return the path of the records, to which the id of one is added."""
        return f"{path_of(cls.service())}/{cls.below}"

    @abstractmethod
    def search_columns(self, record: R) -> Mapping[str, Any]:
        """Return the values of the columns by which a record is found."""

    @classmethod
    @abstractmethod
    def audience(cls, record: R) -> Audience:
        """Return who besides its owner may see a record in its present state."""

    @classmethod
    def is_unshared(cls, wanted: RecordPageQuery) -> bool:  # noqa: ARG003 - a kind may have such states
        """Return whether a list asks for records in a state in which they are shown to their owner alone."""
        return False

    @classmethod
    def further_access(cls, record: R, audience: Audience) -> Mapping[str, Any]:  # noqa: ARG003 - most kinds have none
        """Return the columns that decide who sees a part of a record that is hidden whole from them."""
        return {}

    @classmethod
    def may_know(cls, bureau: BureauCode, record: R) -> bool:
        """Return whether a participant may see a record, or a part of it by `further_access`."""
        return may_see(bureau, record, cls.audience(record))

    @classmethod
    def corrected_parts(cls, record: R, corrections: Mapping[str, Any]) -> R:  # noqa: ARG003 - most kinds have none
        """Return a corrected record with what else of it repeats its entry corrected, such as a proposed change."""
        return record

    @classmethod
    def has_ended(cls, record: R) -> bool:
        """Return whether a record is over, such as a withdrawn one: only its owner sees it then, unlike a draft."""
        return cls.audience(record) is Audience.OWNER

    @classmethod
    def announced(cls, record: R) -> Announced | None:  # noqa: ARG003 - most kinds are only searched
        """Return as what a record in its present state is sent to all who may see it, or None if it is not sent."""
        return None

    @classmethod
    def recalled_as(cls, record: R) -> Act:  # noqa: ARG003 - a kind may decide by the record
        """Return what recipients are asked for that may no longer see a record in its present state."""
        return "withdrawn"

    def require_readers_changeable(self, before: R, after: R) -> None:
        """Require that the caller may change who sees a record as a version does; a kind may add its own rules.

        Raises BureauRestricted, and Invalid if it names its owner.
        """
        if changes_readers(before, after):
            require_others(after, after.owner)
        if self.caller.standing.standing == "restricted" and widens(before, after):
            raise BureauRestricted(
                f"{self.caller.bureau} is {describe(self.caller.standing)}: it may show a record to fewer, not to more"
            )

    def require_deletable(self, record: R) -> None:
        """Require that the owner may delete a record now; a kind may keep what others need. Raises Refusal."""

    def kept_for(self, record: R) -> timedelta:  # noqa: ARG002 - a kind may decide by the record
        """Return how long a record is kept after it was entered or renewed."""
        return DEFAULT_RETENTION

    def restated(self, record: R, entry: RecordInput) -> R:
        """Return the next version of a record with another entry, and all that is derived from it."""
        return record.next_version(self.at, **input_fields(entry))

    def derived(self, record: R) -> Mapping[str, Any]:  # noqa: ARG002 - most kinds derive nothing
        """Return the fields of a record that follow from its entry, by name."""
        return {}

    def require_plausible(self, record: R) -> None:
        """Require of a corrected record what its kind requires of an entry in its present state. Raises Refusal."""
