"""Stores a kind of record whose searches need only the store."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.records.results import Comparison, FieldMatch, Hit, Hits, R, compared, reference_in
from shared.records.rules import require_public_terms
from shared.records.search.batch_lines import LineResult
from shared.records.search.matched_store import MatchedStore, Q
from shared.storage import Session


class SearchableStore(MatchedStore[R, Q]):
    """Stores a kind of record whose searches need only the store."""

    answer_model: ClassVar[type[Hits[Any]]] = Hits
    """The model of the answer to a search."""

    line_model: ClassVar[type[LineResult[Any]]]
    """The model of the answer to one of many lines; a kind may add members that its `answer_model` has as well."""

    def __init_subclass__(cls) -> None:
        """Make the model of lines once."""
        super().__init_subclass__()
        if hasattr(cls, "table") and "line_model" not in cls.__dict__:
            cls.line_model = LineResult[cls.model]  # type: ignore[name-defined]

    @classmethod
    def summed_up(cls, query: Q, found: Hits[R]) -> Hits[R]:  # noqa: ARG003 - a kind may say more
        """Return what a search found, with what the kind says of the whole, such as a verdict."""
        return found

    @classmethod
    def said_of_nothing(cls, query: Q) -> Mapping[str, str]:  # noqa: ARG003 - a kind may say more
        """Return the members that the kind adds to the answer to a line that finds nothing."""
        return {}

    @classmethod
    def owner_of(cls, query: Q) -> BureauCode | None:  # noqa: ARG003 - of most kinds any bureau may own what is sought
        """Return the only bureau that can own what a screening is about, or None if nobody does."""
        return None

    @abstractmethod
    async def find(self, query: Q) -> Hits[R]:
        """Return the records that the caller may see and that match a search, best first."""

    @classmethod
    @abstractmethod
    def match(cls, record: R, query: Q, at: datetime) -> Hit[R] | None:
        """Return the hit that `find` would return for a record, or None. Does NOT check visibility."""

    @classmethod
    def compare(cls, record: R, query: Q, at: datetime) -> Sequence[Comparison]:
        """Return how a record meets each thing that a search asks for, the state included.

        All are met exactly if `match` returns a hit. Does NOT check visibility. The reference is compared by others. A
        kind without a comparison of its own has no near misses.
        """
        return [compared("search", "", None, is_met=cls.match(record, query, at) is not None)]

    def leads(self, query: Q) -> Sequence[sa.ColumnElement[bool]]:  # noqa: ARG002 - a kind may have some
        """Return conditions of the rows that probably come near a search, each met by an index of few rows."""
        return ()

    @classmethod
    async def matcher(cls, session: Session, record: R, at: datetime) -> Callable[[Q], Hit[R] | None]:  # noqa: ARG003
        """Return `match` for one record."""
        return partial(cls.match, record, at=at)

    async def search(self, query: Q) -> Hits[R]:
        """Return the hits of a search with its warnings, and save it; a reference finds a record of the caller's own.

        Raises NotPublic.
        """
        found = await self.look_up(query)
        self.save_search(query)
        return found

    async def look_up(self, query: Q) -> Hits[R]:
        """Return the hits of a search with its warnings. Does NOT save it. Raises NotPublic."""
        require_public_terms(self.model, query, self.caller)
        if (reference := reference_in(query)) is not None:
            return self.with_warnings(query, await self._find_own(reference, query))
        return self.with_warnings(query, await self.find(query))

    async def which_may_find(self, queries: Sequence[Q]) -> Collection[int]:
        """Return the places of those of many searches that may find something; the others surely find nothing.

        A kind that is found by keys looks all of them up at once.
        """
        return range(len(queries))

    @classmethod
    def is_searched_alone(cls, query: Q) -> bool:  # noqa: ARG003 - of many kinds, all are alike
        """Return whether a search costs so much more than most that few may be made at once."""
        return False

    async def _find_own(self, reference: str, query: Q) -> Hits[R]:
        """Return the record of the caller's bureau with a reference, if it meets the other criteria of a search."""
        record = await self.under_reference(reference, self.caller.bureau)
        if record is None or record.expires <= self.at:
            return self.answer_model(hits=[], total=0)
        record = record.shown_to(self.caller)
        own = FieldMatch("reference", reference, reference, 1.0)
        others = query.model_copy(update={"reference": None})
        if others.model_dump(exclude_defaults=True):
            found = self.match(record, others, self.at)
            hit = found and found.model_copy(update={"why": (own, *found.why)})
        else:
            hit = Hit(score=1.0, match="reference", why=(own,), record=record)
        return self.answer_model(hits=[hit] if hit else [], total=1 if hit else 0)
