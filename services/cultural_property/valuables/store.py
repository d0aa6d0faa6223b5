"""Stores stolen valuables, which are found by their numbers, and by the words of their engraving."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa

from services.cultural_property.tables import metadata
from services.cultural_property.valuables import entry_warnings, query_warnings, rules
from services.cultural_property.valuables.identifiers import IMEI
from services.cultural_property.valuables.models import (
    COPIED,
    MAX_IMEIS,
    MAX_SERIALS,
    Valuable,
    ValuableDescription,
    ValuableQuery,
    ValuableStatus,
)
from shared.numbers import SERIAL_NUMBER
from shared.records import service_kit as kit

# Of those that have the words of an engraving; the newest are compared.
MAX_ENGRAVED: Final = 500
NUMBERS: Final = kit.NumberKeys(
    kit.NumberKey("serial_number", SERIAL_NUMBER, member="serial_numbers", columns=MAX_SERIALS),
    kit.NumberKey("imei", IMEI, member="imeis", columns=MAX_IMEIS),
)

valuables = kit.record_table(
    "valuables",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    *NUMBERS.table_columns(),
)
valuable_words: Final = kit.WordIndex("valuable", metadata, valuables)
_IS_STOLEN: Final = valuables.c.status == kit.inline_literal(ValuableStatus.STOLEN)


class ValuableStore(kit.NumberSearchStore[Valuable, ValuableQuery], kit.WordSearchStore[Valuable, ValuableQuery]):
    """The stolen valuables that the caller's bureau may know of."""

    table = valuables
    model = Valuable
    below = "valuables/"
    query = ValuableQuery
    numbers = NUMBERS
    words = valuable_words
    words_member = "engraving"
    words_of = staticmethod(rules.words_of)
    sought = _IS_STOLEN
    sought_otherwise = ("engraving",)
    state = staticmethod(rules.state)
    narrowing = staticmethod(rules.narrowing)
    narrowed_by = rules.NARROWING
    copied = COPIED
    warning_kinds = query_warnings.KINDS
    entry_warning_kinds = entry_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)
    identifying = ("imei", "serial_number")
    identifiers = staticmethod(rules.identifiers)

    def search_columns(self, record: Valuable) -> Mapping[str, Any]:
        """Return the values of the columns that a valuable is found and listed by."""
        return {"status": record.status, "kind": record.kind, **super().search_columns(record)}

    @classmethod
    def audience(cls, record: Valuable) -> kit.Audience:
        """Return who besides the owner may know: all, while it is stolen."""
        return kit.Audience.ALL if record.status is ValuableStatus.STOLEN else kit.Audience.OWNER

    def has_ended_well(self, record: Valuable) -> bool:
        """Return whether the valuable was recovered."""
        return record.status is ValuableStatus.RECOVERED

    def restated(self, record: Valuable, entry: kit.RecordInput) -> Valuable:
        """Return the next version of a valuable that the Commission corrects, with what follows from its entry."""
        return rules.restate(record, cast("ValuableDescription", entry), at=self.at)

    def derived(self, record: Valuable) -> Mapping[str, Any]:
        """Return what follows from the entry."""
        return rules.derived_from(record)

    def require_plausible(self, record: Valuable) -> None:
        """Require a theft that is not in the future. Raises EventInFuture."""
        kit.require_past_event(record.event_date, today=self.at.date())

    @classmethod
    def met_otherwise(cls, record: Valuable, query: ValuableQuery) -> Iterator[kit.MetOtherwise]:
        """Yield how a valuable meets the words of an engraving, which prove nothing."""
        if query.engraving is None:
            return
        is_met = _has_words(record, query.engraving)
        match = kit.FieldMatch("engraving", query.engraving, record.engraving, 1.0 if is_met else 0.0)
        yield kit.MetOtherwise(match, "engraving, which is no proof", is_met=is_met)

    async def find_otherwise(self, query: ValuableQuery) -> tuple[Iterable[Any], Sequence[kit.QueryWarning]]:
        """Return the rows of valuables whose engraving has the words that are sought."""
        if query.engraving is None:
            return (), ()
        has_words = valuable_words.has_all(kit.words_of(query.engraving))
        found = sa.select(valuables.c.id, valuables.c.content).where(kit.visible(valuables), _IS_STOLEN, has_words)
        newest = found.order_by(valuables.c.id.desc()).limit(MAX_ENGRAVED + 1)
        rows = await self.session.fetch(newest, self.visibility, in_thread=True)
        detail = "more engravings have these words than one search compares: give more words, or a number"
        cut = [kit.NUMBER_COMMON.at("/engraving", detail)] if len(rows) > MAX_ENGRAVED else ()
        return rows[:MAX_ENGRAVED], cut

    @classmethod
    def query_terms(cls, query: ValuableQuery) -> Iterable[str]:
        """Return the terms under which a search is saved: of its numbers, and the longest word of its engraving."""
        yield from super().query_terms(query)
        if query.engraving is not None:
            yield f"word:{max(kit.words_of(query.engraving), key=len)}"

    @classmethod
    def record_terms(cls, record: Valuable) -> Iterable[str]:
        """Return the terms of all searches that may find a valuable."""
        yield from super().record_terms(record)
        yield from (f"word:{word}" for word in rules.words_of(record))

    @classmethod
    def identifying_terms(cls, record: Valuable) -> Iterable[str]:
        """Return the numbers and the words of a valuable, of which all its terms are made."""
        yield from super().identifying_terms(record)
        yield from (f"word:{word}" for word in rules.words_of(record))

    @classmethod
    def compare(cls, record: Valuable, query: ValuableQuery, at: datetime) -> Sequence[kit.Comparison]:
        """Return its state, how it meets numbers and engraving, of which one suffices, and what else is asked."""
        comparisons = super().compare(record, query, at)
        if query.engraving is None:
            return comparisons
        is_met = _has_words(record, query.engraving)
        likeness = kit.likeness_of(query.engraving, record.engraving or "")
        engraved = kit.compared("engraving", query.engraving, record.engraving, is_met=is_met, likeness=likeness)
        return [*comparisons, engraved] if is_met or not cls.match(record, query, at) else comparisons


def _has_words(record: Valuable, asked: str) -> bool:
    return set(kit.words_of(asked, most=kit.MAX_SOUGHT_WORDS)) <= set(rules.words_of(record))
