"""Stores a kind of record that may state a range of numbers, so few close together that a search reads all."""

from typing import Any, ClassVar, Generic

import sqlalchemy as sa

from shared.errors import Refusal
from shared.records.policy import Record
from shared.records.results import R
from shared.records.search.number_ranges import MAX_IN_RANGE, MAX_OF_STRETCH, RangeKey
from shared.records.search.number_search import NQ, NumberSearchStore


class TooManyRanges(Refusal, status=409, code="too-many-ranges", title="Too many ranges lie close together"):
    """An owner may have 50 ranges that begin within the same hundred thousand numbers, as a search compares all."""


class RangeSearchStore(NumberSearchStore[R, NQ], Generic[R, NQ]):
    """Stores a kind of record that is found by numbers and by ranges of them."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            return
        own = (cls.table.c.owner == sa.bindparam("of_owner", type_=sa.String), cls.sought)
        cls._close = {
            key.name: sa.select(sa.func.count().label("ranges")).where(
                cls.table.c[key.name] == sa.bindparam("value", type_=sa.String), *own
            )
            for key in cls.numbers.keys
            if isinstance(key, RangeKey)
        }

    _close: ClassVar[dict[str, sa.Select[Any]]]

    async def add(self, record: R) -> R:
        """Store a new record. Raises TooManyRanges, and what `NumberSearchStore.add` raises."""
        added = await super().add(record)
        await self._require_few_close(record)
        return added

    async def replace(self, record: R) -> R:
        """Store the next version of a record. Raises TooManyRanges, and what `NumberSearchStore.replace` raises."""
        replaced = await super().replace(record)
        await self._require_few_close(record)
        return replaced

    async def _require_few_close(self, record: R) -> None:
        """Require few ranges of one owner in each stretch, once a record is stored. Raises TooManyRanges."""
        if not self.is_sought(record):
            return
        columns = self.search_columns(record)
        for name, statement in self._close.items():
            if (value := columns[name]) is None:
                continue
            found = await self.session.fetch(statement, {"of_owner": record.owner, "value": value})
            if found[0].ranges > MAX_OF_STRETCH:
                raise _too_many(record, name)


def _too_many(record: Record, member: str) -> TooManyRanges:
    return TooManyRanges(
        f"{record.owner} has {MAX_OF_STRETCH} ranges that begin within the same {MAX_IN_RANGE:,} numbers: join those "
        "that follow each other, or enter the documents one by one",
        at=f"/{member}",
    )
