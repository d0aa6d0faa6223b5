"""Stores firearms, which are found by their serial numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, cast

import sqlalchemy as sa

from services.firearms import entry_warnings, query_warnings, rules
from services.firearms.models import (
    COPIED,
    Firearm,
    FirearmDescription,
    FirearmFilter,
    FirearmQuery,
    FirearmState,
)
from services.firearms.tables import metadata, photograph_tables
from shared.firearms.markings import SERIAL
from shared.records import service_kit as kit

__all__ = ["FirearmStore", "firearms", "metadata"]

NUMBERS: Final = kit.NumberKeys(kit.NumberKey("serial_number", SERIAL))

firearms = kit.record_table(
    "firearms",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    *NUMBERS.table_columns(),
)


class FirearmStore(kit.PhotographedStore[Firearm, FirearmQuery], kit.NumberSearchStore[Firearm, FirearmQuery]):
    """The firearms that the caller's bureau may know of."""

    table = firearms
    model = Firearm
    query = FirearmQuery
    numbers = NUMBERS
    sought = firearms.c.state == kit.inline_literal(FirearmState.SOUGHT)
    state = staticmethod(rules.state)
    proves = staticmethod(rules.proves)
    narrowing = staticmethod(rules.narrowing)
    narrowed_by = rules.NARROWING
    copied = COPIED
    warning_kinds = query_warnings.KINDS
    entry_warning_kinds = entry_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)
    identifying = ("serial_number",)
    identifiers = staticmethod(rules.identifiers)
    photograph_tables = photograph_tables
    photographs_change: ClassVar[str] = (
        "They show the markings: serial number, proof and import marks. They change at once, while the firearm is "
        "sought. Who received the record with one that is deleted is asked to replace their copies."
    )

    def search_columns(self, record: Firearm) -> Mapping[str, Any]:
        """Return the values of the columns that a firearm is found and listed by."""
        return {"status": record.status, "state": record.state, **super().search_columns(record)}

    @classmethod
    def is_sought(cls, record: Firearm) -> bool:
        """Return whether a firearm is still sought."""
        return record.state is FirearmState.SOUGHT

    @classmethod
    def audience(cls, record: Firearm) -> kit.Audience:
        """Return who besides the owner may know: all, while it is sought."""
        return kit.Audience.ALL if cls.is_sought(record) else kit.Audience.OWNER

    @classmethod
    def is_unshared(cls, wanted: kit.RecordPageQuery) -> bool:
        """Return whether a list asks for firearms that are no longer sought."""
        return isinstance(wanted, FirearmFilter) and wanted.state not in (None, FirearmState.SOUGHT)

    def has_ended_well(self, record: Firearm) -> bool:
        """Return whether the firearm was recovered."""
        return record.state is FirearmState.RECOVERED

    def restated(self, record: Firearm, entry: kit.RecordInput) -> Firearm:
        """Return the next version of a firearm that the Commission corrects, with what follows from its entry."""
        return rules.restate(record, cast("FirearmDescription", entry), at=self.at)

    def derived(self, record: Firearm) -> Mapping[str, Any]:
        """Return what the entry warns of."""
        return rules.derived_from(record)

    def require_plausible(self, record: Firearm) -> None:
        """Require an event that is not in the future. Raises EventInFuture."""
        kit.require_past_event(record.event_date, today=self.at.date())

    @classmethod
    def photographs_of(cls, record: Firearm) -> Mapping[str, kit.Photograph]:
        """Return the photographs of the markings of a firearm."""
        return {each.id: each for each in record.photographs}

    @classmethod
    def photographs_to_be(cls, record: Firearm) -> Sequence[kit.Photograph]:
        """Return the photographs of a firearm: none waits."""
        return record.photographs

    def require_photographable(self, record: Firearm) -> None:
        """Require a firearm of the caller's bureau that is sought. Raises NotTheOwner, IllegalStep."""
        rules.require_photographable(record, self.caller)

    def with_photograph(self, record: Firearm, photograph: kit.Photograph, revision: kit.Revision) -> Firearm:
        """Return a firearm with one more. Raises NotTheOwner, IllegalStep, PhotographsFull."""
        return rules.add_photograph(record, photograph, self.caller, revision)

    def without_photograph(self, record: Firearm, photograph_id: str, revision: kit.Revision) -> Firearm:
        """Return a firearm without one. Raises NotTheOwner, NotFound."""
        return rules.remove_photograph(record, photograph_id, self.caller, revision)
