"""Objects that are sought until they are recovered, or their record is withdrawn: their owner alone sees it then."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic

from shared.errors import IllegalStep
from shared.identity import Caller
from shared.records.policy import Revision, require_owner
from shared.records.results import R


@dataclass(frozen=True)
class SoughtUntilEnded(Generic[R]):
    """The steps by which the owner of a kind of object ends its record."""

    what: str
    """In words, as in `only a stolen vehicle can be recovered`."""

    member: str
    """The member of the record that says whether it has ended, and how."""

    is_sought: Callable[[R], bool]
    recovered: StrEnum
    withdrawn: StrEnum

    def require_sought(self, record: R, done: str) -> None:
        """Require a record that has not ended for what is to be `done` with it. Raises IllegalStep."""
        if not self.is_sought(record):
            state = getattr(record, self.member)
            raise IllegalStep(f"record {record.id} is {state}: only {self.what} can be {done}")

    def recover(self, record: R, by: Caller, revision: Revision) -> R:
        """Return the record of what was recovered. Raises NotTheOwner, IllegalStep."""
        require_owner(record, by)
        self.require_sought(record, "recovered")
        return record.next_version(revision.at, **{self.member: self.recovered})

    def withdraw(self, record: R, by: Caller, revision: Revision) -> R:
        """Return the record as withdrawn. Raises NotTheOwner, IllegalStep."""
        require_owner(record, by)
        if getattr(record, self.member) is self.withdrawn:
            raise IllegalStep(f"record {record.id} is withdrawn already")
        return record.next_version(revision.at, **{self.member: self.withdrawn})
