"""Numbers that only one thing has, such as a VIN: an owner enters each once, while the thing is sought (ADR 105).

What another owner entered is no obstacle: both owners are notified, see `search/duplicates`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, cast

import sqlalchemy as sa

from shared.errors import Refusal
from shared.records.access import require_cleared
from shared.records.constant_time import constant_time
from shared.records.policy import Record
from shared.records.references import EnteredMeanwhile
from shared.records.results import R
from shared.records.store import RecordStore
from shared.storage import transaction_lock

# Of each owner, with a key that look-alikes share: so nobody hides the records of others behind look-alikes of its own.
MAX_OF_KEY: Final = 100
# The entries of one owner wait for each other, so that each sees what the one before it entered.
_lock: Final = transaction_lock("of_owner_and_kind")


class AlreadyEntered(
    Refusal, status=409, code="already-entered", title="Your bureau has a record with this number already"
):
    """`record` names the record of your bureau that has it, and `path` leads there: correct that one, or end it."""


class IdentifiedStore(RecordStore[R]):
    """Stores a kind of record whose things have numbers of their own. Most kinds have none."""

    identifying: ClassVar[Sequence[str]] = ()
    """The columns, indexed, that find the numbers in `identifiers`; each is named as the member of an entry."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            return
        table, value = cls.table, sa.bindparam("value", type_=sa.String)
        is_own = table.c.owner == sa.bindparam("of_owner", type_=sa.String)
        is_current = table.c.expires > sa.bindparam("at")
        content = sa.select(table.c.content)
        # A record of another owner, or none, takes as long to find.
        cls._own = {
            name: content.where(constant_time(table.c[name], value, is_own, is_current)).limit(MAX_OF_KEY)
            for name in cls.identifying
        }
        turn = sa.func.row_number().over(partition_by=table.c.owner, order_by=table.c.id).label("turn")
        others = {
            name: sa.select(table.c.id, turn).where(table.c[name] == value, sa.not_(is_own), is_current).subquery()
            for name in cls.identifying
        }
        cls._others = {
            name: content.join(each, each.c.id == table.c.id).where(each.c.turn <= MAX_OF_KEY)
            for name, each in others.items()
        }

    _own: ClassVar[Mapping[str, sa.Select[Any]]]
    _others: ClassVar[Mapping[str, sa.Select[Any]]]

    @classmethod
    def identifiers(cls, record: R) -> Mapping[str, str]:  # noqa: ARG003 - a kind may have some
        """Return the numbers of a thing that is still sought and that no other has, by the column that finds each."""
        return {}

    async def add(self, record: R) -> R:
        """Store a new record. Raises AlreadyEntered, and what `RecordStore.add` raises."""
        await self._require_not_entered(record, self.identifiers(record), is_new=True)
        return await super().add(record)

    async def replace(self, record: R) -> R:
        """Store the next version of a record. Raises AlreadyEntered, and what `RecordStore.replace` raises."""
        if numbers := self.identifiers(record):
            before = self.identifiers(await self.get_hidden(record.id))
            new = {name: number for name, number in numbers.items() if before.get(name) != number}
            await self._require_not_entered(record, new)
        return await super().replace(record)

    async def _require_not_entered(self, record: R, numbers: Mapping[str, str], *, is_new: bool = False) -> None:
        """Require of an owner that no other record of it has one of some numbers.

        Raises AlreadyEntered, HandlingConfidential, and EnteredMeanwhile if that record has its reference as well.
        """
        if not numbers or self.caller.bureau != record.owner:
            return
        await self.session.fetch(_lock, {"of_owner_and_kind": f"{record.record_kind()} {record.owner}"})
        for name in numbers:
            for other in await self._with_same(record, name, self._own):
                if is_new and record.reference is not None and other.reference == record.reference:
                    raise EnteredMeanwhile
                require_cleared(other, self.caller)
                raise _already_entered(name, other, self.path())

    async def duplicates_of(self, record: R) -> Sequence[R]:
        """Return the current records of other owners with one of its numbers. Does NOT check visibility."""
        found = [
            each for name in self.identifiers(record) for each in await self._with_same(record, name, self._others)
        ]
        return list({each.id: each for each in found}.values())

    async def _with_same(self, record: R, name: str, statements: Mapping[str, sa.Select[Any]]) -> Sequence[R]:
        """Return other records with the same number, and not only with one that looks alike."""
        asked = {
            "value": self.search_columns(record)[name],
            "of_owner": record.owner,
            "at": int(self.at.timestamp()),
        }
        rows = await self.session.fetch(statements[name], asked, in_thread=statements is self._others)
        others = [cast("R", self.model.of_json(row.content)) for row in rows]
        number = self.identifiers(record)[name]
        return [each for each in others if each.id != record.id and self.identifiers(each).get(name) == number]


def _already_entered(member: str, present: Record, path: str) -> AlreadyEntered:
    detail = (
        f"{present.owner} entered this number in record {present.id}, which is still sought: correct that one, "
        "or end it before"
    )
    return AlreadyEntered(detail, at=f"/{member}", record=present.id, path=f"{path}{present.id}")
