"""An index of the words of free texts in SQL, such as inscriptions: a record is found that has all words of a search.

Words are compared as `shared.names.fold` writes them: in lower case ASCII, whatever their script, without accents. Does
NOT compare spellings, as names are: a word that is read wrongly finds nothing.
"""

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic

import sqlalchemy as sa

from shared.names import fold
from shared.names.folding import LONGEST_TOKEN
from shared.records.results import R
from shared.records.search.criteria import Condition, Criterion, Doubt, Row
from shared.records.search.matched_store import Q
from shared.records.search.searchable_store import SearchableStore
from shared.storage import Session, insert

# Of a record, and of a search.
MAX_WORDS: Final = 400
MAX_SOUGHT: Final = 12
WORDS: Final = "words"


def words_of(*texts: str | None, most: int = MAX_WORDS) -> tuple[str, ...]:
    """Return the words of texts as they are compared, each once, in order."""
    return tuple(dict.fromkeys(word for text in texts if text for word in fold(text)))[:most]


class WordIndex:
    """The words of one kind of record: a table next to that of the records."""

    def __init__(self, kind: str, metadata: sa.MetaData, records: sa.Table) -> None:
        self._records = records
        self._words = sa.Table(
            f"{kind}_words",
            metadata,
            sa.Column("word", sa.String(LONGEST_TOKEN), primary_key=True),
            sa.Column("record_id", sa.ForeignKey(records.c.id, ondelete="CASCADE"), primary_key=True, index=True),
            sqlite_with_rowid=False,
        )
        self._insert = insert(self._words).on_conflict_do_nothing()
        of_record = self._words.c.record_id == sa.bindparam("of_record", type_=sa.String)
        self._delete = sa.delete(self._words).where(of_record)

    async def put(self, session: Session, record_id: str, words: Iterable[str]) -> None:
        """Store the words of a record, which must be stored already, in place of those it had before."""
        await session.execute(self._delete, {"of_record": record_id})
        if rows := [{"word": word, "record_id": record_id} for word in sorted(set(words))]:
            await session.execute(self._insert, rows)

    async def put_many(self, session: Session, words_by_id: Mapping[str, Iterable[str]]) -> None:
        """Store the words of many records, which must be stored already and have none yet."""
        rows = sorted((word, record) for record, words in words_by_id.items() for word in set(words))
        if rows:
            await session.insert(self._words, self._words.c.keys(), rows)

    def has_all(self, words: Iterable[str | sa.BindParameter[str]]) -> Condition:
        """Return the condition that a record has all of some words."""
        word = self._words.c
        found = (self._records.c.id.in_(sa.select(word.record_id).where(word.word == each)) for each in words)
        return sa.and_(sa.true(), *found)


@dataclass(frozen=True, slots=True)
class HasWords(Criterion):
    """All words of a search, in any order. The member of a row is the set of the words of its record."""

    index: WordIndex
    words: Sequence[str]

    @property
    def shape(self) -> Hashable:
        """What its SQL depends on: how many words are sought."""
        return type(self), self.field, len(self.words)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The words."""
        return {f"{self.field}_{number}": word for number, word in enumerate(self.words)}

    def may_fit(self, table: sa.Table) -> Condition:  # noqa: ARG002 - the index knows its table
        """Return the condition that a row has them all."""
        return self.index.has_all(sa.bindparam(name, type_=sa.String) for name in self.parameters)

    def doubt(self, row: Row) -> Doubt | None:
        """Return no doubt if a record has them all."""
        return Doubt.NONE if row[self.column].issuperset(self.words) else None


class WordSearchStore(SearchableStore[R, Q], Generic[R, Q]):
    """Stores a kind of record that is found by the words of its texts."""

    words: ClassVar[WordIndex]
    words_member: ClassVar[str] = WORDS
    """The member of a search that has words; None where none are sought."""

    @classmethod
    @abstractmethod
    def words_of(cls, record: R) -> Sequence[str]:
        """Return the words by which a record is found, as they are compared."""

    def leads(self, query: Q) -> Sequence[sa.ColumnElement[bool]]:
        """Return the condition that a record has the longest of the words that are sought."""
        sought: str | None = getattr(query, self.words_member, None)
        own = [self.words.has_all([max(words_of(sought), key=len)])] if sought else []
        return [*super().leads(query), *own]

    async def add(self, record: R) -> R:
        """Store a new record and its words."""
        added = await super().add(record)
        await self.words.put_many(self.session, {record.id: self.words_of(record)})
        return added

    async def add_many(self, records: Sequence[R]) -> None:
        """Store many new records and their words at once."""
        await super().add_many(records)
        await self.words.put_many(self.session, {record.id: self.words_of(record) for record in records})

    async def replace(self, record: R) -> R:
        """Store the next version of a record and its words. Raises Conflict."""
        shown = await super().replace(record)
        await self.words.put(self.session, record.id, self.words_of(record))
        return shown


def word_criterion(index: WordIndex, field: str, asked: str) -> Criterion:
    """Return the criterion of the words of a search."""
    return HasWords(field, asked, WORDS, index, words_of(asked, most=MAX_SOUGHT))
